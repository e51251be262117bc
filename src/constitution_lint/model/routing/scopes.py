"""Within the routing evaluator: scopes, and the way back from a value to an expression that others can evaluate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal as OneOf

from constitution_lint.facts.code import Attribute, Const, Expr, FunctionDef, Lambda, Name, Return
from constitution_lint.model.routing.types import Handler, Scoped
from constitution_lint.model.routing.values import (
    NOWHERE,
    Class,
    Depends,
    Either,
    Function,
    Instance,
    Literal,
    Partial,
    Router,
    Value,
)
from constitution_lint.model.walk import subexpressions

_DEEPEST = 6


class Env:
    """One scope. `passing` names what is rebound while the scope runs: parameters, loop targets."""

    __slots__ = ("file", "function", "kind", "names", "owner", "parent", "passing", "returns", "yields")

    def __init__(
        self,
        kind: OneOf["module", "function", "class", "loop"],
        file: str,
        parent: Env | None = None,
        function: FunctionDef | Lambda | None = None,
    ) -> None:
        self.kind = kind
        self.file = file
        self.parent = parent
        self.function = function
        self.names: dict[str, Value] = {}
        self.passing: set[str] = set()
        self.owner: Class | None = None
        self.returns: list[Value] = []
        self.yields: list[Value] = []

    def find(self, name: str) -> Value | None:
        env: Env | None = self
        while env is not None:
            found = env.names.get(name)
            if found is not None and (env.kind != "class" or env is self):
                return found
            env = env.parent
        return None

    def holder(self, name: str) -> Env | None:
        env: Env | None = self
        while env is not None and name not in env.names:
            env = env.parent
        return env

    def module(self) -> Env:
        env = self
        while env.parent is not None:
            env = env.parent
        return env

    def running(self) -> Env | None:
        """The scope of the function being run; None in a module."""
        env: Env | None = self
        while env is not None and env.kind != "function":
            env = env.parent
        return env


def scoped(expression: Expr, env: Env, depth: int = 0) -> Scoped:
    """An expression with what the local names in it stand for."""
    bound: list[tuple[str, Scoped]] = []
    if depth < _DEEPEST:
        for name in _names(expression):
            holder = env.holder(name)
            if holder is None or (holder.kind == "module" and name not in holder.passing):
                continue
            written = expression_of(holder.names[name], depth + 1)
            if written is not None:
                bound.append((name, written))
    return Scoped(expression, env.file, tuple(bound))


def _names(expression: Expr) -> Iterable[str]:
    return dict.fromkeys(one.id for one in subexpressions(expression) if isinstance(one, Name))


def expression_of(value: Value, depth: int = 0) -> Scoped | None:
    """An expression that gives this value when it is evaluated again; None when there is none."""
    if isinstance(value, Depends):
        return value.scoped
    if isinstance(value, Literal):
        return Scoped(Const(NOWHERE, value.value), "")
    if value.origin is not None:
        return scoped(value.origin[0], value.origin[1], depth)
    if isinstance(value, Either):
        return next((found for one in value.options if (found := expression_of(one, depth)) is not None), None)
    if isinstance(value, Function) and isinstance(value.node, FunctionDef):
        return _of_function(value, value.node, depth)
    if isinstance(value, Class):
        return Scoped(_path(value.definition.name), value.file)
    return None


def _of_function(value: Function, node: FunctionDef, depth: int) -> Scoped | None:
    if isinstance(value.bound, Instance | Router):
        of = expression_of(value.bound, depth + 1)
        return of._replace(expression=Attribute(node.head, of.expression, node.name)) if of is not None else None
    if "<locals>" not in value.qualname:
        return Scoped(_path(value.qualname), value.file)
    return Scoped(Name(node.head, node.name), value.file, (), handler_of(value))


def _path(qualname: str) -> Expr:
    first, *rest = qualname.split(".")
    expression: Expr = Name(NOWHERE, first)
    for attr in rest:
        expression = Attribute(NOWHERE, expression, attr)
    return expression


def handler_of(value: Value | None, depth: int = 0) -> Handler | None:
    """The function behind a value with what it needs of the functions around it."""
    if isinstance(value, Instance):
        call = value.cls.member("__call__")
        value = call.bind(value) if isinstance(call, Function) else None
    while isinstance(value, Partial) and depth < _DEEPEST:
        value, depth = value.function, depth + 1
    if not isinstance(value, Function):
        return None
    while value.wrapped is not None and depth < _DEEPEST:
        value, depth = value.wrapped, depth + 1
    definition = value.node if isinstance(value.node, FunctionDef) else _named(value.node)
    enclosing, bound = _surroundings(value.env, depth)
    bound_to = value.bound
    owner = bound_to.cls if isinstance(bound_to, Instance | Router) and bound_to.cls is not None else value.owner
    described = owner.definition if owner is not None else None
    return Handler(value.file, value.qualname.replace(".<locals>", ""), definition, bound, enclosing, described)


def _named(node: Lambda) -> FunctionDef:
    """A lambda as the function it is short for."""
    body = (Return(node.body.span, node.body),)
    return FunctionDef(node.span, "<lambda>", node.span, node.params, (), None, body, False, False)


def _surroundings(env: Env | None, depth: int) -> tuple[tuple[FunctionDef, ...], tuple[tuple[str, Scoped], ...]]:
    enclosing: list[FunctionDef] = []
    bound: dict[str, Scoped] = {}
    while env is not None:
        if isinstance(env.function, FunctionDef) and env.kind == "function":
            enclosing.insert(0, env.function)
        if depth < _DEEPEST:
            for name in sorted(env.passing):
                if name in bound or name not in env.names:
                    continue
                written = expression_of(env.names[name], depth + 1)
                if written is not None:
                    bound[name] = written
        env = env.parent
    return tuple(enclosing), tuple(reversed(bound.items()))
