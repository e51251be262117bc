"""For gate 8, in the frontend: requests without the token they need, pages that show owned data to anyone.

A page is charged only where a request for guarded data is seen on its way and nothing on that way, in its layouts or in
front of the application looks like a check: a session asked for, a token read, a way to the login.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.web import MODULE, Member, Name, Text
from constitution_lint.model.api import Auth, Route
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.application import Page, fronts_of, is_next, pages_of
from constitution_lint.model.web.calls import calls_of, script_of
from constitution_lint.model.web.evaluation import Evaluator, evaluator_of
from constitution_lint.model.web.modules import closure
from constitution_lint.model.web.requests import Request
from constitution_lint.model.web.served_requests import Answered, home_of, service_of
from constitution_lint.model.web.values import Func, Value

_CHECK = re.compile(r"session|auth|token|guard|protect|require|currentuser|getuser|useuser|login|signin|cookies", re.I)
_WAY_IN = re.compile(r"^/?[\w/()-]*(?:log-?in|sign-?in|auth|unauthorized)", re.I)
_WRITES = frozenset({"setItem", "removeItem", "log", "error", "warn"})
_Place = tuple[str, int]


class Bare(NamedTuple):
    """A request that carries no token to a route that asks for one."""

    request: Request
    route: Route


class OpenPage(NamedTuple):
    """A page that anyone may load, and the request for guarded data on its way."""

    page: Page
    request: Request
    route: Route


def requests_without_token(project: Project) -> Iterator[Bare]:
    """Requests to another origin, without header and without cookies, to routes that all enforce authentication."""
    for answered in service_of(project).answered:
        request = answered.request
        if request.authorization == "no" and request.credentials == "no" and _leaves_origin(request):
            guarded = _guarded(answered)
            if guarded is not None:
                yield Bare(request, guarded)


def _leaves_origin(request: Request) -> bool:
    """The browser adds cookies of itself to requests that stay on the page's own origin."""
    return all(address.known and address.base != "relative" for address in request.addresses)


def _guarded(answered: Answered) -> Route | None:
    """The first of the routes, where every one of them is surely guarded."""
    if answered.request.method is None:
        return None
    all_guarded = all(route.guard.auth is Auth.ENFORCED and not route.public for route in answered.routes)
    return answered.routes[0] if all_guarded else None


def open_pages(project: Project) -> Iterator[OpenPage]:
    """Pages of Next.js applications that load guarded data without any check; the first such request for each page."""
    guarded = [
        (one.request, route)
        for one in service_of(project).answered
        if one.request.method == "GET" and (route := _guarded(one)) is not None
    ]
    for page in pages_of(project):
        if home_of(project, page.file) not in is_next(project) or not guarded or _is_protected(project, page):
            continue
        reached = _reached(project, page.file)
        for request, route in guarded:
            if (request.file, request.scope) in reached:
                yield OpenPage(page, request, route)
                break


def _is_protected(project: Project, page: Page) -> bool:
    home = home_of(project, page.file) or ""
    files = closure(project, (page.file, *page.layouts, *fronts_of(project, home)))
    return any(_checks(project, file) for file in files)


@remembered
def _checks(project: Project, file: str) -> bool:
    """Generous on purpose: a check in another form must not become a finding."""
    facts = script_of(project, file)
    if any(_CHECK.search(element.name) for element in facts.elements):
        return True
    for _, call in calls_of(project, file):
        func = call.func
        name = func.name if isinstance(func, Member) else func.id if isinstance(func, Name) else ""
        if _CHECK.search(name):
            return True
        if name not in _WRITES and any(
            isinstance(argument, Text) and _tells_check(argument.value) for argument in call.args
        ):
            return True
    return any(isinstance(one.value, Text) and _WAY_IN.match(one.value.value) for one in facts.assignments)


def _tells_check(text: str) -> bool:
    return bool(_WAY_IN.match(text)) or ("token" in text.lower() and len(text) < 40)


def _reached(project: Project, file: str) -> frozenset[_Place]:
    """The functions that run, or may, when a page is shown: from its default export through calls and components."""
    evaluator, ways = evaluator_of(project), _ways(project)
    starts = [value for value in evaluator.export(file, "default") if isinstance(value, Func)]
    waiting: list[_Place] = [(value.file, value.number) for value in starts]
    found: set[_Place] = set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += ways.get(place, ())
    return frozenset(found)


@remembered
def _ways(project: Project) -> dict[_Place, tuple[_Place, ...]]:
    """From each function to those it calls, shows as components, or holds inside."""
    evaluator = evaluator_of(project)
    found: dict[_Place, list[_Place]] = defaultdict(list)
    for file, facts in project.web.items():
        for number, function in enumerate(facts.functions):
            if function.scope != MODULE:
                found[file, function.scope].append((file, number))
        for scope, call in calls_of(project, file):
            found[file, scope] += _functions(evaluator.ask(call.func, evaluator.frame(file, scope)))
        for element in facts.elements:
            found[file, element.scope] += _functions(_component(evaluator, file, element.scope, element.name))
    return {place: tuple(dict.fromkeys(ways)) for place, ways in found.items()}


def _component(evaluator: Evaluator, file: str, scope: int, name: str) -> tuple[Value, ...]:
    first, *rest = name.split(".")
    expr: Name | Member = Name(first)
    for part in rest:
        expr = Member(expr, part)
    return evaluator.ask(expr, evaluator.frame(file, scope))


def _functions(values: tuple[Value, ...]) -> Iterator[_Place]:
    return ((value.file, value.number) for value in values if isinstance(value, Func))
