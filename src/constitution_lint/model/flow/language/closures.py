"""What a function defined inside another one sees of it: bound names, and what the enclosing bodies define."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    ClassDef,
    FunctionDef,
    Import,
)
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.state import Env, State
from constitution_lint.model.flow.values import NONE, FunctionValue, Value

if TYPE_CHECKING:
    from constitution_lint.model.routing.types import Handler, Scoped


def closure_of(machine: Machine, handler: "Handler") -> Env:
    """What a handler defined inside a function sees: the bound names, then what the enclosing bodies define."""
    env: Env = {}
    for name, scoped in handler.bound:
        env[name] = value_of(machine, scoped)
    for enclosing in handler.enclosing:
        state = State()
        state.env = dict(env)
        frame = Frame(handler.file, enclosing.name)
        frame.closure = env
        for node in enclosing.body:
            if isinstance(node, FunctionDef | ClassDef | Import | Assign | AnnAssign):
                after = machine.statement(node, state, frame)
                state = after[0] if after else state
        env = {**state.env, **env}
    return env


def value_of(machine: Machine, scoped: "Scoped") -> Value:
    if scoped.function is not None:
        inner = scoped.function
        closure = machine.closures.number(inner.definition, closure_of(machine, inner))
        return (FunctionValue(inner.file, inner.qualname, inner.definition, None, closure, inner.owner),)
    known = machine.shared.bound
    if scoped not in known:
        known[scoped] = NONE
        frame = Frame(scoped.file, "<bound>")
        frame.closure = {name: value_of(machine, inner) for name, inner in scoped.bound}
        known[scoped] = machine.shared.made_before(
            machine, lambda apart: apart.evaluate(scoped.expression, State(), frame)
        )
    return known[scoped]
