"""References in a contract that lead nowhere: missing files, files outside the root, the network."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.contracts.resolution import target_of
from constitution_lint.model.project import Project


class Broken(NamedTuple):
    location: Location
    message: str


def broken_references(project: Project) -> Iterator[Broken]:
    """Each reference to another file that cannot be followed. What lies behind an address is never asked for."""
    files = frozenset(project.workspace.files)
    for file, facts in project.contracts.items():
        for reference in facts.references:
            message = _fault(file, reference.ref, files)
            if message:
                yield Broken(Location(file, reference.span), message)


def _fault(file: str, ref: str, files: frozenset[str]) -> str:
    if "://" in ref or ref.startswith("//"):
        return ""
    target, _ = target_of(file, ref)
    if not target:
        return f"{ref} refers to a file outside the project"
    return "" if target in files else f"{ref} refers to {target}, which does not exist"
