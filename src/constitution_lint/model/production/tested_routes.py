"""For gate 5: the requests that tests make, and the routes that none of them requests."""

import re
from collections.abc import Iterable

from constitution_lint.facts.code import FunctionDef, Import
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.matching import is_infrastructure, served_routes
from constitution_lint.model.file_roles import is_product, is_test
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.production.addresses_in_tests import HOLE, Request, bases, requests_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name, functions, walk_statements

_Segments = tuple[str, ...]


@remembered
def judged_routes(project: Project) -> tuple[Route, ...]:
    """The routes a test is expected for: of the product, and no health check or documentation."""
    routes = (route for route in served_routes(project) if route.handler is not None and is_product(route.handler.file))
    return tuple(route for route in routes if not is_infrastructure(route))


@remembered
def test_files(project: Project) -> tuple[str, ...]:
    """The Python files of suites that hold tests, and the helpers beside them."""
    files = tuple(file for file in project.code if is_test(file))
    return files if any(_holds_test(project, file) for file in files) else ()


def _holds_test(project: Project, file: str) -> bool:
    return any(found.name.startswith("test") for found in functions(project.code[file].body))


@remembered
def untested_routes(project: Project) -> tuple[Route, ...]:
    """The judged routes that no test requests by method and path, nor calls by the name of the handler.

    A handler that is mounted under several paths is tested by a request to any of them.
    """
    tested = tested_routes(project)
    handlers = {_declaration(route) for route in judged_routes(project) if _key(route) in tested}
    return tuple(route for route in judged_routes(project) if _declaration(route) not in handlers)


def _declaration(route: Route) -> tuple[str, Location]:
    return route.method, route.location


@remembered
def tested_routes(project: Project) -> frozenset[tuple[str, str, str]]:
    """Method, path and application of each judged route that a test asks for."""
    called = _called_by_name(project)
    routes = judged_routes(project)
    found = {_key(route) for route in routes if route.handler is not None and route.handler.location in called}
    for request in sorted(_requests(project)):
        found.update(_key(route) for route in _answering(routes, request))
    return frozenset(found)


def _key(route: Route) -> tuple[str, str, str]:
    return route.method, route.path, route.app


@remembered
def _requests(project: Project) -> frozenset[Request]:
    made = frozenset(request for file in test_files(project) for request in requests_of(project, file))
    prefixes = frozenset(base for file in test_files(project) for base in bases(project, file))
    return made | {Request(one.method, base + one.path) for one in made for base in prefixes}


def _answering(routes: Iterable[Route], request: Request) -> list[Route]:
    """The routes that would answer: exactly, else where computed parts may be fixed ones, else below another prefix."""
    asked = _segments(request.path)
    fits = [route for route in routes if request.method in ("", route.method)]
    for accepts in (_is_exact, _is_possible, _is_below_prefix):
        found = [route for route in fits if accepts(_segments(route.path), asked)]
        if found:
            return found
    return []


def _segments(path: str) -> _Segments:
    return tuple(segment for segment in path.split("/") if segment)


def _is_exact(served: _Segments, asked: _Segments) -> bool:
    """Fixed segments equal, parameters filled by anything; a computed beginning may stand for any prefix."""
    if asked and asked[0] == HOLE and len(asked) > 1 and len(served) >= len(asked) - 1:
        tail = asked[1:]
        if _pairs(served[len(served) - len(tail) :], tail):
            return True
    return len(served) == len(asked) and _pairs(served, asked)


def _pairs(served: _Segments, asked: _Segments) -> bool:
    return all(_is_parameter(one) or one == other for one, other in zip(served, asked, strict=True))


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") or "{" in segment


def _is_possible(served: _Segments, asked: _Segments) -> bool:
    """Whole computed parts stand for any fixed segment, at either end for several."""
    if served and ":path}" in served[-1]:
        served, asked = served[:-1], asked[: len(served) - 1]
    return _may_be(served, asked, outermost=True)


def _may_be(served: _Segments, asked: _Segments, outermost: bool = False) -> bool:
    if not asked:
        return not served
    if asked[0] == HOLE and (outermost or len(asked) == 1):
        return any(_may_be(served[count:], asked[1:]) for count in range(len(served) + 1))
    if not served:
        return False
    pattern = re.escape(asked[0]).replace(re.escape(HOLE), ".*")
    fits = _is_parameter(served[0]) or re.fullmatch(pattern, served[0]) is not None
    return fits and _may_be(served[1:], asked[1:])


def _is_below_prefix(served: _Segments, asked: _Segments) -> bool:
    """A test may mount the router by itself, without the application's prefix."""
    if not asked or len(asked) >= len(served) or all(HOLE in segment for segment in asked):
        return False
    return _pairs(served[len(served) - len(asked) :], asked) and not all(
        _is_parameter(segment) for segment in served[len(served) - len(asked) :]
    )


@remembered
def _called_by_name(project: Project) -> frozenset[Location]:
    """The functions of the product that tests call themselves."""
    names = names_of(project)
    found: set[Location] = set()
    for file in test_files(project):
        body = project.code[file].body
        local = {
            alias.asname or alias.name: statement
            for statement in walk_statements(body)
            if isinstance(statement, Import) and statement.is_from
            for alias in statement.names
        }
        for call in calls(body):
            written = dotted_name(call.func)
            node = local.get(written)
            meaning = names.imported(file, node, written) if node is not None else names.resolve(file, written)
            if meaning is not None and isinstance(meaning.node, FunctionDef):
                found.add(Location(meaning.file, meaning.node.head))
    return frozenset(found)
