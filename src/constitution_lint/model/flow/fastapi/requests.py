"""One request as FastAPI would serve it: middleware, dependencies in order, parameters, then the handler."""

import builtins
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Call,
    ClassDef,
    Expr,
    FunctionDef,
    Name,
    Param,
    Raise,
    While,
)
from constitution_lint.model.flow import merging, observations, spilling, summaries
from constitution_lint.model.flow.fastapi import decorators, middlewares, parameters, responses
from constitution_lint.model.flow.fastapi.declared_guards import declared_guard
from constitution_lint.model.flow.fastapi.request_texts import path_names
from constitution_lint.model.flow.identity import principals
from constitution_lint.model.flow.language import closures, conditions
from constitution_lint.model.flow.language.exceptions import is_crash
from constitution_lint.model.flow.libraries import dependency_injector, injection, library
from constitution_lint.model.flow.limits import MOST_DEPENDENCIES
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.state import SHARED, Env, State, merged
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    Body,
    Claims,
    ClassRef,
    External,
    FunctionValue,
    Instance,
    Known,
    Made,
    Opaque,
    Row,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name, is_true

if TYPE_CHECKING:
    from constitution_lint.model.routing.types import Endpoint, Handler, Scoped

Pairs = list[tuple[State, Value]]
_HARMLESS = re.compile(
    r"limiter|slowapi|pagination|cache|fastapi_filter|strawberry|prometheus|redis|babel|i18n|plugin", re.I
)
_MOST_STATES = 12
_MOST_BOUND = 24


class Outcome(NamedTuple):
    """What running a request showed: the states in which the handler starts, and its ends with their values.

    An end is a normal return, or an accident on the way: it refuses nobody.
    """

    started: list[State]
    returned: Pairs


def run(machine: Machine, endpoint: "Endpoint") -> Outcome:
    """Follow a request through middleware, dependencies and handler; rows that leave unproven are noted as leaks."""
    machine.endpoint = endpoint.path, endpoint.method
    machine.shared.request.follow(machine.journal, endpoint.path, endpoint.method)
    machine.followed = all(
        one.handler is not None or library.LEAVES_STATE.search(one.name) for one in endpoint.middleware
    )
    states = [State()]
    machine.routed = False
    for middleware in endpoint.middleware:
        states = middlewares.run_middleware(machine, middleware, states)
    machine.routed, machine.entered = True, len(machine.record.writes)
    for scoped in endpoint.dependencies:
        states = [after for one in states for after, _ in _declared(machine, scoped, one)]
        states = merged(states, _MOST_STATES)
    if endpoint.handler is None:
        return Outcome(states, [])
    return _handle(machine, endpoint.handler, states, path_names(endpoint.path), endpoint)


def _handle(
    machine: Machine, handler: "Handler", states: list[State], path: frozenset[str], endpoint: "Endpoint"
) -> Outcome:
    frame = Frame(handler.file, handler.qualname)
    frame.closure = closures.closure_of(machine, handler)
    params = list(handler.definition.params)
    prepared: list[tuple[State, Env]] = [(state, {}) for state in states]
    if handler.owner is not None and params and params[0].name in ("self", "cls"):
        name = params.pop(0).name
        prepared = [(after, {name: value}) for state in states for after, value in _view(machine, handler, state, path)]
        frame.owner = handler.owner
    started = _with_parameters(machine, params, prepared, frame, path)
    machine.prepared, machine.started = len(machine.record.writes), started
    frame.this = next((one.env["self"] for one in started if "self" in one.env), None)
    wrapper = decorators.wrapper_of(machine, handler, endpoint, frame)
    if wrapper is not None:
        ended = decorators.run(machine, wrapper, started, frame, handler.definition.head)
        responses.refused(machine, frame.raises, frame)
        return Outcome(started, ended)
    fallen = machine.block(handler.definition.body, started, frame)
    returned = [*frame.returns, *((state, NONE) for state in fallen)]
    if handler.definition.is_generator:
        returned = [(state, (Sequence(tuple(frame.yields), True),)) for state, _ in returned]
    for state, value in returned:
        machine.record.disclose(machine.exposed(value, state) | state.spilled(responses.ANSWER), state)
        spilling.left_behind(machine, value, state)
        machine.hand_out(state)
    if started and not returned and not (machine.is_websocket or _refuses(frame) or _goes_on(handler.definition)):
        machine.record.leave_unclear("no way through the handler was seen to end", frame.at(handler.definition.head))
    responses.refused(machine, frame.raises, frame)
    return Outcome(started, [*returned, *((state, NONE) for state, failure in frame.raises if is_crash(failure))])


