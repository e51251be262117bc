"""Success statuses: what a contract promises against what the handler returns."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import matching_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.operations import ServedOperation, operation_of
from constitution_lint.model.project import Project


class StatusDrift(NamedTuple):
    """A route whose success is none of those that contracts promise."""

    route: Route
    operation: ServedOperation
    promised: frozenset[int]
    promises: list[Promise]


def status_differences(project: Project) -> Iterator[Violation]:
    """One finding for a route and a promised status, with every contract line that promises it."""
    yield from map(_difference, status_drifts(project))


@remembered
def status_drifts(project: Project) -> tuple[StatusDrift, ...]:
    found: dict[tuple[Location, frozenset[int]], StatusDrift] = {}
    for pair in matching_of(project).pairs:
        parted = [(route, one) for route in pair.routes if (one := operation_of(project, route)) is not None]
        if not parted or len(parted) < len(pair.routes) or not all(_parts(pair.promise, one) for _, one in parted):
            continue
        promised = frozenset(pair.promise.successes)
        drift = found.setdefault((parted[0][0].location, promised), StatusDrift(*parted[0], promised, []))
        drift.promises.append(pair.promise)
    return tuple(found.values())


def _parts(promise: Promise, operation: ServedOperation) -> bool:
    """Do both sides name their successes, and none in common?"""
    answers = operation.answers
    promised = promise.successes
    ranges = any(response.status.upper() in ("2XX", "DEFAULT") for response, _ in promise.responses)
    if not promised or ranges or not answers.whole or not answers.successes:
        return False
    return not promised & {status.code for status in answers.successes}


def _difference(drift: StatusDrift) -> Violation:
    answers, promised = drift.operation.answers.successes, _told(drift.promised)
    answered = _told(frozenset(status.code for status in answers))
    related = tuple(Related(_place(promise), f"{promised} is promised here") for promise in drift.promises)
    message = f"{drift.route.name} answers {answered}, and the contract promises {promised}"
    return Violation(answers[0].location, message, related, f"{drift.route.name} {promised}")


def _place(promise: Promise) -> Location:
    for response, _ in promise.responses:
        if response.is_success and response.status.isdigit():
            return Location(promise.location.file, response.span)
    return promise.location


def _told(statuses: frozenset[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))
