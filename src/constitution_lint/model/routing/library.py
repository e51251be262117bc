"""Within the routing evaluator: what libraries and built-ins give, as far as wiring code needs it."""

from __future__ import annotations

import re
from typing import Any

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.applications import FOUND_LATER, configure
from constitution_lint.model.routing.filesystem import call_filesystem
from constitution_lint.model.routing.operators import iterated
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.values import (
    Arguments,
    Class,
    Either,
    External,
    Function,
    Inclusion,
    Instance,
    Listed,
    Literal,
    Made,
    Mapped,
    Module,
    Partial,
    PathText,
    Router,
    Unknown,
    Value,
    is_certain,
    text_of,
    truth_of,
)
from constitution_lint.model.routing.world import MOST_TURNS, World

_FRAMEWORKS = ("fastapi", "starlette", "builtins")
_PASSED_THROUGH = frozenset(["mount_gradio_app", "add_pagination", "add_timing_middleware", "cast", "deepcopy", "copy"])


def is_application(dotted: str) -> bool:
    """Is this external the FastAPI class, or one of a package that wraps it?"""
    last = dotted.rsplit(".", 1)[-1]
    return last in ("FastAPI", "Starlette", "FastAPIOffline") and dotted.startswith(_FRAMEWORKS)


def is_router(dotted: str) -> bool:
    """Is this external a router of the framework, or of a package that extends it and serves what it is told to?"""
    last = dotted.rsplit(".", 1)[-1]
    if last in ("APIRouter", "InferringRouter"):
        return True
    if last.endswith("Router") and dotted.startswith("fastapi_"):
        return "crud" not in last.lower()
    return last == "Router" and dotted.startswith(("starlette", "fastapi"))


def call_external(world: World, callee: External, arguments: Arguments, node: Call, env: Env) -> Value:
    """The value of calling a name of a library."""
    where = Location(env.file, node.span)
    dotted = callee.dotted
    if is_application(dotted) or is_router(dotted):
        router = world.new_router(is_application(dotted), where, None)
        router.origin = (node, env)
        configure(world, router, arguments)
        return router
    if dotted.startswith("builtins.") and dotted != "builtins.dir":
        found = _builtin(world, callee.last, arguments, env)
        return found if found is not None else Made(dotted, arguments, where)
    found = from_environment(dotted, arguments)
    if found is not None:
        return found
    if callee.last == "import_module" and dotted.startswith("importlib"):
        return _import(world, arguments, env)
    if dotted in ("inspect.getmembers", "inspect.getmembers_static", "builtins.dir") and arguments.positional:
        return _members(world, callee.last, arguments, node, env)
    if callee.last == "partial" and arguments.positional:
        return Partial(arguments.positional[0], Arguments(arguments.positional[1:], arguments.keywords))
    found = call_filesystem(world, dotted, arguments)
    if found is not None:
        return found
    if callee.last in _PASSED_THROUGH:
        passed = next((one for one in arguments.positional if isinstance(one, Router)), None)
        if passed is not None or callee.last in ("cast", "deepcopy", "copy"):
            return passed or (arguments.positional[-1] if arguments.positional else Unknown(dotted))
    wrapped = _wrapped(arguments) if callee.last not in ("wraps", "update_wrapper") else None
    return wrapped or Made(dotted, arguments, where)


def _members(world: World, name: str, arguments: Arguments, node: Call, env: Env) -> Value:
    """`dir(x)` and `inspect.getmembers(x, predicate)`."""
    from constitution_lint.model.routing.attributes import members

    found = members(world, arguments.positional[0], env)
    if name == "dir":
        return Listed([Literal(one) for one, _ in found])
    predicate = arguments.get(1, "predicate")
    return Listed([Listed([Literal(one), value]) for one, value in found if _fits(world, predicate, value, node, env)])


def _fits(world: World, predicate: Value | None, value: Value, node: Call, env: Env) -> bool:
    from constitution_lint.model.routing.calls import call

    if predicate is None:
        return True
    if isinstance(predicate, External) and predicate.dotted.startswith("inspect."):
        kinds = {
            "ismethod": Function,
            "isfunction": Function,
            "isroutine": Function,
            "isclass": Class,
            "ismodule": Module,
        }
        return isinstance(value, kinds.get(predicate.last, Value))
    return truth_of(call(world, predicate, Arguments([value], {}), node, env)) is not False


def _wrapped(arguments: Arguments) -> Value | None:
    """`lru_cache(function)` and the like give the function back."""
    first = arguments.positional[0] if len(arguments.positional) == 1 and not arguments.keywords else None
    return first if isinstance(first, Function) and first.bound is None else None


# --- environment -----------------------------------------------------------------------------------------------------