def _with_parameters(
    machine: Machine, params: list[Param], prepared: list[tuple[State, Env]], frame: Frame, path: frozenset[str]
) -> list[State]:
    """The paths on which a function starts, with what FastAPI passes for each of its parameters."""
    for param in params:
        prepared = [
            (after, {**env, param.name: value})
            for state, env in prepared
            for after, value in solve(machine, param, state, frame, path)
        ]
        prepared = merging.merge_bound(prepared, _MOST_BOUND)
    return [state.within(env) for state, env in prepared]


def _refuses(frame: Frame) -> bool:
    """Is every exception one that an application answers? Python's own tell that something was not understood."""
    return bool(frame.raises) and not any(hasattr(builtins, failure.name) for _, failure in frame.raises)


def _goes_on(function: FunctionDef) -> bool:
    """Does it refuse whoever comes by its own last word, or loop for ever?"""
    return any(type(node) is Raise or (type(node) is While and is_true(node.test)) for node in function.body)


# --- dependencies ----------------------------------------------------------------------------------------------------


def _declared(machine: Machine, scoped: "Scoped", state: State) -> Pairs:
    """A dependency named in a decorator, a router or the application."""
    at = Frame(scoped.file, "<dependencies>")
    at.closure = {name: closures.value_of(machine, inner) for name, inner in scoped.bound}
    path = path_names(machine.path)
    expression = scoped.expression
    marker = parameters.marker_of(machine, expression, at)
    if isinstance(expression, Call) and marker in ("Depends", "Security"):
        inner = expression.argument(0, "dependency")
        if inner is None:
            return [(state, NONE)]
        expression = inner
    return depend(machine, expression, state, at, path)


def depend(machine: Machine, expression: Expr, state: State, frame: Frame, path: frozenset[str]) -> Pairs:
    """Solve the dependency an expression names; FastAPI runs each once a request."""
    found: Pairs = []
    # A dependency is named where it is declared: names of what ran before mean nothing there.
    for reached, callee in machine.evaluate(expression, state.within({}), frame):
        for after, atom in _overridden(machine, callee, reached):
            key = _identity(atom)
            held = after.attribute(SHARED, key)
            if held is not None and not isinstance(atom, Opaque):
                found.append((after.within(state.env), held))
                continue
            presented = machine.watch.presented
            machine.watch.set_lapses(())
            solved = _told_apart(machine, expression, _once(machine, atom, expression, after, frame, path), frame)
            solved = principals.standing_in(machine, solved)
            for done, value in solved:
                _note_entrusted(machine, after, done, value)
                done = done.copy()
                done.env = state.env
                done.store(SHARED, key, value)
                found.append((done, value))
            _note_guard(
                machine, expression, atom, after, [done for done, _ in solved], machine.watch.presented > presented
            )
    return merging.merge_outcomes(found)


def _overridden(machine: Machine, callee: Value, state: State) -> list[tuple[State, Atom]]:
    """The dependencies as the application replaces them, each on the paths where it does."""
    if not machine.shared.overrides:
        return [(state, atom) for atom in callee]
    found: list[tuple[State, Atom]] = []
    for atom in callee:
        name = atom.qualname if isinstance(atom, FunctionValue) else getattr(atom, "name", "")
        given = machine.shared.overrides.get((getattr(atom, "file", ""), name), ())
        if all(one.condition for one in given):
            found.append((state, atom))
        for one in given:
            after = state.copy()
            conditions.decided_by(after, one.condition)
            pairs = machine.evaluate(one.expression, after.within({}), Frame(one.file, "<overrides>"))
            found += [(after, other) for _, value in pairs for other in value]
    return found


