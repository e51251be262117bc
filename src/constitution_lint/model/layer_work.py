"""Under gate 3: work done in the wrong layer. Queries in handlers, HTTP in services."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from constitution_lint.facts.code import Call, FunctionDef, Raise
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.api import Access, Route
from constitution_lint.model.layers import layer_of_files
from constitution_lint.model.names import names_of
from constitution_lint.model.plans import plans
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted, functions, subexpressions, walk_statements

_SERVICE = re.compile(r"(?:^|/)(?:services?|use_?cases)(?:/|\.py$)", re.IGNORECASE)
_FRONTEND = re.compile(r"(?:^|/)(?:frontend|web|client|ui|mobile)/|\.(?:ts|tsx|js|jsx)$", re.IGNORECASE)
_HTTP_ERRORS = frozenset(
    {"fastapi.HTTPException", "starlette.exceptions.HTTPException", "fastapi.exceptions.HTTPException"}
)


class Query(NamedTuple):
    """A handler's own access to a table."""

    route: Route
    access: Access


class HttpAnswer(NamedTuple):
    """A service function that raises an HTTP answer."""

    function: FunctionDef
    location: Location


@lru_cache(maxsize=4)
def promised_services(project: Project) -> Location | None:
    """The line of a plan's source tree that names a service layer of the backend; None where no plan does."""
    for plan in plans(project):
        for tree in plan.facts.trees:
            for entry in tree.entries if tree.part != "documentation" else ():
                if not entry.placeholder and _SERVICE.search(entry.path) and not _FRONTEND.search(entry.path):
                    return Location(plan.path, entry.span)
    return None


def queries_in_handlers(project: Project) -> Iterator[Query]:
    """The first query of each handler that stands in its own body."""
    told: set[Location] = set()
    for route in project.api.routes:
        if route.handler is None or route.handler.location in told:
            continue
        inside = [access for access in route.accesses if access.model and _stands_in(access, route)]
        if inside:
            told.add(route.handler.location)
            yield Query(route, min(inside, key=lambda access: access.location))


def _stands_in(access: Access, route: Route) -> bool:
    if route.handler is None or access.location.file != route.handler.file:
        return False
    return _covers(route.handler.definition.span, access.location.span)


def _covers(outer: Span, inner: Span) -> bool:
    return outer.line <= inner.line and inner.end_line <= outer.end_line


def http_in_services(project: Project) -> Iterator[HttpAnswer]:
    """Service functions that raise HTTPException, each once; dependencies of FastAPI kept in such a folder are none."""
    for file, layer in layer_of_files(project).items():
        if layer in ("services", "repositories"):
            for function in functions(project.code[file].body):
                if not _is_dependency(function):
                    yield from _answers(project, file, function)


def _answers(project: Project, file: str, function: FunctionDef) -> Iterator[HttpAnswer]:
    for statement in walk_statements(function.body, into_definitions=False):
        if isinstance(statement, Raise) and isinstance(statement.value, Call):
            meaning = names_of(project).resolve_expression(file, statement.value.func)
            if meaning is not None and meaning.kind == "external" and meaning.dotted in _HTTP_ERRORS:
                yield HttpAnswer(function, Location(file, statement.span))
                return


def _is_dependency(function: FunctionDef) -> bool:
    parts = [part for param in function.params for part in (param.annotation, param.default) if part is not None]
    mentioned = {dotted(found).rsplit(".", 1)[-1] for part in parts for found in subexpressions(part)}
    return bool(mentioned & {"Depends", "Security", "Request", "HTTPAuthorizationCredentials"})
