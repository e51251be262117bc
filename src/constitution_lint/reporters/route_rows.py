"""For all formats of the route table: which routes are wanted, and what each cell of a row says."""

from collections import Counter
from typing import NamedTuple

from constitution_lint.model.api import AccessVerdict, Auth, Isolation, Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import contract_of
from constitution_lint.model.project import Project

COLUMNS = ("method", "path", "handler", "access", "guard", "contract", "rows")
OPEN = (Auth.NONE, Auth.OPTIONAL)
_AUTH = {Auth.ENFORCED: "enforced", Auth.OPTIONAL: "optional", Auth.NONE: "open", Auth.UNPROVEN: "unproven"}


class Asked(NamedTuple):
    """Which routes are wanted; with none of the three set, all of them. Those of several are put together."""

    unguarded: bool = False
    unproven: bool = False
    leaks: bool = False

    def wants(self, route: Route) -> bool:
        if not any(self):
            return True
        return (
            (self.unguarded and is_open(route))
            or (self.unproven and is_unproven(route))
            or (self.leaks and route.isolation is Isolation.LEAK)
        )


class Row(NamedTuple):
    """One route and the promises that speak of it."""

    route: Route
    promises: tuple[Promise, ...]


def rows_of(project: Project, asked: Asked) -> tuple[Row, ...]:
    """The rows asked for, in the order FastAPI matches them."""
    return tuple(Row(route, contract_of(project, route)) for route in project.api.routes if asked.wants(route))


def is_open(route: Route) -> bool:
    """Does it let unverified requests by, though it is not public by design?"""
    return route.mounted and not route.public and route.guard.auth in OPEN


def is_unproven(route: Route) -> bool:
    undecided = route.guard.auth is Auth.UNPROVEN and not route.public
    return route.mounted and (undecided or route.isolation is Isolation.UNPROVEN)


def cells(row: Row) -> tuple[str, ...]:
    """The words of one row, in the order of `COLUMNS`."""
    route = row.route
    at, guard = route.location.place, route.guard.name
    return route.method, route.path, at, verdict(route), guard, contract(row), isolation(route)


def verdict(route: Route) -> str:
    """ "enforced", "optional", "open", "unproven"; "public" and "not served" where no guard is wanted."""
    if not route.mounted:
        return "not served"
    if route.public and route.guard.auth is not Auth.ENFORCED:
        return "public"
    return _AUTH[route.guard.auth]


def contract(row: Row) -> str:
    """Where the first promise stands, and the number of others."""
    if not row.promises:
        return ""
    others = len({promise.location for promise in row.promises}) - 1
    name = row.promises[0].location.place.rsplit("/", 1)[-1]
    return f"{name} +{others}" if others else name


def isolation(route: Route) -> str:
    """The worst verdict on the rows a route reaches, with the number of accesses that have it."""
    if route.isolation is Isolation.NOT_APPLICABLE:
        return ""
    count = sum(access.verdict.value == route.isolation.value for access in route.accesses)
    return f"{route.isolation.value} {count}" if count > 1 else route.isolation.value


def reasons(route: Route) -> tuple[str, ...]:
    """Why the verdicts are what they are: of the guard with its places, of every access that is not harmless."""
    told = [route.public] if route.public and route.guard.auth is not Auth.ENFORCED else [_why(route)]
    if route.guard.location is not None:
        told.append(f"{route.guard.name} is defined at {route.guard.location.place}")
    if route.guard.lapse is not None:
        told.append(f"it lets go at {route.guard.lapse.place}")
    if route.condition:
        told.append(f"served only if {route.condition}")
    if route.shadowed_by:
        told.append(f"never reached: {route.shadowed_by} answers first")
    return (*told, *_accesses(route))


def _why(route: Route) -> str:
    return route.guard.why if route.mounted else "no application mounts it"


def _accesses(route: Route) -> tuple[str, ...]:
    return tuple(
        f"{access.kind} {access.model or 'something'} at {access.location.place}: {access.verdict.value}, {access.why}"
        for access in route.accesses
        if access.verdict is not AccessVerdict.NOT_OWNED
    )


def summary(rows: tuple[Row, ...]) -> str:
    """ "12 routes: 9 enforced, 2 public, 1 open; 1 leak"; those that nobody serves are counted apart."""
    served = [row.route for row in rows if row.route.mounted]
    words = Counter(map(verdict, served))
    parts = ", ".join(f"{count} {word}" for word, count in words.most_common())
    leaks = sum(route.isolation is Isolation.LEAK for route in served)
    told = f"{len(served)} route{'' if len(served) == 1 else 's'}{': ' if parts else ''}{parts}"
    told += f"; {leaks} leak{'s' if leaks == 1 else ''} rows of others" if leaks else ""
    left = len(rows) - len(served)
    return f"{told}; {left} more {'is' if left == 1 else 'are'} declared and not served" if left else told
