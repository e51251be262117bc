"""Within the routing evaluator: what the methods of applications and routers do."""

from __future__ import annotations

import re
from http import HTTPStatus

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.middleware import append_middleware, install_function
from constitution_lint.model.routing.scopes import Env, expression_of, scoped
from constitution_lint.model.routing.spelling import opposite, spelled
from constitution_lint.model.routing.types import Scoped
from constitution_lint.model.routing.values import (
    Arguments,
    Either,
    External,
    Function,
    Inclusion,
    Instance,
    Listed,
    Literal,
    Made,
    Mapped,
    Method,
    Registrar,
    Registration,
    Router,
    Unknown,
    Value,
    text_of,
)
from constitution_lint.model.routing.world import World

METHODS = ("get", "post", "put", "delete", "options", "head", "patch", "trace")
FOUND_LATER = "it is found at run time"
MOST_ENTRIES = 20_000


def configure(world: World, router: Router, arguments: Arguments) -> None:
    """Take the keywords of `FastAPI(...)` or `APIRouter(...)`."""
    given = dict(arguments.keywords)
    prefix = given.get("prefix")
    if prefix is not None and not router.is_app:
        router.prefix = path_of(world, prefix, router.where, "the prefix of a router")
    router.dependencies = [*router.dependencies, *dependencies_of(world, given.get("dependencies"), router.where)]
    router.tags = tags_of(given.get("tags"))
    shown = given.get("include_in_schema")
    if isinstance(shown, Literal) and not shown.configured:
        router.include_in_schema = shown.value is not False
    for item in _items(given.get("middleware")):
        node, env = item.origin if item.origin is not None else (None, None)
        if isinstance(item, Made) and item.last == "Middleware" and isinstance(node, Call) and env is not None:
            append_middleware(world, router, item.arguments, node, env)
    router.startup.extend(_items(given.get("on_startup")))
    if isinstance(given.get("lifespan"), Function | Instance):
        router.startup.append(given["lifespan"])
    taken = given.get("routes")
    if isinstance(taken, Method) and isinstance(taken.of, Router):
        router.entries.extend(taken.of.entries)
    for item in _items(taken):
        add_route_object(world, router, item, router.where)


def _items(value: Value | None) -> list[Value]:
    if isinstance(value, Either):
        return [item for option in value.options for item in _items(option)]
    return value.items if isinstance(value, Listed) else []


def path_of(world: World, value: Value | None, where: Location, what: str) -> str:
    """A path or prefix; an empty one, noted as undecided, when it is not known."""
    if value is None or (isinstance(value, Literal) and value.value is None):
        return ""
    text = text_of(value)
    if text is None:
        reason = value.reason if isinstance(value, Unknown) else "its value is not known"
        world.undecide(where, f"{what} is not known: {reason}")
        return ""
    return text


def dependencies_of(world: World, value: Value | None, where: Location) -> tuple[Scoped, ...]:
    """The dependencies of a list; those that are there only sometimes carry their condition."""
    if value is None or (isinstance(value, Literal) and value.value is None):
        return ()
    if isinstance(value, Either):
        return _either(world, value, where)
    if not isinstance(value, Listed):
        world.undecide(where, "the dependencies declared here are not a list that can be read")
        return ()
    found: list[Scoped] = []
    for item in value.items:
        if isinstance(item, Either):
            found.extend(_either(world, Either(tuple(Listed([one]) for one in item.options), item.condition), where))
            continue
        written = expression_of(item)
        if isinstance(item, Literal):
            continue
        if written is None:
            world.undecide(where, "a dependency declared here is not known")
        else:
            found.append(_unless_given(world, written))
    return tuple(found)


def _unless_given(world: World, written: Scoped) -> Scoped:
    """A dependency added under the conditions that hold here anyway is not conditional here."""
    return written._replace(condition="") if written.condition in ("", " and ".join(world.conditions)) else written


def _either(world: World, value: Either, where: Location) -> tuple[Scoped, ...]:
    lists = [dependencies_of(world, option, where) for option in value.options]
    always = [one for one in lists[0] if all(one in other for other in lists)]
    condition = value.condition or "a condition"
    sometimes = [
        one._replace(condition=one.condition or (condition if index == 0 else opposite(condition)))
        for index, other in enumerate(lists)
        for one in other
        if one not in always
    ]
    return (*always, *sometimes)


def tags_of(value: Value | None) -> list[str]:
    return [text for item in _items(value) if (text := text_of(item)) is not None]


# --- calls of methods ------------------------------------------------------------------------------------------------


