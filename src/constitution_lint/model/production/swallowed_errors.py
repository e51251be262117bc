"""For gate 5: errors that vanish in a clause that catches everything and does nothing with it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Attribute,
    Call,
    Collection,
    Const,
    ExceptClause,
    Expr,
    ExprStmt,
    FunctionDef,
    Import,
    Name,
    Simple,
    Stmt,
    Try,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.file_roles import product_files, served_body
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import blocks, calls, dotted_name

_EVERYTHING = frozenset({"Exception", "BaseException"})
_CLEANING = re.compile(
    r"^a?(?:close|rollback|unlink|remove|rmtree|cancel|disconnect|shutdown|stop|kill|terminate|flush|release|dispose|quit"
    r"|unsubscribe|unregister|clean_?up|wait_closed|discard|detach|logout)(?:_|$)|^__a?exit__$|^delete_webhook$"
)
"""What tidies up: when it fails, nothing is lost that anyone still wants."""


class Swallowed(NamedTuple):
    """A clause that drops what it catches; `within` names the function, "" for a module's own statements."""

    location: Location
    caught: str
    within: str


def swallowed_errors(project: Project) -> Iterator[Swallowed]:
    """Every clause of the served code that catches everything and goes on as if nothing had been."""
    for file in product_files(project):
        yield from _swallowed_in(project, file)


@of_file
def _swallowed_in(project: Project, file: str) -> tuple[Swallowed, ...]:
    found = []
    for within, node in _tries(served_body(project.code[file].body), ""):
        for clause in node.handlers:
            caught = _caught(clause.type)
            if caught and _drops(clause) and not _is_optional(node):
                span = clause.type.span if clause.type is not None else clause.body[0].span
                found.append(Swallowed(Location(file, span), caught, within))
    return tuple(found)


def _tries(body: tuple[Stmt, ...], within: str) -> Iterator[tuple[str, Try]]:
    """Every `try`, but those that tidy up behind another one: there the error that counts is on its way already."""
    for statement in body:
        if isinstance(statement, Try):
            yield within, statement
            inner: tuple[tuple[Stmt, ...], ...] = (statement.body, statement.orelse)
        else:
            inner = blocks(statement)
        name = statement.name if isinstance(statement, FunctionDef) else within
        for block in inner:
            yield from _tries(block, name)


def _caught(type_: Expr | None) -> str:
    """`except:` and `except Exception` as written; empty for clauses that name what they expect."""
    if type_ is None:
        return "everything"
    kinds = type_.items if isinstance(type_, Collection) else (type_,)
    return next((dotted_name(kind) for kind in kinds if isinstance(kind, Name) and kind.id in _EVERYTHING), "")


def _drops(clause: ExceptClause) -> bool:
    return all(
        isinstance(statement, Simple) or (isinstance(statement, ExprStmt) and isinstance(statement.value, Const))
        for statement in clause.body
    )


def _is_optional(node: Try) -> bool:
    """An import that may fail, or a last tidying up."""
    if any(isinstance(statement, Import) for statement in node.body):
        return True
    return all(_tidies(statement) for statement in node.body)


def _tidies(statement: Stmt) -> bool:
    inner = [block for block in blocks(statement) if block]
    if inner:
        return all(_tidies(one) for block in inner for one in block)
    if isinstance(statement, Simple):
        return True
    return any(isinstance(call.func, Attribute | Name) and _CLEANING.match(_last(call)) for call in calls(statement))


def _last(call: Call) -> str:
    return call.func.attr if isinstance(call.func, Attribute) else dotted_name(call.func)