def _note_entrusted(machine: Machine, before: State, after: State, value: Value) -> None:
    """What a dependency hands over is what a call made of the request that cannot be followed: it may refuse, too."""
    if after.entrusted and not before.entrusted and all(isinstance(atom, Made | Opaque) for atom in value):
        machine.watch.refuse(after.entrusted)


def _told_apart(machine: Machine, expression: Expr, solved: Pairs, frame: Frame) -> Pairs:
    """A row looked up by the token, or None: whether it was found verifies, even where nobody asks yet."""
    found: Pairs = []
    for state, value in solved:
        rows = [atom for atom in value if isinstance(atom, Row)]
        if not rows or NONE[0] not in value or state.verified:
            found.append((state, value))
            continue
        for there in conditions.by_truth(machine, expression, value, state, frame)[0]:
            found.append((there, conditions.limited(value, True)))
        found.append((state, conditions.limited(value, False)))
    return found


def _note_guard(
    machine: Machine, expression: Expr, atom: Atom, before: State, after: list[State], presented: bool
) -> None:
    """Remember a dependency that verifies, or that reads what would have to be verified."""
    verified = sum(bool(state.verified) for state in after)
    if before.verified or not (verified or presented):
        return
    written = expression.func if isinstance(expression, Call) else expression
    name = dotted_name(written).rsplit(".", 1)[-1]
    place = observations.place_of(atom)
    lapses = tuple(dict.fromkeys(machine.watch.lapses))
    machine.watch.sight(
        observations.Sighting(name, place, verified == len(after), verified > 0, place is not None, lapses)
    )
    if verified:
        machine.watch.name_guard(name)


def _identity(atom: Atom) -> str:
    if isinstance(atom, FunctionValue):
        return f"{atom.file}:{atom.qualname}:{atom.closure}:{_identity(atom.bound) if atom.bound is not None else ''}"
    if isinstance(atom, Instance):
        return f"{atom.file}:{atom.name}:{atom.number}"
    if isinstance(atom, ClassRef):
        return f"{atom.file}:{atom.name}"
    return repr(atom)


def _once(machine: Machine, atom: Atom, expression: Expr, state: State, frame: Frame, path: frozenset[str]) -> Pairs:
    """The same, told again if it is known from another request."""
    if state.env or not isinstance(atom, FunctionValue | ClassRef | Instance):
        return _solved(machine, atom, expression, state, frame, path)

    def solved(started: State) -> summaries.Outcome:
        pairs = _solved(machine, atom, expression, started, frame, path)
        return summaries.Outcome([(after.within(started.env), value) for after, value in pairs], [])

    return summaries.recall(machine, ("dependency", atom, dotted_name(expression)), state, (), solved).returns


def _solved(machine: Machine, atom: Atom, expression: Expr, state: State, frame: Frame, path: frozenset[str]) -> Pairs:
    declared = declared_guard(machine.shared.guards, atom)
    if declared:
        return [(principals.verified(state, declared), (Claims(True),))]
    if isinstance(atom, FunctionValue):
        return _function(machine, atom, state, path)
    if isinstance(atom, ClassRef):
        return _class(machine, atom, state, path)
    if isinstance(atom, Instance):
        member = machine.names.member(atom.definition, "__call__")
        if member is not None and isinstance(member.node, FunctionDef):
            owner = machine.names.resolve(member.file, member.name.split(".")[0])
            function = FunctionValue(member.file, member.name, member.node, atom, 0, owner)
            return _function(machine, function, state, path)
    if isinstance(atom, Made):
        if dependency_injector.is_mark(atom) or dependency_injector.is_provider(atom):
            return [(state, machine.shared.provided(machine, atom))]
        if atom.dotted.startswith("scheme."):
            machine.watch.present()
        return _made(atom, state, frame)
    if isinstance(atom, External):
        return _external(atom, state)
    if isinstance(atom, Known | Scalar):
        return [(state, (atom,))]
    return _unknown(state, f"the dependency {dotted_name(expression) or 'of this route'} could not be followed")


