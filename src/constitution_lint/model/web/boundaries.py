"""For gate 3, in the frontend: databases opened there, and files that one side imports from the other."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import file_set
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.web.application import application_files
from constitution_lint.model.web.better_auth import server_files
from constitution_lint.model.web.modules import closure, package_of, steps_of
from constitution_lint.model.web.served_requests import home_of

_DATABASES = frozenset(
    {"pg", "postgres", "pg-promise", "mysql", "mysql2", "mongodb", "mongoose", "better-sqlite3", "sqlite3", "mssql"}
    | {"@neondatabase/serverless", "@vercel/postgres", "@planetscale/database", "@libsql/client", "oracledb", "tedious"}
    | {"drizzle-orm", "@prisma/client", "typeorm", "sequelize", "kysely", "knex", "objection", "bookshelf"}
    | {"@mikro-orm/core", "slonik", "postgres-js", "massive"}
)
_CONFIGURATION = re.compile(r"(?:^|/)[\w.-]+\.config\.\w+$|(?:^|/)(?:drizzle|prisma|migrations?)/")


class Opened(NamedTuple):
    """An import that opens a database: a driver itself, or (`through`) a file of the project that opens it."""

    location: Location
    package: str
    through: Location | None = None


class Crossing(NamedTuple):
    """An import from one side of the application to a file of the other."""

    location: Location
    source: str
    target: str


def databases_in_frontend(project: Project) -> Iterator[Opened]:
    """Each import of a driver or ORM by what a frontend runs, outside what the Better Auth server is configured with.

    The files that only its configuration loads are its own. Where another file imports them too, that import opens the
    database for the frontend.
    """
    lawful = authentication_files(project)
    opened = _openings(project)
    for file in sorted(application_files(project)):
        if file in lawful or _CONFIGURATION.search(file):
            continue
        if file in opened:
            yield opened[file]
        for step in steps_of(project)[file]:
            inner = opened.get(step.target or "")
            if inner is None or step.target not in lawful or step.written.type_only:
                continue
            if not _configures(project, step.target):
                yield Opened(step.location, inner.package, inner.location)


def _openings(project: Project) -> dict[str, Opened]:
    """The first import of a driver in each file."""
    found: dict[str, Opened] = {}
    for file, steps in steps_of(project).items():
        for step in steps:
            package = package_of(step.written.module)
            if step.target is None and package in _DATABASES and not step.written.type_only:
                found.setdefault(file, Opened(step.location, package))
    return found


@remembered
def authentication_files(project: Project) -> frozenset[str]:
    """What the files that configure the Better Auth server load, themselves included."""
    return closure(project, server_files(project))


def _configures(project: Project, file: str | None) -> bool:
    """Does a file make the Better Auth server?"""
    return file in server_files(project)


def crossings(project: Project) -> Iterator[Crossing]:
    """Imports from a frontend into a backend's folder and the other way round, by place."""
    found = [*_into_backends(project), *_into_frontends(project)]
    yield from sorted(found)


def _into_backends(project: Project) -> Iterator[Crossing]:
    for file, steps in steps_of(project).items():
        home = home_of(project, file)
        if not home or not is_product(file):
            continue
        roots = _backend_roots(project, home)
        for step in steps:
            module = step.written.module
            target = step.target or (normpath(join(dirname(file), module)) if module.startswith(".") else "")
            if any(target.startswith(f"{root}/") for root in roots) and _is_there(project, target):
                yield Crossing(step.location, file, target)


def _into_frontends(project: Project) -> Iterator[Crossing]:
    names = names_of(project)
    homes = tuple(home for home in project.workspace.frontends if home)
    for file in project.code:
        if not is_product(file) or any(file.startswith(f"{home}/") for home in homes):
            continue
        for imported in names.imports(file):
            if imported.file and any(imported.file.startswith(f"{home}/") for home in homes):
                yield Crossing(Location(file, imported.span), file, imported.file)


def _backend_roots(project: Project, home: str) -> tuple[str, ...]:
    """The folder of each backend beside a frontend: where their paths part."""
    roots = []
    for backend in project.workspace.backends:
        mine, theirs = home.split("/"), backend.split("/") if backend else []
        at = next((at for at, (one, other) in enumerate(zip(mine, theirs, strict=False)) if one != other), None)
        if at is not None:
            roots.append("/".join(theirs[: at + 1]))
    return tuple(dict.fromkeys(roots))


def _is_there(project: Project, target: str) -> bool:
    files = file_set(project)
    return target in files or any(target + ending in files for ending in (".ts", ".tsx", ".js", ".json", ".py"))
