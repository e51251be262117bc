"""Success statuses: what a contract promises against what the handler answers with."""

from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import matching_of
from constitution_lint.model.operations import ServedOperation, operation_of
from constitution_lint.model.project import Project


def status_differences(project: Project) -> Iterator[Violation]:
    """One finding for a route and a promised status, with every contract line that promises it."""
    found: dict[tuple[Location, str], list[Promise]] = {}
    routes: dict[tuple[Location, str], tuple[Route, ServedOperation]] = {}
    for pair in matching_of(project).pairs:
        parted = [(route, one) for route in pair.routes if (one := operation_of(project, route)) is not None]
        if not parted or len(parted) < len(pair.routes) or not all(_parts(pair.promise, one) for _, one in parted):
            continue
        route, operation = parted[0]
        key = (route.location, _told(pair.promise.successes))
        found.setdefault(key, []).append(pair.promise)
        routes.setdefault(key, (route, operation))
    for key, promises in found.items():
        yield _difference(*routes[key], key[1], promises)


def _parts(promise: Promise, operation: ServedOperation) -> bool:
    """Do both sides name their successes, and none in common?"""
    answers = operation.answers
    promised = promise.successes
    ranges = any(response.status.upper() in ("2XX", "DEFAULT") for response, _ in promise.responses)
    if not promised or ranges or not answers.whole or not answers.successes:
        return False
    return not promised & {status.code for status in answers.successes}


def _difference(route: Route, operation: ServedOperation, promised: str, promises: list[Promise]) -> Violation:
    status = operation.answers.successes[0]
    answered = _told(frozenset(status.code for status in operation.answers.successes))
    related = tuple(Related(_place(promise), f"{promised} is promised here") for promise in promises)
    message = f"{route.name} answers {answered}, and the contract promises {promised}"
    return Violation(status.location, message, related, f"{route.name} {promised}")


def _place(promise: Promise) -> Location:
    for response, _ in promise.responses:
        if response.is_success and response.status.isdigit():
            return Location(promise.location.file, response.span)
    return promise.location


def _told(statuses: frozenset[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))
