"""Beneath the route table: the dependencies of an endpoint to any depth, in the order FastAPI holds them."""

from __future__ import annotations

from collections.abc import Iterator

from constitution_lint.facts.code import AnnAssign, Call, Const, Expr, FunctionDef, Lambda, Name, Param
from constitution_lint.facts.location import START, Location
from constitution_lint.model.api import Dependency, FunctionRef
from constitution_lint.model.routing.calls import unwrapped
from constitution_lint.model.routing.expressions import evaluate
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.types import Endpoint, Handler, Scoped
from constitution_lint.model.routing.values import (
    Class,
    Depends,
    Either,
    External,
    Function,
    Instance,
    Made,
    Partial,
    Unknown,
    Value,
)
from constitution_lint.model.routing.world import ExhaustedError, World

_DEEPEST = 12
_MOST = 400
_STEPS = 200_000


def graph(world: World, endpoint: Endpoint) -> tuple[Dependency, ...]:
    """Those of application, includes, router and decorator, then those of the parameters; each before what it needs."""
    world.limit = world.steps + _STEPS
    found: list[Dependency] = []
    try:
        for one in endpoint.dependencies:
            found.extend(_of_scoped(world, one, 1, ()))
        target = world.targets.get((endpoint.method, endpoint.path, endpoint.declared))
        if target is None and endpoint.handler is not None:
            target = _function_of(world, endpoint.handler)
        if target is not None:
            found.extend(_of_handler(world, target))
    except (ExhaustedError, RecursionError):
        pass
    return tuple(found[:_MOST])


def _of_handler(world: World, target: Value) -> Iterator[Dependency]:
    function = _called(target) if isinstance(target, Instance) else unwrapped(target)
    if not isinstance(function, Function):
        return
    if function.bound is None and function.owner is not None and _takes_self(function):
        yield from _of_callable(world, function.owner, function.owner.node, function.file, 1, ())
    yield from _of_parameters(world, function, 1, ())


def _takes_self(function: Function) -> bool:
    return not function.is_static and bool(function.node.params) and function.node.params[0].name == "self"


def _function_of(world: World, handler: Handler) -> Function:
    env = _inside(world, handler.file, handler.bound)
    return Function(handler.file, handler.qualname, handler.definition, env)


def _inside(world: World, file: str, bound: tuple[tuple[str, Scoped], ...], depth: int = 0) -> Env:
    """The scope of a module with some local names around."""
    env = Env("function", file, world.run(file))
    for name, scoped in bound:
        if scoped.function is not None:
            env.names[name] = _function_of(world, scoped.function)
        elif depth < _DEEPEST:
            env.names[name] = evaluate(world, scoped.expression, _inside(world, scoped.file, scoped.bound, depth + 1))
    return env


def _of_scoped(world: World, scoped: Scoped, depth: int, above: tuple[int, ...]) -> Iterator[Dependency]:
    env = _inside(world, scoped.file, scoped.bound)
    value = evaluate(world, scoped.expression, env)
    if isinstance(value, Depends):
        if value.scoped.expression is not scoped.expression:
            env = _inside(world, value.scoped.file, value.scoped.bound)
        yield from _of_depends(world, value, None, env, depth, above)
    else:
        yield from _of_callable(world, value, scoped.expression, scoped.file, depth, above)


def _of_depends(
    world: World, value: Depends, annotation: Value | None, env: Env, depth: int, above: tuple[int, ...]
) -> Iterator[Dependency]:
    """A `Depends(x)`; one without an argument stands for the annotated class."""
    call = value.scoped.expression
    written = call.argument(0, "dependency") if isinstance(call, Call) else call
    if written is None:
        if annotation is not None:
            yield from _of_callable(world, annotation, call, value.scoped.file, depth, above)
        return
    yield from _of_callable(world, evaluate(world, written, env), written, value.scoped.file, depth, above)


