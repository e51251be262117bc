"""Contract and code side by side: which route answers which promised operation, and what either side has alone.

Paths meet when their keys are equal, below a server's base or, where a contract names no base, without the `api` and
version segments. What is left over on both sides may be one operation under another path: that is a near miss, one
finding instead of two. Repositories hold several backends; a contract speaks of those below the folder of its specs.
"""

import re
from collections import defaultdict
from functools import lru_cache
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.findings import Undecided
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.frontend import frontend_paths
from constitution_lint.model.contracts.linking import Promise, listed_operations, operations_of
from constitution_lint.model.contracts.paths import Key, base_of, core_of, distance, is_local, key_of, words
from constitution_lint.model.project import Project

BUILT_IN = frozenset({("docs",), ("redoc",), ("openapi.json",), ("docs", "oauth2-redirect"), ("metrics",)})
"""What FastAPI and its usual extensions serve without a route in the code."""
_INFRASTRUCTURE = re.compile(
    r"^(?:|health\w*|healthz|livez?|liveness|readyz?|readiness|ready|ping|status|version|info|metrics|favicon\.ico"
    r"|robots\.txt|docs|redoc|openapi\.json|static|debug|test)$"
)


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


@lru_cache(maxsize=4)
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
    known = {id(route) for pair in pairs for route in pair.routes}
    documented = known | _documented(project)
    left = [route for route in served_routes(project) if id(route) not in documented and route.include_in_schema]
    unserved = _nearest(project, missing, left)
    claimed = {id(one.near) for one in unserved if one.near is not None}
    alone = [route for route in left if id(route) not in claimed]
    return Matching(tuple(pairs), tuple(unserved), tuple(_undocumented(pairs, alone, known, project)))


def contract_of(project: Project, route: Route) -> tuple[Promise, ...]:
    """Every promise that speaks of a route, OpenAPI before Markdown."""
    found = [pair.promise for pair in matching_of(project).pairs if any(r is route or r == route for r in pair.routes)]
    return tuple(sorted(found, key=lambda promise: (promise.form != "openapi", promise.sketch, promise.location)))


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
        return ()


def _served_elsewhere(project: Project, promise: Promise) -> bool:
    """By the framework itself, by the frontend, or below something mounted that cannot be read."""
    paths = frontend_paths(project)
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
    """Each missing promise with the left-over route that was probably meant, every route given away once."""
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
    return [Unserved(promise, given.get(index)) for index, promise in enumerate(missing)]


def _nearness(promise: Promise, route: Route) -> float:
    """0 for unrelated; more for the same path under another verb, most for the same verb under a path of the same words."""
    key = key_of(route.path)
    own = min(promise.keys, key=lambda candidate: (distance(core_of(candidate), core_of(key)), candidate))
    mine, theirs = core_of(own), core_of(key)
    apart = distance(mine, theirs)
    if promise.method == route.method:
        if words(own) == words(key) and _ends_alike(mine, theirs):
            return 4.0 - apart / 10
        close = apart == 1 and len(mine) > 1 and bool(words(own) & words(key)) and _ends_alike(mine, theirs)
        return 2.0 if close else 0.0
    return 3.0 if apart == 0 and {promise.method, route.method} <= {"PUT", "PATCH", "POST"} else 0.0


def _ends_alike(one: Key, other: Key) -> bool:
    """Both name a collection (or an action), or both one item."""
    return bool(one) and bool(other) and (one[-1] == "{}") == (other[-1] == "{}")


def _undocumented(
    pairs: list[Pair], alone: list[Route], known: set[int], project: Project
) -> list[tuple[Route, Promise]]:
    """Left-over routes of a resource that some contract does describe."""
    described: dict[tuple[str, str], Promise] = {}
    for pair in pairs:
        if not pair.promise.sketch:
            for route in pair.routes:
                described.setdefault((route.app, _resource(route)), pair.promise)
    found = []
    for route in alone:
        promise = described.get((route.app, _resource(route)))
        if promise is not None and not _is_infrastructure(route) and route.handler is not None:
            found.append((route, promise))
    return found


def _resource(route: Route) -> str:
    """The first fixed segment of a path: what its operations are about."""
    return next((segment for segment in core_of(key_of(route.path)) if segment != "{}"), "")


def _is_infrastructure(route: Route) -> bool:
    last = ([segment for segment in core_of(key_of(route.path)) if segment != "{}"] or [""])[-1]
    return bool(_INFRASTRUCTURE.match(last)) or route.method in ("HEAD", "OPTIONS")


def begins_elsewhere(promise: Promise, route: Route) -> bool:
    """Does a contract that names its own server put the path below another base than the code does?"""
    local = [server for server in promise.servers if is_local(server)]
    if not local or promise.form != "openapi":
        return False
    key = key_of(route.path)
    return all(key not in ((*base_of(server), *key_of(promise.path)), key_of(promise.path)) for server in local)
