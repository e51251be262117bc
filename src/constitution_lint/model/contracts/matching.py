"""Matches contract and code: which route answers which promised operation, and what is left over on either side.

Paths meet when their keys are equal, below a server's base or, where a contract names no base, without the `api` and
version segments. What is left over on both sides may be one operation under another path: that is a near miss, one
finding instead of two. Repositories hold several backends; a contract speaks of those below the folder of its specs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Undecided
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.frontend import frontend_paths, other_services
from constitution_lint.model.contracts.linking import Promise, listed_operations, operations_of, planned_operations
from constitution_lint.model.contracts.paths import Key, core_of, distance, key_of, words
from constitution_lint.model.contracts.unmounted_routes import perhaps_included
from constitution_lint.model.documents.progress import waiting_features
from constitution_lint.model.memory import remembered
from constitution_lint.model.operations.applications import application_of
from constitution_lint.model.project import Project
from constitution_lint.workspace import Feature

BUILT_IN = frozenset({("docs",), ("redoc",), ("openapi.json",), ("docs", "oauth2-redirect"), ("metrics",)})
"""What FastAPI and its usual extensions serve without a route in the code."""
_INFRASTRUCTURE = re.compile(
    r"^(?:|health\w*|healthz|livez?|liveness|readyz?|readiness|ready|ping|status|version|info|metrics|favicon\.ico"
    r"|robots\.txt|docs|redoc|openapi\.json|static|debug|test)$"
)

_OWNERS = frozenset({"users", "user", "me", "accounts", "organizations", "orgs", "tenants", "workspaces", "teams"})


class Pair(NamedTuple):
    """A promised operation and the routes that answer it (several where several backends do)."""

    promise: Promise
    routes: tuple[Route, ...]


class Unserved(NamedTuple):
    """A promise that no route keeps; `near` is the route that was probably meant."""

    promise: Promise
    near: Route | None = None


class Matching(NamedTuple):
    pairs: tuple[Pair, ...]
    unserved: tuple[Unserved, ...]
    undocumented: tuple[tuple[Route, Promise], ...]
    """Served routes that no document names, each with an operation of the contract that should."""
    undecided: tuple[Undecided, ...] = ()


def root_of(path: str) -> str:
    """The folder that holds the specs a file belongs to: "phase-2" of "phase-2/specs/001-todo/contracts/api.yaml"."""
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if part.lower() in ("specs", ".specify", "spec", "contracts", "docs", "doc"):
            return "/".join(parts[:index])
    return dirname(path)


def served_routes(project: Project) -> tuple[Route, ...]:
    """Routes of HTTP verbs that an application really mounts."""
    return tuple(
        route for route in project.api.routes if route.mounted and route.method not in ("WEBSOCKET", "MOUNT", "HOST")
    )


def routes_for(project: Project, path: str) -> tuple[Route, ...]:
    """The routes a document speaks of: those of applications below its root, all where there is none."""
    routes = served_routes(project)
    root = root_of(path)
    below = tuple(route for route in routes if not root or route.declared.file.startswith(f"{root}/"))
    return below or routes


@remembered
def matching_of(project: Project) -> Matching:
    """The whole comparison; empty where contract or code is absent."""
    if not served_routes(project):
        return Matching((), (), ())
    pairs: list[Pair] = []
    missing: list[Promise] = []
    for file, promises in _by_file(operations_of(project)).items():
        routes = routes_for(project, file)
        index = _Index(routes)
        for promise in promises:
            found = index.find(promise)
            if found:
                pairs.append(Pair(promise, found))
            elif not _served_elsewhere(project, promise):
                missing.append(promise)
    missing += _planned_and_missing(project)
    known = {id(route) for pair in pairs for route in pair.routes}
    documented = known | _documented(project)
    left = [route for route in served_routes(project) if id(route) not in documented and route.include_in_schema]
    candidates = _nearest(project, missing, left)
    claimed = {id(one.near) for one in candidates if one.near is not None}
    alone = [route for route in left if id(route) not in claimed]
    unserved, undecided = _certain(project, candidates, frozenset(pair.promise.file for pair in pairs))
    return Matching(tuple(pairs), unserved, tuple(_undocumented(pairs, alone, project)), undecided)


def _planned_and_missing(project: Project) -> Iterator[Promise]:
    """What spec and plan name and nothing serves, of documents some of whose endpoints are served."""
    for file, promises in _by_file(planned_operations(project)).items():
        index = _Index(routes_for(project, file))
        found = [bool(index.find(promise)) for promise in promises]
        if any(found):
            for promise, is_served in zip(promises, found, strict=True):
                if not is_served and not _served_elsewhere(project, promise):
                    yield promise


def _certain(
    project: Project, found: list[Unserved], served: frozenset[str]
) -> tuple[tuple[Unserved, ...], tuple[Undecided, ...]]:
    """What is surely not served; what an unread inclusion or a service in another language may serve stays open, and
    so does what features promise on which nobody has begun to work: of `served` contracts something is there."""
    others = ", ".join(other_services(project))
    waiting = {
        file: feature
        for feature in waiting_features(project)
        for file in _promising(feature)
        if not served.intersection(_promising(feature))
    }
    certain: list[Unserved] = []
    open_ones: list[Undecided] = []
    for one in found:
        promise = one.promise
        feature = waiting.get(promise.file)
        if feature is not None and one.near is None:
            why = f"{promise.name} is promised, and work on {feature.called} has not begun: no task of it is ticked"
            open_ones.append(Undecided(promise.location, why))
            continue
        doubt = perhaps_included(project, promise) if one.near is None else None
        if doubt is not None:
            open_ones.append(doubt)
        elif others and one.near is None:
            open_ones.append(
                Undecided(promise.location, f"{promise.name} may be served by {others}, which is not read")
            )
        else:
            certain.append(one)
    return tuple(certain), tuple(open_ones)


def _promising(feature: Feature) -> tuple[str, ...]:
    return (*feature.contracts, *(path for path in (feature.spec, feature.plan) if path))


def contract_of(project: Project, route: Route) -> tuple[Promise, ...]:
    """Every promise that speaks of a route, OpenAPI before Markdown."""
    return _by_route(project).get((route.app, route.name, route.location), ())


@remembered
def _by_route(project: Project) -> dict[tuple[str, str, Location], tuple[Promise, ...]]:
    found: dict[tuple[str, str, Location], list[Promise]] = defaultdict(list)
    for pair in matching_of(project).pairs:
        for route in pair.routes:
            found[route.app, route.name, route.location].append(pair.promise)
    return {
        key: tuple(sorted(promises, key=lambda one: (one.form != "openapi", one.sketch, one.location)))
        for key, promises in found.items()
    }


def _by_file(promises: tuple[Promise, ...]) -> dict[str, list[Promise]]:
    found: dict[str, list[Promise]] = defaultdict(list)
    for promise in promises:
        found[promise.file].append(promise)
    return found


class _Index:
    """Routes by verb and key, and by verb and core."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.exact: dict[tuple[str, Key], list[Route]] = defaultdict(list)
        self.core: dict[tuple[str, Key], list[Route]] = defaultdict(list)
        for route in routes:
            key = key_of(route.path)
            self.exact[route.method, key].append(route)
            self.core[route.method, core_of(key)].append(route)

    def find(self, promise: Promise) -> tuple[Route, ...]:
        for key in promise.keys:
            found = self.exact.get((promise.method, key))
            if found:
                return tuple(found)
        for key in promise.keys:
            found = self.core.get((promise.method, core_of(key)))
            if found:
                return tuple(found)
        return self._shortened(promise) if promise.sketch else ()

    def _shortened(self, promise: Promise) -> tuple[Route, ...]:
        """A list may leave the prefix of a whole chapter out: `/{id}/complete` below "Tasks"."""
        key = promise.keys[-1]
        if not key or core_of(key) != key:
            return ()
        return tuple(
            route
            for (method, served), routes in self.exact.items()
            if method == promise.method and served[-len(key) :] == key
            for route in routes
        )