def _unknown(state: State, reason: str) -> Pairs:
    after = state.copy()
    after.maybe = after.maybe or reason
    return [(after, (Opaque(reason, credential=True),))]


def _made(atom: Made, state: State, frame: Frame) -> Pairs:
    if atom.dotted.startswith("scheme."):
        return library.scheme(atom, state, frame)
    if "fastapi_users" in atom.dotted.lower() and atom.dotted.endswith("current_user"):
        optional = next((value for name, value in atom.arguments if name == "optional"), ())
        known = principals.verified(state, "fastapi-users verifies the token")
        if any(isinstance(one, Known) and one.value is True for one in optional):
            return [(known, (Claims(True),)), (state, NONE)]
        return [(known, (Claims(True),))]
    if database.is_session_factory(atom):
        return [(state, (database.SESSION,))]
    if _HARMLESS.search(atom.dotted):
        return [(state, (Opaque(f"{atom.dotted}"),))]
    return _unknown(state, f"{atom.dotted} is not known to verify anything")


def _external(atom: External, state: State) -> Pairs:
    last = atom.dotted.rsplit(".", 1)[-1]
    if last in ("OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"):
        return [(state, (Body("form"),))]
    if database.is_session_class(atom.dotted):
        return [(state, (database.SESSION,))]
    if atom.dotted.split(".")[0] in ("fastapi", "starlette", "pydantic", "builtins", "typing") or _HARMLESS.search(
        atom.dotted
    ):
        return [(state, (Opaque(atom.dotted),))]
    return _unknown(state, f"{atom.dotted} is not known to verify anything")


def _function(machine: Machine, function: FunctionValue, state: State, path: frozenset[str]) -> Pairs:
    """Run a dependency function with its own parameters solved; one that yields hands over at the yield."""
    node = function.node
    if machine.stack.count(node) or len(machine.stack) > MOST_DEPENDENCIES:
        machine.journal.limit(machine.stack.index(node) if node in machine.stack else 0)
        if machine.stack[-1] is node and (earlier := _rebound(machine, function)) is not None:
            return _function(machine, earlier, state, path)
        return _unknown(state, f"{function.qualname} depends on itself")
    inner = Frame(function.file, function.qualname)
    inner.closure = machine.closures.env(function.closure)
    inner.owner = function.owner
    params = list(node.params)
    prepared: list[tuple[State, Env]] = [(state, {})]
    if function.bound is not None and params:
        inner.this = (function.bound,)
        prepared = [(state, {params.pop(0).name: (function.bound,)})]
    machine.journal.enter(node, len(machine.stack))
    machine.stack.append(node)
    try:
        return _run_function(machine, node, _with_parameters(machine, params, prepared, inner, path), inner)
    finally:
        machine.stack.pop()


def _rebound(machine: Machine, function: FunctionValue) -> FunctionValue | None:
    """`def get_user(user=Depends(get_user))`: the function that the name was imported as."""
    earlier = machine.names.rebound(function.file, function.qualname, function.node)
    atoms = machine.meaning(earlier) if earlier is not None and earlier.kind == "function" else ()
    return next((atom for atom in atoms if isinstance(atom, FunctionValue)), None)


def _run_function(machine: Machine, node: object, started: list[State], inner: Frame) -> Pairs:
    if not isinstance(node, FunctionDef):
        body = getattr(node, "body", None)
        return [pair for one in started for pair in machine.evaluate(body, one, inner)] if body is not None else []
    if node.is_generator:
        inner.suspended = []
    inner.lapses = []
    fallen = machine.block(node.body, started, inner)
    responses.refused(machine, inner.raises, inner)
    ways = inner.suspended if inner.suspended is not None else [*inner.returns, *((state, NONE) for state in fallen)]
    if not inner.lapses and any(not state.verified for state, _ in ways):
        inner.lapses.append(inner.at(node.head))
    machine.watch.set_lapses(tuple(inner.lapses))
    return merging.merge_outcomes(ways)


