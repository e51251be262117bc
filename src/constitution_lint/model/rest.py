"""HTTP semantics of routes: which verb fits what a route does to which resource. Gate 7 reads it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.matching import served_routes
from constitution_lint.model.contracts.paths import Key, key_of, singular
from constitution_lint.model.drift.statuses import status_drifts
from constitution_lint.model.memory import remembered
from constitution_lint.model.operations import ServedOperation, models_of, operation_of
from constitution_lint.model.operations.applications import application_of
from constitution_lint.model.operations.shapes import ModelOf, without_none
from constitution_lint.model.project import Project

_VERB = re.compile(
    r"^(?:create|get|update|delete|add|remove|fetch|list|edit|insert|save|modify|retrieve|destroy|post|put|patch)"
    r"(?:$|[-_A-Z].*)",
)
_FOLLOWED_LINK = re.compile(r"callback|oauth|sso|verify|confirm|activate|unsubscribe|magic|invite|redirect|webhook")
_UNCOUNTABLE = frozenset(
    [
        "chat",
        "sse",
        "stream",
        "ws",
        "content",
        "history",
        "media",
        "news",
        "data",
        "info",
        "search",
        "status",
        "auth",
        "admin",
        "me",
        "profile",
        "health",
        "cache",
        "analytics",
        "audit",
        "feedback",
        "static",
        "public",
        "by",
        "type",
        "dashboard",
        "access",
        "settings",
        "music",
        "weather",
        "sms",
        "inbox",
        "stock",
        "storage",
        "upload",
        "download",
        "test",
        "debug",
        "email",
        "session-history",
        "sync",
        "check",
        "verify",
        "validate",
        "reset",
        "confirm",
        "export",
        "import",
        "room",
        "game",
    ]
)


class Wrong(NamedTuple):
    """A route and what is wrong with it, in words that go on after its name."""

    route: Route
    words: str
    related: tuple[Related, ...] = ()


def fixed(key: Key) -> tuple[str, ...]:
    return tuple(segment for segment in key if segment != "{}")


def mutating_gets(project: Project) -> Iterator[Wrong]:
    """GET and HEAD are safe (RFC 9110, section 9.2.1). Links that people follow from mails and sign-ins are left out,
    and so is what a guard writes, which no client asks for.

    A write that many routes share, in a dependency for instance, is one fault: the first of them is named.
    """
    by_write: dict[Location, list[Route]] = defaultdict(list)
    for route in served_routes(project):
        if route.method in ("GET", "HEAD") and route.asked_write is not None and not _FOLLOWED_LINK.search(route.path):
            by_write[route.asked_write].append(route)
    for write, routes in by_write.items():
        further = len({route.name for route in routes}) - 1
        others = f", as {further} other routes do on the same way" if further > 1 else ""
        for route in routes[: 1 if further > 1 else len(routes)]:
            yield Wrong(route, f"writes to the database{others}", (Related(write, "the write"),))


def verbs_in_paths(project: Project) -> Iterator[Wrong]:
    for route in served_routes(project):
        named = next(_verbs(key_of(route.path)), None)
        if named is not None:
            yield Wrong(route, f'has the verb "{named}" in its path')


def _verbs(key: Key) -> Iterator[str]:
    """The segments that are verbs; behind an item `create-task` is an action of its own, and `update` is not."""
    for before, segment in pairwise(("", *key)):
        if segment != "{}" and _VERB.match(segment) and (before != "{}" or segment.isalpha()):
            yield segment


@remembered
def _keys(project: Project) -> dict[str, set[Key]]:
    """The keys served by each application."""
    found: dict[str, set[Key]] = defaultdict(set)
    for route in served_routes(project):
        found[application_of(project, route)].add(key_of(route.path))
    return found


def creations_without_201(project: Project) -> Iterator[Wrong]:
    """POST on a collection that has items, whose only success is 200 (RFC 9110, section 15.3.2).

    Where a contract promises 201 the fault is told as a drift from it, and not twice.
    """
    drifting = {(drift.route.location, drift.route.name) for drift in status_drifts(project) if 201 in drift.promised}
    for route in served_routes(project):
        key = key_of(route.path)
        if (route.location, route.name) in drifting:
            continue
        if route.method != "POST" or (*key, "{}") not in _keys(project)[application_of(project, route)]:
            continue
        operation = operation_of(project, route)
        inserts = any(access.kind == "insert" for access in route.accesses)
        if operation is None or not operation.answers.whole or not (inserts or route.mutates is not None):
            continue
        if {status.code for status in operation.answers.successes} == {200}:
            yield Wrong(route, "creates and answers 200, not 201")


def deletes_with_body(project: Project) -> Iterator[Wrong]:
    """A body of DELETE has no defined meaning, and some clients and proxies drop it (RFC 9110, section 9.3.5)."""
    for route, operation in _operations(project, "DELETE"):
        if operation.inputs.body:
            named = ", ".join(part.name for part in operation.inputs.body)
            yield Wrong(route, f"reads a body ({named})")


def posts_that_update(project: Project) -> Iterator[Wrong]:
    for route in served_routes(project):
        last = _last(route)
        named = re.match(r"(?:update|edit|modify)(?:$|[-_])", last)
        if route.method == "POST" and (named or (last == "{}" and _kinds(route) == {"update"})):
            yield Wrong(route, "updates what exists by POST")


def posts_that_delete(project: Project) -> Iterator[Wrong]:
    for route in served_routes(project):
        last = _last(route)
        named = re.match(r"(?:delete|remove|destroy)(?:$|[-_])", last)
        if route.method == "POST" and (named or (last == "{}" and _kinds(route) == {"delete"})):
            yield Wrong(route, "deletes by POST")


def puts_that_patch(project: Project) -> Iterator[Wrong]:
    """PUT with a body in which nothing is required replaces nothing (RFC 9110, section 9.3.4)."""
    models = models_of(project)
    for route, operation in _operations(project, "PUT"):
        for part in operation.inputs.body:
            shape = without_none(part.shape)
            if not isinstance(shape, ModelOf):
                continue
            fields = models.fields(shape)
            if fields.whole and len(fields.fields) > 1 and not any(field.required for field in fields.fields):
                yield Wrong(route, f"takes {shape.definition.name}, in which every field is optional")
                break


def singular_collections(project: Project) -> Iterator[Wrong]:
    """`/task/{id}`: once for each word of an application. `/comments/task/{task_id}` chooses by task, and is none."""
    told: set[tuple[str, str]] = set()
    for route in served_routes(project):
        key = key_of(route.path)
        for before, segment, following in zip(("", *key), key, key[1:], strict=False):
            if following != "{}" or not _is_singular(segment) or (route.app, segment) in told:
                continue
            if before not in ("", "{}") and singular(before) != before:
                continue
            told.add((route.app, segment))
            yield Wrong(route, f'calls its collection "{segment}" in the singular')


def _is_singular(segment: str) -> bool:
    plain = segment.lower()
    return bool(
        re.fullmatch(r"[a-z]+(?:[-_][a-z]+)*", plain)
        and singular(plain) == plain
        and plain not in _UNCOUNTABLE
        and re.split(r"[-_]", plain)[-1] not in _UNCOUNTABLE
        and not re.match(r"v\d|api$|by[-_]", plain)
        and not plain.endswith(("s", "ing", "ed", "people", "children"))
        and not _VERB.match(plain)
    )


def items_never_missing(project: Project) -> Iterator[Wrong]:
    """A route for one item that reads the database and can never say that there is none."""
    for route in served_routes(project):
        if route.method not in ("GET", "PUT", "PATCH", "DELETE") or _last(route) != "{}" or not route.accesses:
            continue
        operation = operation_of(project, route)
        collection = key_of(route.path)[:-1]
        if (
            operation is None
            or not fixed(collection)
            or collection not in _keys(project)[application_of(project, route)]
        ):
            continue
        answers = operation.answers
        if answers.errors_whole and not any(status.code in (404, 410) for status in answers.errors):
            yield Wrong(route, "never answers 404")


def duplicates(project: Project) -> Iterator[Wrong]:
    """One verb and path of one application, declared twice: the first answers, the other never does."""
    first: dict[tuple[str, str, str], Route] = {}
    for route in served_routes(project):
        known = first.setdefault((application_of(project, route), route.method, route.path), route)
        if known.location != route.location and not route.condition and not known.condition:
            yield Wrong(route, "is declared a second time", (Related(known.location, "the declaration that answers"),))


def shadowed(project: Project) -> Iterator[Wrong]:
    """A route that an earlier pattern swallows; one of the very same path is a duplicate."""
    routes: dict[tuple[str, str], Route] = {}
    for route in served_routes(project):
        app = application_of(project, route)
        routes.setdefault((app, route.name), route)
        if not route.shadowed_by or key_of(route.shadowed_by.rpartition(" ")[2]) == key_of(route.path):
            continue
        earlier = routes.get((app, route.shadowed_by))
        if earlier is not None:
            related = (Related(earlier.location, f"{earlier.name} comes first"),)
            yield Wrong(route, f"is never reached: {earlier.name} comes first", related)


def _operations(project: Project, method: str) -> Iterator[tuple[Route, ServedOperation]]:
    for route in served_routes(project):
        if route.method == method:
            operation = operation_of(project, route)
            if operation is not None:
                yield route, operation


def _last(route: Route) -> str:
    key = key_of(route.path)
    return key[-1] if key else ""


def _kinds(route: Route) -> set[str]:
    """What the route does to tables, reading apart."""
    return {access.kind for access in route.accesses} - {"select", "get", "raw"}
