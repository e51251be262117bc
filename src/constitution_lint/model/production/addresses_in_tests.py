"""For gate 5: the addresses that a test file requests, with a hole for every computed part."""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import NamedTuple

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    Call,
    Collection,
    Conditional,
    Const,
    Expr,
    For,
    FunctionDef,
    JoinedStr,
    Name,
    Return,
    Stmt,
)
from constitution_lint.model.names import names_of
from constitution_lint.model.production.reachable_functions import bound
from constitution_lint.model.project import Project
from constitution_lint.model.security.bindings import constants
from constitution_lint.model.walk import calls, dotted_name, functions, subexpressions, walk_statements

HOLE = "\x00"
"""Stands for a part of an address that only a run would tell."""
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
_CLIENTS = frozenset({"TestClient", "AsyncClient", "Client"})
_DEEPEST = 6
_MOST = 40
_MOST_STEPS = 20_000


class Request(NamedTuple):
    """One request: `method` is "" where it is computed; `path` begins with a slash and has no query."""

    method: str
    path: str


def requests_of(project: Project, file: str) -> Iterator[Request]:
    """Every request of a file: calls of HTTP verbs, and paths handed to functions that may request them."""
    body = project.code[file].body
    yield from _of_block(_place(project, file, body))
    for function in functions(body):
        yield from _of_block(_place(project, file, function.body, (function,)))


class _Place(NamedTuple):
    """A block of statements of a file, the function it is the body of, if any, and what its names are bound to.

    `left` counts down the steps that may still be taken: a text of many names with many values has no end.
    """

    project: Project
    file: str
    body: tuple[Stmt, ...]
    within: tuple[FunctionDef, ...]
    bound: dict[str, list[Expr]]
    left: list[int]


def _place(project: Project, file: str, body: tuple[Stmt, ...], within: tuple[FunctionDef, ...] = ()) -> _Place:
    values: dict[str, list[Expr]] = {}
    for name, value in _bindings(body):
        values.setdefault(name, []).append(value)
    return _Place(project, file, body, within, values, [_MOST_STEPS])


def _of_block(place: _Place) -> Iterator[Request]:
    for call in calls(place.body, into_definitions=False):
        method = _method(call)
        if method is None:
            yield from _handed_on(place, call)
            continue
        index = 1 if isinstance(call.func, Attribute) and call.func.attr in ("request", "stream") else 0
        address = call.argument(index, "url")
        for text in _texts(place, address, 0) if address is not None else ():
            path = path_of(text)
            if path:
                yield Request(method, path)
    for function in place.within:
        yield from _listed(function)


def _method(call: Call) -> str | None:
    """The verb of a request; "" where it is computed; None for any other call."""
    if not isinstance(call.func, Attribute):
        return None
    if call.func.attr in _VERBS:
        return call.func.attr.upper()
    if call.func.attr in ("request", "stream"):
        given = call.argument(0, "method")
        return given.value.upper() if isinstance(given, Const) and isinstance(given.value, str) else ""
    return None


def _handed_on(place: _Place, call: Call) -> Iterator[Request]:
    """`check(client, "/tasks")`: some function of the suite requests the path."""
    for argument in call.args:
        if isinstance(argument.value, Const | JoinedStr):
            for text in _texts(place, argument.value, 0):
                if re.match(r"/\w", text):
                    yield Request("", path_of(text))


def _listed(function: FunctionDef) -> Iterator[Request]:
    """`parametrize("method, path", [("get", "/tasks"), …])`: a table of requests."""
    for decorator in function.decorators:
        for found in subexpressions(decorator):
            if isinstance(found, Collection):
                texts = [item.value for item in found.items if isinstance(item, Const) and isinstance(item.value, str)]
                method = next((text.upper() for text in texts if text.lower() in _VERBS), "")
                yield from (Request(method, path_of(text)) for text in texts if re.match(r"/\w", text))


def bases(project: Project, file: str) -> Iterator[str]:
    """The paths of the base addresses that a file's clients are made with."""
    body = project.code[file].body
    for call in calls(body):
        if dotted_name(call.func).rpartition(".")[2] in _CLIENTS:
            base = call.keyword("base_url")
            for text in _texts(_place(project, file, body), base, 0) if base is not None else ():
                path = path_of(text).rstrip("/")
                if path and HOLE not in path:
                    yield path


def path_of(text: str) -> str:
    """The path of an address, without host, query and fragment; empty for what is no address."""
    text = re.sub(rf"^(?:https?|{HOLE})://[^/]*", "", text)
    text = re.split(r"[?#]", text)[0]
    if not text or "/" not in text or re.search(r"\s", text):
        return ""
    return text if text.startswith("/") else f"/{text}"