def call_router_method(world: World, router: Router, name: str, arguments: Arguments, node: Call, env: Env) -> Value:
    """`router.name(...)`: a registrar for decorators, a registration, an inclusion, a mount, a middleware."""
    if name in METHODS:
        own = _overridden(router, "api_route")
        if own is not None:
            return _call_own(world, router, own, arguments.positional, arguments.keywords, (name.upper(),))
        return Registrar(router, (name.upper(),), arguments, node, env)
    if name in ("api_route", "route"):
        return Registrar(router, methods_of(world, arguments, env, node), arguments, node, env)
    if name in ("websocket", "websocket_route"):
        return Registrar(router, ("WEBSOCKET",), arguments, node, env)
    if name in ("add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route"):
        _add_route(world, router, name, arguments, node, env)
    elif name == "include_router":
        _include(world, router, arguments, node, env)
    elif name in ("mount", "frontend"):
        _mount(world, router, arguments, node, env)
    elif name == "middleware":
        return Method(router, "@middleware")
    elif name == "@middleware":
        install_function(world, router, arguments, node, env)
        return arguments.positional[0] if arguments.positional else Literal(None)
    elif name == "add_middleware":
        append_middleware(world, router, arguments, node, env, first=True)
    elif name == "__init__":
        configure(world, router, arguments)
    elif name == "on_event" and text_of(arguments.get(0, "event_type")) == "startup":
        return Method(router, "@startup")
    elif name == "@startup":
        router.startup.extend(arguments.positional[:1])
    elif name == "add_event_handler" and text_of(arguments.get(0, "event_type")) == "startup":
        router.startup.extend(arguments.positional[1:2])
    elif name in ("on_event", "exception_handler"):
        return Method(router, "@registered")
    return Literal(None)


def _overridden(router: Router, name: str) -> Function | None:
    """A router's own version of a method that the others call; applications hand on to a plain router."""
    if router.cls is None or router.is_app:
        return None
    found = router.cls.member(name)
    return found if isinstance(found, Function) else None


def _call_own(
    world: World,
    router: Router,
    own: Function,
    positional: list[Value],
    keywords: dict[str, Value],
    methods: tuple[str, ...],
) -> Value:
    from constitution_lint.model.routing.calls import call_function

    named: list[Value] = [Literal(method) for method in methods]
    given = {"methods": Listed(named), **keywords} if methods != ("WEBSOCKET",) else keywords
    return call_function(world, own.bind(router), Arguments(positional, given))


def registered(world: World, registrar: Registrar, target: Value) -> None:
    """What a route decorator does with its function: the router's `add_api_route`, its own one if it has one."""
    router, arguments = registrar.router, registrar.arguments
    name = "add_api_websocket_route" if registrar.methods == ("WEBSOCKET",) else "add_api_route"
    own = _overridden(router, name)
    if own is None:
        register(world, router, registrar.methods, arguments, target, registrar.call, registrar.env)
        return
    keywords = dict(arguments.keywords)
    path = keywords.pop("path", None) or next(iter(arguments.positional), Literal(""))
    _call_own(world, router, own, [path, target, *arguments.positional[1:]], keywords, registrar.methods)


def methods_of(world: World, arguments: Arguments, env: Env, node: Call) -> tuple[str, ...]:
    """The methods of `api_route` and `add_api_route`: GET unless others are named."""
    given = arguments.keywords.get("methods")
    if given is None or (isinstance(given, Literal) and given.value is None):
        return ("GET",)
    items = _items(given) if not isinstance(given, Literal) else [given]
    if isinstance(given, Mapped):
        items = [Literal(str(key)) for key in given.items]
    found = [(item.last if isinstance(item, External) else text_of(item) or "").upper() for item in items]
    if not found or not all(found):
        world.unresolved(env.file, node, "the methods of this route are not known")
    return tuple(dict.fromkeys(one for one in found if one))


def register(
    world: World,
    router: Router,
    methods: tuple[str, ...],
    arguments: Arguments,
    target: Value,
    node: Call,
    env: Env,
) -> None:
    """Add one route to a router."""
    if len(router.entries) >= MOST_ENTRIES:
        return
    where = Location(env.file, node.span)
    path = path_of(world, arguments.get(0, "path"), where, "the path of a route")
    keywords = arguments.keywords
    status = keywords.get("status_code")
    shown = keywords.get("include_in_schema")
    router.entries.append(
        Registration(
            methods,
            router.prefix + path,
            target,
            node,
            where,
            tuple(world.conditions),
            world.root,
            (*router.dependencies, *dependencies_of(world, keywords.get("dependencies"), where)),
            (*router.tags, *tags_of(keywords.get("tags"))),
            router.include_in_schema and not (isinstance(shown, Literal) and shown.value is False),
            _status(status),
            _response_model(node, env),
        )
    )


def _status(value: Value | None) -> int | None:
    """A status code as a number, a constant of `fastapi.status` or a member of `http.HTTPStatus`."""
    if isinstance(value, Literal):
        return value.value if isinstance(value.value, int) else None
    if not isinstance(value, External):
        return None
    constant = re.fullmatch(r"(?:HTTP|WS)_(\d+)_\w+", value.last)
    if constant is not None:
        return int(constant[1])
    return next((int(member) for member in HTTPStatus if f"HTTPStatus.{member.name}" in value.dotted), None)


def _response_model(node: Call, env: Env) -> Scoped | None:
    written = node.keyword("response_model")
    return scoped(written, env) if written is not None else None


