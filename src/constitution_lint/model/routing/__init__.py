"""The route table: evaluates the wiring of FastAPI applications into endpoints as FastAPI serves them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Names, names_of
from constitution_lint.model.routing.types import App, Served

if TYPE_CHECKING:
    from constitution_lint.model.project import Project
    from constitution_lint.model.routing.table import Table
    from constitution_lint.model.routing.world import World


@remembered
def served_of(project: Project) -> Served:
    """The endpoints of a project, in the order of its routes."""
    return endpoints_of(names_of(project))


def endpoints_of(names: Names) -> Served:
    """All endpoints of all applications of a project. Never raises; what cannot be resolved is listed as undecided."""
    from constitution_lint.model.routing.shadowing import with_shadows

    world, table = _evaluated(names)
    apps = [App(app.where, app.name or app.where.file) for app in table.applications]
    endpoints = with_shadows(table.endpoints)
    undecided = sorted({*world.undecided, *table.undecided}, key=lambda one: (one.location, one.reason))
    return Served((*endpoints, *table.unmounted), tuple(apps), tuple(undecided))


@lru_cache(maxsize=2)
def _evaluated(names: Names) -> tuple[World, Table]:
    """The project's modules, run, and the routes they make; tests and examples only where nothing else makes any."""
    from constitution_lint.model.routing.entries import (
        is_aside,
        replaced_of,
        run_factories,
        run_modules,
        run_startups,
        run_uncalled,
    )
    from constitution_lint.model.routing.table import Table
    from constitution_lint.model.routing.world import World

    world = World(names)
    files = sorted(names.code)
    for chosen in ([file for file in files if not is_aside(file)], files):
        run_modules(world, chosen)
        run_factories(world, chosen)
        run_startups(world)
        if any(router.is_app and router.entries for router in world.routers):
            break
    run_uncalled(world, [file for file in files if not is_aside(file)])
    table = Table()
    table.fill(world.routers, replaced_of(world))
    return world, table
