"""The project's middleware, run for a request: the states in which each lets it pass."""

import re
from typing import TYPE_CHECKING

from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import authentication_backends
from constitution_lint.model.flow.language import calls, closures, instantiation
from constitution_lint.model.flow.language.exceptions import REFUSALS, is_refusal
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.state import REQUEST_STATE, State, merged
from constitution_lint.model.flow.values import Atom, ClassRef, Failure, FunctionValue, Instance, Made, Reply, Value

if TYPE_CHECKING:
    from constitution_lint.facts.location import Span
    from constitution_lint.model.routing.types import Handler, Middleware

_MOST_STATES = 12
_NEXT = (Made("middleware.next"),)
_ASGI = ((Made("request.scope"),), (Made("receive"),), (Made("send"),))
_MAY_VERIFY = re.compile(r"auth|jwt|oidc|keycloak|clerk|guard|permission", re.I)
"""Middleware of a library that by its name may well refuse strangers: whether it does cannot be told."""


def run_middleware(machine: Machine, middleware: "Middleware", states: list[State]) -> list[State]:
    """The states in which a middleware lets the request pass.

    One that was not seen to hand it on, and does not refuse it either, leaves open whether it passes.
    """
    handler = middleware.handler
    if handler is None:
        return _of_library(machine, middleware, states)
    machine.watch.passed, machine.watch.lapses = [], []
    was_verified, refuses = any(state.verified for state in states), False
    answers = True
    for state in states:
        frame = Frame(handler.file, handler.qualname)
        frame.closure = closures.closure_of(machine, handler)
        prepared = _middleware_object(machine, middleware, handler, state, frame)
        for after, bound in prepared:
            closure = machine.closures.number(handler.definition, frame.closure)
            function = FunctionValue(handler.file, handler.qualname, handler.definition, bound, closure, handler.owner)
            ends = _ends(machine, middleware, function, after, frame)
            refuses = refuses or any(_refuses(atom) for _, value in ends for atom in value)
            answers = answers and all(isinstance(atom, (Reply, Failure)) for _, value in ends for atom in value)
        refuses = refuses or any(_refuses(failure) for _, failure in frame.raises)
    passed = merged(machine.watch.passed, _MOST_STATES)
    if not was_verified and not refuses and _keeps_to_itself(passed, states):
        passed = [_unverified(state) for state in passed]
    elif machine.watch.lapses and not was_verified:
        machine.watch.passed_by.setdefault(middleware.name, machine.watch.lapses[0])
    if passed and not was_verified and all(state.verified for state in passed):
        machine.watch.name_guard(middleware.name)
    if passed or not machine.steps:
        return passed or states
    return [] if answers else [_doubtful(state, middleware.name) for state in states]


def _of_library(machine: Machine, middleware: "Middleware", states: list[State]) -> list[State]:
    """A middleware of a library lets all pass, or those whom the backend that it was given lets pass."""
    backend = dict(middleware.arguments).get("backend")
    if backend is not None:
        return authentication_backends.run_backend(machine, closures.value_of(machine, backend), states)
    if _MAY_VERIFY.search(middleware.name):
        return [_doubtful(state, middleware.name) for state in states]
    return states


def _doubtful(state: State, name: str) -> State:
    if state.verified or state.maybe:
        return state
    state = state.copy()
    state.maybe = f"what {name} lets pass could not be followed"
    return state


def _ends(
    machine: Machine, middleware: "Middleware", function: FunctionValue, state: State, frame: Frame
) -> list[tuple[State, Value]]:
    """How a middleware ends; a function that is given the application makes the one that is called for a request."""
    assert middleware.handler is not None
    head, names = middleware.handler.definition.head, _parameters(middleware.handler, function.bound)
    if names[:1] == ["scope"]:
        return calls.call_function(machine, function, Arguments(list(_ASGI)), state, frame, head)
    if function.bound is not None or not (names[:1] == ["app"] or len(names) == 1):
        arguments = Arguments([(Made("request"),), _NEXT])
        return calls.call_function(machine, function, arguments, state, frame, head)
    keywords = {name: closures.value_of(machine, scoped) for name, scoped in middleware.arguments}
    made = calls.call_function(machine, function, Arguments([_NEXT], keywords), state, frame, head)
    return [end for after, value in made for atom in value for end in _called(machine, atom, after, frame, head)]


def _called(machine: Machine, atom: Atom, state: State, frame: Frame, head: "Span") -> list[tuple[State, Value]]:
    if not isinstance(atom, FunctionValue):
        return [(state, (atom,))]
    return calls.call_function(machine, atom, Arguments(list(_ASGI)), state, frame, head)


def _parameters(handler: "Handler", bound: Atom | None) -> list[str]:
    return [param.name for param in handler.definition.params if not (bound is not None and param.name == "self")]


def _keeps_to_itself(passed: list[State], before: list[State]) -> bool:
    """Does a middleware let by whoever it cannot verify, and tell nobody whom it has, as one that counts requests?"""
    others = [state for state in passed if not state.verified]
    if not others or len(others) == len(passed) or any(state.switched for state in others):
        return False
    known = [state.attributes(REQUEST_STATE) for state in before]
    return all(state.attributes(REQUEST_STATE) in known for state in passed)


def _refuses(atom: Atom) -> bool:
    return (isinstance(atom, Reply) and atom.status in REFUSALS) or (isinstance(atom, Failure) and is_refusal(atom))


def _unverified(state: State) -> State:
    state = state.copy()
    state.verified = ""
    return state


def _middleware_object(
    machine: Machine, middleware: "Middleware", handler: "Handler", state: State, frame: Frame
) -> list[tuple[State, Atom | None]]:
    if handler.owner is None:
        return [(state, None)]
    keywords = {name: closures.value_of(machine, scoped) for name, scoped in middleware.arguments}
    keywords["app"] = _NEXT
    atom = ClassRef(handler.owner.file, handler.owner.name, handler.owner)
    arguments = Arguments([], keywords)
    found: list[tuple[State, Atom | None]] = []
    for after, made in instantiation.constructed(machine, atom, arguments, state, frame, handler.definition.head):
        after = after.copy()
        for instance in made:
            if isinstance(instance, Instance):
                after.store(instance.number, "app", keywords["app"])
                found.append((after, instance))
    return found
