"""Within the routing evaluator: what import statements run and bind."""

from __future__ import annotations

from constitution_lint.facts.code import (
    Import,
)
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.values import (
    External,
    Listed,
    Module,
    Unknown,
    text_of,
)
from constitution_lint.model.routing.world import Leaves, World


def run_import(world: World, node: Import, env: Env) -> Leaves | None:
    if node.type_checking:
        return None
    if not node.is_from:
        for alias in node.names:
            _import_module(world, alias.name, alias.asname, env)
        return None
    key = world.names.source(env.file, node)
    if key is None:
        if node.level:
            world_names = ", ".join(alias.name for alias in node.names)
            for alias in node.names:
                env.names[alias.asname or alias.name] = Unknown(f"{world_names} is imported from where nothing is")
            return Leaves.MISSING if world.trying else None
        for alias in node.names:
            if alias.name != "*":
                env.names[alias.asname or alias.name] = External(f"{node.module}.{alias.name}")
        return None
    module = world.load(key, len((node.module or "").split(".")) if not node.level else 1)
    for alias in node.names:
        if alias.name == "*":
            _star(world, module, env)
            continue
        found = world.attribute(module, alias.name)
        env.names[alias.asname or alias.name] = (
            found if found is not None else Unknown(f"{alias.name} is not in {module.file or module.key}")
        )
    return None


def _import_module(world: World, dotted: str, asname: str | None, env: Env) -> None:
    key = world.names.module(env.file, dotted)
    first = dotted.split(".")[0]
    if key is None:
        env.names[asname or first] = External(dotted if asname else first)
        return
    module = world.load(key, len(dotted.split(".")))
    if asname:
        env.names[asname] = module
        return
    pieces = key.split("/")
    top = "/".join(pieces[: len(pieces) - dotted.count(".")])
    env.names[first] = Module(top, world.names.modules.get(top))


def _star(world: World, module: Module, env: Env) -> None:
    if module.file is None:
        return
    names = world.run(module.file).names
    listed = names.get("__all__")
    wanted = [text for item in listed.items if (text := text_of(item))] if isinstance(listed, Listed) else None
    for name in wanted or ():
        if name not in names:
            names[name] = world.attribute(module, name) or Unknown(f"{name} is not in {module.file}")
    for name in wanted if wanted is not None else list(names):
        if name in names and (wanted is not None or not name.startswith("_")):
            env.names[name] = names[name]
