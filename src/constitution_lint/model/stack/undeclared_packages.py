"""For gate 10: packages that the backend imports but no manifest requires."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.manifests import asking_for, canonical, dependencies, locked, locks_for
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.stack.distributions import ALL_OF_FASTAPI, BRINGS, PROVIDERS
from constitution_lint.model.stack.foreign_packages import is_allowed
from constitution_lint.model.stack.imports import PackageImport, python_imports
from constitution_lint.workspace import folders_above


class Undeclared(NamedTuple):
    """A package at its first import, and the manifest nearest to it; "" where none stands above the file."""

    location: Location
    package: str
    manifest: str


class Unlisted(NamedTuple):
    """A backend without any manifest: its first import of a package, and the names of them all."""

    location: Location
    folder: str
    packages: tuple[str, ...]


def undeclared_imports(project: Project) -> Iterator[Undeclared]:
    """Each package once for each nearest manifest, at its first import."""
    told: set[tuple[str, str]] = set()
    for one in python_imports(project):
        manifests = _manifests(project, one.location.file)
        if not manifests or one.optional or is_allowed(project, one.top):
            continue
        nearest = next(iter(_speaking(project, one.location.file)), "")
        if not _is_declared(one, _declared(project, manifests)) and (one.top, nearest) not in told:
            told.add((one.top, nearest))
            yield Undeclared(one.location, one.top, nearest)


def unlisted_backends(project: Project) -> Iterator[Unlisted]:
    """Backends that import packages where no manifest of Python stands anywhere in the repository."""
    for folder in project.workspace.backends:
        inside = [
            one
            for one in python_imports(project)
            if not one.optional
            and folder in folders_above(one.location.file)
            and not _manifests(project, one.location.file)
        ]
        if inside:
            yield Unlisted(inside[0].location, folder, tuple(dict.fromkeys(one.top for one in inside)))
            return


def _manifests(project: Project, file: str) -> tuple[str, ...]:
    """The manifests above a file; where none speaks there, all of the repository, since a build may copy one in."""
    return asking_for(project, file, "python") if _speaking(project, file) else _everywhere(project)


def _speaking(project: Project, file: str) -> tuple[str, ...]:
    """The manifests above a file that ask for something to run with, and not for tools alone."""
    return tuple(
        manifest
        for manifest in asking_for(project, file, "python")
        if any(one.group == "main" for one in project.manifests[manifest].dependencies)
    )


@remembered
def _everywhere(project: Project) -> tuple[str, ...]:
    return tuple(
        file for file, facts in project.manifests.items() if facts.ecosystem == "python" and facts.dependencies
    )


@remembered
def _declared(project: Project, manifests: tuple[str, ...]) -> frozenset[str]:
    """Canonical names of all that manifests ask for, what these bring along, and what locks beside them install."""
    asked = list(dependencies(project, manifests))
    found = {canonical(one.name) for one in asked}
    for manifest in manifests:
        for folder_manifest in _images_beside(project, manifest):
            found |= {canonical(one.name) for one in project.manifests[folder_manifest].dependencies}
        for lock in locks_for(project, manifest, "python"):
            found |= set(locked(project, lock))
    if any(canonical(one.name) == "fastapi" and set(one.extras) & {"all", "standard"} for one in asked):
        found |= set(ALL_OF_FASTAPI)
    for _ in range(3):
        found |= {brought for name in found for brought in BRINGS.get(name, ())}
    return frozenset(found)


def _images_beside(project: Project, manifest: str) -> Iterator[str]:
    """Dockerfiles in the folders above a manifest: what they install by name is asked for too."""
    above = set(folders_above(manifest))
    for file, facts in project.manifests.items():
        if facts.kind == "dockerfile" and facts.dependencies and file.rpartition("/")[0] in above:
            yield file


def _is_declared(one: PackageImport, declared: frozenset[str]) -> bool:
    if not declared.isdisjoint(canonical(name) for name in PROVIDERS.get(one.top, ())):
        return True
    return any(_gives(one.modules, canonical(one.top), name) for name in declared)


def _gives(modules: Iterable[str], top: str, distribution: str) -> bool:
    """By the distribution's name: it is the module's, or holds it whole ("python-jose" for `jose`)."""
    if distribution == top or distribution.removeprefix("py") == top or distribution == f"py{top}":
        return True
    if distribution.endswith(f"-{top}") or distribution.startswith(f"{top}-"):
        return True
    return any(canonical(module).startswith(distribution) for module in modules if "." in module)
