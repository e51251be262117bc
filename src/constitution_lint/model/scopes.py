"""Beneath names: what a block of statements binds, and where."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    ClassDef,
    Expr,
    For,
    FunctionDef,
    If,
    Import,
    Match,
    Name,
    Stmt,
    Try,
    While,
    With,
)


class Scope:
    """What a block binds by name: the binding that stands at its end first, then the fallbacks of other branches."""

    def __init__(self, body: tuple[Stmt, ...]) -> None:
        self.bound: dict[str, tuple[Stmt, ...]] = {}
        self.stars: list[Import] = []
        self._read(body, fallback=False)

    def _read(self, body: Iterable[Stmt], fallback: bool) -> None:
        for node in body:
            if isinstance(node, Import) and any(alias.name == "*" for alias in node.names):
                self.stars.append(node)
            for name in _bound_names(node):
                earlier = self.bound.get(name, ())
                self.bound[name] = (*earlier, node) if fallback else (node, *earlier)
            for inner, is_fallback in _branches(node):
                self._read(inner, fallback or is_fallback)


def _bound_names(node: Stmt) -> Iterator[str]:
    if isinstance(node, FunctionDef | ClassDef):
        yield node.name
    elif isinstance(node, Import):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or (alias.name if node.is_from else alias.name.split(".")[0])
    elif isinstance(node, Assign):
        for target in node.targets:
            yield from _target_names(target)
    elif isinstance(node, AnnAssign):
        yield from _target_names(node.target)


def _target_names(target: Expr) -> Iterator[str]:
    if isinstance(target, Name):
        yield target.id
    for item in getattr(target, "items", ()):
        if isinstance(item, Name):
            yield item.id


def _branches(node: Stmt) -> Iterable[tuple[tuple[Stmt, ...], bool]]:
    """The blocks of a statement that is no definition; of each, is it a fallback?"""
    found = _BRANCHES.get(type(node))
    return found(node) if found is not None else ()


_BRANCHES: dict[type[Stmt], Callable[[Any], tuple[tuple[tuple[Stmt, ...], bool], ...]]] = {
    If: lambda node: ((node.body, False), (node.orelse, True)),
    For: lambda node: ((node.body, False), (node.orelse, False)),
    While: lambda node: ((node.body, False), (node.orelse, False)),
    Try: lambda node: (
        (node.body, False),
        *((clause.body, True) for clause in node.handlers),
        (node.orelse, False),
        (node.final, False),
    ),
    With: lambda node: ((node.body, False),),
    Match: lambda node: tuple((case.body, False) for case in node.cases),
}