def _texts(place: _Place, expression: Expr | None, depth: int) -> list[str]:
    """Every text an expression may stand for; a single hole where nothing is known."""
    place.left[0] -= 1
    if depth > _DEEPEST or expression is None or place.left[0] < 0:
        return [HOLE]
    if isinstance(expression, Const):
        return [expression.value] if isinstance(expression.value, str) else [HOLE]
    if isinstance(expression, JoinedStr):
        return _joined([_texts(place, part, depth + 1) for part in expression.parts])
    if isinstance(expression, Binary) and expression.op == "+":
        return _joined([_texts(place, expression.left, depth + 1), _texts(place, expression.right, depth + 1)])
    if isinstance(expression, Binary) and expression.op == "%":
        return [re.sub(r"%\w", HOLE, text) for text in _texts(place, expression.left, depth + 1)]
    if isinstance(expression, Conditional):
        return [*_texts(place, expression.body, depth + 1), *_texts(place, expression.orelse, depth + 1)]
    if isinstance(expression, Call):
        return _of_call(place, expression, depth)
    if isinstance(expression, Name | Attribute):
        return _of_name(place, expression, depth) or [HOLE]
    return [HOLE]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(texts) for texts in islice(product(*(part[:6] for part in parts)), _MOST)]


def _of_call(place: _Place, call: Call, depth: int) -> list[str]:
    if isinstance(call.func, Attribute) and call.func.attr == "format":
        return [re.sub(r"\{[^{}]*\}", HOLE, text) for text in _texts(place, call.func.value, depth + 1)]
    if isinstance(call.func, Attribute) and call.func.attr in ("url_path_for", "url_for"):
        return _of_route_name(place.project, call.positional(0))
    found = names_of(place.project).resolve_expression(place.file, call.func)
    if found is not None and isinstance(found.node, FunctionDef):
        inner = _place(place.project, found.file, found.node.body, (found.node,))._replace(left=place.left)
        returned = [one.value for one in walk_statements(found.node.body, False) if isinstance(one, Return)]
        return [text for value in returned for text in _texts(inner, value, depth + 1)] or [HOLE]
    if dotted_name(call.func) in ("str", "URL", "httpx.URL", "urljoin"):
        return _texts(place, call.args[-1].value if call.args else None, depth + 1)
    return [HOLE]


def _of_route_name(project: Project, name: Expr | None) -> list[str]:
    """`app.url_path_for("read_task", …)`: the paths of the routes of that name."""
    wanted = name.value if isinstance(name, Const) else None
    named = [route for route in project.api.routes if route.handler and route.handler.definition.name == wanted]
    return [re.sub(r"\{[^{}]*\}", HOLE, route.path) for route in named] or [HOLE]


def _of_name(place: _Place, name: Name | Attribute, depth: int) -> list[str]:
    written = dotted_name(name)
    local = place.bound.get(written, [])[:_MOST]
    if local:
        return [text for value in local for text in _texts(place, value, depth + 1)][:_MOST]
    for function in place.within:
        if any(param.name == written for param in function.params):
            return [text for value in _parametrized(function, written) for text in _texts(place, value, depth + 1)]
    known = [one.value for one in constants(place.project, place.file, name) if isinstance(one.value, str)]
    if known:
        return known[:_MOST]
    found = names_of(place.project).resolve_expression(place.file, name)
    value = getattr(found.node, "value", None) if found is not None and found.kind == "value" else None
    if found is not None and value is not None and value is not name:
        return _texts(_place(place.project, found.file, ())._replace(left=place.left), value, depth + 1)
    return []


def _bindings(body: tuple[Stmt, ...]) -> Iterator[tuple[str, Expr]]:
    """The names of a block with each value they get: by assignment, or one after the other in a loop."""
    for statement in walk_statements(body, into_definitions=False):
        for target, value in bound(statement):
            yield dotted_name(target), value
        if isinstance(statement, For) and isinstance(statement.iterable, Collection):
            yield from _in_turn(statement.target, statement.iterable.items)


def _in_turn(target: Expr, rows: tuple[Expr, ...]) -> Iterator[tuple[str, Expr]]:
    if not isinstance(target, Collection):
        yield from ((dotted_name(target), row) for row in rows)
        return
    for row in rows:
        if isinstance(row, Collection):
            yield from ((dotted_name(item), value) for item, value in zip(target.items, row.items, strict=False))


def _parametrized(function: FunctionDef, name: str) -> Iterator[Expr]:
    """The values that `pytest.mark.parametrize` gives a parameter."""
    for decorator in function.decorators:
        if not isinstance(decorator, Call) or not dotted_name(decorator.func).endswith("parametrize"):
            continue
        names, rows = decorator.argument(0, "argnames"), decorator.argument(1, "argvalues")
        given = re.split(r"\s*,\s*", str(names.value)) if isinstance(names, Const) else []
        if isinstance(names, Collection):
            given = [str(item.value) for item in names.items if isinstance(item, Const)]
        if name in given and isinstance(rows, Collection):
            yield from _column(rows, given.index(name), len(given))


def _column(rows: Collection, column: int, width: int) -> Iterator[Expr]:
    for row in rows.items:
        if isinstance(row, Call) and dotted_name(row.func).endswith("param"):
            items: tuple[Expr, ...] = tuple(argument.value for argument in row.args if argument.name is None)
        else:
            items = row.items if isinstance(row, Collection) and width > 1 else (row,)
        if len(items) > column:
            yield items[column]
