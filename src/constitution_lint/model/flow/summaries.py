"""What a piece of a run came to, kept over all runs and told again where everything it rests on is the same.

A summary is kept for what is run with which arguments; of everything else it holds the questions that the piece asked
and the answers it got (`State.seen`, `Page.asked`), and it is told again only to a run that would answer alike. What a
piece changed is kept as changes: of the paths that leave it, and as the effects it had on the run. Rows and objects
that came to be in it keep their numbers, so that what follows is the same too; a run in which one of them is known
already (the same piece a second time) takes another summary, or runs the piece itself.
"""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.findings import Related
from constitution_lint.model.flow.journal import Page
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.sealing import Signed
from constitution_lint.model.flow.state import Change, Question, State
from constitution_lint.model.flow.values import Failure, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Chain = tuple[Related, ...]
_MOST_KEPT = 12
"""Summaries of one piece with the same arguments; a piece that has more rests on what is never the same."""


class Outcome(NamedTuple):
    """What a piece of a run came to: its normal ends with their values, and its exceptions."""

    returns: list[tuple[State, Value]]
    raises: list[tuple[State, Failure]]


class Relative(NamedTuple):
    """An argument of an effect with a chain of calls that began with the chain of the piece itself."""

    thing: object
    """What holds the chain; None for the chain alone."""
    rest: Chain


class Effect(NamedTuple):
    part: str
    method: str
    arguments: tuple[object, ...]


class Summary(NamedTuple):
    """One outcome, and all it rests on beside the key it is kept under."""

    seen: tuple[tuple[Question, object], ...]
    asked: tuple[tuple[Hashable, object], ...]
    returns: tuple[tuple[Change, Value], ...]
    raises: tuple[tuple[Change, Failure], ...]
    effects: tuple[Effect, ...]
    born: frozenset[int]
    entered: frozenset[object]
    deepest: int
    """How many calls deeper than the piece it went."""
    steps: int


Summaries = dict[Hashable, list[Summary]]


def recall(machine: "Machine", what: Hashable, state: State, chain: Chain, work: Callable[[State], Outcome]) -> Outcome:
    """The outcome of a piece of a run: told again if it is known, else found out and kept.

    `chain` is the chain of calls of the frame in which the piece runs. The paths of the outcome have the variables of
    `state`.
    """
    if machine.module_level or machine.stored is not None:
        return work(state)
    within = machine.serving, machine.calling_back
    kept = machine.shared.summaries.setdefault((what, bool(chain), within, state.evidence), [])
    for summary in kept:
        if _holds(summary, machine, state):
            return _told_again(summary, machine, state, chain)
    return _found_out(kept, machine, state, chain, work)


# --- keeping ---------------------------------------------------------------------------------------------------------


def _found_out(
    kept: list[Summary], machine: "Machine", state: State, chain: Chain, work: Callable[[State], Outcome]
) -> Outcome:
    journal = machine.journal
    limits, steps, depth = journal.limits, machine.steps, len(machine.stack)
    started = state.within(state.env)
    started.seen = set()
    page = journal.open()
    try:
        outcome = work(started)
    finally:
        journal.close()
    if journal.limits == limits:
        kept.insert(0, _summary(machine, state, started.seen, page, outcome, chain, machine.steps - steps, depth))
        del kept[_MOST_KEPT:]
    state.seen |= started.seen
    for after, _ in (*outcome.returns, *outcome.raises):
        after.seen = state.seen
    return outcome


def _summary(
    machine: "Machine",
    state: State,
    seen: set[Question],
    page: Page,
    outcome: Outcome,
    chain: Chain,
    steps: int,
    depth: int,
) -> Summary:
    return Summary(
        tuple((one, state.answer(one)) for one in seen if not isinstance(one, int) or abs(one) not in page.born),
        tuple((one, answer) for one, answer in page.asked.items() if _number(one) not in page.born),
        tuple((after.since(state), value) for after, value in outcome.returns),
        tuple((after.since(state), failure) for after, failure in outcome.raises),
        tuple(
            Effect(part, method, tuple(_apart(argument, state, chain) for argument in arguments))
            for part, method, arguments in machine.journal.told[page.start :]
        ),
        frozenset(page.born),
        frozenset(page.entered),
        page.deepest - depth,
        steps,
    )


def _number(question: Hashable) -> int:
    """The number of the row a question to the record is about; 0 for others."""
    return abs(question[1]) if isinstance(question, tuple) and isinstance(question[1], int) else 0


def _apart(argument: object, state: State, chain: Chain) -> object:
    """An argument of an effect as something that holds for other paths and other chains of calls."""
    if isinstance(argument, State):
        return argument.since(state)
    if isinstance(argument, Loaded | Signed):
        begins = argument.chain[: len(chain)] == chain
        return Relative(argument, argument.chain[len(chain) :]) if begins else argument
    if _is_chain(argument) and argument[: len(chain)] == chain:  # type: ignore[index]
        return Relative(None, argument[len(chain) :])  # type: ignore[index]
    return argument


def _is_chain(argument: object) -> bool:
    return isinstance(argument, tuple) and bool(argument) and isinstance(argument[0], Related)


# --- telling again ---------------------------------------------------------------------------------------------------


def _holds(summary: Summary, machine: "Machine", state: State) -> bool:
    """Would the run answer to all questions as the one did that the summary is of?"""
    from constitution_lint.model.flow.machine import MOST_DEPENDENCIES, MOST_STEPS

    return (
        summary.born.isdisjoint(machine.journal.numbers)
        and all(state.answer(question) == answer for question, answer in summary.seen)
        and all(machine.answer(question) == answer for question, answer in summary.asked)
        and summary.entered.isdisjoint(machine.stack)
        and len(machine.stack) + summary.deepest < MOST_DEPENDENCIES
        and machine.steps + summary.steps <= MOST_STEPS
    )


def _told_again(summary: Summary, machine: "Machine", state: State, chain: Chain) -> Outcome:
    journal = machine.journal
    machine.steps += summary.steps
    journal.repeat(summary.asked, summary.born, summary.entered, len(machine.stack) + summary.deepest)
    state.seen.update(question for question, _ in summary.seen)
    for part, method, arguments in summary.effects:
        given = [_together(argument, state, chain) for argument in arguments]
        getattr(getattr(machine, part) if part else machine, method)(*given)
    return Outcome(
        [(state.after(change), value) for change, value in summary.returns],
        [(state.after(change), failure) for change, failure in summary.raises],
    )


def _together(argument: object, state: State, chain: Chain) -> object:
    if isinstance(argument, Change):
        return state.after(argument)
    if not isinstance(argument, Relative):
        return argument
    whole = (*chain, *argument.rest)
    if isinstance(argument.thing, Signed):
        return argument.thing._replace(chain=whole)
    return msgspec.structs.replace(argument.thing, chain=whole) if isinstance(argument.thing, Loaded) else whole
