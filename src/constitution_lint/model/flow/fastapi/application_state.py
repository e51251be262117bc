"""What an application keeps for its requests: `app.state.pool = …`, set as it starts, read as `request.app.state.pool`.

The functions that set something there are run once, before any request, with parameters of which nothing is known.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import Assign, Attribute, Call, ClassDef, Expr, ExprStmt, FunctionDef, Name, Stmt
from constitution_lint.model.file_roles import is_test
from constitution_lint.model.flow.language import module_caches
from constitution_lint.model.flow.state import Env, State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Made, Opaque, Value
from constitution_lint.model.scopes import Scope
from constitution_lint.model.walk import last_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
_GIVEN = "is given as the application starts"
_STATES = frozenset({"request.app.state", "fastapi.FastAPI.state", "starlette.applications.Starlette.state"})


class _Setter(NamedTuple):
    """A function that sets something, or a statement of a module; and what is bound around it."""

    file: str
    function: FunctionDef | None
    statement: Stmt | None
    around: tuple[str, ...]


def is_kept_by(atom: Made) -> bool:
    """Is it the state of an application?"""
    return atom.dotted in _STATES


def kept(machine: "Machine", name: str) -> Value:
    """What the code sets under a name of an application's state; nothing where it is not seen to set anything."""
    shared = machine.shared
    if shared.application is None:
        shared.application = {}
        shared.application = _set_up(machine)
    return shared.application.get(name, ())


def note(machine: "Machine", holder: Expr, name: str, value: Value, state: State) -> None:
    """`app.state.name = value` while it is asked what an application keeps."""
    if machine.starting is not None and _is_state(holder):
        machine.starting.append((name, state, value))


def _is_state(expression: Expr) -> bool:
    """`app.state`, `request.app.state`, `application.state`: of a request or a connection it is another."""
    return type(expression) is Attribute and expression.attr == "state" and "app" in last_name(expression.value).lower()


def _set_up(machine: "Machine") -> dict[str, Value]:
    found: dict[str, list[Value]] = {}
    for setter in _setters(machine):
        noted: list[tuple[str, State, Value]] = []
        machine.shared.made_before(machine, partial(_run, setter=setter, noted=noted))
        for name, _, value in noted:
            found.setdefault(name, []).append(value)
    return {name: _begun(machine, name, values) for name, values in found.items()}


def _begun(machine: "Machine", name: str, values: list[Value]) -> Value:
    """What a name holds; a helper that sets what it was given, or a part of it, says nothing where its callers do."""
    known = [value for value in values if not any(isinstance(atom, Opaque) for atom in value)]
    return module_caches.initial_value(machine, union(*(known or values)), "", f"state.{name}", of_object=True)


def _run(machine: "Machine", setter: _Setter, noted: list[tuple[str, State, Value]]) -> Pairs:
    from constitution_lint.model.flow.machine import Frame

    machine.starting = noted
    if setter.statement is not None:
        machine.statement(setter.statement, State(), Frame(setter.file, "<module>"))
    elif setter.function is not None:
        frame = Frame(setter.file, setter.function.name)
        frame.closure = _unknown(setter.around)
        state = State()
        state.env = _unknown(param.name for param in setter.function.params)
        machine.block(setter.function.body, [state], frame)
    return [(state, value) for _, state, value in noted]


def _unknown(names: "Iterator[str] | tuple[str, ...]") -> Env:
    return {name: (Opaque(f"{name} {_GIVEN}"),) for name in names}


def _setters(machine: "Machine") -> Iterator[_Setter]:
    """The functions and module-level statements that set something, and the callers of helpers that do."""
    helpers: set[str] = set()
    files = [file for file in machine.names.code if not is_test(file)]
    functions = [(file, one, around) for file in files for one, around in _functions(machine, file)]
    for file in files:
        for node in walk_statements(machine.names.code[file].body, into_definitions=False):
            if _sets(node):
                yield _Setter(file, None, node, ())
    for file, function, around in functions:
        inside = walk_statements(function.body, into_definitions=False)
        if any(_sets(node) for node in inside):
            helpers.add(function.name)
            yield _Setter(file, function, None, around)
    for file, function, around in functions:
        inside = walk_statements(function.body, into_definitions=False)
        if function.name not in helpers and any(_calls(node, helpers) for node in inside):
            yield _Setter(file, function, None, around)


def _functions(machine: "Machine", file: str) -> Iterator[tuple[FunctionDef, tuple[str, ...]]]:
    """Every function of a file, with the names that the functions around it bind."""
    waiting: list[tuple[tuple[Stmt, ...], tuple[str, ...]]] = [(machine.names.code[file].body, ())]
    while waiting:
        body, around = waiting.pop()
        for node in walk_statements(body, into_definitions=False):
            if isinstance(node, FunctionDef):
                yield node, around
                own = (*(param.name for param in node.params), *Scope(node.body).bound)
                waiting.append((node.body, (*around, *own)))
            elif isinstance(node, ClassDef):
                waiting.append((node.body, around))


def _sets(node: Stmt) -> bool:
    if type(node) is Assign:
        return any(type(target) is Attribute and _is_state(target.value) for target in node.targets)
    call = node.value if type(node) is ExprStmt else None
    if type(call) is not Call or type(call.func) is not Name or call.func.id != "setattr" or len(call.args) != 3:
        return False
    return _is_state(call.args[0].value)


def _calls(node: Stmt, names: set[str]) -> bool:
    call = node.value if type(node) is ExprStmt else None
    return type(call) is Call and last_name(call.func) in names
