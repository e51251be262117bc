"""Websockets: one that is closed is refused, one that exchanges messages is served.

The return of a websocket's handler discloses nothing, so what counts is which paths came to send or receive.
"""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import MESSAGE, Body, Failure, Known, Scalar, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_EXCHANGED = "a message is exchanged"


def call(machine: "Machine", name: str, state: State, frame: "Frame") -> Pairs | None:
    """`websocket.name(...)`; None for what exchanges nothing."""
    if name == "close":
        return []
    if not name.startswith(("send", "receive", "iter_")):
        return None
    after = state.copy()
    after.served = _EXCHANGED
    if frame.looping:
        machine.watch.loop(after)
    gone = after if frame.looping else state.copy()
    gone.served = _EXCHANGED if frame.looping else ""
    frame.raises.append((gone, Failure("WebSocketDisconnect")))
    if name == "receive_text":
        return [(after, (Scalar("client", MESSAGE, credential=True),))]
    return [(after, (Body(MESSAGE),) if name.startswith(("receive", "iter_")) else (Known(None),))]
