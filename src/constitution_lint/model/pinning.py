"""For gate 4: manifests that leave versions open, where no lock file settles them."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import Dependency
from constitution_lint.model.documents.plans import file_set
from constitution_lint.model.manifests import (
    asking_for,
    canonical,
    dependencies,
    is_judged,
    locked,
    locks_for,
)
from constitution_lint.model.project import Project
from constitution_lint.workspace import folder_of, folders_above

_UNREAD_LOCKS = {"npm": ("bun.lockb",), "python": ("conda-lock.yml", "pixi.lock")}


class Unpinned(NamedTuple):
    """A manifest, the first package it leaves open, the names of all such, and how many it asks for."""

    location: Location
    names: tuple[str, ...]
    asked: int


def unpinned_manifests(project: Project) -> Iterator[Unpinned]:
    """Every manifest of the product with packages that neither it, nor constraints, nor a lock file pins."""
    for file, facts in project.manifests.items():
        if facts.kind in ("pyproject", "requirements", "pipfile", "package") and is_judged(file):
            asked = [one for one in facts.dependencies if one.group == "main"]
            open_ones = [one for one in asked if not one.exact]
            if open_ones and not _is_settled(project, file, open_ones):
                location = Location(file, open_ones[0].span)
                yield Unpinned(location, tuple(one.name for one in open_ones), len(asked))


def _is_settled(project: Project, file: str, open_ones: list[Dependency]) -> bool:
    """By a lock file that holds one of the packages, a pinned manifest beside it, or constraints that it names."""
    ecosystem = project.manifests[file].ecosystem
    wanted = {canonical(one.name) for one in open_ones}
    if any(wanted & set(locked(project, lock)) for lock in locks_for(project, file, ecosystem)):
        return True
    names = (f"{folder}/{name}".lstrip("/") for folder in folders_above(file) for name in _UNREAD_LOCKS[ecosystem])
    if any(name in file_set(project) for name in names):
        return True
    beside = [one for one in asking_for(project, file, ecosystem) if folder_of(one) == folder_of(file)]
    pinned = {
        canonical(one.name) for one in dependencies(project, (*beside, *_constraints(project, file))) if one.exact
    }
    return wanted <= pinned


def _constraints(project: Project, file: str) -> Iterator[str]:
    """The constraints files that a requirements file names (`-c`), as far as they are in the same folder or below."""
    for include in project.manifests[file].includes:
        path = f"{folder_of(file)}/{include.path.removeprefix('./')}".lstrip("/")
        if path in project.manifests:
            yield path
