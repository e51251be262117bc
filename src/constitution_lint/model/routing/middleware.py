"""Within the routing evaluator: middleware as it is installed on applications."""

from __future__ import annotations

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.scopes import Env, expression_of, scoped
from constitution_lint.model.routing.types import Scoped
from constitution_lint.model.routing.values import (
    Arguments,
    Class,
    Function,
    Installed,
    Instance,
    Router,
    Value,
)
from constitution_lint.model.routing.world import World


def append_middleware(
    world: World, router: Router, arguments: Arguments, node: Call, env: Env, first: bool = False
) -> None:
    target = arguments.get(0, "middleware_class") or arguments.get(0, "cls")
    if target is None:
        return
    named = {name: value for name, value in arguments.keywords.items() if name not in ("middleware_class", "cls")}
    keywords = (*zip(_positional_names(target), arguments.positional[1:], strict=False), *named.items())
    written = [(name, _as_written(name, value, node, env)) for name, value in keywords]
    installed = Installed(
        target,
        keywords,
        Location(env.file, node.span),
        tuple(world.conditions),
        tuple((name, one) for name, one in written if one is not None),
    )
    router.middleware.insert(0 if first else len(router.middleware), installed)


def _as_written(name: str, value: Value, node: Call, env: Env) -> Scoped | None:
    written = node.keyword(name)
    return scoped(written, env) if written is not None else expression_of(value)


def _positional_names(target: Value) -> list[str]:
    member = target.member("__init__") if isinstance(target, Class) else None
    return [param.name for param in member.node.params[2:]] if isinstance(member, Function) else []


def install_function(world: World, router: Router, arguments: Arguments, node: Call, env: Env) -> None:
    for target in arguments.positional[:1]:
        if isinstance(target, Function | Instance):
            where = Location(env.file, node.span)
            router.middleware.insert(0, Installed(target, (), where, tuple(world.conditions)))
