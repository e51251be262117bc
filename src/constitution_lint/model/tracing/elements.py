"""The vocabulary of tracing: what is traced, what links two elements, and which states there are.

Links lead upwards, from what answers to what is answered: a test to the route it calls, a route to the operation it
serves, a file to the task that names it, a task to its requirement.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from constitution_lint.facts.location import Location

Kind = Literal[
    "story", "requirement", "criterion", "task", "entity", "operation", "file", "route", "table", "test", "document"
]
Sureness = Literal["stated", "certain", "likely"]
"""Somebody wrote the id; it follows from a path, a verb and path, or a name; or both texts speak of the same thing."""
State = Literal["covered", "uncovered", "orphaned", "dangling", "outdated", "undecided"]


class Element(msgspec.Struct, frozen=True, order=True):
    """One thing that is traced. `name` is how people call it ("FR-003", "T014", "GET /tasks", "backend/main.py").

    `feature` is the folder of its feature, "" for code.
    """

    kind: Kind
    feature: str
    name: str
    location: Location
    text: str = ""


class Link(msgspec.Struct, frozen=True, order=True):
    """`below` answers `above`; `how` says by which observation, as one clause."""

    below: Element
    above: Element
    sureness: Sureness
    how: str


class Dangling(msgspec.Struct, frozen=True, order=True):
    """A reference that leads nowhere."""

    location: Location
    reference: str
    message: str


class Trace(msgspec.Struct, frozen=True):
    """Everything that is traced, in the order of features and lines, and the state of each element."""

    elements: tuple[Element, ...]
    links: tuple[Link, ...]
    states: dict[Element, State]
    dangling: tuple[Dangling, ...] = ()

    def of_kind(self, *kinds: Kind) -> tuple[Element, ...]:
        return tuple(element for element in self.elements if element.kind in kinds)

    def answers(self) -> dict[Element, list[Link]]:
        """The links that lead up to each element, the surest first."""
        return _grouped(self.links, lambda link: link.above)

    def reasons(self) -> dict[Element, list[Link]]:
        """The links that lead up from each element, the surest first."""
        return _grouped(self.links, lambda link: link.below)


_RANK: tuple[Sureness, ...] = ("stated", "certain", "likely")


def surest_first(links: Iterable[Link]) -> list[Link]:
    return sorted(links, key=lambda link: (_RANK.index(link.sureness), link))


def _grouped(links: Iterable[Link], end: Callable[[Link], Element]) -> dict[Element, list[Link]]:
    found: dict[Element, list[Link]] = defaultdict(list)
    for link in surest_first(links):
        found[end(link)].append(link)
    return dict(found)
