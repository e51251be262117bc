"""Where two contracts describe one operation differently: another status, or a token needed here and not there."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.contracts.linking import Promise, operations_of
from constitution_lint.model.contracts.matching import root_of
from constitution_lint.model.contracts.paths import Key, core_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project


class Contradiction(NamedTuple):
    """One operation told twice; `here` stands in the later file. `about` is "status" or "security"."""

    operation: str
    about: str
    here: Location
    says: str
    other: Location
    other_says: str


@remembered
def contradictions(project: Project) -> tuple[Contradiction, ...]:
    """Each disagreement once for an operation and a pair of files, in the order of files."""
    told: dict[tuple[str, str, Key], list[Promise]] = defaultdict(list)
    for promise in operations_of(project):
        told[root_of(promise.file), promise.method, core_of(promise.keys[0])].append(promise)
    found: dict[tuple[Location, str], Contradiction] = {}
    for promises in told.values():
        for first, second in combinations(promises, 2):
            if first.file != second.file:
                for one in _parted(first, second):
                    found.setdefault((one.here, one.about), one)
    return tuple(sorted(found.values(), key=lambda one: (one.here, one.about)))


def _parted(first: Promise, second: Promise) -> Iterator[Contradiction]:
    mine, theirs = second.successes, first.successes
    if mine and theirs and not mine & theirs:
        yield Contradiction(
            second.name, "status", _status_place(second), _listed(mine), _status_place(first), _listed(theirs)
        )
    if {first.needs_token, second.needs_token} == {True, False}:
        yield Contradiction(second.name, "security", second.location, _token(second), first.location, _token(first))


def _status_place(promise: Promise) -> Location:
    named = next(response for response, _ in promise.responses if response.is_success and response.status.isdigit())
    return Location(promise.location.file, named.span)


def _listed(statuses: frozenset[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))


def _token(promise: Promise) -> str:
    return "a token" if promise.needs_token else "no token"
