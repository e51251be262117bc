"""For gate 5: tables that the application creates itself, with no migration to change them later."""

import re
from collections.abc import Iterator

from constitution_lint.facts.code import Attribute, Expr, Name
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import Table
from constitution_lint.model.file_roles import product_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import dotted_name, walk_expressions

_MIGRATIONS = re.compile(
    r"""(?:^|/)(?:alembic|migrations?|db_migrations?|versions|flyway|liquibase|drizzle|prisma)/(?:.*/)?[^/]+\.(?:py|sql|ts|js|json)$
    |(?:^|/)(?:atlas\.hcl|dbmate[\w.-]*|yoyo\.ini|sqitch\.plan)$|(?:^|/)[^/]*migrat[^/]*\.(?:py|sql|ts|js|sh)$
    |(?:^|/)V\d+__\w+\.sql$""",
    re.VERBOSE | re.IGNORECASE,
)
_SCAFFOLD = re.compile(r"(?:^|/)(?:alembic|migrations?)/(?:env\.py|__init__\.py|script\.py\.mako|README)$")


def tables_without_migrations(project: Project) -> Iterator[tuple[Location, str, tuple[Related, ...]]]:
    """Each backend's `create_all` where no migration exists: its place, a sentence, and the first table."""
    told: set[str] = set()
    for file in product_files(project):
        backend = _backend_of(project, file)
        if backend in told or _has_migrations(project, backend):
            continue
        call = _call_of_create_all(project, file)
        tables = [table for table in project.api.tables if _backend_of(project, table.location.file) == backend]
        if call is not None and tables and not _migrated_elsewhere(project, tables):
            told.add(backend)
            named = f"{len(tables)} tables" if len(tables) > 1 else f"the table of {tables[0].name}"
            message = f"create_all makes {named}, and there is no migration"
            yield Location(file, call.span), message, (Related(tables[0].location, f"{tables[0].name} is a table"),)


@of_file
def _call_of_create_all(project: Project, file: str) -> Expr | None:
    return next((found for found in walk_expressions(project.code[file].body) if _creates_all(found)), None)


def _migrated_elsewhere(project: Project, tables: list[Table]) -> bool:
    """Does a migration of another backend name one of the tables ("003_create_conversations.sql")?"""
    names = {table.name.lower() for table in tables}
    return any(
        _MIGRATIONS.search(file) and any(name in file.rpartition("/")[2].lower() for name in names)
        for file in project.workspace.files
    )


def _creates_all(found: object) -> bool:
    """`SQLModel.metadata.create_all`, called or handed to `run_sync`."""
    return isinstance(found, Attribute) and found.attr == "create_all" and _is_metadata(found)


def _is_metadata(found: Attribute) -> bool:
    if isinstance(found.value, Name):
        return found.value.id.lower() in ("metadata", "meta", "registry")
    return dotted_name(found.value).rpartition(".")[2] == "metadata"


def _backend_of(project: Project, file: str) -> str:
    """The deepest backend folder that a file lies in; its folder above `src` or `app` counts as the whole."""
    inside = [b for b in project.workspace.backends if not b or file == b or file.startswith(f"{b}/")]
    backend = max(inside, key=len, default=file.rpartition("/")[0])
    parts = backend.split("/")
    while len(parts) > 1 and parts[-1] in ("src", "app", "api"):
        parts.pop()
    return "/".join(parts) if parts[0] not in ("src", "app", "api") or len(parts) > 1 else ""


def _has_migrations(project: Project, backend: str) -> bool:
    """A file of migrations inside the backend, or outside every backend, where one set serves all."""
    others = [one for one in project.workspace.backends if _backend_of(project, f"{one}/x.py") != backend]
    return any(
        not backend or file.startswith(f"{backend}/") or not any(file.startswith(f"{o}/") for o in others if o)
        for file in _migrations(project)
    )


@remembered
def _migrations(project: Project) -> tuple[str, ...]:
    return tuple(file for file in project.workspace.files if _MIGRATIONS.search(file) and not _SCAFFOLD.search(file))
