"""For runs of requests: what a request can see of the code that its files reach.

A handler that no code names is called by the framework alone, for requests of its own: others see that it is there,
and nothing of what it does. So an edit of one handler leaves the runs of its neighbours standing, in the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from constitution_lint.facts.code import (
    Attribute,
    ClassDef,
    CodeFacts,
    Const,
    Expr,
    FunctionDef,
    Import,
    Name,
    Scope,
    Stmt,
)
from constitution_lint.model.memory import remembered
from constitution_lint.model.reachable_code import of_file, reach_of
from constitution_lint.model.routing import served_of
from constitution_lint.model.walk import calls, dotted_name, walk_expressions, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.project import Project

Args = TypeVarTuple("Args")
T = TypeVar("T")
_OF_OTHERS = frozenset({"getattr", "attrgetter"})
_LOOK_UPS = frozenset({*_OF_OTHERS, "getmembers", "vars", "globals", "import_module", "__import__"})
Outline = tuple[Stmt | str, ...]
"""The statements of a module; of a handler that stands apart its name alone."""


class Sight:
    """What is seen from one file. Equal where the same outlines are, among the same files."""

    __slots__ = ("files", "outlines")

    def __init__(self, files: tuple[str, ...], outlines: dict[str, Outline]) -> None:
        self.files = files
        self.outlines = outlines

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sight)
            and self.outlines.keys() == other.outlines.keys()
            and all(outline is other.outlines[file] for file, outline in self.outlines.items())
            and self.files == other.files
        )

    __hash__ = None  # type: ignore[assignment]


@remembered
def sight_of(project: Project, file: str) -> Sight:
    """What is seen from a file, directly or not."""
    reach = reach_of(project, file)
    return Sight(reach.files, {one: _outline(project, one) for one in reach.code})


@of_file
def _outline(project: Project, file: str) -> Outline:
    apart = _apart(project, file)
    body = project.code[file].body
    return tuple(one.name if isinstance(one, FunctionDef) and one.head.line in apart else one for one in body)


@remembered
def _apart(project: Project, file: str) -> frozenset[int]:
    """The lines of handlers of a file that nothing names, in it or in files that reach it.

    Where one of those takes things by names that are computed, any of them may be meant; a module does not hold itself.
    """
    handlers = _handlers(project).get(file, {})
    others = _reached_from(project).get(file, ()) if handlers else ()
    if not handlers or _looks_up(project, file) - _OF_OTHERS or any(_looks_up(project, other) for other in others):
        return frozenset()
    named = _own_names(project, file).union(*(_words_in(project, other) for other in others))
    return frozenset(line for line, name in handlers.items() if name not in named)


@remembered
def _handlers(project: Project) -> dict[str, dict[int, str]]:
    """By file and line, the functions of modules that are run as handlers and hold what only they themselves run."""
    found: dict[str, dict[int, str]] = {}
    for endpoint in served_of(project).endpoints:
        handler = endpoint.handler
        if handler is None or handler.owner is not None or handler.enclosing or _reaches_out(handler.definition):
            continue
        found.setdefault(handler.file, {})[handler.definition.head.line] = handler.definition.name
    return found


def _reaches_out(function: FunctionDef) -> bool:
    """Does a function hold what is seen without calling it: imports, definitions, names that it binds for others?"""
    return any(isinstance(one, Import | FunctionDef | ClassDef | Scope) for one in walk_statements(function.body))


@remembered
def _reached_from(project: Project) -> dict[str, tuple[str, ...]]:
    """From each file to the others that reach it."""
    found: dict[str, list[str]] = {}
    for file in project.code:
        for reached in reach_of(project, file).code:
            if reached != file:
                found.setdefault(reached, []).append(file)
    return {file: tuple(others) for file, others in found.items()}


@of_file
def _own_names(project: Project, file: str) -> frozenset[str]:
    return frozenset(one.id for one in walk_expressions(project.code[file].body) if isinstance(one, Name))


@of_file
def _words_in(project: Project, file: str) -> frozenset[str]:
    """Whatever a file may call what it imports by: names, attributes, the last words of texts that may be either."""
    body = project.code[file].body
    found = {word for one in walk_expressions(body) if (word := _word(one))}
    found.update(alias.name for one in walk_statements(body) if isinstance(one, Import) for alias in one.names)
    return frozenset(found)


@of_file
def _looks_up(project: Project, file: str) -> frozenset[str]:
    """The functions by which a file takes things whose names are computed."""
    found = ((dotted_name(call.func).rpartition(".")[2], call) for call in calls(project.code[file].body))
    return frozenset(name for name, call in found if name in _LOOK_UPS and not isinstance(call.positional(1), Const))


def _word(expression: Expr) -> str:
    if isinstance(expression, Name):
        return expression.id
    if isinstance(expression, Attribute):
        return expression.attr
    text = expression.value if isinstance(expression, Const) and isinstance(expression.value, str) else ""
    return text.replace(":", ".").rpartition(".")[2]


def _seen_from(project: Project, files: tuple[str, ...]) -> Mapping[str, CodeFacts]:
    for file in files:
        sight_of(project, file)
    return {}


def within_sight(
    function: Callable[[Project, tuple[str, ...], *Args], T],
) -> Callable[[Project, tuple[str, ...], *Args], T]:
    """Remembered answers that rest on what is seen from some files, by names alone, and on what else they ask."""
    return remembered(function, _seen_from)
