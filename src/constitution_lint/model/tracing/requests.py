"""Which routes the tests call: requests of a test client, matched by verb and path."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from constitution_lint.facts.code import Attribute, Binary, Const, Expr, JoinedStr, Stmt
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.paths import Key, core_of, key_of
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.collecting import route_element, tests_of
from constitution_lint.model.tracing.elements import Link
from constitution_lint.model.walk import calls

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def links_of_tests(project: Project) -> Iterator[Link]:
    """A link from each test to each route that it requests."""
    routes: dict[str, list[tuple[Key, Route]]] = defaultdict(list)
    for route in project.api.routes:
        routes[route.method].append((core_of(key_of(route.path)), route))
    for test in tests_of(project):
        for method, path in _requests(test.definition.body):
            key = core_of(key_of(path.partition("?")[0]))
            for route in _nearest(_meant(key, routes[method]), test.element.location.file):
                yield Link(test.element, route_element(route), "certain", f"the test requests {method} {path}")


def _requests(body: tuple[Stmt, ...]) -> Iterator[tuple[str, str]]:
    for call in calls(body):
        if not isinstance(call.func, Attribute):
            continue
        if call.func.attr in _VERBS:
            method, path = call.func.attr.upper(), _path(call.argument(0, "url"))
        elif call.func.attr == "request":
            first = call.positional(0)
            method = str(first.value).upper() if isinstance(first, Const) else ""
            path = _path(call.argument(1, "url"))
        else:
            continue
        if path.startswith("/"):
            yield method, path


def _path(value: Expr | None) -> str:
    """The path a request names, "{}" for what is put in at run time; a base in front of it is dropped."""
    if isinstance(value, Const):
        return value.value if isinstance(value.value, str) else ""
    if isinstance(value, JoinedStr):
        text = "".join(str(part.value) if isinstance(part, Const) else "{}" for part in value.parts)
        return text.removeprefix("{}")
    if isinstance(value, Binary) and value.op == "+":
        left, right = _path(value.left), _path(value.right)
        return f"{left}{right or '{}'}" if left else right
    return ""


def _meant(key: Key, served: list[tuple[Key, Route]]) -> Iterator[Route]:
    """Routes whose fixed segments are those of the request; a fixed match hides one by parameter."""
    matching = [(own, route) for own, route in served if _meets(own, key)]
    fewest = min((own.count("{}") for own, _ in matching), default=0)
    return (route for own, route in matching if own.count("{}") == fewest)


def _nearest(routes: Iterable[Route], file: str) -> list[Route]:
    """Of several applications in one repository a test means that of its own folder."""
    found = list(routes)
    folder = file.partition("/")[0] + "/"
    return [route for route in found if route.location.file.startswith(folder)] or found


def _meets(own: Key, key: Key) -> bool:
    return len(own) == len(key) and all(left in ("{}", right) for left, right in zip(own, key, strict=True))
