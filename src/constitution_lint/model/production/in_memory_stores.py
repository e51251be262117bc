"""For gate 5: collections in memory that requests use as their database.

A cache, a limiter or a list of open connections is no store: what they hold can be had again. A store is told by what
is put into it (what a client sent) and by the absence of any database on the way.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Attribute,
    AugAssign,
    Call,
    ClassDef,
    Collection,
    Comprehension,
    DictDisplay,
    Expr,
    FunctionDef,
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.file_roles import product_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, names_of
from constitution_lint.model.production.reachable_functions import Code, Handler, bound, handlers, reached
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name, walk_expressions, walk_statements

_MAKERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter", "SortedDict"})
_ADDS = frozenset({"append", "add", "insert", "update", "setdefault", "extend", "appendleft"})
_FLEETING = re.compile(
    r"cach|memo|rate|limit|attempt|bucket|throttl|conn|client|socket|subscri|listener|lock|semaphore|metric|stat(?:s|istic)"
    r"|count|registr|registered|instance|singleton|pool|handler|plugin|hook|blacklist|blocklist|denylist|revoked|pending"
    r"|queue|buffer|seen|warn|task_group|background|jobs?$|nonce|state|otp|circuit|overrides|timing"
    r"|request_log|idempoten|processed|inflight|in_flight|window|hits|blocked|token|session|online|presence|active",
    re.IGNORECASE,
)


class Store(NamedTuple):
    """A collection used as a database: its name, where it is made, a write, and the handlers it serves."""

    name: str
    location: Location
    write: Related
    handlers: tuple[Handler, ...]


class _Collection(NamedTuple):
    """A collection that lives as long as the process: `X` of a module, or `self.x` of a class with one instance."""

    file: str
    name: str
    node: Stmt
    owner: str = ""
    """The class whose instances hold it, "" for a module's own."""


def stores(project: Project) -> Iterator[Store]:
    """Every collection that one handler writes a client's data to and another reads, with no database behind it.

    Where handlers also ask a database, one that reads must answer from the collection alone.
    """
    for collection in _collections(project):
        if _FLEETING.search(collection.name) or _FLEETING.search(collection.owner):
            continue
        using = [handler for handler in _served(project) if _touches(project, handler, collection)]
        asks_database = [handler for handler in using if _uses_database(handler)]
        if len(using) < 2 or (asks_database and not any(_answers_from_memory(handler) for handler in using)):
            continue
        written = ((handler, _write(project, handler, collection)) for handler in using)
        first = next(((handler, place) for handler, place in written if place is not None), None)
        if first is not None:
            write = Related(first[1], f"{first[0].name} writes to it")
            yield Store(collection.name, Location(collection.file, collection.node.span), write, tuple(using))


@remembered
def _served(project: Project) -> tuple[Handler, ...]:
    return handlers(project)


def _answers_from_memory(handler: Handler) -> bool:
    """A route that only reads, and reads no database: what it answers with is nowhere else. A cache would ask on."""
    if handler.routes[0].method == "GET":
        return not _uses_database(handler)
    return False


def _uses_database(handler: Handler) -> bool:
    return any(route.accesses or route.mutates is not None for route in handler.routes)


@remembered
def _collections(project: Project) -> tuple[_Collection, ...]:
    found: list[_Collection] = []
    for file in product_files(project):
        for statement in project.code[file].body:
            for target, value in bound(statement):
                if isinstance(target, Name) and _is_collection(value):
                    found.append(_Collection(file, target.id, statement))
            if isinstance(statement, ClassDef) and _has_one_instance(project, file, statement):
                found += _held(file, statement)
    return tuple(found)


def _is_collection(value: Expr) -> bool:
    """An empty or filled dict, list or set display, or a constructor of one; tuples and frozen sets hold still."""
    if isinstance(value, DictDisplay | Comprehension):
        return True
    if isinstance(value, Collection):
        return value.kind in ("list", "set")
    return isinstance(value, Call) and dotted_name(value.func).rpartition(".")[2] in _MAKERS


def _held(file: str, node: ClassDef) -> Iterator[_Collection]:
    for member in node.body:
        if isinstance(member, FunctionDef) and member.name == "__init__":
            for statement in walk_statements(member.body, False):
                for target, value in bound(statement):
                    if isinstance(target, Attribute) and dotted_name(target.value) == "self" and _is_collection(value):
                        yield _Collection(file, target.attr, statement, node.name)
        elif not isinstance(member, FunctionDef):
            for target, value in bound(member):
                if isinstance(target, Name) and _is_collection(value) and isinstance(value, DictDisplay | Collection):
                    yield _Collection(file, target.id, member, node.name)


def _has_one_instance(project: Project, file: str, node: ClassDef) -> bool:
    """Is an instance of the class made at the top of some module?"""
    return (file, node.name) in _made_once(project)


@remembered
def _made_once(project: Project) -> frozenset[tuple[str, str]]:
    names = names_of(project)
    found: set[tuple[str, str]] = set()
    for file in product_files(project):
        for statement in project.code[file].body:
            for _, value in bound(statement):
                made = names.resolve_expression(file, value.func) if isinstance(value, Call) else None
                if made is not None and made.kind == "class" and made.file:
                    found.add((made.file, made.name))
    return frozenset(found)


def _means(project: Project, code: Code, expression: Expr, collection: _Collection) -> bool:
    """Does an expression in a function stand for the collection?"""
    if collection.owner:
        held = isinstance(expression, Attribute) and expression.attr == collection.name
        if not held or code.file != collection.file or code.owner is None or code.owner.name != collection.owner:
            return False
        return dotted_name(expression) in (f"self.{collection.name}", f"cls.{collection.name}")
    if dotted_name(expression).rpartition(".")[2] != collection.name or _is_local(
        code.function, dotted_name(expression)
    ):
        return False
    found: Definition | None = names_of(project).resolve_expression(code.file, expression)
    return (
        found is not None and found.kind == "value" and (found.file, found.name) == (collection.file, collection.name)
    )