def _served_elsewhere(project: Project, promise: Promise) -> bool:
    """By the framework itself, by the frontend, by a websocket, or below something mounted that cannot be read.

    OpenAPI knows no websockets: contracts write the GET that opens one.
    """
    paths = frontend_paths(project)
    sockets = {core_of(key_of(route.path)) for route in project.api.routes if route.method == "WEBSOCKET"}
    if promise.method == "GET" and any(core_of(key) in sockets for key in promise.keys):
        return True
    for key in promise.keys:
        if core_of(key) in BUILT_IN or any(path.serves(key) for path in paths):
            return True
    mounts = [key_of(route.path) for route in project.api.routes if route.method in ("MOUNT", "HOST")]
    return any(key[: len(mount)] == mount for mount in mounts if mount for key in promise.keys)


def _documented(project: Project) -> set[int]:
    """Routes that a plan, spec, task list or other document names by path."""
    cores: set[tuple[str, Key]] = set()
    for promise in listed_operations(project):
        cores.update((promise.method, core_of(key)) for key in promise.keys)
    return {
        id(route)
        for route in served_routes(project)
        if {(route.method, core_of(key_of(route.path))), ("", core_of(key_of(route.path)))} & cores
    }


def _nearest(project: Project, missing: list[Promise], left: list[Route]) -> list[Unserved]:
    """Each missing promise with the route that was probably meant.

    A route that no document names is given away once, and then is no finding of its own; others serve as a hint.
    """
    offers: list[tuple[float, int, int]] = []
    for index, promise in enumerate(missing):
        within = {id(route) for route in routes_for(project, promise.file)}
        for at, route in enumerate(left):
            score = _nearness(promise, route) if id(route) in within else 0.0
            if score > 0:
                offers.append((-score, index, at))
    given: dict[int, Route] = {}
    taken: set[int] = set()
    for _, index, at in sorted(offers):
        if index not in given and at not in taken:
            given[index] = left[at]
            taken.add(at)
    return [Unserved(promise, given.get(index) or _hint(project, promise)) for index, promise in enumerate(missing)]


