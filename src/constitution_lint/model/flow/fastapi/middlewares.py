"""The way of a request through the middleware of the project: the states in which each lets it pass."""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import authentication_backends
from constitution_lint.model.flow.language import calls, closures, instantiation
from constitution_lint.model.flow.language.exceptions import REFUSALS, is_refusal
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.state import REQUEST_STATE, State, merged
from constitution_lint.model.flow.values import Atom, ClassRef, Failure, FunctionValue, Instance, Made, Reply

if TYPE_CHECKING:
    from constitution_lint.model.routing.types import Handler, Middleware

_MOST_STATES = 12


def through(machine: Machine, middleware: "Middleware", states: list[State]) -> list[State]:
    """The states in which a middleware lets the request pass; one of a library lets all pass."""
    handler = middleware.handler
    if handler is None:
        backend = dict(middleware.arguments).get("backend")
        return (
            states
            if backend is None
            else authentication_backends.through(machine, closures.value_of(machine, backend), states)
        )
    machine.watch.passed, machine.watch.lapses = [], []
    was_verified, refuses = any(state.verified for state in states), False
    for state in states:
        frame = Frame(handler.file, handler.qualname)
        frame.closure = closures.closure_of(machine, handler)
        prepared = _middleware_object(machine, middleware, handler, state, frame)
        for after, bound in prepared:
            closure = machine.closures.number(handler.definition, frame.closure)
            function = FunctionValue(handler.file, handler.qualname, handler.definition, bound, closure, handler.owner)
            arguments = _middleware_arguments(handler, bound)
            ends = calls.call_function(machine, function, arguments, after, frame, handler.definition.head)
            refuses = refuses or any(_refuses(atom) for _, value in ends for atom in value)
        refuses = refuses or any(_refuses(failure) for _, failure in frame.raises)
    passed = merged(machine.watch.passed, _MOST_STATES)
    if not was_verified and not refuses and _keeps_to_itself(passed, states):
        passed = [_unverified(state) for state in passed]
    elif machine.watch.lapses and not was_verified:
        machine.watch.passed_by.setdefault(middleware.name, machine.watch.lapses[0])
    if passed and not was_verified and all(state.verified for state in passed):
        machine.watch.name_guard(middleware.name)
    return passed or ([] if machine.steps else states)


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
    keywords["app"] = (Made("middleware.next"),)
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


def _middleware_arguments(handler: "Handler", bound: Atom | None) -> Arguments:
    names = [param.name for param in handler.definition.params if not (bound is not None and param.name == "self")]
    if names[:1] == ["scope"]:
        return Arguments([(Made("request.scope"),), (Made("receive"),), (Made("send"),)])
    return Arguments([(Made("request"),), (Made("middleware.next"),)])
