"""Module-level names that functions rebind with `global`, as engines and settings often are.

Such a name is what the module begins with, or what any of those functions gives it: which of them has run is not known.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Collection,
    Compare,
    Const,
    Expr,
    FunctionDef,
    If,
    Name,
    Scope,
    Stmt,
    Subscript,
    Unary,
)
from constitution_lint.model.flow.language import starting
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Opaque, Value
from constitution_lint.model.walk import subexpressions, walk_expressions, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine


def rebound_values(machine: "Machine", file: str, name: str) -> list[tuple[State, Value]]:
    """What the functions of a file give to one of its module-level names."""
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(file, "<module>")
    found: list[tuple[State, Value]] = []
    for function, given in machine.shared.rebindings(machine.names, file).get(name, ()):
        handed = _handed_over(machine, file, name, function) if _is_handed(function, given) else []
        found += handed or machine.evaluate(given, local_values(machine, function, given, frame), frame)
    return found


def is_made_when_asked(machine: "Machine", file: str, name: str) -> bool:
    """`if _client is None: _client = Client()`: whoever asks for it is not given None."""
    functions = [function for function, _ in machine.shared.rebindings(machine.names, file).get(name, ())]
    return any(_is_made_when_asked(function, name) for function in functions)


def _is_made_when_asked(function: FunctionDef, name: str) -> bool:
    tests = [node for node in walk_statements(function.body, False) if type(node) is If and _asks_for(node.test, name)]
    return any(one == name for test in tests for node in test.body for one, _ in _bindings(node))


def _asks_for(test: Expr, name: str) -> bool:
    """`name is None`, `not name`."""
    if type(test) is Unary:
        return test.op == "not" and type(test.operand) is Name and test.operand.id == name
    return type(test) is Compare and test.ops == ("is",) and type(test.left) is Name and test.left.id == name


def _is_handed(function: FunctionDef, given: Expr) -> bool:
    """Does a function set a name to what it is given?"""
    names = {param.name for param in function.params}
    return any(isinstance(one, Name) and one.id in names for one in subexpressions(given))


def _handed_over(machine: "Machine", file: str, name: str, function: FunctionDef) -> list[tuple[State, Value]]:
    """`init_database(Database(url))`: what those who call a function let it set a name to."""
    callers = starting.callers_of(machine, file, frozenset({function.name}))
    found = starting.noted_by(machine, callers, lambda place: place == (file, name))
    return [(state, value) for _, state, value in found if starting.is_known(value)]


def local_values(machine: "Machine", function: FunctionDef, given: Expr, frame: "Frame", deep: int = 0) -> State:
    """What a function that is not followed may have in the variables of an expression; of its parameters nothing."""
    state = State()
    bound: dict[str, list[Expr]] = {param.name: [] for param in function.params}
    for node in walk_statements(function.body, False):
        for name, value in (*_bindings(node), *_unpacked(node)):
            bound.setdefault(name, []).append(value)
    asked = {one.id for one in walk_expressions(given) if type(one) is Name}
    for name, values in bound.items():
        ways: list[Value] = []
        for value in values if name in asked and deep < _DEEPEST else ():
            within = local_values(machine, function, value, frame, deep + 1)
            ways.extend(found for _, found in machine.evaluate(value, within, frame))
        state.env[name] = union(*ways) if ways else (Opaque(f"{name} is given at run time"),)
    return state


_DEEPEST = 3
"""So many variables that are made of one another are followed."""


def _unpacked(node: Stmt) -> Iterator[tuple[str, Expr]]:
    """`made, kept = both()` gives to each name an item of the value."""
    if not isinstance(node, Assign):
        return
    items = (pair for one in node.targets if isinstance(one, Collection) for pair in enumerate(one.items))
    for place, item in items:
        if isinstance(item, Name):
            yield item.id, Subscript(node.span, node.value, Const(node.span, place))


def rebindings_of(body: tuple[Stmt, ...]) -> dict[str, list[tuple[FunctionDef, Expr]]]:
    """By name, the functions that declare it global and the values they assign to it."""
    found: dict[str, list[tuple[FunctionDef, Expr]]] = {}
    for function in walk_statements(body):
        if type(function) is not FunctionDef:
            continue
        inside = list(walk_statements(function.body, False))
        shared = {name for node in inside if type(node) is Scope for name in node.names}
        for node in inside if shared else ():
            for name, value in _bindings(node):
                if name in shared:
                    found.setdefault(name, []).append((function, value))
    return found


def _bindings(node: Stmt) -> Iterator[tuple[str, Expr]]:
    targets = node.targets if isinstance(node, Assign) else (node.target,) if isinstance(node, AnnAssign) else ()
    value = node.value if isinstance(node, Assign | AnnAssign) else None
    for target in targets:
        if isinstance(target, Name) and value is not None:
            yield target.id, value
