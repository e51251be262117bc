"""For incremental answers: the code that a file's names can lead to, which is all that many answers rest on.

What a name means is found in its file and in what that imports, directly or not. So an answer about one file, or about
one request, holds as long as no file within reach changed, whatever was edited elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Names, names_of

if TYPE_CHECKING:
    from constitution_lint.facts.code import CodeFacts
    from constitution_lint.model.project import Project

Args = TypeVarTuple("Args")
T = TypeVar("T")


class Reach:
    """The files within reach of one, in sorted order. Equal where they are the same facts, among the same files."""

    __slots__ = ("code", "files")

    def __init__(self, files: tuple[str, ...], code: dict[str, CodeFacts]) -> None:
        self.files = files
        """All files there are: which of them a module name means depends on what others there are."""
        self.code = code

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Reach)
            and self.code.keys() == other.code.keys()
            and all(facts is other.code[file] for file, facts in self.code.items())
            and self.files == other.files
        )

    __hash__ = None  # type: ignore[assignment]


@remembered
def reach_of(project: Project, file: str) -> Reach:
    """What a file reaches; a file that is not there reaches nothing."""
    return _reaches(project).get(file) or Reach(tuple(project.code), {})


@remembered
def _reaches(project: Project) -> dict[str, Reach]:
    steps = _steps(names_of(project))
    files = tuple(project.code)
    return {file: Reach(files, {one: project.code[one] for one in sorted(_closure(file, steps))}) for file in files}


def _steps(names: Names) -> dict[str, set[str]]:
    """The files that each file imports, with all that a package holds where its name is bound to the package."""
    inside: dict[str, list[str]] = {}
    for file in names.code:
        folder = file
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            inside.setdefault(folder, []).append(file)
    steps: dict[str, set[str]] = {}
    for file in names.code:
        steps[file] = {found.file for found in names.imports(file) if found.file is not None}
        for package in names.packages(file):
            steps[file].update(inside.get(package, ()))
    return steps


def _closure(file: str, steps: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {file}, [file]
    while waiting:
        further = steps[waiting.pop()] - found
        found |= further
        waiting.extend(further)
    return found


@remembered
def all_code(project: Project) -> Mapping[str, CodeFacts]:
    """For an answer that sees its reach alone and yet rests on every file."""
    return project.code


def _within_one(project: Project, file: str) -> dict[str, CodeFacts]:
    return reach_of(project, file).code


def of_file(function: Callable[[Project, str, *Args], T]) -> Callable[[Project, str, *Args], T]:
    """Remembered answers about one file, which rest on the code within its reach, and on what else they ask."""
    return remembered(function, _within_one)