def from_environment(dotted: str, arguments: Arguments) -> Value | None:
    """`os.getenv("X", default)` and its relatives: the default, which the environment may replace."""
    is_lookup = dotted in ("os.getenv", "os.environ.get", "decouple.config", "environ.get", "os.environ.setdefault")
    if not is_lookup and dotted.rsplit(".", 1)[-1] not in ("getenv",):
        return None
    default = arguments.get(1, "default")
    if default is None:
        return Literal(None, True)
    return Literal(default.value, True) if isinstance(default, Literal) else default


def _import(world: World, arguments: Arguments, env: Env) -> Value:
    """`importlib.import_module` of a name that is known is an import like any other."""
    name = arguments.get(0, "name")
    dotted = text_of(name)
    if isinstance(name, Either):
        each = [
            _import(world, arguments._replace(positional=[one, *arguments.positional[1:]]), env) for one in name.options
        ]
        return Either(tuple(one for one in each if isinstance(one, Module)) or (Unknown("a module"),), FOUND_LATER)
    if isinstance(name, Unknown) and name.pattern:
        return _matching(world, name.pattern, env)
    if not dotted:
        return Unknown("a module imported by a name that is not known")
    package = text_of(arguments.get(1, "package"))
    if dotted.startswith(".") and package and package != "__package__":
        dotted = _absolute(dotted, package)
    if dotted.startswith("."):
        level = len(dotted) - len(dotted.lstrip("."))
        key = world.names.relative(env.file, dotted.lstrip("."), level)
        if key is not None and key not in world.names.modules and key not in world.names.folders:
            key = None
    else:
        key = world.names.module(env.file, dotted)
    return world.load(key, len(dotted.split("."))) if key is not None else External(dotted)


def _absolute(dotted: str, package: str) -> str:
    """The name of a module that is relative to a package: one dot is the package itself."""
    name = dotted.lstrip(".")
    around = package.split(".")
    kept = around[: len(around) - (len(dotted) - len(name) - 1)]
    return ".".join([*kept, name] if name else kept)


def _matching(world: World, pattern: str, env: Env) -> Value:
    """The modules whose name fits one that is known in part: any of them may be imported."""
    package = pattern.split("*")[0].rpartition(".")[0]
    key = world.names.module(env.file, package) if package else None
    if key is None:
        return Unknown(f"a module imported by the name {pattern}")
    tail = pattern[len(package) + 1 :].replace(".", "/")
    wanted = re.compile(re.escape(f"{key}/{tail}").replace(r"\*", "[^/]+"))
    found = [one for one in sorted(world.names.modules) if wanted.fullmatch(one)][:200]
    modules = [world.load(one, 1) for one in found if world.names.modules[one] not in world.importing]
    return Either(tuple(modules), FOUND_LATER) if modules else Unknown(f"a module imported by the name {pattern}")


# --- built-ins -------------------------------------------------------------------------------------------------------


def _builtin(world: World, name: str, arguments: Arguments, env: Env) -> Value | None:
    first = arguments.positional[0] if arguments.positional else None
    if name in ("getattr", "hasattr", "setattr"):
        return _attributes(world, name, arguments, env)
    if name in ("list", "tuple", "set", "sorted", "reversed", "frozenset"):
        return _listed(name, first)
    if name == "dict":
        held = first.items if isinstance(first, Mapped) else {}
        return Mapped({**held, **arguments.keywords})
    if name in ("enumerate", "zip", "range", "map", "filter"):
        return _generated(world, name, arguments, env)
    if name in ("str", "int", "bool", "len", "repr"):
        return _converted(name, first)
    if name in ("isinstance", "issubclass", "callable"):
        return _tested(name, arguments)
    if name == "type" and len(arguments.positional) == 1:
        return first.cls if isinstance(first, Instance) else Unknown("type()")
    if name == "__import__":
        return _import(world, arguments, env)
    if name == "vars" and isinstance(first, Module) and first.file is not None:
        return Mapped(dict(world.run(first.file).names))
    if name == "globals":
        return Mapped(dict(env.module().names))
    return None


