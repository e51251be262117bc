"""Module-level names that functions rebind with `global`, as engines and settings often are.

Such a name is what the module begins with, or what any of those functions gives it: which of them has run is not known.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Collection,
    Const,
    Expr,
    FunctionDef,
    Name,
    Scope,
    Stmt,
    Subscript,
)
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Opaque, Value
from constitution_lint.model.walk import walk_expressions, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine


def rebound_values(machine: "Machine", file: str, name: str) -> list[tuple[State, Value]]:
    """What the functions of a file give to one of its module-level names."""
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(file, "<module>")
    return [
        pair
        for function, given in machine.shared.rebindings(machine.names, file).get(name, ())
        for pair in machine.evaluate(given, _locals(machine, function, given, frame), frame)
    ]


def _locals(machine: "Machine", function: FunctionDef, given: Expr, frame: "Frame", deep: int = 0) -> State:
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
            within = _locals(machine, function, value, frame, deep + 1)
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
