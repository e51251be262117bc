"""For gate 2: SQL built from what a client sent, followed through calls from the handlers inwards (CWE-89)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    AugAssign,
    Binary,
    Call,
    Compare,
    Const,
    Expr,
    For,
    FunctionDef,
    JoinedStr,
    Name,
    Param,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.file_roles import product_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, classes, dotted_name, subexpressions, walk_expressions, walk_statements

_STATEMENT = re.compile(
    r"\b(?:select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|where|order\s+by|drop\s+table)\b", re.I | re.S
)
_RUNS = frozenset(
    [
        "text",
        "execute",
        "executemany",
        "exec",
        "fetch",
        "fetchrow",
        "fetchval",
        "fetch_all",
        "fetch_one",
        "fetchall",
        "fetchone",
        "execute_sql",
        "raw",
        "scalar",
        "scalars",
        "read_sql",
        "literal_column",
    ]
)
_HARMLESS_TYPES = re.compile(
    r"^(?:int|float|bool|UUID|uuid\.UUID|date|datetime|datetime\.\w+|Decimal|UUID4|PositiveInt)$"
)
_INJECTED = frozenset({"Depends", "Security"})
_FRAMEWORK_TYPES = frozenset({"Request", "Response", "BackgroundTasks", "WebSocket", "Session", "AsyncSession"})
_DEEPEST = 8


class _Reached(NamedTuple):
    file: str
    function: FunctionDef
    tainted: frozenset[str]


def sql_from_input(project: Project) -> Iterator[Violation]:
    """Every query whose text holds a client's value, once a place, with the route it is reached from."""
    seen: set[Location] = set()
    for route in project.api.routes:
        if route.handler is None:
            continue
        start = _Reached(route.handler.file, route.handler.definition, _client_parameters(route.handler.definition))
        for location, message in _follow(project, start, set(), 0):
            if location not in seen:
                seen.add(location)
                related = (Related(route.location, f"reached from {route.name}"),)
                yield Violation(location, message, related, subject=message)


def _client_parameters(function: FunctionDef) -> frozenset[str]:
    return frozenset(param.name for param in function.params if _is_client(param))


def _is_client(param: Param) -> bool:
    """Is a handler's parameter filled from path, query, header or body, and free text?"""
    if param.name in ("self", "cls") or param.kind in ("args", "kwargs"):
        return False
    mentioned = {dotted_name(found).rsplit(".", 1)[-1] for found in _annotated(param)}
    if mentioned & (_INJECTED | _FRAMEWORK_TYPES):
        return False
    return not _HARMLESS_TYPES.match(dotted_name(_bare(param.annotation)))


def _annotated(param: Param) -> Iterator[Expr]:
    for part in (param.annotation, param.default):
        if part is not None:
            yield from subexpressions(part)


def _bare(annotation: Expr | None) -> Expr | None:
    """The type inside `Annotated[…]`, `Optional[…]` or `… | None`."""
    if isinstance(annotation, Subscript) and dotted_name(annotation.value).rsplit(".", 1)[-1] in (
        "Annotated",
        "Optional",
    ):
        index = annotation.index
        items = getattr(index, "items", None)
        return _bare(items[0] if items else index)
    if isinstance(annotation, Binary) and annotation.op == "|":
        return _bare(annotation.left)
    return annotation


def _follow(
    project: Project, reached: _Reached, seen: set[tuple[str, str, frozenset[str]]], depth: int
) -> Iterator[tuple[Location, str]]:
    key = (reached.file, f"{reached.function.name}:{reached.function.span.line}", reached.tainted)
    if key in seen or depth > _DEEPEST or not reached.tainted:
        return
    seen.add(key)
    tainted, texts = _tainted_names(reached.function, reached.tainted)
    for call in calls(reached.function.body):
        name = call.func.attr if isinstance(call.func, Attribute) else dotted_name(call.func)
        if name in _RUNS:
            culprit = _culprit(call.positional(0), tainted, texts)
            if culprit:
                where = call.positional(0) or call
                yield Location(reached.file, where.span), f"{culprit} is written into the text of a query"
        callee = _callee(project, reached, call)
        if callee is not None:
            passed = _passed(callee.function, call, tainted)
            yield from _follow(project, callee._replace(tainted=passed), seen, depth + 1)


def _tainted_names(function: FunctionDef, start: frozenset[str]) -> tuple[frozenset[str], dict[str, str]]:
    """Names that hold a client's value, and names of query texts with the value written into each."""
    tainted = set(start) - _checked(function)
    texts: dict[str, str] = {}
    for statement in walk_statements(function.body, into_definitions=False):
        for target, value in _bindings(statement):
            name = dotted_name(target)
            built = _built_from(value, tainted, texts)
            if built and name:
                texts[name] = built
            elif name and "." not in name and _holds(value, tainted):
                tainted.add(name)
    return frozenset(tainted), texts


def _bindings(statement: Stmt) -> Iterator[tuple[Expr, Expr]]:
    if isinstance(statement, Assign):
        yield from ((target, statement.value) for target in statement.targets)
    elif isinstance(statement, AnnAssign | AugAssign):
        if statement.value is not None:
            yield statement.target, statement.value
    elif isinstance(statement, For):
        yield statement.target, statement.iterable


