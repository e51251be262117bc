"""Matches requests with what is served: by the frontend's backends, its own route handlers, its rewrites.

A verdict needs a base that is known, or a path below what a backend serves; everything else is left open.
"""

import re
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.model.api import Route
from constitution_lint.model.contracts.frontend import frontend_paths, other_services
from constitution_lint.model.contracts.matching import BUILT_IN, is_misspelt, served_routes
from constitution_lint.model.contracts.paths import Key, core_of, distance, key_of, words
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.addresses import Address
from constitution_lint.model.web.requests import Request, requests_of

_OWN_HOST = re.compile(r"^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal|[\w-]+)(?::\d+)?$")
_ASIDE = re.compile(r"(?:^|/)(?:specs|docs|contracts|examples?)/")
_PREFIX = re.compile(r"api|rest|v\d+")


class Answered(NamedTuple):
    """A request with the routes that answer it."""

    request: Request
    routes: tuple[Route, ...]


class Unanswered(NamedTuple):
    """A request that nothing serves. `near` is the route that was probably meant: another verb, or a like path."""

    request: Request
    near: Route | None
    by_verb: bool
    """The path is served, and another verb is answered there."""


class Service(NamedTuple):
    """All requests of a project that could be judged."""

    answered: tuple[Answered, ...]
    unanswered: tuple[Unanswered, ...]


@remembered
def service_of(project: Project) -> Service:
    """Every request of the frontends held against what is served; empty where no backend is."""
    answered: list[Answered] = []
    unanswered: list[Unanswered] = []
    for request in frontend_requests(project):
        routes = routes_for(project, request.file)
        if not routes:
            continue
        found = tuple(route for route in routes if any(_is_met(address, route) for address in request.addresses))
        met = tuple(route for route in found if request.method in (None, route.method))
        if met:
            answered.append(Answered(request, met))
        elif _is_certain(project, request, found, routes):
            found = tuple(one for one in found if _is_met(request.shown, one) and _is_meant(request.shown, one))
            near = found[0] if found else _nearest(request, routes)
            if near is not None or not other_services(project):
                unanswered.append(Unanswered(request, near, bool(found)))
    return Service(tuple(answered), tuple(unanswered))


@remembered
def frontend_requests(project: Project) -> tuple[Request, ...]:
    """The requests of the files below a frontend's folder, documents and examples left out."""
    return tuple(
        request
        for request in requests_of(project)
        if home_of(project, request.file) is not None and not _ASIDE.search(request.file)
    )


def home_of(project: Project, file: str) -> str | None:
    """The folder of the frontend a file belongs to; None where it belongs to none."""
    homes = [one for one in project.workspace.frontends if not one or file.startswith(f"{one}/")]
    return max(homes, key=len, default=None)


@remembered
def _routes_of_home(project: Project, home: str) -> tuple[Route, ...]:
    """The routes a frontend may call: those of the backends below the nearest folder that holds both.

    The folder grows as long as no other frontend comes in with it: phases of a course lie side by side, each whole.
    """
    routes = served_routes(project)
    others = [one for one in project.workspace.frontends if one != home]
    folder, best = home, tuple[Route, ...]()
    while True:
        inside = f"{folder}/" if folder else ""
        if best and any(one.startswith(inside) for one in others if not (home and one.startswith(f"{home}/"))):
            return best
        best = tuple(route for route in routes if route.declared.file.startswith(inside)) or best
        if not folder:
            return best
        folder = dirname(folder)


def routes_for(project: Project, file: str) -> tuple[Route, ...]:
    """The routes that a file of a frontend may call."""
    home = home_of(project, file)
    return _routes_of_home(project, home) if home is not None else ()


def _is_met(address: Address, route: Route) -> bool:
    """Could a request to this address reach the route?"""
    if not address.known or (address.base == "absolute" and not _OWN_HOST.match(address.host)):
        return False
    asked, served = address.segments, key_of(route.path)
    if address.rest:
        served = served[: len(asked)] if address.base in ("absolute", "relative") else served
        return _alike(asked, served) or _starts_within(asked, served)
    if _alike(asked, served) or (asked and len(asked) == len(served) and set(served) == {"{}"}):
        return True
    if address.base in ("environment", "unknown"):
        tail = served[-len(asked) :]
        return len(tail) == len(asked) > 0 and asked[0] == tail[0] != "{}" and _alike(asked, tail)
    return address.base == "relative" and _alike(core_of(asked), core_of(served)) and bool(core_of(asked))


