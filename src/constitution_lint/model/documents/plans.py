"""Features as their documents describe them: their plans, the constitution that governs each, when it was written."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from constitution_lint.facts.document import DocumentFacts, Field
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.stack.mentions import mentions
from constitution_lint.workspace import Feature

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")

_NO_APPLICATION = re.compile(r"\b(?:console|CLI|command[ -]line|in-memory)\b", re.IGNORECASE)


class Plan(NamedTuple):
    """A plan that was read: its feature, path and facts."""

    feature: Feature
    path: str
    facts: DocumentFacts


@remembered
def document_of(project: Project, file: str) -> DocumentFacts:
    """The facts of one document, for answers that rest on no other."""
    return project.documents[file]


@remembered
def plans(project: Project) -> tuple[Plan, ...]:
    """Every plan that was read, in the order of the features."""
    return tuple(
        Plan(feature, feature.plan, project.documents[feature.plan])
        for feature in project.workspace.features
        if feature.plan and feature.plan in project.documents
    )


def plans_application(plan: DocumentFacts) -> bool:
    """Whether a plan may be one of an application: not where its context tells of a console program and no stack."""
    said = [f"{field.name}: {field.value}" for field in plan.context]
    return not any(_NO_APPLICATION.search(text) for text in said) or any(
        not mention.refused for text in said for mention in mentions(text)
    )


def documents_of(project: Project, *parts: str) -> Iterator[tuple[Feature, str, DocumentFacts]]:
    """The documents of all features that fill one of the given parts ("spec", "plan", "tasks"), with their paths."""
    for feature in project.workspace.features:
        for part in parts:
            path = getattr(feature, part)
            if path and path in project.documents:
                yield feature, path, project.documents[path]


def constitution_of(project: Project, path: str) -> tuple[str, DocumentFacts] | None:
    """The constitution that governs a file: the one whose package is nearest above it."""
    best: tuple[int, str] | None = None
    for candidate in project.workspace.constitutions:
        package = package_of(candidate)
        if candidate in project.documents and (not package or path.startswith(f"{package}/")):
            best = max(best or (-1, ""), (len(package), candidate))
    return (best[1], project.documents[best[1]]) if best else None


def package_of(constitution: str) -> str:
    """The folder a constitution governs: what stands above `.specify/memory/`, `specs/` or `docs/`."""
    folder = constitution.rpartition("/")[0]
    parts = folder.split("/") if folder else []
    while parts and (parts[-1].startswith(".") or parts[-1].casefold() in ("memory", "specs", "docs", "history")):
        parts.pop()
    return "/".join(parts)


def written_on(facts: DocumentFacts) -> tuple[date, Field] | None:
    """The day a document names in its header, with the field that says so."""
    for name in ("date", "last updated", "updated", "created"):
        field = facts.field(name)
        day = iso_date(field.value) if field else None
        if field and day:
            return day, field
    return None


def iso_date(text: str) -> date | None:
    """The first ISO date of a text."""
    match = _ISO.search(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def resolve(project: Project, document: str, target: str) -> str | None:
    """The workspace file that a document's link or path leads to, from its folder or any folder above."""
    target = target.split("#")[0].split("?")[0].strip("`<>").removeprefix("./")
    files = file_set(project)
    folder = document.rpartition("/")[0]
    parts = folder.split("/") if folder else []
    if target.startswith("/"):
        target, starts = target.lstrip("/"), [parts[:count] for count in range(len(parts) + 1)]
    else:
        starts = [parts[:count] for count in range(len(parts), -1, -1)]
    for start in starts:
        candidate = _joined(start, target)
        if candidate in files or candidate.rstrip("/") in folder_set(project):
            return candidate
    return None


def _joined(parts: list[str], target: str) -> str:
    stack = list(parts)
    for part in target.split("/"):
        if part == "..":
            stack = stack[:-1]
        elif part not in ("", "."):
            stack.append(part)
    return "/".join(stack)


@remembered
def file_set(project: Project) -> frozenset[str]:
    """Every file kept."""
    return frozenset(project.workspace.files)


@remembered
def folder_set(project: Project) -> frozenset[str]:
    """Every folder that holds a kept file, at any depth."""
    found: set[str] = set()
    for file in project.workspace.files:
        folder = file.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)