def _is_local(function: FunctionDef, written: str) -> bool:
    """Is a name bound inside the function itself, and not declared global?"""
    first = written.partition(".")[0]
    if any(param.name == first for param in function.params):
        return True
    statements = list(walk_statements(function.body, False))
    if any(first in getattr(statement, "names", ()) for statement in statements if not hasattr(statement, "module")):
        return False
    return any(dotted_name(target) == first for statement in statements for target, _ in bound(statement))


def _touches(project: Project, handler: Handler, collection: _Collection) -> bool:
    return collection.name in _names_on_way(project, handler) and any(
        _means(project, code, expression, collection)
        for code in _way(project, handler)
        for expression in _mentions(project, code).get(collection.name, ())
    )


def _names_on_way(project: Project, handler: Handler) -> frozenset[str]:
    known = _named(project)
    if handler.code.location not in known:
        ways = (_mentions(project, code) for code in _way(project, handler))
        known[handler.code.location] = frozenset(name for mentioned in ways for name in mentioned)
    return known[handler.code.location]


@remembered
def _named(project: Project) -> dict[Location, frozenset[str]]:
    """All names on the way of each handler that was asked for so far."""
    return {}


def _mentions(project: Project, code: Code) -> dict[str, list[Expr]]:
    """The names and attributes of a function's body by their last part."""
    known = _mentioned(project)
    if code.location not in known:
        found: dict[str, list[Expr]] = {}
        for expression in walk_expressions(code.function.body):
            if isinstance(expression, Name | Attribute):
                last = expression.id if isinstance(expression, Name) else expression.attr
                found.setdefault(last, []).append(expression)
        known[code.location] = found
    return known[code.location]


@remembered
def _mentioned(project: Project) -> dict[Location, dict[str, list[Expr]]]:
    """What was asked of this project so far."""
    return {}


def _way(project: Project, handler: Handler) -> tuple[Code, ...]:
    known = _ways(project)
    if handler.code.location not in known:
        known[handler.code.location] = reached(project, handler.code)
    return known[handler.code.location]


@remembered
def _ways(project: Project) -> dict[Location, tuple[Code, ...]]:
    """The functions behind each handler that was asked for so far."""
    return {}


def _write(project: Project, handler: Handler, collection: _Collection) -> Location | None:
    """The first place on a handler's way where data is put into the collection; reads change nothing."""
    if all(route.method in ("GET", "HEAD") for route in handler.routes):
        return None
    for code in _way(project, handler):
        if collection.name not in _mentions(project, code):
            continue
        for holder, value, place in _written(code.function):
            if _means(project, code, holder, collection) and _is_data(project, code, value):
                return Location(code.file, place.span)
    return None


def _written(function: FunctionDef) -> Iterator[tuple[Expr, Expr, Stmt | Expr]]:
    """Collections that a function adds to, what it adds, and the statement or call that does."""
    for statement in walk_statements(function.body):
        for target, value in bound(statement):
            if isinstance(target, Subscript):
                yield target.value, value, statement
        if isinstance(statement, AugAssign) and isinstance(statement.target, Name | Attribute):
            yield statement.target, statement.value, statement
    for call in calls(function.body):
        if isinstance(call.func, Attribute) and call.func.attr in _ADDS and call.args:
            yield call.func.value, call.args[-1].value, call


def _is_data(project: Project, code: Code, value: Expr, depth: int = 0) -> bool:
    """Is a value a record: a display, an instance of a data class, a dump of one, a parameter that is typed as one?

    Tasks, connections, functions and clients are none: they cannot be stored elsewhere.
    """
    if depth > 4:
        return False
    if isinstance(value, DictDisplay):
        return True
    if isinstance(value, Collection):
        return any(_is_data(project, code, item, depth + 1) for item in value.items)
    if isinstance(value, Call):
        last = dotted_name(value.func).rpartition(".")[2] or getattr(value.func, "attr", "")
        if last in ("model_dump", "dict", "model_copy", "copy", "asdict", "jsonable_encoder"):
            return True
        found = names_of(project).resolve_expression(code.file, value.func)
        return found is not None and _is_record(project, found)
    if isinstance(value, Attribute):
        return _is_data(project, code, value.value, depth + 1)
    if isinstance(value, Name):
        for param in code.function.params:
            if param.name == value.id:
                return _is_typed_as_record(project, code, param.annotation)
        bindings = [v for s in walk_statements(code.function.body) for t, v in bound(s) if dotted_name(t) == value.id]
        return any(_is_data(project, code, inner, depth + 1) for inner in bindings)
    return False


def _is_typed_as_record(project: Project, code: Code, annotation: Expr | None) -> bool:
    if annotation is None:
        return False
    if dotted_name(annotation).rpartition(".")[2] in ("dict", "Dict"):
        return True
    found = names_of(project).resolve_expression(code.file, annotation)
    return found is not None and _is_record(project, found)


def _is_record(project: Project, found: Definition) -> bool:
    """A model, a data class or a typed mapping."""
    if found.kind != "class" or not isinstance(found.node, ClassDef):
        return False
    if names_of(project).is_subclass(found, "BaseModel", "SQLModel", "TypedDict", "NamedTuple"):
        return True
    marks = (dotted_name(mark.func if isinstance(mark, Call) else mark) for mark in found.node.decorators)
    return any(mark.rpartition(".")[2] == "dataclass" for mark in marks)
