"""Within the routing evaluator: attributes of every kind of value, read and set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, FunctionDef
from constitution_lint.model.routing.filesystem import path_attribute, path_of_package
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.values import (
    Arguments,
    Class,
    Either,
    External,
    Function,
    Instance,
    Listed,
    Literal,
    Made,
    Mapped,
    Method,
    Module,
    PathText,
    Router,
    Super,
    Unknown,
    Value,
    text_of,
)

if TYPE_CHECKING:
    from constitution_lint.model.routing.world import World

SETTINGS_BASES = frozenset({"BaseSettings", "EnvSettings"})


def attribute(world: World, of: Value, name: str, env: Env) -> Value:
    """`of.name`."""
    if isinstance(of, PathText):
        return path_attribute(of, name) or Method(of, name)
    if isinstance(of, Module) and name in ("__path__", "loader", "submodule_search_locations"):
        return path_of_package(of) if name != "loader" else of
    if isinstance(of, Module) and name == "exec_module":
        return Method(of, name)
    if isinstance(of, Module):
        return world.attribute(of, name) or Unknown(f"{name} is not in {of.file or of.key}")
    if isinstance(of, External):
        if name in ("sep", "altsep") and of.dotted in ("os", "os.path"):
            return Literal("/")
        return External(f"{of.dotted}.{name}")
    if isinstance(of, Router):
        return _of_router(world, of, name)
    if isinstance(of, Instance):
        return _of_instance(world, of, name)
    if isinstance(of, Class):
        return _of_class(world, of, name)
    if isinstance(of, Super):
        found = _super_member(of, name)
        return found.bind(of.of) if isinstance(found, Function) else found or Method(of, name)
    if isinstance(of, Either):
        options = [attribute(world, option, name, env) for option in of.options]
        known = [option for option in options if not isinstance(option, Unknown)]
        if len(known) == 1 and not of.condition:
            return known[0]
        return Either(tuple(known), of.condition) if known else options[0]
    if isinstance(of, Member) and name in ("value", "name"):
        return Literal(of.value if name == "value" else of.name)
    if isinstance(of, Function):
        return _of_callable(of, name)
    if isinstance(of, Listed) and name in ("name", "ispkg") and len(of.items) == 3:
        return of.items[1 if name == "name" else 2]
    if isinstance(of, Listed | Mapped | Literal | Function):
        return Method(of, name)
    if isinstance(of, Made):
        return _of_made(of, name)
    return Unknown(f"{name} of what is not known")


def _of_callable(of: Function, name: str) -> Value:
    if name in ("__name__", "__qualname__"):
        return Literal(of.node.name if isinstance(of.node, FunctionDef) else "<lambda>")
    if name == "__func__":
        return of
    return of.attributes.get(name) or Method(of, name)


def members(world: World, of: Value, env: Env) -> list[tuple[str, Value]]:
    """Names and values of what an object, a class or a module has, sorted by name as `dir` gives them."""
    names: dict[str, None] = {}
    if isinstance(of, Module) and of.file is not None:
        names.update(dict.fromkeys(world.run(of.file).names))
    if isinstance(of, Instance | Router):
        names.update(dict.fromkeys(of.attributes))
    cls = of if isinstance(of, Class) else of.cls if isinstance(of, Instance | Router) else None
    for base in cls.lineage() if cls is not None else ():
        if isinstance(base, Class):
            names.update(dict.fromkeys(base.attributes))
    return [(name, attribute(world, of, name, env)) for name in sorted(names)]


def _super_member(of: Super, name: str) -> Value | None:
    whole = of.of.cls if isinstance(of.of, Instance | Router) and of.of.cls is not None else of.cls
    return whole.member(name, of.cls)


def _of_made(of: Made, name: str) -> Value:
    given = of.arguments.keywords.get(name)
    return given if given is not None and of.last in ("SimpleNamespace",) else Method(of, name)


def _of_instance(world: World, of: Instance, name: str) -> Value:
    if name in of.attributes:
        return of.attributes[name]
    return _of_class(world, of.cls, name, of)


def _of_class(world: World, of: Class, name: str, instance: Instance | Router | None = None) -> Value:
    found = of.member(name)
    if found is None:
        if name == "__name__":
            return Literal(of.node.name)
        if name == "__dict__":
            return Mapped(of.attributes)
        if name == "__class__" and instance is not None:
            return of
        if instance is None and name == "__init__":
            return Method(of, name)
        return Unknown(f"{name} of {of.node.name}")
    if isinstance(found, Function):
        return _of_function(world, of, found, instance)
    if _is_enumeration(of) and isinstance(found, Literal):
        return Member(found.value, name)
    if SETTINGS_BASES.intersection(dotted.rsplit(".", 1)[-1] for dotted in of.externals()):
        return _configured(_default(world, found))
    return _default(world, found)


def _of_function(world: World, of: Class, found: Function, instance: Value | None) -> Value:
    if found.is_static:
        return found.bind(of) if found.bound is of else found
    if instance is None:
        return found
    method = found.bind(instance)
    if not found.is_property:
        return method
    from constitution_lint.model.routing.calls import call_function

    value = call_function(world, method, Arguments([], {}))
    settings = SETTINGS_BASES.intersection(dotted.rsplit(".", 1)[-1] for dotted in of.externals())
    return _configured(value) if settings else value


class Member(Literal):
    """A member of an enumeration: its value is the text that comparisons and paths see."""

    __slots__ = ("name",)

    def __init__(self, value: str | int | float | bool | None, name: str) -> None:
        super().__init__(value)
        self.name = name


def _is_enumeration(of: Class) -> bool:
    return any(dotted.rsplit(".", 1)[-1] in ("Enum", "StrEnum", "IntEnum") for dotted in of.externals())


def _default(world: World, found: Value) -> Value:
    """A field declared by `Field(default)` or `field(default=…)` is its default."""
    if isinstance(found, Made) and found.last in ("Field", "field", "PrivateAttr"):
        return found.arguments.get(0, "default") or _made_default(world, found)
    return found


def _made_default(world: World, found: Made) -> Value:
    factory = found.arguments.keywords.get("default_factory")
    if isinstance(factory, External) and factory.last in ("list", "dict"):
        return Listed([]) if factory.last == "list" else Mapped({})
    if isinstance(factory, Class | Function) and found.origin is not None:
        from constitution_lint.model.routing.calls import call

        node, env = found.origin
        if isinstance(node, Call):
            return call(world, factory, Arguments([], {}), node, env)
    return Unknown("a field without a default")


def _configured(found: Value) -> Value:
    if isinstance(found, Literal) and not found.configured:
        return Literal(found.value, True)
    if isinstance(found, Listed):
        return Listed([_configured(item) for item in found.items])
    return found


def _of_router(world: World, of: Router, name: str) -> Value:
    if name in of.attributes:
        return of.attributes[name]
    if of.cls is not None:
        found = of.cls.member(name)
        if isinstance(found, Function):
            return _of_function(world, of.cls, found, of)
        if found is not None:
            return found
    if name == "router":
        return of
    if name == "prefix":
        return Literal(of.prefix)
    if name == "tags":
        return Listed([Literal(tag) for tag in of.tags])
    if name == "dependencies":
        return Method(of, "dependencies")
    if name == "state":
        return Unknown("the state of an application")
    return Method(of, name)


def set_attribute(world: World, of: Value, name: str, value: Value) -> None:
    """`of.name = value`."""
    if isinstance(of, Router):
        if name == "prefix":
            of.prefix = text_of(value) or ""
        else:
            of.attributes[name] = value
        if isinstance(value, Router) and not value.name:
            value.name = name
    elif isinstance(of, Instance):
        of.attributes[name] = value
        if isinstance(value, Router) and not value.name:
            value.name = name
    elif isinstance(of, Class | Function):
        of.attributes[name] = value
    elif isinstance(of, Module) and of.file is not None:
        world.run(of.file).names[name] = value
    elif isinstance(of, Either):
        for option in of.options:
            set_attribute(world, option, name, value)
