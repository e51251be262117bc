"""For gate 3: work done in the wrong layer. Queries in handlers, HTTP in services."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from constitution_lint.facts.code import Call, FunctionDef, Raise
from constitution_lint.facts.document import Tree, TreeEntry
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.api import Access, Route
from constitution_lint.model.contracts.matching import is_infrastructure, root_of, served_routes
from constitution_lint.model.contracts.paths import singular
from constitution_lint.model.documents.plans import plans
from constitution_lint.model.layers import layer_of_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.security.secrets import snake
from constitution_lint.model.walk import calls, dotted_name, functions, subexpressions, walk_statements

_SERVICE = re.compile(r"(?:^|/)(?:services?|use_?cases)(?:/(?!__init__)[^/]+)?\.py$", re.IGNORECASE)
_ROUTES = re.compile(r"(?:^|/)(?:routes?|routers?|api|endpoints?|controllers?|views)(?:/|\.py$)", re.IGNORECASE)
_FRONTEND = re.compile(r"(?:^|/)(?:frontend|web|client|ui|mobile)/|\.(?:ts|tsx|js|jsx)$", re.IGNORECASE)
_HTTP_ERRORS = frozenset(
    {"fastapi.HTTPException", "starlette.exceptions.HTTPException", "fastapi.exceptions.HTTPException"}
)


class Query(NamedTuple):
    """A handler's own access to a table."""

    route: Route
    access: Access
    promise: "Promise"


class HttpAnswer(NamedTuple):
    """A service function that raises an HTTP answer."""

    function: FunctionDef
    location: Location


class Promise(NamedTuple):
    """A service that a plan's source tree draws: where, its path, the folder whose routes it is for, and its subject.

    The subject is what its file is named for ("task" of `task_service.py`), "" where it serves all.
    """

    location: Location
    path: str
    folder: str
    subject: str

    def serves(self, route: Route, access: Access) -> bool:
        """Is a handler's query this service's work? Told by the routes' file, or by the table."""
        assert route.handler is not None
        file = route.handler.file
        if self.folder and not file.startswith(f"{self.folder}/"):
            return False
        return self.subject in ("", _subject(file), singular(snake(access.model)))


@remembered
def promised_services(project: Project) -> tuple[Promise, ...]:
    """The services that plans draw beside the routes of the same part, where that part exists.

    A folder without files is the template's, and a tree without routes is that of a program with another face.
    """
    return tuple(
        Promise(Location(plan.path, entry.span), entry.path, folder, _subject(entry.path))
        for plan in plans(project)
        for tree in plan.facts.trees
        if tree.part != "documentation"
        for entry, part in _drawn_services(tree)
        if (folder := _real_folder(project, plan.path, part)) is not None
    )


def _drawn_services(tree: Tree) -> Iterator[tuple[TreeEntry, str]]:
    """The services of a tree that draws routes in the same part, each with the folder they have in common."""
    drawn = [entry for entry in tree.entries if not entry.placeholder and not _FRONTEND.search(entry.path)]
    routed = [entry.path for entry in drawn if _ROUTES.search(entry.path)]
    for entry in drawn:
        if _SERVICE.search(entry.path):
            beside = [route for route in routed if _part(route) == _part(entry.path)]
            if beside:
                yield entry, max((_common(entry.path, route) for route in beside), key=len)


def _common(service: str, route: str) -> str:
    """The folder that two drawn paths have in common."""
    pairs = zip(service.split("/")[:-1], route.split("/")[:-1], strict=False)
    return "/".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _subject(path: str) -> str:
    """What a file is named for: "task" of "services/task_service.py" and of "routes/tasks.py"."""
    stem = path.rpartition("/")[2].removesuffix(".py").lower()
    return singular(
        re.sub(r"_?(?:services?|use_?cases?|routes?|routers?|api|endpoints?|controllers?|views?)$", "", stem)
    )


def _part(path: str) -> str:
    """The first folder of a path: "backend" of "backend/src/main.py"."""
    return path.partition("/")[0] if "/" in path else ""


def _real_folder(project: Project, plan: str, part: str) -> str | None:
    """Where a tree's part lies, seen from the plan's own package or from the root, by its own folder or by the first of
    the path; None where no module is there."""
    for drawn in (part, _part(f"{part}/")):
        for folder in dict.fromkeys((f"{root_of(plan)}/{drawn}".strip("/"), drawn)):
            if any(file.startswith(f"{folder}/") or not folder for file in project.code):
                return folder
    return None


def queries_in_handlers(project: Project) -> Iterator[Query]:
    """The first query of each handler that stands in its own body, though a plan draws a service for it."""
    told: set[Location] = set()
    for route in served_routes(project):
        if route.handler is None or route.handler.location in told or is_infrastructure(route):
            continue
        inside = [access for access in route.accesses if _stands_in(access, route)]
        for access in sorted(inside, key=lambda access: access.location):
            promise = next((one for one in promised_services(project) if one.serves(route, access)), None)
            if promise is not None:
                told.add(route.handler.location)
                yield Query(route, access, promise)
                break


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
                if not _is_dependency(function) and function.name not in _depended_on(project):
                    yield from _answers(project, file, function)


@remembered
def _depended_on(project: Project) -> frozenset[str]:
    """The last names of all that some `Depends(…)` hands over."""
    return frozenset(
        dotted_name(call.positional(0)).rpartition(".")[2]
        for file in project.code
        for call in calls(project.code[file].body)
        if dotted_name(call.func).rpartition(".")[2] in ("Depends", "Security")
    ) - {""}


def _answers(project: Project, file: str, function: FunctionDef) -> Iterator[HttpAnswer]:
    for statement in walk_statements(function.body, into_definitions=False):
        if isinstance(statement, Raise) and isinstance(statement.value, Call):
            meaning = names_of(project).resolve_expression(file, statement.value.func)
            if meaning is not None and meaning.kind == "external" and meaning.dotted in _HTTP_ERRORS:
                yield HttpAnswer(function, Location(file, statement.span))
                return


def _is_dependency(function: FunctionDef) -> bool:
    parts = [part for param in function.params for part in (param.annotation, param.default) if part is not None]
    mentioned = {dotted_name(found).rsplit(".", 1)[-1] for part in parts for found in subexpressions(part)}
    return bool(mentioned & {"Depends", "Security", "Request", "HTTPAuthorizationCredentials"})