def _hint(project: Project, promise: Promise) -> Route | None:
    scored = [(_nearness(promise, route), route) for route in routes_for(project, promise.file)]
    best = max((score for score, _ in scored), default=0.0)
    return next((route for score, route in scored if score == best), None) if best > 0 else None


def _nearness(promise: Promise, route: Route) -> float:
    """0 for unrelated; most for the same verb under a path of the same words, less for another verb on the path."""
    key = key_of(route.path)
    own = min(promise.keys, key=lambda candidate: (distance(core_of(candidate), core_of(key)), candidate))
    mine, theirs = core_of(own), core_of(key)
    apart = distance(mine, theirs)
    if promise.method != route.method:
        return 3.0 if apart == 0 and {promise.method, route.method} <= {"PUT", "PATCH", "POST"} else 0.0
    if not _ends_alike(mine, theirs):
        return 0.0
    if _essence(own) == _essence(key) and _essence(own):
        return 4.0 - apart / 10
    if apart == 1 and len(mine) != len(theirs):
        return 2.5 if mine[-1] == theirs[-1] and len(words(own) & words(key)) > 1 else 0.0
    if apart == 1 and len(mine) > 1:
        return 2.0 if words(own) & words(key) and _is_spelling(mine, theirs) else 0.0
    return 0.0


def _essence(key: Key) -> frozenset[str]:
    """The words of a path without those that only say whose things they are."""
    return frozenset(word for word in words(key) if word not in _OWNERS)


def _is_spelling(one: Key, other: Key) -> bool:
    """Is the one segment that differs the same word in another spelling, or not the last word?

    `/auth/signin` and `/auth/sign-in` are near, `/auth/verify` and `/auth/refresh` are not; `/users/{}/todos/{}` and
    `/users/{}/tasks/{}` are.
    """
    at = next(index for index, (left, right) in enumerate(zip(one, other, strict=True)) if left != right)
    left, right = one[at], other[at]
    if "{}" in (left, right):
        return False
    return SequenceMatcher(None, left, right).ratio() > 0.8 or one[at + 1 :] == ("{}",)


def is_misspelt(one: Key, other: Key) -> bool:
    """Could one path be the other, written wrong: one segment in another spelling, or one too many before the last?"""
    if distance(one, other) != 1:
        return one == other
    return _is_spelling(one, other) if len(one) == len(other) else bool(one and other) and one[-1] == other[-1]


def _ends_alike(one: Key, other: Key) -> bool:
    """Both name a collection (or an action), or both one item."""
    return bool(one) and bool(other) and (one[-1] == "{}") == (other[-1] == "{}")


def _undocumented(pairs: list[Pair], alone: list[Route], project: Project) -> list[tuple[Route, Promise]]:
    """Left-over routes of a resource that some contract does describe."""
    described: dict[tuple[str, str], Promise] = {}
    for pair in pairs:
        if not pair.promise.sketch:
            for route in pair.routes:
                described.setdefault((application_of(project, route), _resource(route)), pair.promise)
    found = []
    for route in alone:
        promise = described.get((application_of(project, route), _resource(route)))
        if promise is not None and not is_infrastructure(route) and route.handler is not None:
            found.append((route, promise))
    return found


def _resource(route: Route) -> str:
    """The first fixed segment of a path that is no owner's: `tasks` of `/api/users/{user_id}/tasks/{id}`."""
    key = core_of(key_of(route.path))
    while len(key) > 2 and key[0] in _OWNERS and key[1] == "{}":
        key = key[2:]
    return next((segment for segment in key if segment != "{}"), "")


def is_infrastructure(route: Route) -> bool:
    last = ([segment for segment in core_of(key_of(route.path)) if segment != "{}"] or [""])[-1]
    return bool(_INFRASTRUCTURE.match(last)) or route.method in ("HEAD", "OPTIONS")
