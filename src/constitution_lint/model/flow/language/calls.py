"""Calls: arguments are bound, project functions run in place, classes instantiated; the rest is the library's."""

from functools import partial
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Attribute, Call, ClassDef, FunctionDef, Lambda, Param
from constitution_lint.facts.location import Span
from constitution_lint.findings import Related
from constitution_lint.model.flow import aliases, merging
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import application_state, request_texts
from constitution_lint.model.flow.language import (
    attributes,
    bound_methods,
    call_arguments,
    comprehensions,
    container_methods,
    dicts,
    exceptions,
    expressions,
    generators,
    instantiation,
    registries,
)
from constitution_lint.model.flow.libraries import (
    dependency_injector,
    library,
    library_methods,
    subscriptions,
    task_queues,
)
from constitution_lint.model.flow.limits import DEEPEST
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.state import Env, State
from constitution_lint.model.flow.summaries import Outcome, recall
from constitution_lint.model.flow.traits import is_client, is_credential, is_literal, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    Body,
    ClassRef,
    Dump,
    External,
    Failure,
    FunctionValue,
    Instance,
    Kept,
    Known,
    Made,
    Mapping,
    Method,
    Opaque,
    Partial,
    Query,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]


def evaluate_call(machine: "Machine", node: Call, state: State, frame: "Frame") -> Pairs:
    """A call expression. A method call looks at its receiver first, everything else at what the callee is."""
    if type(node.func) is Attribute:
        if type(node.func.value) is Call and dotted_name(node.func.value.func) == "super":
            return _super_call(machine, node, state, frame)
        return _method_call(machine, node, node.func, state, frame)
    found: Pairs = []
    for after, callee in machine.evaluate(node.func, state, frame):
        for done, arguments in call_arguments.arguments_of(machine, node, after, frame):
            for atom in callee:
                if is_literal(atom, None) and len(callee) > 1:
                    continue
                found.extend(call_atom(machine, atom, arguments, done, frame, node))
    return merging.merge_outcomes(found, partial(comprehensions.settled, machine))


# --- methods ---------------------------------------------------------------------------------------------------------


