"""What a piece of a run came to, kept over all runs and told again where everything it rests on is the same.

A summary is kept for what is run with which arguments; of everything else it holds the questions that the piece asked
and the answers it got (`State.seen`, `Page.asked`), and it is told again only to a run that would answer alike. What a
piece changed is kept as changes: of the paths that leave it, and as the effects it had on the run.

Alike is what differs in the numbers of rows and objects alone (`numbering`): in what is told again, the numbers of the
one run are exchanged for those of the other, and what came to be in the piece gets new ones.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from constitution_lint.findings import Related
from constitution_lint.model.flow.identity.signed_values import Signed
from constitution_lint.model.flow.journal import Page, Told
from constitution_lint.model.flow.limits import MOST_DEPENDENCIES, MOST_STEPS
from constitution_lint.model.flow.nested_lists import add_lists
from constitution_lint.model.flow.numbering import Exchange, Form, Numbering
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.state import Change, Question, State, is_of_evidence
from constitution_lint.model.flow.values import Failure, Mapping, Method, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Chain = tuple[Related, ...]
_PLAIN = frozenset({bool, int, str, type(None)})
_NOT_PLAIN = object()
_MOST_KEPT = 12
"""Summaries of one piece with the same arguments; a piece that has more rests on what is never the same."""


class Outcome(NamedTuple):
    """What a piece of a run came to: its normal ends with their values, and its exceptions."""

    returns: list[tuple[State, Value]]
    raises: list[tuple[State, Failure]]


class Relative(NamedTuple):
    """An argument of an effect with a chain of calls that began with the chain of the piece itself."""

    thing: Loaded | Signed | None
    """What holds the chain; None for the chain alone."""
    rest: Chain


class Effect(NamedTuple):
    part: str
    method: str
    arguments: tuple[object, ...]


class Asked(NamedTuple):
    """A question to a path or to the run, and the answer it got."""

    question: Hashable
    of_path: bool
    said: object
    """The answer as it was, where it is plain; such answers have no numbers and compare by themselves."""
    answer: Form


class Summary(NamedTuple):
    """One outcome, and all it rests on beside the key it is kept under."""

    given: Form
    asked: tuple[Asked, ...]
    """In an order in which every number has been met before something is asked of it."""
    returns: list[tuple[Change, Value]]
    raises: list[tuple[Change, Failure]]
    effects: tuple[Effect, ...]
    born: Collection[int]
    """The numbers of rows and objects that came to be."""
    entered: frozenset[object]
    deepest: int
    """How many calls deeper than the piece it went."""
    steps: int
    lists: frozenset[int] = frozenset()
    """Which of the lists and dicts in it came to be in the piece: told again, they are others."""


class Answered(NamedTuple):
    """Why a summary holds: the numbers of the run for those in it, and the questions with the run's own answers."""

    exchange: Exchange
    of_path: list[Question]
    of_run: list[tuple[Hashable, object]]


Summaries = dict[Hashable, list[Summary]]


def recall(machine: "Machine", what: Hashable, state: State, chain: Chain, work: Callable[[State], Outcome]) -> Outcome:
    """The outcome of a piece of a run: told again if it is known, else found out and kept.

    `chain` is the chain of calls of the frame in which the piece runs. The paths of the outcome have the variables of
    `state`.
    """
    if machine.module_level or machine.stored is not None:
        return work(state)
    given = machine.shared.numbering.form(what)
    kept = machine.shared.summaries.setdefault((given.shape, bool(chain)), [])
    for place, summary in enumerate(kept):
        answered = _answered(summary, machine, state, given)
        if answered is not None:
            if place:
                kept.insert(0, kept.pop(place))
            return _told_again(summary, answered, machine, state, chain)
    return _found_out(kept, given, machine, state, chain, work, what)


# --- keeping ---------------------------------------------------------------------------------------------------------


