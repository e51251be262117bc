"""`match` statements: which paths take a case, and what its pattern binds on them."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import SUBJECT, Case, Compare, Match, Name
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
        for one in states:
            for after, value in machine.evaluate(part, one, frame):
                after = after.copy()
                after.env[name] = value
                bound.append(after)
        states = bound
    return states
