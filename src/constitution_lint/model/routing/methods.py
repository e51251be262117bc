"""Within the routing evaluator: methods of texts, lists, dictionaries and objects of libraries."""

from __future__ import annotations

import re

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.applications import add_route_object
from constitution_lint.model.routing.filesystem import call_path_method
from constitution_lint.model.routing.library import from_environment
from constitution_lint.model.routing.operators import iterated
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.values import (
    Arguments,
    Depends,
    Either,
    Function,
    Listed,
    Literal,
    Made,
    Mapped,
    Method,
    Module,
    PathText,
    Router,
    Unknown,
    Value,
    text_of,
)
from constitution_lint.model.routing.world import MOST_ITEMS, World


def call_builtin_method(world: World, of: Value, name: str, arguments: Arguments, node: Call, env: Env) -> Value:
    """`value.name(...)` of texts, lists, dictionaries and objects of libraries."""
    if isinstance(of, Method) and isinstance(of.of, Router):
        return _of_router_list(world, of.of, of.name, name, arguments, Location(env.file, node.span))
    if isinstance(of, PathText):
        return call_path_method(world, of, name, arguments)
    if isinstance(of, Module):
        return Literal(None)
    if isinstance(of, Literal) and isinstance(of.value, str):
        return _of_text(of, name, arguments)
    if isinstance(of, Listed):
        return _of_list(world, of, name, arguments)
    if isinstance(of, Mapped):
        return _of_mapping(of, name, arguments)
    if isinstance(of, Function):
        return Literal(None)
    if isinstance(of, Made):
        if of.last == "Config" and name == "__call__":
            return from_environment("os.getenv", arguments) or Unknown(name)
        if of.last in ("Env", "Environ"):
            return from_environment("os.getenv", arguments) or Unknown(name)
        return Made(f"{of.dotted}().{name}", arguments, Location(env.file, node.span))
    return Unknown(f"{name}()")


def _of_router_list(world: World, router: Router, of: str, name: str, arguments: Arguments, where: Location) -> Value:
    """`router.routes.append(...)`, `router.dependencies.append(...)`."""
    from constitution_lint.model.routing.applications import dependencies_of

    first = arguments.positional[0] if arguments.positional else None
    items = [first] if name == "append" and first is not None else iterated(first) if first is not None else None
    if name in ("append", "extend", "insert") and of == "dependencies" and items is not None:
        router.dependencies = [*router.dependencies, *dependencies_of(world, Listed(items), where)]
    elif name in ("append", "extend") and of == "routes":
        if isinstance(first, Method) and isinstance(first.of, Router):
            router.entries.extend(first.of.entries)
            return Literal(None)
        for item in items or [Unknown("routes")]:
            add_route_object(world, router, item, where)
    return Literal(None)


_SIMPLE = (
    "lower",
    "upper",
    "strip",
    "lstrip",
    "rstrip",
    "title",
    "capitalize",
    "replace",
    "removeprefix",
    "removesuffix",
)


def _of_text(of: Literal, name: str, arguments: Arguments) -> Value:
    text = str(of.value)
    plain = [one.value for one in arguments.positional if isinstance(one, Literal)]
    known = len(plain) == len(arguments.positional)
    try:
        if name in _SIMPLE and known:
            return Literal(getattr(text, name)(*plain)[:10_000], of.configured)
        if name in ("startswith", "endswith", "isdigit") and known:
            return Literal(bool(getattr(text, name)(*plain)), of.configured)
        if name in ("split", "rsplit", "splitlines", "partition", "rpartition") and known:
            return Listed([Literal(part, of.configured) for part in getattr(text, name)(*plain)])
        if name == "join" and arguments.positional:
            parts = [text_of(item) for item in iterated(arguments.positional[0]) or [Unknown("")]]
            return Literal(text.join(part or "" for part in parts)[:10_000]) if None not in parts else Unknown("join()")
        if name == "format" and known and not re.search(r"\d{4}", text):
            named = {key: one.value for key, one in arguments.keywords.items() if isinstance(one, Literal)}
            return Literal(text.format(*plain, **named)[:10_000], of.configured)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        pass
    return Unknown(f"{name}()")


def _held_under(world: World, value: Value) -> Value:
    """A dependency put into a list under a condition is there only under it."""
    if isinstance(value, Depends) and world.conditions:
        return Depends(value.scoped._replace(condition=" and ".join(world.conditions)))
    return value


def _of_list(world: World, of: Listed, name: str, arguments: Arguments) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if name in ("append", "add") and first is not None and len(of.items) < 50_000:
        of.items.append(_held_under(world, first))
    elif name in ("extend", "update") and first is not None and len(of.items) < 50_000:
        of.items.extend((iterated(first) or [Unknown("items that are not known")])[:MOST_ITEMS])
    elif name == "insert" and len(arguments.positional) > 1:
        at = arguments.positional[0]
        index = at.value if isinstance(at, Literal) and isinstance(at.value, int) else 0
        of.items.insert(index, arguments.positional[1])
    elif name == "copy":
        return Listed(list(of.items))
    elif name == "pop":
        return of.items.pop() if of.items else Unknown("pop()")
    return Literal(None)


def _of_mapping(of: Mapped, name: str, arguments: Arguments) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if name == "items":
        pairs: list[Value] = [Listed([_key(key), value]) for key, value in of.items.items()]
        return Listed(pairs)
    if name == "keys":
        return Listed([_key(key) for key in of.items])
    if name == "values":
        return Listed(list(of.items.values()))
    if name in ("get", "pop", "setdefault") and isinstance(first, Literal):
        found = of.items.pop(first.value, None) if name == "pop" else of.items.get(first.value)
        if found is None and name == "setdefault" and len(arguments.positional) > 1:
            found = of.items[first.value] = arguments.positional[1]
        return found if found is not None else arguments.get(1, "default") or Literal(None)
    if name == "update":
        if isinstance(first, Mapped):
            of.items.update(first.items)
        of.items.update(arguments.keywords)
        return Literal(None)
    if name == "copy":
        return Mapped(dict(of.items))
    if of.items and name == "get":
        return Either(tuple(of.items.values()))
    return Unknown(f"{name}()")


def _key(key: object) -> Value:
    return Literal(key) if isinstance(key, str | int | float | bool | None) else Unknown("a key")
