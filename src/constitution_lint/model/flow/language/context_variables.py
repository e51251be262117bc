"""`ContextVar`: what one part of a request stores there for the others."""

from constitution_lint.model.flow.state import SHARED, State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import NONE, Known, Made, Opaque, Value

CLASS = "contextvars.ContextVar"
_CALLER = "context of the caller"


def make_variable(name: Value | None, default: Value | None) -> Made:
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
        return [(state, held or _unset(name, value or arguments.get("default"), state))]
    return [(state, NONE)] if method == "reset" else None


def by_caller(state: State) -> State:
    """A way in without a request: whoever calls it may have left anything there."""
    state.store(SHARED, _CALLER, (Opaque("a context variable is set by its caller"),))
    return state


def _unset(name: str, default: Value | None, state: State) -> Value:
    caller = state.attribute(SHARED, _CALLER) or ()
    return union(caller, default or ()) if caller or default else (Opaque(f"{name} is set nowhere before"),)


def _text(value: Value) -> str:
    atom = value[0] if len(value) == 1 else None
    return atom.value if isinstance(atom, Known) and isinstance(atom.value, str) else ""
