"""For gate 10: which version of Next.js a frontend gets, from its lock file or else the range it requires."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import Locked
from constitution_lint.model.manifests import is_judged, locks_for
from constitution_lint.model.project import Project
from constitution_lint.model.stack.governing_stack import law_of
from constitution_lint.workspace import folder_of

_PART = re.compile(r"(?P<sign>\^|~|>=|<=|>|<|=)?\s*v?(?P<major>\d+)(?P<rest>(?:\.[\dxX*]+)*)")
_HYPHEN = re.compile(r"\d[\w.]*\s+-\s+v?(?P<major>\d+)")


class NextVersion(NamedTuple):
    """The Next.js of one package.json: what it asks for, and its highest major version; None when that is open."""

    location: Location
    specifier: str
    major: int | None
    lock: Location | None
    version: str
    """As the lock file has it; "" without one."""
    least: int


def next_versions(project: Project) -> Iterator[NextVersion]:
    """Every product frontend that asks for Next.js, where the law binds it to a version."""
    for file, facts in project.manifests.items():
        if facts.kind != "package" or not is_judged(file):
            continue
        law = law_of(project, file)
        if not any(one.name == "Next.js" for one in law.fillers("frontend framework")):
            continue
        if "frontend framework" not in law.bound:
            continue
        for dependency in facts.dependencies:
            if dependency.name == "next" and dependency.group in ("main", "dev"):
                location = Location(file, dependency.span)
                yield _version(project, location, dependency.specifier, law.least_next)


def _version(project: Project, location: Location, specifier: str, least: int) -> NextVersion:
    for lock in locks_for(project, location.file, "npm"):
        entry = _locked(project, lock, specifier, folder_of(lock) == folder_of(location.file))
        if entry is not None:
            major = entry.version.partition(".")[0]
            place = Location(lock, entry.span)
            return NextVersion(
                location, specifier, int(major) if major.isdigit() else None, place, entry.version, least
            )
    return NextVersion(location, specifier, highest_major(specifier), None, "", least)


def _locked(project: Project, lock: str, specifier: str, beside: bool) -> Locked | None:
    """The entry for `next` that fits what is asked for: a lock written before the last change does not decide."""
    for entry in project.manifests[lock].locked:
        if entry.name == "next":
            major = entry.version.partition(".")[0]
            asked = highest_major(specifier)
            if beside and (asked is None or major == str(asked) or not major.isdigit()):
                return entry
            if asked is not None and major == str(asked):
                return entry
    return None


def highest_major(specifier: str) -> int | None:
    """The highest major version that a range of npm allows; None when it is open ("latest", ">=14", "*")."""
    alternatives = [_highest(part.strip()) for part in specifier.split("||")]
    known = [major for major in alternatives if major is not None]
    return max(known) if known and len(known) == len(alternatives) else None


def _highest(text: str) -> int | None:
    hyphen = _HYPHEN.search(text)
    if hyphen:
        return int(hyphen["major"])
    highest: int | None = None
    for part in _PART.finditer(text):
        major = int(part["major"])
        if part["sign"] in (None, "^", "~", "=", "<="):
            highest = major
        elif part["sign"] == "<":
            whole = not re.search(r"[1-9]", part["rest"])
            highest = major - 1 if whole else major
    return highest
