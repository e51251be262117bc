"""Starlette's `AuthenticationMiddleware`, which sets `request.user` from what its backend returns.

A backend returns the credentials and the user, or nothing for a stranger, or raises `AuthenticationError` (Starlette,
`starlette.authentication`).
"""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import FunctionDef
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import calls, indexing
from constitution_lint.model.flow.state import REQUEST_STATE, State, merged
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import FunctionValue, Instance, Known, Made, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

UNDEMANDED = "the backend of the middleware verifies the token"
"""The evidence of a state in which it did: whether it is demanded, those who were strangers tell."""
_MOST_STATES = 12


def run_backend(machine: "Machine", backend: Value, states: list[State]) -> list[State]:
    """The states in which a backend lets the request pass; as they are where it cannot be followed."""
    instance = next((atom for atom in backend if isinstance(atom, Instance)), None)
    member = machine.names.member(instance.definition, "authenticate") if instance is not None else None
    if instance is None or member is None or not isinstance(member.node, FunctionDef):
        return states
    function = FunctionValue(member.file, member.name, member.node, instance, 0, instance.definition)
    return merged((after for state in states for after in _authenticated(machine, function, state)), _MOST_STATES)


def _authenticated(machine: "Machine", function: FunctionValue, state: State) -> list[State]:
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(function.file, function.qualname)
    arguments = Arguments([(Made("request"),)])
    found = []
    for after, value in calls.call_function(machine, function, arguments, state, frame, function.node.span):
        after = after.copy()
        after.verified = state.verified or (after.verified and UNDEMANDED)
        for position, name in enumerate(("auth", "user")):
            known = [_part(machine, atom, position, after) for atom in value]
            after.store(REQUEST_STATE, f"request.{name}", union(*known))
        found.append(after)
    return found


def _part(machine: "Machine", atom: object, position: int, state: State) -> Value:
    if isinstance(atom, Known) and atom.value is None:
        return (Made("starlette.stranger", (("is_authenticated", (Known(False),)), ("scopes", (Known(None),)))),)
    return indexing.item_of(machine, (atom,), (Known(position),), state)  # type: ignore[arg-type]
