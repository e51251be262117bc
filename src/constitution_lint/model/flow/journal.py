"""Beneath the summaries: what a piece of a run asks of its surroundings and changes in them, kept while it runs.

An outcome may be told again only where everything it rests on is the same. A run rests on the paths it starts from
(they keep what they are asked, `State.seen`) and on what the run knows of rows and of the request: that is asked
through the journal. What it changes beyond its own paths is an `effect`, kept with its arguments.
"""

import sys
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar, cast

from constitution_lint.model.flow.state import State

P = ParamSpec("P")
ENDLESS = sys.maxsize


class Told(NamedTuple):
    """One effect: on which part of the machine, by what method, with what arguments."""

    part: str
    method: str
    arguments: tuple[object, ...]


@dataclass
class Page:
    """What one piece of a run asked and did. Pages lie on each other: an inner one is added to the one beneath it."""

    start: int
    """How many effects had been told before."""
    asked: dict[Hashable, object] = field(default_factory=dict)
    """Questions to the run, with the first answer: what it was before the piece began."""
    born: set[int] = field(default_factory=set)
    """Numbers of rows and objects that came to be."""
    entered: set[object] = field(default_factory=set)
    """Functions that were run."""
    deepest: int = 0
    """The greatest depth of calls."""
    done: set[Told] = field(default_factory=set)
    """Effects that nothing is changed by a second time."""
    rests_on: int = ENDLESS
    """The lowest call of the stack on which a limit rested that was met: below the piece, it holds for no other."""


@dataclass
class Journal:
    """Kept by one run."""

    told: list[Told] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    acting: bool = False
    """Is an effect being carried out? What it asks is asked anew whenever it is told again."""

    def open(self) -> Page:
        page = Page(len(self.told))
        self.pages.append(page)
        return page

    def close(self) -> Page:
        page = self.pages.pop()
        if self.pages:
            self.repeat(page.asked.items(), page.born, page.entered, page.deepest)
            self.limit(page.rests_on)
            self.pages[-1].done |= page.done
        return page

    def limit(self, call: int) -> None:
        """A call is not followed: for the depth of the stack (0), or for its function, which runs since that call."""
        if self.pages:
            self.pages[-1].rests_on = min(self.pages[-1].rests_on, call)

    def repeat(
        self,
        asked: Iterable[tuple[Hashable, object]],
        born: Collection[int],
        entered: Collection[object],
        deepest: int,
    ) -> None:
        """What an inner piece asked and did, the outer one did too."""
        if self.pages:
            page = self.pages[-1]
            for question, answer in asked:
                page.asked.setdefault(question, answer)
            page.born.update(born)
            page.entered.update(entered)
            page.deepest = max(page.deepest, deepest)

    def ask(self, question: Hashable, answer: object) -> None:
        if self.pages and not self.acting:
            self.pages[-1].asked.setdefault(question, answer)

    def bear(self, number: int) -> None:
        if self.pages:
            self.pages[-1].born.add(number)

    def enter(self, function: object, depth: int) -> None:
        if self.pages:
            page = self.pages[-1]
            page.entered.add(function)
            page.deepest = max(page.deepest, depth)


class Part(Protocol):
    """A part of the machine that effects change, by its name there; "" for the machine itself."""

    part: str
    journal: Journal


PartT = TypeVar("PartT", bound=Part)


def effect(method: Callable[Concatenate[PartT, P], None]) -> Callable[Concatenate[PartT, P], None]:
    """A change that is kept to be told again. Of a path that is handed over what it is asked is not kept."""
    return _kept(method, once=False)


def lasting_effect(method: Callable[Concatenate[PartT, P], None]) -> Callable[Concatenate[PartT, P], None]:
    """One that changes nothing a second time, with whatever comes between: a piece of a run tells it once."""
    return _kept(method, once=True)


def _kept(method: Callable[Concatenate[PartT, P], None], once: bool) -> Callable[Concatenate[PartT, P], None]:
    change = cast(Callable[..., None], method)

    @wraps(method)
    def kept(self: PartT, *args: P.args, **kwargs: P.kwargs) -> None:
        journal = self.journal
        if journal.acting:
            change(self, *args, **kwargs)
            return
        assert not kwargs, "the arguments of an effect are given by position"
        given: Any = tuple([one.aside() if type(one) is State else one for one in args])
        if journal.pages:
            told = Told(self.part, method.__name__, given)
            if once:
                done = journal.pages[-1].done
                if told in done:
                    return
                done.add(told)
            journal.told.append(told)
        journal.acting = True
        try:
            change(self, *given)
        finally:
            journal.acting = False

    return cast(Callable[Concatenate[PartT, P], None], kept)
