"""Within the routing evaluator: which modules are run, in which order, and the factories nobody calls."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from constitution_lint.facts.code import Attribute, Call, ClassDef, FunctionDef, Name, Stmt
from constitution_lint.facts.location import Location
from constitution_lint.model.names import Names
from constitution_lint.model.routing.calls import call_function, instantiate
from constitution_lint.model.routing.library import is_application
from constitution_lint.model.routing.values import NOWHERE, Arguments, Class, Either, Function, Instance, Router, Value
from constitution_lint.model.routing.world import World
from constitution_lint.model.walk import calls, dotted_name, walk_statements

ENTRY_NAMES = frozenset(
    ["main", "app", "asgi", "wsgi", "server", "index", "api", "application", "run", "__main__", "__init__", "start"]
)
_ASIDE = frozenset(
    ["tests", "test", "testing", "examples", "example", "docs", "docs_src", "samples", "fixtures", "e2e"]
)
_FRAMEWORKS = ("fastapi", "starlette")


def is_aside(file: str) -> bool:
    """Does a file belong to tests, examples or documentation, which serve nobody?"""
    *folders, name = file.lower().split("/")
    return bool(_ASIDE.intersection(folders)) or name.startswith("test_") or name in ("conftest.py", "tests.py")


def run_modules(world: World, files: list[str]) -> None:
    """Import every module that has to do with the framework, those that make applications first."""
    for file in sorted(_concerned(world.names, files), key=lambda file: _rank(world.names, file)):
        if file not in world.modules:
            with world.apart(file):
                world.run(file)


def _concerned(names: Names, files: list[str]) -> set[str]:
    """Files that import the framework, and what imports them, directly or not."""
    importers: dict[str, list[str]] = {}
    waiting: list[str] = []
    for file in files:
        imports = names.imports(file)
        if any(one.file is None and one.dotted.split(".")[0].startswith(_FRAMEWORKS) for one in imports):
            waiting.append(file)
        for one in imports:
            if one.file is not None:
                importers.setdefault(one.file, []).append(file)
    found = set(waiting)
    while waiting:
        for importer in importers.get(waiting.pop(), ()):
            if importer not in found:
                found.add(importer)
                waiting.append(importer)
    return found


def _rank(names: Names, file: str) -> tuple[int, int, int, str]:
    makes = any(makes_application(names, file, call) for call in _at_import(names, file))
    is_entry = is_entry_name(file)
    return (0 if makes else 1 if is_entry else 2, 0 if is_entry else 1, file.count("/"), file)


def is_entry_name(file: str) -> bool:
    return basename(file).removesuffix(".py") in ENTRY_NAMES


def _at_import(names: Names, file: str) -> Iterator[Call]:
    for statement in names.code[file].body:
        if not isinstance(statement, FunctionDef | ClassDef):
            yield from calls(statement, into_definitions=False)


def makes_application(names: Names, file: str, call: Call) -> bool:
    """Is this a call of FastAPI, or of a class that descends from it?"""
    if not dotted_name(call.func):
        return False
    found = names.resolve_expression(file, call.func)
    if found is None:
        return False
    if found.kind == "external":
        return is_application(found.dotted)
    return found.kind == "class" and any(
        base.kind == "external" and is_application(base.dotted) for base in names.ancestors(found)
    )


# --- factories nobody calls ------------------------------------------------------------------------------------------


def run_factories(world: World, files: list[str]) -> None:
    """Call what makes an application and was not called: servers call it by name (`--factory`)."""
    for file in files:
        env = world.modules.get(file)
        if env is None:
            continue
        for function, owner in _makers(world.names.code[file].body, None):
            if id(function) in world.called or not _makes(world.names, file, function):
                continue
            maker = _maker(world, file, env.names, function, owner)
            if maker is None:
                continue
            count = len(world.routers)
            with world.apart(file):
                world.importing.append(file)
                call_function(world, maker, Arguments([], {}))
            for router in world.routers[count:]:
                if router.is_app:
                    router.name = f"{function.name}()"


def run_startups(world: World) -> None:
    """Run what applications do before they serve: lifespans and startup handlers may include routers."""
    for router in list(world.routers):
        for started in router.startup:
            function = started.cls.member("__call__") if isinstance(started, Instance) else started
            if not isinstance(function, Function) or id(function.node) in world.called:
                continue
            function = function.bind(started) if isinstance(started, Instance) else function
            takes = len(function.node.params) - (1 if function.bound is not None else 0)
            given: list[Value] = [router]
            with world.apart(router.root or function.file):
                world.importing.append(router.root or function.file)
                call_function(world, function, Arguments(given[:takes] if router.is_app else [], {}))


_PLACES = frozenset(["app", "application", "api", "router", "server", "fastapi_app"])


def run_uncalled(world: World, files: list[str]) -> None:
    """Run functions that nothing calls and that put routes on an application or router they are given.

    They are given one that nobody serves, so that their routes show as routes that are not served.
    """
    noted = dict(world.undecided)
    for file in files:
        env = world.modules.get(file)
        for node in world.names.code[file].body if env is not None else ():
            if not isinstance(node, FunctionDef) or id(node) in world.called or not _puts_routes(node):
                continue
            found = env.names.get(node.name) if env is not None else None
            if isinstance(found, Function) and found.node is node:
                _run_apart(world, file, found, node)
    world.undecided = noted


def _run_apart(world: World, file: str, function: Function, node: FunctionDef) -> None:
    router = world.new_router(False, Location(file, node.head), None)
    given: dict[str, Value] = {param.name: router for param in node.params if param.name in _PLACES}
    with world.apart(file), world.under(f"nothing calls {node.name}()"):
        world.importing.append(file)
        call_function(world, function, Arguments([], given))


def _puts_routes(node: FunctionDef) -> bool:
    places = {param.name for param in node.params if param.name in _PLACES}
    if not places:
        return False
    return any(
        isinstance(call.func, Attribute) and isinstance(call.func.value, Name) and call.func.value.id in places
        for call in calls(node.body)
    )


def replaced_of(world: World) -> set[int]:
    """The applications, by identity, whose name in their module was bound to another application afterwards."""
    held = {
        id(option)
        for env in world.modules.values()
        for value in env.names.values()
        for option in (value.options if isinstance(value, Either) else (value,))
    }
    found: set[int] = set()
    for app in world.routers:
        env = world.modules.get(app.home)
        now = env.names.get(app.name) if env is not None and app.is_app else None
        if isinstance(now, Router) and now.is_app and now.home == app.home and id(app) not in held:
            found.add(id(app))
    return found


def _makes(names: Names, file: str, function: FunctionDef) -> bool:
    locally = {
        alias.asname or alias.name
        for statement in walk_statements(function.body)
        for alias in getattr(statement, "names", ())
        if getattr(statement, "module", None) in ("fastapi", "fastapi.applications") and alias.name == "FastAPI"
    }
    return any(
        makes_application(names, file, call) or dotted_name(call.func) in locally
        for call in calls(function.body, into_definitions=False)
    )


def _makers(body: tuple[Stmt, ...], owner: ClassDef | None) -> Iterator[tuple[FunctionDef, ClassDef | None]]:
    for statement in body:
        if isinstance(statement, FunctionDef):
            yield statement, owner
        elif isinstance(statement, ClassDef) and owner is None:
            yield from _makers(statement.body, statement)


def _maker(
    world: World, file: str, names: dict[str, Value], function: FunctionDef, owner: ClassDef | None
) -> Function | None:
    if owner is None:
        found = names.get(function.name)
        return found if isinstance(found, Function) and found.node is function else None
    cls = names.get(owner.name)
    member = cls.attributes.get(function.name) if isinstance(cls, Class) else None
    if not isinstance(cls, Class) or not isinstance(member, Function):
        return None
    if member.is_static:
        return member
    node = Call(owner.head, function.decorators[0] if function.decorators else _NO_CALL, ())
    made = instantiate(world, cls, Arguments([], {}), node, world.modules[file])
    if id(function) in world.called or not isinstance(made, Instance):
        return None
    return member.bind(made)


def _nothing() -> Call:
    from constitution_lint.facts.code import Name

    return Call(NOWHERE, Name(NOWHERE, ""), ())


_NO_CALL = _nothing()
