"""Connections kept under a user's id: whoever names the id receives what is sent to that user."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Attribute, Call, Expr, Subscript
from constitution_lint.model.api import AccessVerdict
from constitution_lint.model.flow.identity import principals
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Made, Scalar, Value
from constitution_lint.model.ownership import OWNER_NAMES
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

_KEEPING = frozenset({"add", "append"})


def kept_by_call(machine: "Machine", func: Attribute, values: list[Value], state: State, frame: "Frame") -> None:
    """`connections[user_id].add(websocket)`, `connections.setdefault(user_id, set()).add(websocket)`."""
    if func.attr not in _KEEPING or not any(_is_connection(machine, value) for value in values):
        return
    at = func.value
    if isinstance(at, Subscript):
        _kept(machine, at.value, at.index, func, state, frame)
    elif isinstance(at, Call) and isinstance(at.func, Attribute) and at.func.attr in ("setdefault", "get"):
        key = at.positional(0)
        if key is not None:
            _kept(machine, at.func.value, key, func, state, frame)


def kept_by_item(machine: "Machine", target: Subscript, value: Value, state: State, frame: "Frame") -> None:
    """`connections[user_id] = websocket`."""
    if _is_connection(machine, value):
        _kept(machine, target.value, target.index, target, state, frame)


def _is_connection(machine: "Machine", value: Value) -> bool:
    return any(
        isinstance(atom, Made)
        and (atom.dotted in ("asyncio.Queue",) or (atom.dotted == "request" and machine.is_websocket))
        for atom in value
    )


def _kept(machine: "Machine", holder: Expr, key: Expr, place: Expr, state: State, frame: "Frame") -> None:
    name = dotted_name(holder).rsplit(".", 1)[-1]
    for after, found in machine.evaluate(key, state, frame):
        for atom in found:
            if not name or not isinstance(atom, Scalar):
                continue
            at = (frame.at(place.span), f"subscription:{name}", "select")
            if principals.is_principal(machine, atom, after):
                why = f"the connection is kept under {atom.key}, the token's"
                machine.record.settle(at, AccessVerdict.ISOLATED, why, "", frame.chain)
            elif atom.origin == "client" and atom.key.replace(" ", ".").split(".")[-1] in OWNER_NAMES:
                why = f"the connection is kept under {atom.key}, which is never compared with the token's"
                machine.record.settle(at, AccessVerdict.LEAK, why, "client-named-owner", frame.chain)
