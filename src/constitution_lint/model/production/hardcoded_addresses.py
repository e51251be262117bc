"""For gate 5: addresses of the developer's machine that nothing outside the source can change."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Attribute,
    BoolOp,
    Call,
    ClassDef,
    Collection,
    Compare,
    Conditional,
    Const,
    DictDisplay,
    Expr,
    ExprStmt,
    FunctionDef,
    If,
    JoinedStr,
    Stmt,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.file_roles import product_files, served_body
from constitution_lint.model.names import names_of
from constitution_lint.model.production.reachable_functions import bound
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import (
    blocks,
    calls,
    dotted_name,
    operands,
    own_expressions,
    walk_expressions,
    walk_statements,
)

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?(?:localhost|127\.0\.0\.1)(?:[:/?#]\S+|/)?$")
_SAYS = re.compile(r"(?:^|\.)(?:print|echo|info|debug|warning|error|critical|exception|log|warn)$")
_DEFAULTS = frozenset(
    ["getenv", "get", "config", "env", "Field", "setdefault", "getattr", "Body", "Query", "Path", "Header", "FastAPI"]
)
_TEXT_WORK = frozenset(
    {"str", "startswith", "endswith", "replace", "split", "append", "extend", "add", "pop", "remove"}
)
_ENVIRONMENT = re.compile(r"getenv|environ|settings|config", re.IGNORECASE)


class Address(NamedTuple):
    location: Location
    text: str


class _Block(NamedTuple):
    """Where statements stand: the file, and the names that get a value more than once there."""

    project: Project
    file: str
    changing: frozenset[str]


def addresses(project: Project) -> Iterator[Address]:
    """The first fixed address of each statement of the served code."""
    for file in product_files(project):
        yield from _addresses_in(project, file)


@of_file
def _addresses_in(project: Project, file: str) -> tuple[Address, ...]:
    body = served_body(project.code[file].body)
    block = _Block(project, file, _changing(body))
    return tuple(Address(Location(file, found.span), str(found.value)) for found in _in_block(block, body))


def _changing(body: tuple[Stmt, ...]) -> frozenset[str]:
    """Names that are bound twice, or added to: what they hold at first may be the fallback."""
    targets = Counter(dotted_name(target) for statement in walk_statements(body) for target, _ in bound(statement))
    added = {
        dotted_name(call.func.value)
        for call in calls(body)
        if isinstance(call.func, Attribute) and call.func.attr in ("append", "extend", "insert", "add", "update")
    }
    return frozenset(added | {name for name, times in targets.items() if times > 1})


def _in_block(block: _Block, body: Iterable[Stmt], chooses: bool = False) -> Iterator[Const]:
    """`chooses` inside a function that looks at the environment or the settings: its fallbacks can be changed there."""
    for statement in body:
        if isinstance(statement, ClassDef) and _holds_settings(block, statement):
            continue
        if isinstance(statement, If) and _is_switch(statement):
            continue
        if not chooses or isinstance(statement, ExprStmt):
            yield from _first_in(block, statement)
        inside = chooses or (isinstance(statement, FunctionDef) and _reads_environment(statement))
        for inner in blocks(statement):
            yield from _in_block(block, inner, inside)


def _first_in(block: _Block, statement: Stmt) -> Iterator[Const]:
    """Defaults of parameters are the caller's to change, texts that stand alone describe."""
    if isinstance(statement, FunctionDef) or (isinstance(statement, ExprStmt) and isinstance(statement.value, Const)):
        return
    if any(dotted_name(target) in block.changing for target, _ in bound(statement)):
        return
    found = (one for expression in own_expressions(statement) for one in _fixed(block, expression))
    yield from list(found)[:1]


def _reads_environment(function: FunctionDef) -> bool:
    return any(
        _ENVIRONMENT.search(dotted_name(found)) for found in walk_expressions(function.body) if dotted_name(found)
    )


def _is_switch(statement: If) -> bool:
    """A branch on the environment, or on a value that came from it."""
    return bool(statement.orelse) or any(
        _ENVIRONMENT.search(dotted_name(found)) for found in walk_expressions(statement.test)
    )


def _holds_settings(block: _Block, node: ClassDef) -> bool:
    """A class of fields with defaults, which the environment or a caller fills."""
    names = names_of(block.project)
    found = names.resolve(block.file, node.name)
    if (
        found is not None
        and found.kind == "class"
        and names.is_subclass(found, "BaseSettings", "BaseModel", "SQLModel")
    ):
        return True
    marks = (dotted_name(mark.func if isinstance(mark, Call) else mark) for mark in node.decorators)
    return any(mark.rpartition(".")[2] == "dataclass" for mark in marks)


def _fixed(block: _Block, expression: Expr) -> Iterator[Const]:
    """Literal addresses in an expression that are no default, no comparison, no message and no example."""
    if isinstance(expression, Const):
        if _is_address(expression):
            yield expression
        return
    if isinstance(expression, Compare | BoolOp | Conditional) or _is_open(block, expression):
        return
    if isinstance(expression, Collection | DictDisplay) and not _is_only_local(expression):
        return
    parts = operands(expression)
    if isinstance(expression, JoinedStr):
        parts = tuple(
            part for part in parts[:1] if _is_address(part) and not str(getattr(part, "value", "")).endswith(":")
        )
    for inner in parts:
        yield from _fixed(block, inner)


def _is_address(value: Expr) -> bool:
    return isinstance(value, Const) and isinstance(value.value, str) and bool(_ADDRESS.match(value.value))


def _is_open(block: _Block, expression: Expr) -> bool:
    """A call whose texts are defaults, messages, tests or settings."""
    if not isinstance(expression, Call):
        return False
    called = dotted_name(expression.func) or (expression.func.attr if isinstance(expression.func, Attribute) else "")
    if _SAYS.search(called) or called.rpartition(".")[2] in _DEFAULTS | _TEXT_WORK:
        return True
    names = names_of(block.project)
    found = names.resolve_expression(block.file, expression.func)
    return found is not None and found.kind == "class" and names.is_subclass(found, "BaseSettings", "BaseModel")


def _is_only_local(collection: Collection | DictDisplay) -> bool:
    """Does a list hold nothing but addresses of this machine? One that also holds others has them for development."""
    items = collection.items if isinstance(collection, Collection) else tuple(value for _, value in collection.items)
    return bool(items) and all(_is_address(item) for item in items)
