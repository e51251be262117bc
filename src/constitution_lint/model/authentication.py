"""The evidence of gate 8: routes that let anyone by, put together by the guard that is at fault."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Undecided, Violation
from constitution_lint.model.api import Auth, Guard, Route
from constitution_lint.model.contracts import matching_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_SHOWN = 3
"""As many routes of one faulty guard are named; of the others the number is told."""


class Open(NamedTuple):
    """A served route that lets unverified requests by and is not public by design, with the rule it breaks.

    `is_shared` tells a fault of the guard, which other routes may share, from one of the route alone.
    """

    route: Route
    fault: str
    is_shared: bool


@remembered
def served(project: Project) -> tuple[Route, ...]:
    """What a client can reach: each handler once for a verb, as the least guarded application serves it."""
    found: dict[tuple[Location, str], Route] = {}
    for route in project.api.routes:
        if not route.mounted or route.shadowed_by:
            continue
        key = (route.location, route.method)
        if key not in found or _rank(route) < _rank(found[key]):
            found[key] = route
    return tuple(found.values())


def _rank(route: Route) -> tuple[bool, int]:
    return bool(route.public), (Auth.NONE, Auth.OPTIONAL, Auth.UNPROVEN, Auth.ENFORCED).index(route.guard.auth)


@remembered
def open_routes(project: Project) -> tuple[Open, ...]:
    """Every route that breaks the gate, in the order of the route table."""
    guards = _verifying(project)
    return tuple(
        Open(route, _fault(route.guard, guards), not route.guard.fault.startswith(("unguarded-route", "unguarded-web")))
        for route in served(project)
        if not route.public and route.method != "MOUNT" and route.guard.auth in (Auth.NONE, Auth.OPTIONAL)
    )


def _verifying(project: Project) -> set[str]:
    """The names of the guards that stand before other routes and verify there."""
    return {route.guard.name for route in served(project) if route.guard.auth is Auth.ENFORCED}


def _fault(guard: Guard, guards: set[str]) -> str:
    """A middleware that verifies elsewhere and lets this one by is bypassed; else the guard's own fault stands."""
    if guard.fault.startswith("unguarded") and guards.intersection(guard.passed_by):
        return "bypassed-guard"
    return guard.fault


def findings_per_route(project: Project, fault: str) -> Iterator[Violation]:
    """One finding for each route that breaks a rule by itself."""
    for route, own, is_shared in open_routes(project):
        if own == fault and not is_shared:
            yield Violation(
                route.location, _told(project, route), (*route.guard.related, *_around(project, (route,))), route.name
            )


def _told(project: Project, route: Route) -> str:
    bypassed = [name for name in route.guard.passed_by if name in _verifying(project)]
    if bypassed:
        return f"{route.name} is let by unverified: {' and '.join(bypassed)} verifies elsewhere and not here"
    what = "connects" if route.method == "WEBSOCKET" else "answers"
    path = route.path if route.method == "WEBSOCKET" else route.name
    return f"{path} {what} without anyone verifying who is calling"


def findings_per_guard(project: Project, fault: str) -> Iterator[Violation]:
    """One finding for each place where a guard lets go, with the routes that rest on it.

    A guard is written once and mended once: forty findings for one line would hide the other faults.
    """
    groups: dict[Location, list[Route]] = defaultdict(list)
    for route, own, is_shared in open_routes(project):
        if own == fault and is_shared:
            groups[route.guard.lapse or route.location].append(route)
    for place, routes in groups.items():
        guard = routes[0].guard
        yield Violation(
            place, f"{_why(guard)}: {_listed(routes)}", _way(project, place, routes), _subject(guard, routes)
        )


def _why(guard: Guard) -> str:
    return f"{guard.name}: {guard.why}" if guard.name and guard.name not in guard.why else guard.why


def _listed(routes: list[Route]) -> str:
    names = [route.name for route in routes[:_SHOWN]]
    left = len(routes) - len(names)
    shown = ", ".join(names)
    return f"{shown} and {left} more route{'' if left == 1 else 's'}" if left else shown


def _subject(guard: Guard, routes: list[Route]) -> str:
    return guard.name or routes[0].name


def _way(project: Project, place: Location, routes: list[Route]) -> tuple[Related, ...]:
    guard = routes[0].guard
    found = [Related(guard.location, f"{guard.name} is the guard")] if guard.location not in (None, place) else []
    further = [one for one in guard.related if one.location != place]
    shown = [Related(route.location, f"{route.name} rests on it") for route in routes[:_SHOWN]]
    return (*found, *further, *shown, *_around(project, tuple(routes[:_SHOWN])))


def _around(project: Project, routes: tuple[Route, ...]) -> tuple[Related, ...]:
    """Where a contract promises that these routes ask for a token."""
    return tuple(
        Related(
            Location(pair.promise.location.file, pair.promise.security[0].span)
            if pair.promise.security
            else pair.promise.location,
            f"the contract promises a token for {pair.promise.name}",
        )
        for pair in matching_of(project).pairs
        if pair.promise.needs_token and any(route in routes for route in pair.routes)
    )


def undeclared_public_routes(project: Project) -> Iterator[Violation]:
    """Each open route that is taken as public and that nobody declared, with the reason."""
    for route in served(project):
        if route.public and not route.public.startswith("declared") and route.guard.auth is not Auth.ENFORCED:
            yield Violation(route.location, f"{route.name} is taken as public: {route.public}", (), route.name)


def undecided(project: Project) -> Iterator[Undecided]:
    """Routes whose guard could not be judged, mounted applications nobody can read, wiring that was not followed."""
    for route in served(project):
        if route.public or route.guard.auth is Auth.ENFORCED:
            continue
        if route.method == "MOUNT":
            yield Undecided(route.location, f"what is mounted at {route.path} could not be read")
        elif route.guard.auth is Auth.UNPROVEN:
            yield Undecided(route.location, f"{route.name}: {route.guard.why}")
    yield from project.api.undecided


def guards(project: Project) -> int:
    """How many different guards stand before routes."""
    return len({(one.guard.name, one.guard.location) for one in served(project) if one.guard.name})
