"""Beside the interpreter: code that runs as an application starts, run once to see what it leaves for the requests.

Functions are run with parameters of which nothing is known. What they set is noted by its place: a name of a module, an
attribute of an application's state.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import Call, ClassDef, Expr, FunctionDef, Stmt
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.flow.state import Env, State
from constitution_lint.model.flow.values import NONE, Opaque, Value
from constitution_lint.model.scopes import Scope
from constitution_lint.model.walk import last_name, own_expressions, subexpressions, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
Assignments = list[tuple[Hashable, State, Value]]


class Piece(NamedTuple):
    """A function, or a statement of a module; and the names that are bound around it."""

    file: str
    code: FunctionDef | Stmt
    around: tuple[str, ...] = ()


def noted_by(machine: "Machine", pieces: Iterable[Piece], is_wanted: Callable[[Hashable], bool]) -> Assignments:
    """What pieces of code set at the places that are asked for; each is run once."""
    started = machine.shared.started
    machine.shared.asked_what_starts = True
    found: Assignments = []
    for piece in pieces:
        if piece not in started:
            noted: Assignments = []
            started[piece] = noted
            machine.shared.made_before(machine, partial(_run, piece=piece, noted=noted))
        found += [one for one in started[piece] if is_wanted(one[0])]
    return found


def note(machine: "Machine", place: Hashable, value: Value, state: State) -> None:
    """Something is set; None takes back what was."""
    if machine.noted is not None and value != NONE:
        machine.noted.append((place, state, value))


def _run(machine: "Machine", piece: Piece, noted: Assignments) -> Pairs:
    from constitution_lint.model.flow.machine import Frame

    machine.noted = noted
    if not isinstance(piece.code, FunctionDef):
        machine.statement(piece.code, State(), Frame(piece.file, "<module>"))
    else:
        frame = Frame(piece.file, piece.code.name)
        frame.closure = _unknown(piece.around)
        state = State()
        state.env = _unknown([param.name for param in piece.code.params])
        machine.block(piece.code.body, [state], frame)
    return [(state, value) for _, state, value in noted]


def _unknown(names: Iterable[str]) -> Env:
    return {name: (Opaque(f"{name} is given as the application starts"),) for name in names}


def is_known(value: Value) -> bool:
    return not any(isinstance(atom, Opaque) for atom in value)


def pieces_that(machine: "Machine", does: Callable[[Stmt], bool]) -> Iterator[Piece]:
    """The functions, and the statements of modules, of which a statement does something, in what a team ships."""
    for file in machine.names.code:
        if is_product(file):
            yield from _pieces_in(machine, file, does)


def callers_of(machine: "Machine", file: str, names: frozenset[str]) -> Iterator[Piece]:
    """What calls functions of a file by one of these names, in that file and in those that import it."""
    for other in machine.names.code:
        if other == file or any(one.file == file for one in machine.names.imports(other)):
            yield from () if not is_product(other) else _pieces_in(machine, other, lambda node: calls_any(node, names))


def _pieces_in(machine: "Machine", file: str, does: Callable[[Stmt], bool]) -> Iterator[Piece]:
    waiting: list[tuple[tuple[Stmt, ...], tuple[str, ...], FunctionDef | None]] = [
        (machine.names.code[file].body, (), None)
    ]
    while waiting:
        body, around, function = waiting.pop()
        nodes = tuple(walk_statements(body, into_definitions=False))
        doing = [node for node in nodes if does(node)]
        if function is None:
            yield from (Piece(file, node) for node in doing)
        elif doing:
            yield Piece(file, function, around)
        own = () if function is None else (*(param.name for param in function.params), *Scope(body).bound)
        for node in nodes:
            if isinstance(node, FunctionDef):
                waiting.append((node.body, (*around, *own), node))
            elif isinstance(node, ClassDef):
                waiting.append((node.body, (*around, *own), function))


def calls_any(node: Stmt, names: frozenset[str]) -> bool:
    return any(_is_call(one, names) for whole in own_expressions(node) for one in subexpressions(whole))


def _is_call(expression: Expr, names: frozenset[str]) -> bool:
    return type(expression) is Call and last_name(expression.func) in names