def _is_meant(address: Address, route: Route) -> bool:
    """Is a route that a request could reach one that it asks for: no word of its path stands where a value goes?
    `/tasks/${id}` may be `/tasks/create`, and does not mean it."""
    served = key_of(route.path)[-len(address.segments) :]
    return address.rest or not any(one == "{}" != other for one, other in zip(address.segments, served, strict=False))


def _starts_within(asked: Key, served: Key) -> bool:
    """Does a path whose end, and perhaps beginning, is not known fit anywhere into a route's?"""
    spans = range(len(served) - len(asked) + 1)
    return any(_alike(asked, served[start : start + len(asked)]) for start in spans)


def _alike(asked: Key, served: Key) -> bool:
    """Segment by segment, with at least one word in common."""
    if len(asked) != len(served):
        return False
    pairs = tuple(zip(asked, served, strict=True))
    if not all(one == other or "{}" in (one, other) for one, other in pairs):
        return False
    return any(one == other != "{}" for one, other in pairs)


def _is_certain(project: Project, request: Request, found: tuple[Route, ...], routes: tuple[Route, ...]) -> bool:
    """Is everything known that decides whether the request is answered?"""
    known = [address for address in request.addresses if address.known]
    if len(known) != len(request.addresses) or request.method in ("HEAD", "OPTIONS"):
        return False
    if any(address.rest for address in known) or any(_is_elsewhere(project, request, one) for one in known):
        return False
    if found:
        return request.method is not None
    return all(_is_plausible(address, routes) for address in known)


def _is_elsewhere(project: Project, request: Request, address: Address) -> bool:
    """Does somebody else answer: a foreign host, the frontend's own handlers, a rewrite, a mounted application?"""
    if address.base == "absolute" and not _OWN_HOST.match(address.host):
        return True
    key = address.segments
    if "." in key[-1] or core_of(key) in BUILT_IN or (key[-1] == "{}" and not core_of(key)[:-1]):
        return True
    if any(path.serves(key[start:]) for path in frontend_paths(project) for start in range(len(key))):
        return True
    mounts = [key_of(route.path) for route in project.api.routes if route.method in ("MOUNT", "HOST")]
    return any(_starts_within(mount, key) for mount in mounts if mount) or _is_rewritten(project, request, address)


def _is_rewritten(project: Project, request: Request, address: Address) -> bool:
    """A rewrite of next.config whose target is no backend of the project's own path, or one not understood."""
    if address.base not in ("relative", "unknown"):
        return False
    home = home_of(project, request.file) or ""
    for file, facts in project.manifests.items():
        if dirname(file) == home and facts.kind == "next-config":
            for rewrite in facts.rewrites:
                source = tuple(part for part in re.sub(r":\w+\*|\(.*?\)", "", rewrite.source).split("/") if part)
                if address.segments[: len(source)] == source:
                    return True
    return False


def _is_plausible(address: Address, routes: tuple[Route, ...]) -> bool:
    """Does a path lie where a backend serves: on a host of its own, below `api`, or below a word of its routes?"""
    if address.base == "absolute":
        return True
    first = address.segments[0]
    keys = [key_of(route.path) for route in routes]
    if first in {key[0] for key in keys if key} - {"{}"}:
        return True
    starts = {core[0] for core in map(core_of, keys) if core} - {"{}"}
    core = core_of(address.segments)
    return bool(core) and core[0] in starts and address.base != "relative"


def _nearest(request: Request, routes: tuple[Route, ...]) -> Route | None:
    """The route of the same verb whose path may be the one that was meant; the nearest, the first of equals."""
    offers = [
        (distance(asked, served), at)
        for address in request.addresses
        for at, route in enumerate(routes)
        for asked, served in ((core_of(address.segments), core_of(key_of(route.path))),)
        if request.method in (None, route.method) and words(asked) & words(served) and is_misspelt(asked, served)
    ]
    best = min(offers, default=None)
    return routes[best[1]] if best is not None else None