def _of_callable(
    world: World, value: Value, written: object, file: str, depth: int, above: tuple[int, ...]
) -> Iterator[Dependency]:
    """One dependency and what it depends on itself."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Either):
        value = next((one for one in value.options if not isinstance(one, Unknown)), value.options[0])
    span = getattr(written, "span", None) or getattr(written, "head", None)
    where = Location(file, span if span is not None else START)
    function = _called(value)
    yield Dependency(_name(value, written), _place(value, where), depth, _reference(function))
    if function is not None and id(function.node) not in above:
        yield from _of_parameters(world, function, depth + 1, (*above, id(function.node)))
    if isinstance(value, Class):
        yield from _of_fields(world, value, depth + 1, (*above, id(value.node)))


def _called(value: Value) -> Function | None:
    """The function whose parameters FastAPI solves for a dependency."""
    if isinstance(value, Class | Instance):
        cls = value if isinstance(value, Class) else value.cls
        member = cls.member("__init__" if isinstance(value, Class) else "__call__")
        return member.bind(value) if isinstance(member, Function) else None
    found = unwrapped(value)
    return found if isinstance(found, Function) else None


def _name(value: Value, written: object) -> str:
    if isinstance(value, Partial):
        value = value.function
    if isinstance(value, Function):
        return value.node.name if isinstance(value.node, FunctionDef) else "<lambda>"
    if isinstance(value, Class | Instance):
        return value.node.name if isinstance(value, Class) else value.cls.node.name
    if isinstance(value, Made | External):
        return value.last.removesuffix("()")
    from constitution_lint.model.walk import dotted

    expression = written.func if isinstance(written, Call) else written
    return dotted(expression) if isinstance(expression, Expr) else ""


def _place(value: Value, where: Location) -> Location:
    if isinstance(value, Function) and isinstance(value.node, FunctionDef):
        return Location(value.file, value.node.head)
    if isinstance(value, Class | Instance):
        cls = value if isinstance(value, Class) else value.cls
        return Location(cls.file, cls.node.head)
    return value.where if isinstance(value, Made) else where


def _reference(function: Function | None) -> FunctionRef | None:
    if function is None or not isinstance(function.node, FunctionDef):
        return None
    return FunctionRef(function.file, function.qualname.replace(".<locals>", ""), function.node)


# --- parameters ------------------------------------------------------------------------------------------------------


def _of_parameters(world: World, function: Function, depth: int, above: tuple[int, ...]) -> Iterator[Dependency]:
    node = function.node
    if isinstance(node, Lambda | FunctionDef):
        params = node.params[1:] if function.bound is not None or _is_view(function) else node.params
        for param in params:
            yield from _of_parameter(world, param, function.env, depth, above)


def _is_view(function: Function) -> bool:
    return function.owner is not None and _takes_self(function)


def _of_parameter(world: World, param: Param, env: Env, depth: int, above: tuple[int, ...]) -> Iterator[Dependency]:
    """The dependency a parameter names in its default or in its annotation."""
    default = evaluate(world, param.default, env) if param.default is not None else None
    base, extras = taken_apart(_annotation(world, param.annotation, env))
    given = [default] if isinstance(default, Depends) else [one for one in extras if isinstance(one, Depends)][-1:]
    for one in given:
        in_place = one is default and one.scoped.expression is param.default
        at = env if in_place else _inside(world, one.scoped.file, one.scoped.bound)
        yield from _of_depends(world, one, base, at, depth, above)


def _annotation(world: World, annotation: Expr | None, env: Env) -> Value:
    if isinstance(annotation, Const) and isinstance(annotation.value, str) and annotation.value.isidentifier():
        return env.find(annotation.value) or Unknown(annotation.value)
    return evaluate(world, annotation, env) if annotation is not None else Unknown("no annotation")


def taken_apart(annotation: Value) -> tuple[Value, list[Value]]:
    """The type and the metadata of `Annotated[type, ...]`, nested ones flattened."""
    extras: list[Value] = []
    while isinstance(annotation, Made) and annotation.last == "Annotated" and len(extras) < 40:
        first, *rest = annotation.arguments.positional or [Unknown("Annotated")]
        extras = [*rest, *extras]
        annotation = first
    return annotation, extras


def _of_fields(world: World, cls: Class, depth: int, above: tuple[int, ...]) -> Iterator[Dependency]:
    """Annotated attributes of a class that are dependencies: class-based views, dataclasses."""
    for base in reversed(cls.lineage()):
        if not isinstance(base, Class):
            continue
        for node in base.node.body:
            if isinstance(node, AnnAssign) and isinstance(node.target, Name):
                param = Param(node.span, node.target.id, "plain", node.annotation, node.value)
                yield from _of_parameter(world, param, base.env, depth, above)