def _add_route(world: World, router: Router, name: str, arguments: Arguments, node: Call, env: Env) -> None:
    target = arguments.get(1, "endpoint") or arguments.get(1, "route")
    if target is None:
        world.unresolved(env.file, node, "a route is added without a handler that can be found")
        return
    methods = ("WEBSOCKET",) if "websocket" in name else methods_of(world, arguments, env, node)
    if len(arguments.positional) > 2 and name == "add_route":
        methods = tuple(tags.upper() for tags in tags_of(arguments.positional[2])) or methods
    register(world, router, methods, arguments, target, node, env)


def _include(world: World, router: Router, arguments: Arguments, node: Call, env: Env) -> None:
    target = arguments.get(0, "router")
    where = Location(env.file, node.span)
    if isinstance(target, Either) and target.condition == FOUND_LATER:
        world.undecide(where, f"which routers are included here is decided at run time: {spelled(node)}")
        with world.under(FOUND_LATER):
            for found in target.options:
                already = any(entry.declared == where and _target(entry) is found for entry in router.entries)
                if isinstance(found, Router) and found is not router and not already:
                    router.entries.append(_inclusion(world, router, found, arguments, where))
        return
    targets: tuple[Value | None, ...] = target.options if isinstance(target, Either) else (target,)
    for one in targets:
        if not isinstance(one, Router):
            reason = one.reason if isinstance(one, Unknown) else one.dotted if isinstance(one, Made | External) else ""
            world.undecide(where, f"a router is included that cannot be read: {reason or spelled(node)}")
        elif one is not router and len(router.entries) < MOST_ENTRIES:
            router.entries.append(_inclusion(world, router, one, arguments, where))


def _target(entry: Registration | Inclusion) -> Value:
    return entry.router if isinstance(entry, Inclusion) else entry.target


def _inclusion(world: World, router: Router, target: Router, arguments: Arguments, where: Location) -> Inclusion:
    keywords = arguments.keywords
    prefix = path_of(world, keywords.get("prefix"), where, "the prefix of an included router")
    shown = keywords.get("include_in_schema")
    return Inclusion(
        target,
        router.prefix + prefix,
        where,
        tuple(world.conditions),
        world.root,
        (*router.dependencies, *dependencies_of(world, keywords.get("dependencies"), where)),
        (*router.tags, *tags_of(keywords.get("tags"))),
        router.include_in_schema and not (isinstance(shown, Literal) and shown.value is False),
    )


def _mount(world: World, router: Router, arguments: Arguments, node: Call, env: Env) -> None:
    where = Location(env.file, node.span)
    path = path_of(world, arguments.get(0, "path"), where, "the path of a mount")
    target = arguments.get(1, "app") or Unknown(f"{spelled(node)} serves what cannot be read")
    add_mount(world, router, path, target, where, node)


def add_mount(
    world: World, router: Router, path: str, target: Value, where: Location, node: Call | None = None
) -> None:
    """Mount one application under a path."""
    inner = innermost(target)
    target = inner if inner is not router else target
    router.entries.append(
        Registration(
            ("MOUNT",), router.prefix + path.rstrip("/"), target, node, where, tuple(world.conditions), world.root
        )
    )


def innermost(target: Value, depth: int = 0) -> Value:
    """The application inside a wrapper of a library (`ASGIMiddleware(app)`), else the target itself."""
    if isinstance(target, Either):
        return next((one for one in target.options if isinstance(one, Router)), target.options[0])
    if isinstance(target, Made) and depth < 6:
        for argument in (*target.arguments.positional[:2], *target.arguments.keywords.values()):
            found = innermost(argument, depth + 1)
            if isinstance(found, Router):
                return found
    return target


# --- route objects ---------------------------------------------------------------------------------------------------


def add_route_object(world: World, router: Router, item: Value, where: Location) -> None:
    """`Route(...)`, `APIRoute(...)`, `WebSocketRoute(...)`, `Mount(...)` in a `routes=` list."""
    if isinstance(item, Unknown) and "routes" in item.reason:
        return  # a route taken from another list of routes: it is known there
    if not isinstance(item, Made):
        world.undecide(where, "a route of this list cannot be read")
        return
    path = path_of(world, item.arguments.get(0, "path"), item.where, "the path of a route")
    if item.last == "Mount":
        add_mount(world, router, path, item.arguments.get(1, "app") or _listed_routes(world, item), item.where)
        return
    target = item.arguments.get(1, "endpoint")
    node, env = item.origin if item.origin is not None else (None, None)
    if target is None or env is None or not isinstance(node, Call):
        world.undecide(item.where, "a route of this list cannot be read")
        return
    methods = ("WEBSOCKET",) if "WebSocket" in item.last else methods_of(world, item.arguments, env, node)
    register(world, router, methods, item.arguments, target, node, env)


def _listed_routes(world: World, mount: Made) -> Router:
    """The application a `Mount(path, routes=[…])` stands for."""
    inner = world.new_router(True, mount.where, None)
    configure(world, inner, Arguments([], {"routes": mount.arguments.keywords.get("routes", Literal(None))}))
    return inner
