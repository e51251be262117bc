"""Beneath the route table: evaluates the wiring of FastAPI applications and gives endpoints as FastAPI would serve them."""

from __future__ import annotations

from constitution_lint.model.names import Names
from constitution_lint.model.routing.types import App, Served


def endpoints_of(names: Names, backends: tuple[str, ...]) -> Served:
    """All endpoints of all applications of a project. Never raises; what cannot be resolved is listed as undecided.

    `backends` are the folders of modules that make an application; an application belongs to the innermost.
    """
    from constitution_lint.model.routing.entries import is_aside, run_factories, run_modules, run_startups
    from constitution_lint.model.routing.shadowing import with_shadows
    from constitution_lint.model.routing.table import Table
    from constitution_lint.model.routing.world import Exhausted, World

    world = World(names)
    files = sorted(names.code)
    for chosen in ([file for file in files if not is_aside(file)], files):
        try:
            run_modules(world, chosen)
            run_factories(world, chosen)
            run_startups(world)
        except (Exhausted, RecursionError):
            pass
        if any(router.is_app and router.entries for router in world.routers):
            break
    table = Table()
    apps: list[App] = []
    makers = [router for router in world.routers if router.is_app]
    mounted = {id(entry.target) for router in world.routers for entry in router.entries if hasattr(entry, "target")}
    for app in makers:
        if id(app) in mounted or not app.entries:
            continue
        name = app.name or app.where.file
        apps.append(App(app.where, name, _backend(app.home, backends)))
        table.add_application(app, name)
    table.add_unmounted(world.routers)
    endpoints = with_shadows(table.endpoints)
    undecided = sorted({*world.undecided, *table.undecided}, key=lambda one: (one.location, one.reason))
    return Served((*endpoints, *table.unmounted), tuple(apps), tuple(undecided))


def _backend(file: str, backends: tuple[str, ...]) -> str:
    around = [folder for folder in backends if not folder or file.startswith(f"{folder}/")]
    return max(around, key=len, default="")