def _class(machine: Machine, atom: ClassRef, state: State, path: frozenset[str]) -> Pairs:
    """A class as a dependency: its constructor's parameters are solved like a function's."""
    member = machine.names.member(atom.definition, "__init__")
    instance = Instance(atom.file, atom.name, machine.number(), atom.definition)
    if member is None or not isinstance(member.node, FunctionDef):
        if machine.names.is_subclass(atom.definition, "BaseModel"):
            return [(state, (Body("query", atom.definition),))]
        return [(after, (instance,)) for after in _class_fields(machine, atom, instance, state, path)]
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    function = FunctionValue(member.file, member.name, member.node, instance, 0, owner)
    return [(after, (instance,)) for after, _ in _function(machine, function, state, path)]


def _class_fields(
    machine: Machine, atom: ClassRef, instance: Instance, state: State, path: frozenset[str]
) -> list[State]:
    """Annotated attributes of a class whose defaults are dependencies (dataclasses, class-based views)."""
    states = [state]
    for owner, field in _fields(machine, atom):
        frame = Frame(owner.file, owner.name)
        if parameters.dependency_of(machine, field, frame) is not None:
            states = [after for one in states for after in _with_field(machine, field, instance, one, frame, path)]
            states = merged(states, _MOST_STATES)
    return states


def _fields(machine: Machine, atom: ClassRef) -> Iterator[tuple[Definition, Param]]:
    """The annotated attributes of a class, each of the nearest class that declares it."""
    seen: set[str] = set()
    for owner in machine.names.ancestors(atom.definition):
        for node in owner.node.body if isinstance(owner.node, ClassDef) else ():
            if isinstance(node, AnnAssign) and isinstance(node.target, Name) and node.target.id not in seen:
                seen.add(node.target.id)
                yield owner, Param(node.span, node.target.id, "plain", node.annotation, node.value)


def _with_field(
    machine: Machine, param: Param, instance: Instance, state: State, frame: Frame, path: frozenset[str]
) -> Iterator[State]:
    for after, value in solve(machine, param, state, frame, path):
        held = after.copy()
        held.store(instance.number, param.name, value)
        yield held


def _view(machine: Machine, handler: "Handler", state: State, path: frozenset[str]) -> Pairs:
    """`self` of a class-based view: its constructor and its annotated dependencies are solved for every request."""
    assert handler.owner is not None
    atom = ClassRef(handler.owner.file, handler.owner.name, handler.owner)
    member = machine.names.member(handler.owner, "__init__")
    is_made_by_hand = member is not None and isinstance(member.node, FunctionDef)
    found: Pairs = []
    for after, value in _class(machine, atom, state, path):
        instance = next((one for one in value if isinstance(one, Instance)), None)
        if instance is None or not is_made_by_hand:
            found.append((after, value))
        else:
            found.extend((held, value) for held in _class_fields(machine, atom, instance, after, path))
    return found


# --- parameters ------------------------------------------------------------------------------------------------------


def solve(machine: Machine, param: Param, state: State, frame: Frame, path: frozenset[str]) -> Pairs:
    """The values FastAPI would pass for one parameter."""
    dependency = parameters.dependency_of(machine, param, frame)
    if dependency is not None:
        expression, at = dependency
        pairs = depend(machine, expression, state, at, path)
        return [(after, parameters.typed(machine, value, param, frame)) for after, value in pairs]
    asked = injection.injected_class(param.annotation) or injection.asked_by(param.default)
    if asked is not None:
        return [(state, injection.made(machine, frame.file, asked))]
    return [(state, (parameters.request_value(machine, param, frame, path),))]
