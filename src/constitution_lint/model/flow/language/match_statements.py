"""`match` statements: which paths take a case, and what its pattern binds on them."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import SUBJECT, Arg, Attribute, Call, Case, Compare, Expr, Match, Name
from constitution_lint.model.flow.language import conditions, instantiation
from constitution_lint.model.flow.state import MOST_STATES, State, merged
from constitution_lint.model.flow.values import Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine


def matched(machine: "Machine", node: Match, state: State, frame: "Frame") -> list[State]:
    ended: list[State] = []
    for after, subject in machine.evaluate(node.subject, state, frame):
        after = after.copy()
        after.env[SUBJECT] = subject
        named = node.subject if isinstance(node.subject, Name) else Name(node.subject.span, SUBJECT)
        waiting = [after]
        for case in node.cases:
            taken: list[State] = []
            left: list[State] = []
            for one in waiting:
                fits, others = _fits(machine, case, named, one, frame)
                left.extend(others)
                for fit in fits:
                    if case.values == ():
                        conditions.granted_perhaps(subject, fit)
                    taken.extend(_captured(machine, case, subject, fit, frame))
            if case.guard is not None:
                tried = [machine.branch(case.guard, one, frame) for one in taken]
                taken = [one for true, _ in tried for one in true]
                left.extend(one for _, false in tried for one in false)
            ended.extend(machine.block(case.body, taken, frame))
            waiting = merged(left, MOST_STATES)
        ended.extend(waiting)
    return ended


def _fits(
    machine: "Machine", case: Case, subject: Name, state: State, frame: "Frame"
) -> tuple[list[State], list[State]]:
    """The states in which a pattern fits, its guard apart, and those left to the next one."""
    if case.values is None:
        return [state.copy()], []
    if case.of_class is not None:
        asked = Call(
            case.of_class.span, Name(subject.span, "isinstance"), (Arg(None, subject), Arg(None, case.of_class))
        )
        true, false = machine.branch(asked, state, frame)
        return true, false if case.exact else [*true, *false]
    if not case.values:
        return [state.copy()], [state]
    fits: list[State] = []
    left = [state]
    for value in case.values:
        test = Compare(value.span, subject, ("==",), (value,))
        tried = [machine.branch(test, one, frame) for one in left]
        fits.extend(one for true, _ in tried for one in true)
        left = [one for _, false in tried for one in false]
    return fits, left


def _captured(machine: "Machine", case: Case, subject: Value, state: State, frame: "Frame") -> list[State]:
    """What a pattern binds: names of the whole subject, and names of its attributes and items."""
    state = state.copy()
    state.env.update(dict.fromkeys(case.captures, subject))
    states = [state]
    for name, part in case.parts:
        bound = []
        written = _by_name(machine, case, part, frame)
        for one in states:
            for after, value in machine.evaluate(written, one, frame):
                after = after.copy()
                after.env[name] = value
                bound.append(after)
        states = bound
    return states


def _by_name(machine: "Machine", case: Case, part: Expr, frame: "Frame") -> Expr:
    """The part of a subject with the names of the fields that a class pattern tells by their places."""
    if type(part) is not Attribute:
        return part
    value = _by_name(machine, case, part.value, frame)
    name = part.attr
    if name.isdigit() and case.of_class is not None and part.value == Name(part.value.span, SUBJECT):
        found = machine.names.resolve_expression(frame.file, case.of_class)
        fields = instantiation.field_names(machine, found) if found is not None and found.kind == "class" else []
        name = fields[int(name)] if int(name) < len(fields) else name
    return Attribute(part.span, value, name)