def _found_out(
    kept: list[Summary],
    given: Form,
    machine: "Machine",
    state: State,
    chain: Chain,
    work: Callable[[State], Outcome],
    what: Hashable,
) -> Outcome:
    journal = machine.journal
    steps, depth = machine.steps, len(machine.stack)
    started = state.within(state.env)
    started.seen = {}
    page = journal.open()
    try:
        outcome = work(started)
    finally:
        journal.close()
    born, numbering = page.born, machine.shared.numbering
    returns = [(_lasting(after.since(state), born, numbering, value), value) for after, value in outcome.returns]
    raises = [(_lasting(after.since(state), born, numbering), failure) for after, failure in outcome.raises]
    if page.rests_on >= depth:
        asked = _in_order(_questions(started.seen, page, state, numbering), given)
        told = _effects(machine.journal.told[page.start :], born, numbering, state, chain)
        costs = page.deepest - depth, machine.steps - steps
        lists = _lists_made(returns, what, started.seen, state)
        entered = frozenset(page.entered)
        summary = Summary(given, tuple(asked), returns, raises, tuple(told), born, entered, *costs, lists)
        kept.insert(0, summary)
        del kept[_MOST_KEPT:]
    state.seen.update(started.seen)
    return Outcome(
        [(state.after(change), value) for change, value in returns],
        [(state.after(change), failure) for change, failure in raises],
    )


def _lasting(change: Change, born: Collection[int], numbering: Numbering, value: Value = ()) -> Change:
    """A change without the objects that came to be and that nothing leads to once the piece is left."""
    new = {number: held for number, held in change.objects if number in born}
    if not new:
        return change
    reached = list(numbering.form(value).numbers)
    for number, held in change.objects:
        if number not in new:
            reached += numbering.form(held).numbers
    lasting: set[int] = set()
    while reached:
        number = reached.pop()
        if number in new and number not in lasting:
            lasting.add(number)
            reached += numbering.form(new[number]).numbers
    return change._replace(objects=tuple([one for one in change.objects if one[0] not in new or one[0] in lasting]))


def _questions(seen: Iterable[Question], page: Page, state: State, numbering: Numbering) -> list[Asked]:
    """What was asked about all that did not come to be in the piece itself."""
    return [
        *(_asked(one, True, state.answer(one), numbering) for one in seen if _number(one) not in page.born),
        *(_asked(one, False, was, numbering) for one, was in page.asked.items() if _number(one) not in page.born),
    ]


def _asked(question: Hashable, of_path: bool, answer: object, numbering: Numbering) -> Asked:
    return Asked(question, of_path, answer if type(answer) in _PLAIN else _NOT_PLAIN, numbering.form(answer))


def _effects(
    told: Iterable[Told], born: Collection[int], numbering: Numbering, state: State, chain: Chain
) -> Iterator[Effect]:
    for part, method, arguments in told:
        yield Effect(part, method, tuple([_apart(one, state, chain, born, numbering) for one in arguments]))


def _number(question: Hashable) -> int:
    """The number of the row or object that a question is about; 0 for others."""
    if type(question) is tuple:
        question = question[1]
    return abs(question) if type(question) is int else 0


def _in_order(questions: list[Asked], given: Form) -> Iterator[Asked]:
    """Questions about what was given first, then about what answers told of; last about what came some other way.

    What most often differs comes before all: the evidence of the path.
    """
    questions.sort(key=lambda one: not is_of_evidence(one.question))
    met = {0, *given.numbers}
    while questions:
        known = [one for one in questions if _number(one.question) in met]
        if not known:
            break
        yield from known
        questions = [one for one in questions if _number(one.question) not in met]
        met.update(number for one in known for number in one.answer.numbers)
    yield from questions


def _apart(argument: Any, state: State, chain: Chain, born: Collection[int], numbering: Numbering) -> object:
    """An argument of an effect as something that holds for other paths and other chains of calls."""
    kind = type(argument)
    if kind is State:
        return _lasting(argument.since(state), born, numbering)
    if kind is Loaded or kind is Signed:
        begins = argument.chain[: len(chain)] == chain
        return Relative(argument, argument.chain[len(chain) :]) if begins else argument
    if kind is tuple and argument and type(argument[0]) is Related and argument[: len(chain)] == chain:
        return Relative(None, argument[len(chain) :])
    return argument


# --- telling again ---------------------------------------------------------------------------------------------------


def _answered(summary: Summary, machine: "Machine", state: State, given: Form) -> Answered | None:
    """The run's answers if they are those that the outcome rests on, but for the numbers of rows and objects."""
    exchange = Exchange(machine.shared.numbering, summary.born, machine.number)
    if not (
        exchange.pair(summary.given.numbers, given.numbers)
        and summary.entered.isdisjoint(machine.stack)
        and len(machine.stack) + summary.deepest < MOST_DEPENDENCIES
        and machine.steps + summary.steps <= MOST_STEPS
    ):
        return None
    answered = Answered(exchange, [], [])
    return answered if all(_is_alike(asked, machine, state, answered) for asked in summary.asked) else None


