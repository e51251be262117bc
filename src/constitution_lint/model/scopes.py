"""For names: what a block of statements binds, and where."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

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
            kind = type(node)
            bound_by = _BOUND.get(kind)
            if bound_by is not None:
                if kind is Import and any(alias.name == "*" for alias in cast(Import, node).names):
                    self.stars.append(cast(Import, node))
                for name in bound_by(node):
                    earlier = self.bound.get(name, ())
                    self.bound[name] = (*earlier, node) if fallback else (node, *earlier)
            branches_of = _BRANCHES.get(kind)
            if branches_of is not None:
                for inner, is_fallback in branches_of(node):
                    self._read(inner, fallback or is_fallback)


def _imported_names(node: Import) -> Iterator[str]:
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or (alias.name if node.is_from else alias.name.split(".")[0])


def _target_names(target: Expr) -> Iterator[str]:
    if isinstance(target, Name):
        yield target.id
    for item in getattr(target, "items", ()):
        if isinstance(item, Name):
            yield item.id


_BOUND: dict[type[Stmt], Callable[[Any], Iterable[str]]] = {
    FunctionDef: lambda node: (node.name,),
    ClassDef: lambda node: (node.name,),
    Import: _imported_names,
    Assign: lambda node: [name for target in node.targets for name in _target_names(target)],
    AnnAssign: lambda node: _target_names(node.target),
}
"""The names that a statement itself binds."""
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
