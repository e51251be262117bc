"""Decorators between a route and its handler: their wrappers run in the handler's place, as on the server."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, Expr, FunctionDef
from constitution_lint.facts.location import Span
from constitution_lint.model.flow import merging, spilling
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import responses
from constitution_lint.model.flow.language import calls
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import FunctionValue, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine
    from constitution_lint.model.routing.types import Endpoint, Handler

Pairs = list[tuple[State, Value]]


def wrapper_of(machine: "Machine", handler: "Handler", endpoint: "Endpoint", frame: "Frame") -> FunctionValue | None:
    """The function that the project's own decorators made of a handler; None where they left it as it was.

    Only what stands between the route's decorator and the `def` is part of what is served. A decorator of a library is
    taken to hand the handler on.
    """
    closure = machine.closures.number(handler.definition, frame.closure)
    bare = FunctionValue(handler.file, handler.qualname, handler.definition, None, closure, handler.owner)
    wrapped = bare
    for decorator in reversed(_between(handler.definition, endpoint.decorator)):
        wrapped = _decorated(machine, decorator, wrapped, frame)
    return wrapped if wrapped.node is not bare.node else None


def _between(node: FunctionDef, route: Call | None) -> tuple[Expr, ...]:
    return node.decorators[node.decorators.index(route) + 1 :] if route in node.decorators else node.decorators


def _decorated(machine: "Machine", decorator: Expr, inner: FunctionValue, served: "Frame") -> FunctionValue:
    """The wrapper that a decorator gives. It runs when the module is loaded: what goes wrong in it ends no request."""
    from constitution_lint.model.flow.machine import Frame

    arguments = Arguments([(inner,)])
    frame = Frame(served.file, served.qualname)
    frame.closure = served.closure
    for state, made in machine.evaluate(decorator, State(), frame):
        for atom in made:
            if isinstance(atom, FunctionValue):
                for _, value in calls.call_function(machine, atom, arguments, state, frame, decorator.span):
                    own = next((one for one in value if isinstance(one, FunctionValue)), None)
                    if own is not None:
                        return own
    return inner


def run(machine: "Machine", wrapper: FunctionValue, started: list[State], frame: "Frame", place: Span) -> Pairs:
    """Call a wrapper with the arguments of the handler at a place that it stands for; its returns are the route's."""
    returned: Pairs = []
    for state in started:
        arguments = Arguments([], dict(state.env))
        returned.extend(calls.call_function(machine, wrapper, arguments, state, frame, place))
    for state, value in returned:
        machine.record.disclose(machine.exposed(value, state) | state.spilled(responses.ANSWER), state)
        spilling.left_behind(machine, value, state)
        machine.hand_out(state)
    return merging.merge_outcomes(returned)