def _is_alike(asked: Asked, machine: "Machine", state: State, answered: Answered) -> bool:
    exchange = answered.exchange
    number = _number(asked.question)
    if number and not exchange.knows(number) and not exchange.pair((number,), (number,)):
        return False
    question: Any = exchange.question(asked.question)
    answer = state.answer(question) if asked.of_path else machine.answer(question)
    if asked.of_path:
        answered.of_path.append(question)
    else:
        answered.of_run.append((question, answer))
    if type(answer) in _PLAIN:
        return answer == asked.said
    form = machine.shared.numbering.form(answer)
    return form.shape == asked.answer.shape and exchange.pair(asked.answer.numbers, form.numbers)


def _told_again(summary: Summary, answered: Answered, machine: "Machine", state: State, chain: Chain) -> Outcome:
    journal, exchange = machine.journal, answered.exchange
    machine.steps += summary.steps
    journal.repeat(answered.of_run, (), summary.entered, len(machine.stack) + summary.deepest)
    state.seen.update(dict.fromkeys(answered.of_path))
    for part, method, arguments in summary.effects:
        given = [_together(argument, exchange, state, chain) for argument in arguments]
        getattr(getattr(machine, part) if part else machine, method)(*given)
    found = [(exchange.change(change), exchange.value(value)) for change, value in summary.returns]
    if summary.lists:
        found = [_with_others(change, value, summary.lists) for change, value in found]
    return Outcome(
        [(state.after(change), value) for change, value in found],
        [(state.after(exchange.change(change)), exchange.value(failure)) for change, failure in summary.raises],
    )


def _together(argument: Any, exchange: Exchange, state: State, chain: Chain) -> object:
    """An argument of an effect for the path, the chain of calls and the numbers at hand."""
    kind = type(argument)
    if kind is Relative:
        thing, rest = argument
        return _chained(thing, exchange, (*chain, *rest)) if thing is not None else (*chain, *rest)
    if kind is int:
        return exchange.number(argument)
    if kind is frozenset:
        return exchange.numbers(argument)
    if kind is Change:
        return state.after(exchange.change(argument))
    return _chained(argument, exchange, argument.chain) if kind is Loaded or kind is Signed else argument


def _chained(thing: Loaded | Signed, exchange: Exchange, chain: Chain) -> Loaded | Signed:
    """What was loaded or signed, by these calls."""
    if isinstance(thing, Signed):
        return thing._replace(claims=exchange.value(thing.claims), chain=chain)
    return msgspec.structs.replace(thing, children=tuple(map(exchange.number, thing.children)), chain=chain)


# --- lists -----------------------------------------------------------------------------------------------------------


def _lists_made(
    returns: list[tuple[Change, Value]], what: Hashable, seen: Iterable[Question], state: State
) -> frozenset[int]:
    """The lists and dicts that an outcome leaves, but for those that the piece was given or found."""
    left: set[int] = set()
    for change, value in returns:
        add_lists(value, left)
        for _, held in change.objects:
            add_lists(tuple(held.values()), left)
    if not left:
        return frozenset()
    known: set[int] = set()
    add_lists(what, known)
    for question in seen:
        answer = state.answer(question)
        add_lists(answer, known)
    return frozenset(left - known)


def _with_others(change: Change, value: Value, lists: frozenset[int]) -> tuple[Change, Value]:
    """The same with lists and dicts of its own, so that one that grows is not taken for another."""
    others: dict[int, Any] = {}
    objects = tuple(
        (number, {name: _other(held, lists, others) for name, held in table.items()})
        for number, table in change.objects
    )
    return change._replace(objects=objects), _other(value, lists, others)


def _other(thing: Any, lists: frozenset[int], others: dict[int, Any]) -> Any:
    if type(thing) is tuple:
        found = tuple([_other(one, lists, others) for one in thing])
        return thing if all(one is same for one, same in zip(found, thing, strict=True)) else found
    if type(thing) is Method:
        holder = _other(thing.holder, lists, others)
        return thing if holder is thing.holder else Method(holder, thing.name)
    if id(thing) not in lists:
        return thing
    other = others.get(id(thing))
    if other is None:
        if isinstance(thing, Sequence):
            other = Sequence(_other(thing.items, lists, others), thing.open)
        else:
            other = Mapping(_other(thing.items, lists, others), _other(thing.rest, lists, others))
        others[id(thing)] = other
    return other
