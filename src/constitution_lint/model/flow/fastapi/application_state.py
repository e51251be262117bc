"""What an application keeps for its requests: `app.state.pool = …` as it starts, `request.app.state.pool` later."""

import re
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import Assign, Attribute, Call, Expr, ExprStmt, FunctionDef, Name, Stmt
from constitution_lint.model.flow.language import module_caches, starting
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Made, Value
from constitution_lint.model.walk import last_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

_APPLICATION = re.compile(r"(?:^|_)(?:app|application)$", re.I)
_STATES = frozenset({"request.app.state", "fastapi.FastAPI.state", "starlette.applications.Starlette.state"})


class _Place(NamedTuple):
    name: str


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
    """`app.state.name = value` while it is asked what is set as the application starts."""
    if machine.noted is not None and _is_state(holder):
        starting.note(machine, _Place(name), value, state)


def _is_state(expression: Expr) -> bool:
    """`app.state`, `request.app.state`, `application.state`: of a request or a connection it is another."""
    if type(expression) is not Attribute or expression.attr != "state":
        return False
    return _APPLICATION.search(last_name(expression.value)) is not None


def _set_up(machine: "Machine") -> dict[str, Value]:
    setting = list(starting.pieces_that(machine, _sets))
    helpers = frozenset(piece.code.name for piece in setting if isinstance(piece.code, FunctionDef))
    calling = starting.pieces_that(machine, lambda node: starting.calls_any(node, helpers))
    found: dict[str, list[Value]] = {}
    pieces = dict.fromkeys((*setting, *calling))
    for place, _, value in starting.noted_by(machine, pieces, lambda place: isinstance(place, _Place)):
        if isinstance(place, _Place):
            found.setdefault(place.name, []).append(value)
    return {name: _begun(machine, name, values) for name, values in found.items()}


def _begun(machine: "Machine", name: str, values: list[Value]) -> Value:
    """What a name holds; a helper that sets what it was given, or a part of it, says nothing where its callers do."""
    known = [value for value in values if starting.is_known(value)]
    return module_caches.initial_value(machine, union(*(known or values)), "", f"state.{name}", of_object=True)


def _sets(node: Stmt) -> bool:
    if type(node) is Assign:
        return any(type(target) is Attribute and _is_state(target.value) for target in node.targets)
    call = node.value if type(node) is ExprStmt else None
    if type(call) is not Call or type(call.func) is not Name or call.func.id != "setattr" or len(call.args) != 3:
        return False
    return _is_state(call.args[0].value)
