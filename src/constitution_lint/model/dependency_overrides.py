"""Beneath the prover: dependencies that the application replaces, `app.dependency_overrides[asked] = given`.

Tests replace what they cannot have; an application that does so runs the replacement in production.
"""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Assign,
    Attribute,
    Call,
    Compare,
    Const,
    DictDisplay,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Stmt,
    Subscript,
    Try,
    Unary,
    With,
)
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name

_TABLE = "dependency_overrides"


class Override(NamedTuple):
    """What stands for a dependency, written in a file; `condition` says when, "" for always."""

    file: str
    expression: Expr
    condition: str


Overrides = dict[tuple[str, str], tuple[Override, ...]]
"""By the file and the name of the function or class that is replaced."""


@remembered
def dependency_overrides(project: Project) -> Overrides:
    """The dependencies that what is shipped replaces."""
    names, found = names_of(project), dict[tuple[str, str], tuple[Override, ...]]()
    for file, facts in project.code.items():
        for asked, given, condition in _replaced(facts.body, "") if is_product(file) else ():
            known = names.resolve_expression(file, asked)
            if known is not None and known.kind in ("function", "class"):
                key = known.file, known.name
                found[key] = (*found.get(key, ()), Override(file, given, condition))
    return found


def _replaced(body: tuple[Stmt, ...], condition: str) -> Iterator[tuple[Expr, Expr, str]]:
    for node in body:
        if isinstance(node, Assign):
            for target in node.targets:
                if isinstance(target, Subscript) and _is_table(target.value):
                    yield target.index, node.value, condition
                elif _is_table(target):
                    yield from _pairs(node.value, condition)
        elif isinstance(node, ExprStmt) and isinstance(node.value, Call):
            call = node.value
            if isinstance(call.func, Attribute) and call.func.attr == "update" and _is_table(call.func.value):
                yield from _pairs(call.positional(0), condition)
        elif isinstance(node, If):
            yield from _replaced(node.body, condition or _written(node.test))
            yield from _replaced(node.orelse, condition or f"not ({_written(node.test)})")
        elif isinstance(node, For | With | Try):
            yield from _replaced(node.body, condition)
        elif isinstance(node, FunctionDef):
            inside = list(_replaced(node.body, ""))
            around = condition or ("" if not inside or _makes(node) else f"{node.name} has run")
            yield from ((asked, given, around or within) for asked, given, within in inside)


def _makes(node: FunctionDef) -> bool:
    """Is it the function that makes the application?"""
    return any(dotted_name(call.func).rpartition(".")[2] == "FastAPI" for call in calls(node.body))


def _is_table(node: Expr | None) -> bool:
    return isinstance(node, Attribute) and node.attr == _TABLE


def _pairs(node: Expr | None, condition: str) -> Iterator[tuple[Expr, Expr, str]]:
    for asked, given in node.items if isinstance(node, DictDisplay) else ():
        if asked is not None:
            yield asked, given, condition


def _written(test: Expr) -> str:
    """A condition in words, as the prover names switches."""
    if isinstance(test, Unary) and test.op == "not":
        return f"{dotted_name(test.operand) or 'a condition'} is not set"
    if isinstance(test, Compare) and len(test.ops) == 1 and isinstance(test.comparators[0], Const):
        verb = "is" if test.ops[0] in ("==", "is") else "is not"
        return f"{dotted_name(test.left) or 'a condition'} {verb} {test.comparators[0].value!r}"
    return f"{dotted_name(test) or 'a condition'} is set"