def _checked(function: FunctionDef) -> frozenset[str]:
    """Names that the function holds against a list (`if sort not in ALLOWED`)."""
    return frozenset(
        dotted_name(found.left)
        for found in walk_expressions(function.body)
        if isinstance(found, Compare) and found.ops and found.ops[0] in ("in", "not in")
    )


def _holds(value: Expr, tainted: Iterable[str]) -> bool:
    """Does a value carry a client's text on: the name itself, an attribute of it, string methods, concatenation?"""
    names = set(tainted)
    if isinstance(value, Name):
        return value.id in names
    if isinstance(value, Attribute):
        return _holds(value.value, names)
    if isinstance(value, Subscript):
        return _holds(value.value, names)
    if isinstance(value, JoinedStr):
        return any(_holds(part, names) for part in value.parts)
    if isinstance(value, Binary):
        return _holds(value.left, names) or _holds(value.right, names)
    if isinstance(value, Call) and isinstance(value.func, Attribute):
        return value.func.attr in ("strip", "lower", "upper", "get", "title", "replace") and _holds(
            value.func.value, names
        )
    if isinstance(value, Call) and dotted_name(value.func) == "str":
        return any(_holds(argument.value, names) for argument in value.args)
    return False


def _built_from(value: Expr, tainted: Iterable[str], texts: dict[str, str]) -> str:
    """The client's value that a query text was put together from, as written; empty for any other expression."""
    if isinstance(value, Name):
        return texts.get(value.id, "")
    if isinstance(value, JoinedStr):
        return _first_tainted(value.parts, tainted) if _is_query(value.parts) else ""
    if isinstance(value, Binary) and value.op in ("+", "%"):
        earlier = _built_from(value.left, tainted, texts) or _built_from(value.right, tainted, texts)
        operands = tuple(_operands(value))
        return earlier or (_first_tainted(operands, tainted) if _is_query(operands) else "")
    if isinstance(value, Call) and isinstance(value.func, Attribute) and value.func.attr == "format":
        arguments = tuple(argument.value for argument in value.args)
        return _first_tainted(arguments, tainted) if _is_query((value.func.value,)) else ""
    return ""


def _operands(value: Expr) -> Iterator[Expr]:
    if isinstance(value, Binary):
        yield from _operands(value.left)
        yield from _operands(value.right)
    elif isinstance(value, JoinedStr):
        yield from value.parts
    elif getattr(value, "kind", "") == "tuple":
        yield from getattr(value, "items", ())
    else:
        yield value


def _is_query(parts: Iterable[Expr]) -> bool:
    text = " ".join(part.value for part in parts if isinstance(part, Const) and isinstance(part.value, str))
    return bool(_STATEMENT.search(text))


def _first_tainted(parts: Iterable[Expr], tainted: Iterable[str]) -> str:
    return next((_written(part) for part in parts if _holds(part, tainted)), "")


def _written(value: Expr) -> str:
    if isinstance(value, Call):
        return _written(
            value.args[0].value if dotted_name(value.func) == "str" else getattr(value.func, "value", value.func)
        )
    return dotted_name(value) or dotted_name(getattr(value, "value", None)) or "a client's value"


def _culprit(argument: Expr | None, tainted: frozenset[str], texts: dict[str, str]) -> str:
    return _built_from(argument, tainted, texts) if argument is not None else ""


def _callee(project: Project, reached: _Reached, call: Call) -> _Reached | None:
    """The project function a call leads to: by name, or by a method name that only one class has."""
    names = names_of(project)
    meaning = names.resolve_expression(reached.file, call.func)
    if meaning is not None and isinstance(meaning.node, FunctionDef):
        return _Reached(meaning.file, meaning.node, frozenset())
    if not isinstance(call.func, Attribute):
        return None
    methods = _methods(project).get(call.func.attr, ())
    return _Reached(*methods[0], frozenset()) if len(methods) == 1 else None


@remembered
def _methods(project: Project) -> dict[str, tuple[tuple[str, FunctionDef], ...]]:
    """Methods of product classes by name."""
    found: dict[str, tuple[tuple[str, FunctionDef], ...]] = {}
    for file in product_files(project):
        for node in classes(project.code[file].body):
            for member in node.body:
                if isinstance(member, FunctionDef):
                    found[member.name] = (*found.get(member.name, ()), (file, member))
    return found


def _passed(function: FunctionDef, call: Call, tainted: frozenset[str]) -> frozenset[str]:
    """The parameters of the called function that receive a client's value."""
    params = [param for param in function.params if param.name not in ("self", "cls")]
    plain = [param.name for param in params if param.kind in ("plain", "positional")]
    received: set[str] = set()
    position = 0
    for argument in call.args:
        name = argument.name
        if name is None:
            name = plain[position] if position < len(plain) else None
            position += 1
        if name is not None and _holds(argument.value, tainted):
            received.update(param.name for param in params if param.name == name and _is_client(param))
    return frozenset(received)
