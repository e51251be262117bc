"""Owner columns: what data model documents promise about them, and what the database enforces."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Attribute, Call, ClassDef, Collection, Const, Expr
from constitution_lint.facts.document import Entity, EntityField
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Column, Table
from constitution_lint.model.documents.plans import documents_of
from constitution_lint.model.ownership import OWNER_NAMES
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name

_TO_USER = re.compile(r"\b(?:FK|foreign key|references?)\b.*\busers?\b|\busers?\.id\b", re.I)
_MIGRATION = re.compile(r"(?:^|/)(?:alembic|migrations?|versions)/")


class Promised(NamedTuple):
    """An owner that a data model gives an entity, and the table that has none."""

    table: Table
    entity: str
    column: str
    location: Location


def undone_ownership(project: Project) -> Iterator[Promised]:
    """Tables without any owner whose entity has one in a data model."""
    by_name = {_bare(table.name): table for table in project.api.tables if not table.owner and not table.is_user}
    seen: set[str] = set()
    for _, path, facts in documents_of(project, "data_model"):
        for entity in facts.entities:
            table, field = by_name.get(_bare(entity.name)), _owner_of(entity)
            if table is not None and field is not None and table.name not in seen:
                seen.add(table.name)
                yield Promised(table, entity.name, field.name, Location(path, field.span))


def _bare(name: str) -> str:
    """A name without case, blanks and plural."""
    return re.sub(r"[\W_]", "", name).lower().removesuffix("s")


def _owner_of(entity: Entity) -> EntityField | None:
    named = (field for field in entity.fields if field.name.lower() in OWNER_NAMES)
    referring = (field for field in entity.fields if _TO_USER.search(f"{field.type} {field.note}"))
    return next(named, None) or next(referring, None)


def nullable_owners(project: Project) -> Iterator[tuple[Table, Column]]:
    """Tables all of whose owner columns may be empty, with the first of them."""
    for table, columns in _owned(project):
        if all(column.nullable for column in columns):
            yield table, columns[0]


def unindexed_owners(project: Project) -> Iterator[tuple[Table, Column]]:
    """Tables whose first owner column no index answers: neither in the class nor in a migration."""
    migrated = _migrated_indexes(project)
    for table, columns in _owned(project):
        column = columns[0]
        names = {(table.table.lower(), column.name), (table.name.lower(), column.name)}
        if not column.indexed and not column.primary_key and not names & migrated:
            yield table, column


def _owned(project: Project) -> Iterator[tuple[Table, list[Column]]]:
    for table in project.api.tables:
        by_name = {column.name: column for column in table.columns}
        columns = [by_name[name] for name in table.owner_columns if name in by_name]
        if columns and not table.is_user:
            yield table, columns


def _migrated_indexes(project: Project) -> frozenset[tuple[str, str]]:
    """(table or class, first column) of every index that migrations make, or `Index(…)` beside the table classes."""
    modules = {table.location.file for table in project.api.tables}
    found: set[tuple[str, str]] = set()
    for file, facts in project.code.items():
        if _MIGRATION.search(file):
            found.update(pair for call in calls(facts.body) for pair in _created(call))
        elif file in modules:
            outside = (node for node in facts.body if not isinstance(node, ClassDef))
            found.update(pair for call in calls(outside) for pair in _of_attribute(call))
    return frozenset(found)


def _created(call: Call) -> Iterator[tuple[str, str]]:
    if dotted_name(call.func).rsplit(".", 1)[-1] not in ("create_index", "create_unique_constraint"):
        return
    table, columns = call.argument(1, "table_name"), call.argument(2, "columns")
    first = columns.items[0] if isinstance(columns, Collection) and columns.items else None
    if _text(table) and _text(first):
        yield _text(table).lower(), _text(first)


def _of_attribute(call: Call) -> Iterator[tuple[str, str]]:
    """`Index("…", Task.user_id)`."""
    column = call.positional(1) if dotted_name(call.func).endswith("Index") else None
    if isinstance(column, Attribute):
        yield dotted_name(column.value).lower(), column.attr


def _text(expression: Expr | None) -> str:
    return expression.value if isinstance(expression, Const) and isinstance(expression.value, str) else ""
