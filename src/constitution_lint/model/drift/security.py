"""Security: a token that is promised but not required, or required but not promised."""

from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Auth, Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import is_infrastructure, matching_of
from constitution_lint.model.project import Project


def security_differences(project: Project) -> Iterator[Violation]:
    """One finding for a route, with every contract line that says otherwise."""
    found: dict[Location, tuple[Route, list[Promise]]] = {}
    for pair in matching_of(project).pairs:
        if all(_parts(pair.promise, route) for route in pair.routes):
            route = pair.routes[0]
            found.setdefault(route.location, (route, []))[1].append(pair.promise)
    for route, promises in found.values():
        related = tuple(Related(_place(promise), _promised(promise)) for promise in promises)
        yield Violation(route.location, _message(route), related, route.name)


def _parts(promise: Promise, route: Route) -> bool:
    needed = promise.needs_token
    if needed is True and route.guard.auth is Auth.NONE:
        return not is_infrastructure(route) and (promise.form == "openapi" or not route.public)
    return needed is False and route.guard.auth is Auth.ENFORCED


def _message(route: Route) -> str:
    if route.guard.auth is Auth.NONE:
        return f"{route.name} asks for no token, and the contract promises that it does"
    return f"{route.name} asks for a token, and the contract promises that it needs none"


def _place(promise: Promise) -> Location:
    if promise.security:
        return Location(promise.location.file, promise.security[0].span)
    return promise.location


def _promised(promise: Promise) -> str:
    return "a token is promised here" if promise.needs_token else f"{promise.name} is promised without security"
