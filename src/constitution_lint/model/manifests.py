"""Beside the workspace: which manifests apply to a file, what they declare together, and what their locks install."""

import re
from collections.abc import Iterable, Iterator

from constitution_lint.facts.manifest import Dependency, Ecosystem
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.workspace import folder_of, folders_above

_ASKING = frozenset({"pyproject", "requirements", "pipfile", "setup", "package"})


def canonical(name: str) -> str:
    """A distribution's name as PyPI compares it (PEP 503); names of npm are in lower case already."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_judged(file: str) -> bool:
    """Does a manifest belong to the product, by its folder: no test, sample, template or documentation site?"""
    folder = folder_of(file)
    return not folder or is_product(f"{folder}/_")


@remembered
def _by_folder(project: Project) -> dict[str, tuple[str, ...]]:
    """The manifests and locks of each folder; those of a `requirements` folder belong to the folder above it."""
    found: dict[str, list[str]] = {}
    for file in project.manifests:
        folder = folder_of(file)
        head, _, last = folder.rpartition("/")
        found.setdefault(head if last == "requirements" else folder, []).append(file)
    return {folder: tuple(files) for folder, files in found.items()}


def asking_for(project: Project, file: str, ecosystem: Ecosystem) -> tuple[str, ...]:
    """The manifests that speak for a file: all of the ecosystem in its folder and every folder above, nearest first."""
    return tuple(
        manifest
        for folder in folders_above(file)
        for manifest in _by_folder(project).get(folder, ())
        if project.manifests[manifest].ecosystem == ecosystem and project.manifests[manifest].kind in _ASKING
    )


def locks_for(project: Project, file: str, ecosystem: Ecosystem) -> tuple[str, ...]:
    """The lock files in a file's folder and every folder above, nearest first."""
    return tuple(
        manifest
        for folder in folders_above(file)
        for manifest in _by_folder(project).get(folder, ())
        if project.manifests[manifest].ecosystem == ecosystem and project.manifests[manifest].kind.endswith("-lock")
    )


def dependencies(project: Project, manifests: Iterable[str]) -> Iterator[Dependency]:
    """All that several manifests ask for."""
    for manifest in manifests:
        yield from project.manifests[manifest].dependencies


@remembered
def locked(project: Project, lock: str) -> dict[str, str]:
    """The versions of a lock file by canonical name; of several the first."""
    found: dict[str, str] = {}
    for one in project.manifests[lock].locked:
        found.setdefault(canonical(one.name), one.version)
    return found
