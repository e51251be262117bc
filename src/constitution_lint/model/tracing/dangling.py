"""References that lead nowhere: ids that no document defines, stories that no spec tells, links to absent files."""

import re
from collections.abc import Iterator

from constitution_lint.facts.document import DocumentFacts
from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import resolve
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.elements import Dangling
from constitution_lint.workspace import Feature

_NUMBER = re.compile(r"\d+(?:\.\d+)*[a-z]?$", re.IGNORECASE)
_NOT_JUDGED = re.compile(r"^[a-z][a-z0-9+.-]*:|^#|^/|[{}<>\[\]*\s|]|\.\.\.|^(?:link|url|path)$", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|/)(?:\.\w[^/]*|node_modules|dist|build|venv|coverage)(?:/|$)", re.IGNORECASE)
_LEAST_KNOWN = 2
"""Ids of one kind that a feature must define before a missing one tells anything."""


def dangling_references(project: Project) -> Iterator[Dangling]:
    """Every one in the documents of features, each id once a document."""
    for feature in project.workspace.features:
        for path, facts in _documents(project, feature):
            yield from _unknown_ids(project, feature, path, facts)
            yield from _dead_links(project, path, facts)


def _documents(project: Project, feature: Feature) -> Iterator[tuple[str, DocumentFacts]]:
    for path in (feature.spec, feature.plan, feature.tasks, feature.research, feature.data_model, feature.quickstart):
        if path and path in project.documents:
            yield path, project.documents[path]


def _unknown_ids(project: Project, feature: Feature, path: str, facts: DocumentFacts) -> Iterator[Dangling]:
    known = _known(project, feature)
    everywhere = _known_anywhere(project)
    told: set[str] = set()
    for reference in facts.references:
        identity = reference.id
        if identity in told or identity in everywhere or not _is_judged(identity, known):
            continue
        told.add(identity)
        yield Dangling(Location(path, reference.span), identity, _message(identity, feature))


def _is_judged(identity: str, known: frozenset[str]) -> bool:
    """Whether the feature numbers things of this kind at all, so that a missing number is a mistake."""
    stem = _NUMBER.sub("", identity)
    return sum(_NUMBER.sub("", one) == stem for one in known) >= _LEAST_KNOWN


def _message(identity: str, feature: Feature) -> str:
    if identity.startswith("US"):
        return f'{identity} is no story of the spec of "{feature.called}"'
    if re.match(r"T\d", identity):
        return f'{identity} is no task of "{feature.called}"'
    return f"{identity} is defined in no document"


def _known(project: Project, feature: Feature) -> frozenset[str]:
    spec, tasks = project.documents.get(feature.spec or ""), project.documents.get(feature.tasks or "")
    found: set[str] = set()
    for facts in (spec, tasks):
        if facts is not None:
            found.update(one.id for one in facts.requirements)
            found.update(one.id for one in facts.stories)
    return frozenset(found | {task.id for task in (tasks.tasks if tasks else ()) if task.id})


@remembered
def _known_anywhere(project: Project) -> frozenset[str]:
    """Ids that any document defines: a feature may build on another's requirements."""
    found: set[str] = set()
    for facts in project.documents.values():
        found.update(one.id for one in facts.requirements)
        found.update(one.id for one in facts.stories)
        found.update(task.id for task in facts.tasks if task.id)
    return frozenset(found)


def _dead_links(project: Project, path: str, facts: DocumentFacts) -> Iterator[Dangling]:
    for link in facts.links:
        target = link.target.partition("#")[0].partition("?")[0]
        if target and _is_relative_file(target, path) and resolve(project, path, target) is None:
            yield Dangling(
                Location(path, link.span), link.target, f"the link leads to {link.target}, which does not exist"
            )


def _is_relative_file(target: str, path: str) -> bool:
    """A link that stays inside the repository and names a file (a bare word is a template's "link")."""
    if _NOT_JUDGED.search(target) or _NOT_KEPT.search(target) or not re.search(r"[./]", target):
        return False
    return target.split("/").count("..") <= path.count("/")
