"""`ContextVar`: what one part of a request stores there for the others."""

from constitution_lint.model.flow.state import SHARED, State
from constitution_lint.model.flow.values import NONE, Known, Made, Opaque, Value

CLASS = "contextvars.ContextVar"


def made(name: Value | None, default: Value | None) -> Made:
    """`ContextVar("name", default=…)`; two of one name are told apart by nothing else."""
    given = (("default", default),) if default is not None else ()
    return Made(CLASS, (("name", name or NONE), *given))


def call(variable: Made, method: str, value: Value | None, state: State) -> list[tuple[State, Value]] | None:
    """`get`, `set` and `reset`; None for anything else."""
    arguments = dict(variable.arguments)
    name = _text(arguments.get("name", NONE))
    if method == "set" and name:
        state = state.copy()
        state.store(SHARED, f"context {name}", value or NONE)
        return [(state, (Made(f"{CLASS}.token"),))]
    if method == "get":
        held = state.attribute(SHARED, f"context {name}")
        return [(state, held or value or arguments.get("default") or (Opaque(f"{name} is set nowhere before"),))]
    return [(state, NONE)] if method == "reset" else None


def _text(value: Value) -> str:
    atom = value[0] if len(value) == 1 else None
    return atom.value if isinstance(atom, Known) and isinstance(atom.value, str) else ""
