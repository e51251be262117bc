"""Module-level names that functions rebind with `global`, as engines and settings often are.

Such a name is what the module begins with, or what any of those functions gives it: which of them has run is not known.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import AnnAssign, Assign, Expr, FunctionDef, Name, Scope, Stmt
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Opaque, Value
from constitution_lint.model.walk import walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine


def rebound_values(machine: "Machine", file: str, name: str) -> list[tuple[State, Value]]:
    """What the functions of a file give to one of its module-level names."""
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(file, "<module>")
    return [
        pair
        for function, given in machine.shared.rebindings(machine.names, file).get(name, ())
        for pair in machine.evaluate(given, _unknown_locals(function), frame)
    ]


def _unknown_locals(function: FunctionDef) -> State:
    """Of a function that is not followed nothing is known but its names."""
    state = State()
    names = [param.name for param in function.params]
    names += [name for node in walk_statements(function.body, False) for name, _ in _bindings(node)]
    for name in names:
        state.env[name] = (Opaque(f"{name} is given at run time"),)
    return state


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