def _method_call(machine: "Machine", node: Call, func: Attribute, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, receiver in machine.evaluate(func.value, state, frame):
        if exceptions.of_nothing(func.value, receiver, after, frame, "AttributeError"):
            continue
        for done, arguments in call_arguments.arguments_of(machine, node, after, frame):
            subscriptions.kept_by_call(machine, func, arguments.positional, done, frame)
            for atom in receiver:
                if is_literal(atom, None) and len(receiver) > 1:
                    continue
                found.extend(call_method(machine, atom, func, arguments, done, frame, node))
    return merging.merge_outcomes(found, partial(comprehensions.settled, machine))


def call_method(
    machine: "Machine",
    atom: Atom,
    func: Attribute,
    arguments: Arguments,
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs:
    """One receiver: a statement or session, a container (may be changed), a library object, or a project object."""
    if type(atom) is FunctionValue or type(atom) is Partial:
        queued = task_queues.call_method(machine, atom, func.attr, arguments, state, frame, node)
        if queued is not None:
            return queued
    if func.attr == "__call__" and type(atom) is Made:
        return call_atom(machine, atom, arguments, state, frame, node)
    if type(atom) is Made and application_state.is_kept_by(atom):
        held = application_state.kept(machine, func.attr) or (Made(f"{atom.dotted}.{func.attr}", client=True),)
        return [pair for one in held for pair in call_atom(machine, one, arguments, state, frame, node)]
    if type(atom) is Kept:
        inside = registries.registered_methods(machine, atom, func.attr)
        if inside:
            ways = [call_method(machine, one, func, arguments, state, frame, node) for one in inside]
            return [pair for way in ways for pair in way]
    handled = database.call_method(machine, atom, func.attr, arguments, state, frame, node)
    if handled is not None:
        return handled
    handled = container_methods.call_method(machine, atom, func, arguments, state, frame)
    if handled is not None:
        return handled
    handled = library_methods.call_method(machine, atom, func.attr, arguments, state, frame, node)
    if handled is not None:
        return handled
    getter = attributes.getter_of(machine, atom, func.attr, state)
    if getter is not None:
        return _of_property(machine, *getter, arguments, state, frame, node)
    callee = attributes.attribute_of(machine, atom, func.attr, state)
    found: Pairs = []
    for one in callee:
        found.extend(call_atom(machine, one, arguments, state, frame, node, receiver=atom))
    return found


def _of_property(
    machine: "Machine",
    getter: FunctionValue,
    given: Arguments,
    arguments: Arguments,
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs:
    """`service.loader(key)` of a property, or of a hook for any name, that gives what is called."""
    pairs = call_function(machine, getter, given, state, frame, node.func.span)
    return [
        pair
        for after, value in pairs
        for one in value
        for pair in call_atom(machine, one, arguments, after, frame, node, receiver=getter.bound)
    ]


def _super_call(machine: "Machine", node: Call, state: State, frame: "Frame") -> Pairs:
    """`super().name(...)`: the next class in line that has the method."""
    assert isinstance(node.func, Attribute)
    name, this = node.func.attr, frame.this[0] if frame.this else None
    owner = frame.owner
    found: Pairs = []
    for after, arguments in call_arguments.arguments_of(machine, node, state, frame):
        member = _next_member(machine, owner, name) if owner is not None else None
        if member is not None and isinstance(member.node, FunctionDef):
            holder = machine.names.resolve(member.file, member.name.split(".")[0])
            function = FunctionValue(member.file, member.name, member.node, this, 0, holder)
            found.extend(call_function(machine, function, arguments, after, frame, node.span))
        else:
            found.extend(library.call_super(machine, owner, this, name, arguments, after, frame, node))
    return found


def _next_member(machine: "Machine", owner: Definition, name: str) -> Definition | None:
    for base in machine.names.ancestors(owner)[1:]:
        if isinstance(base.node, ClassDef):
            member = next((one for one in base.node.body if isinstance(one, FunctionDef) and one.name == name), None)
            if member is not None:
                return Definition("function", base.file, f"{base.name}.{name}", member, f"{base.name}.{name}")
    return None


# --- callees ---------------------------------------------------------------------------------------------------------


def call_atom(
    machine: "Machine",
    atom: Atom,
    arguments: Arguments,
    state: State,
    frame: "Frame",
    node: Call,
    receiver: Atom | None = None,
) -> Pairs:
    """Call one atom."""
    if type(atom) is FunctionValue:
        raised = len(frame.raises)
        ends = call_function(machine, atom, arguments, state, frame, node.span)
        if ends or node.awaited or len(frame.raises) > raised or not _is_coroutine(atom):
            return ends
        return [(state, (Opaque("a coroutine that is not seen to end"),))]
    if type(atom) is ClassRef:
        return instantiation.instantiate(machine, atom, arguments, state, frame, node)
    if type(atom) is Partial:
        return call_atom(machine, atom.function, _with_given(atom, arguments), state, frame, node, receiver)
    if type(atom) is Method:
        return bound_methods.call(machine, atom, arguments, state, frame, node)
    if type(atom) is External:
        return library.call(machine, atom, arguments, state, frame, node)
    if type(atom) is Instance:
        member = machine.names.member(atom.definition, "__call__")
        if member is not None and type(member.node) is FunctionDef:
            owner = machine.names.resolve(member.file, member.name.split(".")[0])
            function = FunctionValue(member.file, member.name, member.node, atom, 0, owner)
            return call_function(machine, function, arguments, state, frame, node.span)
    if type(atom) is Made:
        return library.call_made(machine, atom, arguments, state, frame, node)
    if type(atom) is Kept:
        functions = registries.registered_values(machine, atom)
        if functions:
            return [pair for one in functions for pair in call_atom(machine, one, arguments, state, frame, node)]
        machine.record.leave_unclear(f"what {atom.name} holds, and is called", frame.at(node.span))
    if isinstance(atom, (Known, Scalar)) and receiver is not None:
        asked = request_texts.left_to_settings(atom, arguments.all)
        if asked is not None:
            return [(state, asked)]
        return (
            [(state, (atom,))]
            if type(atom) is Scalar
            else [(state, expressions.mixed("a computed value", (atom,), *arguments.all))]
        )
    if receiver is None and not machine.module_level and _may_be_of_project(atom):
        machine.record.leave_unclear("what is called here could not be followed", frame.at(node.span))
    made = opaque_call(machine, atom, arguments, state, frame, node)
    return [(_perhaps_verified(made, arguments, state), made)]


def _is_coroutine(function: FunctionValue) -> bool:
    """Is it made to be run beside what goes on: `create_task(listen())`?"""
    return isinstance(function.node, FunctionDef) and function.node.is_async and not function.node.is_generator


def _may_be_of_project(atom: Atom) -> bool:
    """May something that was chosen at run time be a function of the project?

    An attribute of an unknown object is as unknown as a method of it; a call that lacks an argument raises.
    """
    if isinstance(atom, Opaque):
        return not atom.reason.startswith((".", "key ", "no argument for "))
    return isinstance(atom, Dump | Body | Scalar)


def _perhaps_verified(made: Value, arguments: Arguments, state: State) -> State:
    """What gets the client's proof and cannot be followed may verify it, or raise."""
    reason = next((atom.reason for atom in made if isinstance(atom, Opaque)), "")
    if not reason:
        return state
    if not any(is_credential(value) for value in arguments.all):
        return library.entrusted(state, arguments, reason)
    if state.verified or state.maybe:
        return state
    after = state.copy()
    after.maybe = reason
    return after


def _with_given(atom: Partial, arguments: Arguments) -> Arguments:
    given = dict(atom.keywords)
    for name, value in given.items():
        sent = [dicts.named(one, name) for one in arguments.rest or () if not dicts.lacks(one, name)]
        given[name] = union(value, *sent) if sent else value
    keywords = {**given, **arguments.keywords}
    return Arguments([*atom.positional, *arguments.positional], keywords, arguments.star, arguments.rest)


def opaque_call(
    machine: "Machine", atom: Atom, arguments: Arguments, state: State, frame: "Frame", node: Call
) -> Value:
    """The result of a call that cannot be followed: whatever went in may come out."""
    name = dotted_name(node.func) or "a computed callee"
    reason = f"{name} could not be followed"
    rows: set[int] = set(taint((atom,)))
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    credential = is_credential((atom,)) or any(is_credential(value) for value in arguments.all)
    client = any(is_client(value) for value in (*arguments.all, (atom,)))
    if any(library.is_request(one) for value in arguments.all for one in value):
        machine.lose_state()
    if any(isinstance(one, Query) for value in arguments.all for one in value) or any(
        database.is_session(one) for value in arguments.all for one in value
    ):
        machine.record.leave_unclear(reason, frame.at(node.span))
    return (Opaque(reason, frozenset(rows), credential, client),)


def call_function(
    machine: "Machine", function: FunctionValue, arguments: Arguments, state: State, frame: "Frame", span: Span
) -> Pairs:
    """Call a project function; the pairs are its normal returns. Its exceptions go to the caller's frame."""
    if span == frame.left and _waits(function):
        return [(state, (function,))]
    chain = (*frame.chain, Related(frame.at(span), f"{function.qualname} is called here"))
    outcome = recall(
        machine,
        (function, *arguments.frozen),
        state,
        chain,
        lambda started: run(machine, function, arguments, started, chain),
    )
    frame.raises.extend(outcome.raises)
    return [(aliases.taken(function, arguments, after, frame), value) for after, value in outcome.returns]


def _waits(function: FunctionValue) -> bool:
    """Does a call only make a coroutine, which is as true as the function? A decorator may have made it run."""
    node = function.node
    if not isinstance(node, FunctionDef) or not node.is_async or node.is_generator:
        return False
    return all(dotted_name(one) in ("staticmethod", "classmethod") for one in node.decorators)


def run(
    machine: "Machine", function: FunctionValue, arguments: Arguments, state: State, chain: tuple[Related, ...]
) -> Outcome:
    """Run a project function in place."""
    from constitution_lint.model.flow.machine import Frame

    node = function.node
    if len(machine.stack) >= DEEPEST or machine.stack.count(node) > 1:
        machine.journal.limit(0 if len(machine.stack) >= DEEPEST else machine.stack.index(node))
        rows = frozenset().union(*(machine.exposed(value, state) for value in arguments.all), frozenset())
        presented = any(is_credential(value) for value in arguments.all)
        return Outcome([(state, (Opaque(f"{function.qualname} calls itself or too deep", rows, presented),))], [])
    if _is_lacking(function, arguments):
        return Outcome([], [(state, Failure("TypeError"))])
    inner = Frame(function.file, function.qualname, chain)
    inner.closure = machine.closures.env(function.closure)
    inner.owner = function.owner
    env, this = _bind(machine, function, arguments, inner)
    inner.this = this
    started = state.within(env)
    machine.journal.enter(node, len(machine.stack))
    machine.stack.append(node)
    try:
        if isinstance(node, Lambda):
            inner.returns.extend(machine.evaluate(node.body, started, inner))
        else:
            fallen = machine.block(node.body, [started], inner)
            inner.returns.extend((after, NONE) for after in fallen)
    finally:
        machine.stack.pop()
    raises = [(after.within(state.env), failure) for after, failure in _few(inner.raises)]
    ends = aliases.handing(function, env, inner.closure, [after for after, _ in inner.returns])
    inner.returns = [(end, value) for end, (_, value) in zip(ends, inner.returns, strict=True)]
    if isinstance(node, FunctionDef) and node.is_generator:
        return Outcome(generators.called(node, inner, state), raises)
    returned = [(after.within(state.env), value) for after, value in inner.returns]
    return Outcome(merging.merge_outcomes(returned, partial(comprehensions.settled, machine)), raises)


def _is_lacking(function: FunctionValue, arguments: Arguments) -> bool:
    """`function(**arguments)`: was something that it cannot do without taken out of all that is spread?"""
    if not arguments.rest or arguments.star is not None or not all(isinstance(one, Dump) for one in arguments.rest):
        return False
    params = list(function.node.params)[1 if function.bound is not None else 0 :]
    left = [param for param in params if param.kind in ("plain", "keyword")][len(arguments.positional) :]
    return any(
        param.default is None
        and param.name not in arguments.keywords
        and all(dicts.lacks(one, param.name) for one in arguments.rest)
        for param in left
    )


def _few(raises: list[tuple[State, Failure]]) -> list[tuple[State, Failure]]:
    """One raising path for each exception: what it knows beyond the rows in it matters no longer once it leaves."""
    kept: dict[tuple[object, ...], tuple[State, Failure]] = {}
    for state, failure in raises:
        told = state.unproven(failure.taint) if failure.taint else failure.taint
        kept.setdefault((failure, state.is_verified(), told), (state, failure))
    return list(kept.values())


def _bind(
    machine: "Machine", function: FunctionValue, arguments: Arguments, inner: "Frame"
) -> tuple[Env, Value | None]:
    """Parameters to values; a default is evaluated where the function stands."""
    params = list(function.node.params)
    env: Env = {}
    this: Value | None = None
    if function.bound is not None and params and params[0].kind in ("plain", "positional"):
        this = (function.bound,)
        env[params.pop(0).name] = this
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for param in params:
        if param.kind == "args":
            env[param.name] = (Sequence(tuple(positional), arguments.star is not None),)
            positional = []
        elif param.kind == "kwargs":
            env[param.name] = (Mapping(tuple(keywords.items()), arguments.rest or ()),)
        elif param.kind != "keyword" and positional:
            env[param.name] = positional.pop(0)
        elif param.name in keywords:
            env[param.name] = keywords.pop(param.name)
        else:
            env[param.name] = _missing(machine, param, arguments, inner)
    return env, this


def _missing(machine: "Machine", param: Param, arguments: Arguments, inner: "Frame") -> Value:
    spread = arguments.star if param.kind != "keyword" else None
    rest = arguments.rest
    if rest is not None:
        named = [dicts.named(atom, param.name) for atom in rest if not dicts.lacks(atom, param.name)]
        spread = union(*([spread] if spread is not None else []), *named) if named else spread
    if spread is not None:
        return spread
    if param.default is None:
        return (Opaque(f"no argument for {param.name}"),)
    clean = State()
    pairs = machine.evaluate(param.default, clean, inner)
    return dependency_injector.injected(machine, union(*(value for _, value in pairs))) if pairs else NONE
