"""Exceptions: what raising leaves behind, which clause catches it, and what `finally` makes of it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    Attribute,
    Call,
    ClassDef,
    Collection,
    ExceptClause,
    Expr,
    FunctionDef,
    Name,
    Raise,
    Return,
    Stmt,
    Try,
    With,
)
from constitution_lint.model.flow.fastapi import responses
from constitution_lint.model.flow.language import inert
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import NONE, ClassRef, External, Failure, Instance, Made, Value
from constitution_lint.model.walk import dotted_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine
    from constitution_lint.model.names import Names


REFUSALS = frozenset({401, 403})
_REFUSING = re.compile(r"unauth|forbidden|credential|permission|not_?authenticated|access_?denied", re.I)


def raised(machine: "Machine", node: Raise, state: State, frame: "Frame") -> list[State]:
    if node.value is None:
        failures = [atom for atom in frame.caught if isinstance(atom, Failure)] or [Failure("Exception")]
        frame.raises.extend((state, failure) for failure in failures)
        return []
    refusal = inert.refusal(machine, node.value, state, frame)
    if refusal is not None:
        _raise(machine, refusal, state, frame)
        return []
    for after, value in machine.evaluate(node.value, state, frame):
        for atom in value:
            failure = failure_of(atom)
            if isinstance(atom, Instance | Made):
                failure = responses.with_content(machine, failure, ((atom,),), after)
            _raise(machine, failure, after, frame)
    return []


def _raise(machine: "Machine", failure: Failure, state: State, frame: "Frame") -> None:
    """Who may not come in is refused here: what was given the request before may have told so."""
    if is_refusal(failure) and state.entrusted and not state.verified:
        machine.watch.refuse(state.entrusted)
    frame.raises.append((state, failure))


def is_refusal(failure: Failure) -> bool:
    return failure.status in REFUSALS if failure.status else _REFUSING.search(failure.name) is not None


def of_nothing(node: Expr, value: Value, state: State, frame: "Frame", failure: str) -> bool:
    """Does asking something of a value raise, as it is None and nothing else?

    What a call gave or a variable holds is None on this path. An attribute that was left at None may have been set by
    what runs before any request.
    """
    if value != NONE or not (isinstance(node, Call) or (isinstance(node, Name) and node.id in state.env)):
        return False
    frame.raises.append((state, Failure(failure)))
    return True


def is_crash(failure: Failure) -> bool:
    """Did something go wrong, where a refusal would be an exception that the source raises?"""
    return failure in (Failure("AttributeError"), Failure("TypeError"))


def failure_of(atom: object) -> Failure:
    """The exception that raising a value means; a class is raised as its instance."""
    if isinstance(atom, Failure):
        return atom
    if isinstance(atom, ClassRef):
        return Failure(atom.name, 0, atom.definition)
    if isinstance(atom, External):
        return Failure(atom.dotted.rsplit(".", 1)[-1])
    if isinstance(atom, Instance):
        return Failure(atom.name, 0, atom.definition)
    if isinstance(atom, Made):
        return Failure(atom.dotted.rsplit(".", 1)[-1])
    return Failure("Exception")


def tried(machine: "Machine", node: Try, state: State, frame: "Frame") -> list[State]:
    outer, frame.raises = frame.raises, []
    returned = len(frame.returns)
    body = machine.block(node.body, [state], frame)
    raised, frame.raises = frame.raises, outer
    body = machine.block(node.orelse, body, frame)
    before = len(frame.raises)
    handled = _handlers(machine, node, state, [*body, *(after for after, _ in frame.returns[returned:])], raised, frame)
    ended = machine.merged([*body, *handled])
    if not node.final:
        return ended
    if any(isinstance(one, Return) for one in walk_statements(node.final, into_definitions=False)):
        _swallow(machine, node.final, frame, before)
    return machine.block(node.final, ended, frame)


def suppressing(machine: "Machine", node: With, frame: "Frame") -> Try | None:
    """`with suppress(KeyError):` as the `try` that it stands for; None for other context managers."""
    for place, item in enumerate(node.items):
        call = item.context
        found = machine.names.resolve_expression(frame.file, call.func) if isinstance(call, Call) else None
        if found is None or found.kind != "external" or found.dotted != "contextlib.suppress":
            continue
        assert isinstance(call, Call)
        types = Collection(call.span, "tuple", tuple(arg.value for arg in call.args if arg.name is None))
        rest = (*node.items[:place], *node.items[place + 1 :])
        body = (With(node.span, rest, node.body),) if rest else node.body
        return Try(node.span, body, (ExceptClause(call.span, types, "", ()),), (), ())
    return None


def _swallow(machine: "Machine", final: tuple[Stmt, ...], frame: "Frame", before: int) -> None:
    """A `return` in a `finally` takes the place of what was raised since."""
    raised = frame.raises[before:]
    del frame.raises[before:]
    for after, failure in raised:
        frame.raises.extend((one, failure) for one in machine.block(final, [after], frame))


def _handlers(
    machine: "Machine",
    node: Try,
    before: State,
    reached: list[State],
    raised: list[tuple[State, Failure]],
    frame: "Frame",
) -> list[State]:
    """What each clause makes of the exceptions raised in the body, or possibly raised by library calls there."""
    ended: list[State] = []
    for clause in node.handlers:
        caught: dict[Failure, list[State]] = {}
        left: list[tuple[State, Failure]] = []
        for after, failure in raised:
            if _catches(machine, clause, failure, frame):
                caught.setdefault(failure, []).append(after)
            else:
                left.append((after, failure))
        raised = left
        if not (reached and _is_of_project(machine, clause, frame)):
            caught.setdefault(Failure(_clause_name(clause)), []).insert(0, _interrupted(before, reached))
        elif not caught:
            caught[Failure(_clause_name(clause))] = reached
        for failure, states in caught.items():
            ended.extend(_handled(machine, clause, failure, machine.merged(states), frame))
    frame.raises.extend(raised)
    return ended


def _handled(
    machine: "Machine", clause: ExceptClause, failure: Failure, states: list[State], frame: "Frame"
) -> list[State]:
    """What a clause makes of one exception, whichever way it was raised."""
    if clause.name:
        states = [state.copy() for state in states]
        for state in states:
            state.env[clause.name] = (failure,)
    outer, frame.caught = frame.caught, (failure,)
    ended = machine.block(clause.body, states, frame)
    frame.caught = outer
    return ended


def _is_of_project(machine: "Machine", clause: ExceptClause, frame: "Frame") -> bool:
    """Does a clause take only what the project itself defines, in one place each?

    No library raises that, unless what it calls back does: validators of models run where nobody is seen to call them.
    """
    types = clause.type.items if isinstance(clause.type, Collection) else (clause.type,)
    found = [machine.names.resolve_expression(frame.file, one) for one in types]
    return all(
        one is not None
        and one.kind == "class"
        and len(machine.names.scope(one.file).bound.get(one.name, ())) < 2
        and one.name not in machine.shared.raised_by_validators(machine.names)
        for one in found
    )


def raised_by_validators(names: "Names") -> frozenset[str]:
    """The classes of the project, with their bases, that validators of its models raise."""
    found: set[str] = set()
    for file, facts in names.code.items():
        for owner in facts.body:
            for member in owner.body if type(owner) is ClassDef else ():
                if type(member) is FunctionDef and _validates(member):
                    found.update(_raised_in(names, file, member))
    return frozenset(found)


def _validates(function: FunctionDef) -> bool:
    written = (dotted_name(one.func if isinstance(one, Call) else one) for one in function.decorators)
    return function.name == "model_post_init" or any("validator" in name.lower() for name in written)


def _raised_in(names: "Names", file: str, function: FunctionDef) -> Iterator[str]:
    for node in walk_statements(function.body, into_definitions=False):
        raised = node.value if type(node) is Raise else None
        found = names.resolve_expression(file, raised.func if isinstance(raised, Call) else raised)
        if found is not None and found.kind == "class":
            yield from (base.name for base in names.ancestors(found))


def _catches(machine: "Machine", clause: ExceptClause, failure: Failure, frame: "Frame") -> bool:
    if clause.type is None:
        return True
    types = clause.type.items if isinstance(clause.type, Collection) else (clause.type,)
    names = set()
    for node in types:
        name = node.attr if isinstance(node, Attribute) else node.id if isinstance(node, Name) else ""
        found = machine.names.resolve_expression(frame.file, node)
        names.add(found.name if found is not None else name)
    if names & {"Exception", "BaseException"}:
        return True
    own = {failure.name}
    if failure.definition is not None:
        own |= {base.name for base in machine.names.ancestors(failure.definition)}
    return bool(names & own)


def _interrupted(before: State, reached: list[State]) -> State:
    """The state in which a library call inside a `try` may have raised: the facts from before, any variable."""
    state = before.copy()
    for after in reached:
        for name, value in after.env.items():
            if name not in before.env:
                state.env[name] = union(state.env[name], value) if name in state.env else value
    return state


def _clause_name(clause: ExceptClause) -> str:
    node = clause.type.items[0] if isinstance(clause.type, Collection) and clause.type.items else clause.type
    if isinstance(node, Attribute):
        return node.attr
    return node.id if isinstance(node, Name) else "Exception"