def _attributes(world: World, name: str, arguments: Arguments, env: Env) -> Value:
    from constitution_lint.model.routing.attributes import attribute, set_attribute

    if len(arguments.positional) < 2:
        return Unknown(name)
    of, wanted = arguments.positional[0], text_of(arguments.positional[1])
    if wanted is None and name == "getattr":
        routers = _routers_in(world, of)
        if routers:
            return Either(tuple(routers), FOUND_LATER)
    if wanted is None:
        return Unknown(f"{name} of a name that is not known")
    if name == "setattr":
        if len(arguments.positional) > 2:
            set_attribute(world, of, wanted, arguments.positional[2])
        return Literal(None)
    found = attribute(world, of, wanted, env)
    if name == "hasattr":
        if isinstance(of, Function):
            return Literal(wanted in of.attributes or wanted.startswith("__"))
        known = isinstance(of, Module | Instance | Class)
        return Literal(not isinstance(found, Unknown)) if known else Unknown("hasattr")
    if isinstance(of, Function) and wanted not in of.attributes and len(arguments.positional) > 2:
        return arguments.positional[2]
    if isinstance(found, Unknown) and len(arguments.positional) > 2 and isinstance(of, Module | Instance | Class):
        return arguments.positional[2]
    return found


def _routers_in(world: World, of: Value) -> list[Value]:
    """Every router a module binds: one of them is looked up by a name that is not known."""
    if isinstance(of, Either):
        return [router for option in of.options for router in _routers_in(world, option)]
    if not isinstance(of, Module) or of.file is None:
        return []
    bound = [one for one in world.run(of.file).names.values() if isinstance(one, Router) and not one.is_app]
    within = [entry.router for one in bound for entry in one.entries if isinstance(entry, Inclusion)]
    return [one for one in bound if one.where.file == of.file and not any(one is inner for inner in within)]


def _listed(name: str, value: Value | None) -> Value:
    if value is None:
        return Listed([])
    items = iterated(value)
    if items is None:
        return Unknown(name)
    if name == "reversed":
        items.reverse()
    elif name == "sorted" and all(isinstance(item, Literal) for item in items):
        items.sort(key=lambda item: str(item.value) if isinstance(item, Literal) else "")
    return Listed(items)


def _generated(world: World, name: str, arguments: Arguments, env: Env) -> Value:
    from constitution_lint.model.routing.calls import call

    if name == "range":
        bounds = [one.value for one in arguments.positional if isinstance(one, Literal)]
        numbers = [one for one in bounds if isinstance(one, int)]
        if not numbers or len(numbers) != len(arguments.positional) or (len(numbers) > 2 and numbers[2] == 0):
            return Unknown("range")
        return Listed([Literal(number) for number in range(*numbers[:3])[:MOST_TURNS]])
    if name in ("map", "filter"):
        items = iterated(arguments.positional[1]) if len(arguments.positional) > 1 else None
        if items is None or name == "filter":
            return Listed(items) if items is not None else Unknown(name)
        node = Call(arguments_span(), _nothing(), ())
        return Listed([call(world, arguments.positional[0], Arguments([item], {}), node, env) for item in items])
    lists = [iterated(one) for one in arguments.positional]
    if not lists or any(one is None for one in lists):
        return Unknown(name)
    if name == "enumerate":
        return Listed([Listed([Literal(index), item]) for index, item in enumerate(lists[0] or [])])
    return Listed([Listed(list(items)) for items in zip(*(one or [] for one in lists), strict=False)])


def arguments_span() -> Any:
    from constitution_lint.model.routing.values import NOWHERE

    return NOWHERE


def _nothing() -> Any:
    from constitution_lint.facts.code import Const

    return Const(arguments_span(), None)


def _converted(name: str, value: Value | None) -> Value:
    if isinstance(value, PathText) and name == "str":
        return Literal(value.text)
    if name == "bool" and value is not None:
        truth = truth_of(value)
        return Literal(truth, not is_certain(value)) if truth is not None else Unknown("bool()")
    if name == "len" and isinstance(value, Listed | Mapped):
        return Literal(len(value.items))
    if not isinstance(value, Literal):
        return Unknown(f"{name}()")
    if name == "int":
        try:
            return Literal(int(value.value), value.configured)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return Unknown("int()")
    if name == "len":
        return Literal(len(value.value)) if isinstance(value.value, str) else Unknown("len()")
    return Literal(str(value.value) if name == "str" else repr(value.value), value.configured)


def _tested(name: str, arguments: Arguments) -> Value:
    value = arguments.positional[0] if arguments.positional else None
    if name == "callable":
        return Literal(isinstance(value, Function | Class)) if value is not None else Unknown(name)
    kind = arguments.positional[1] if len(arguments.positional) > 1 else None
    if isinstance(kind, External):
        if is_router(kind.dotted):
            return Literal(isinstance(value, Router) and not value.is_app)
        if is_application(kind.dotted):
            return Literal(isinstance(value, Router) and value.is_app)
        if kind.last == "str" and isinstance(value, Literal):
            return Literal(isinstance(value.value, str))
        if kind.last in ("list", "tuple") and isinstance(value, Literal | Listed):
            return Literal(isinstance(value, Listed))
    return Unknown(name)
