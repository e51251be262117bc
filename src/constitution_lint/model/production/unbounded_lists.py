"""For gate 5: routes that return every row there is, however many."""

import re
from collections.abc import Iterator

from constitution_lint.facts.code import Attribute, Call, Collection, Const, Subscript
from constitution_lint.model.api import Access, Route
from constitution_lint.model.operations import operation_of
from constitution_lint.model.operations.shapes import ListOf, without_none
from constitution_lint.model.production.reachable_functions import Code, handlers, reached
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, walk_expressions

_BOUNDS = frozenset(["limit", "fetch", "slice", "paginate", "fetchmany", "apaginate", "page"])
_ALL = frozenset({"all", "fetchall", "fetch_all", "to_list", "scalars"})
_BOUNDING_NAME = re.compile(r"limit|page|size|offset|cursor|skip|take|per_page|first|last_id|pagina", re.IGNORECASE)


def unbounded_lists(project: Project) -> Iterator[tuple[Route, Access]]:
    """Each route that answers a list of rows with nothing to bound it, and the query that reads them."""
    for handler in handlers(project):
        route = handler.routes[0]
        if route.method != "GET" or not _answers_list(project, route):
            continue
        way = reached(project, handler.code)
        if not any(_bounds(code) for code in way):
            access = next((found for code in way for found in _reads_all(code, route)), None)
            if access is not None:
                yield route, access


def _answers_list(project: Project, route: Route) -> bool:
    operation = operation_of(project, route)
    if operation is None or operation.answers.model is None:
        return False
    if any(_BOUNDING_NAME.search(parameter.name) for parameter in operation.inputs.parameters):
        return False
    return isinstance(without_none(operation.answers.model), ListOf)


def _reads_all(code: Code, route: Route) -> Iterator[Access]:
    """The selections of a function that takes all rows of a result."""
    if not any(isinstance(call.func, Attribute) and call.func.attr in _ALL for call in calls(code.function.body)):
        return
    span = code.function.span
    for access in sorted(route.accesses, key=lambda found: found.location):
        place = access.location
        inside = place.file == code.file and span.line <= place.span.line <= span.end_line
        if inside and access.kind == "select" and access.model:
            yield access


def _bounds(code: Code) -> bool:
    """Anything on the way that cuts a result: a method, a slice, SQL with LIMIT, a parameter that is named for it."""
    if any(_BOUNDING_NAME.search(param.name) for param in code.function.params):
        return True
    for found in walk_expressions(code.function.body):
        if isinstance(found, Call) and isinstance(found.func, Attribute) and found.func.attr in _BOUNDS:
            return True
        if isinstance(found, Subscript) and isinstance(found.index, Collection) and found.index.kind == "slice":
            return True
        if isinstance(found, Const) and isinstance(found.value, str) and re.search(r"\blimit\b", found.value, re.I):
            return True
    return False
