"""For gate 4: entities of data models compared with the tables of the same name: fields, types and owner."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.document import Entity, EntityField
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Column, Table
from constitution_lint.model.contracts.matching import root_of
from constitution_lint.model.documents.definitions import family_of
from constitution_lint.model.documents.plans import documents_of, plans_application
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.by_name import entity_key

_LEAST_COMMON = 3
_SHORT = 3
"""Letters of a name that tell nothing when another name holds them ("id")."""
_NO_COLUMN = re.compile(
    r"relationship|list\[|\barray\b|\[\]|computed|derived|transient|virtual|not stored|foreign object", re.IGNORECASE
)


_INDEX = re.compile(r"(?:pk|ix|idx|fk|uq|uk|ck)_", re.IGNORECASE)


class EntityDrift(NamedTuple):
    """One entity whose table parts from it: what the table lacks, and which fields are of another type."""

    location: Location
    entity: str
    table: Table
    lacking: tuple[EntityField, ...]
    other_types: tuple[tuple[EntityField, Column], ...]


def drifted_entities(project: Project) -> Iterator[EntityDrift]:
    """Every entity that one table clearly keeps, as the last feature that defines it does, and where the two part."""
    for path, entity in _in_force(project):
        table = _table_of(project, path, entity)
        if table is None:
            continue
        columns = {_key(column.name): column for column in table.columns}
        fields = {_key(field.name): field for field in entity.fields if field.type and not _INDEX.match(field.name)}
        common = columns.keys() & fields.keys()
        if len(common) < _LEAST_COMMON or 2 * len(common) < len(fields):
            continue
        lacking, parted = tuple(_lacking(fields, columns, table)), tuple(_parted(fields, columns))
        if lacking or parted:
            yield EntityDrift(Location(path, entity.span), entity.name, table, lacking, parted)


def _in_force(project: Project) -> Iterator[tuple[str, Entity]]:
    """The entities of the backend; of several definitions below one root the last feature's. A console program's
    live in its memory."""
    last: dict[tuple[str, str], tuple[str, Entity]] = {}
    for feature, path, facts in documents_of(project, "data_model"):
        plan = project.documents.get(feature.plan or "")
        for entity in facts.entities if plan is None or plans_application(plan) else ():
            if not _is_of_the_page(entity):
                last[root_of(path), entity_key(entity.name)] = path, entity
    return iter(sorted(last.values(), key=lambda found: (found[0], found[1].span)))


def _is_of_the_page(entity: Entity) -> bool:
    """A TypeScript type: its fields are in camel case, or its lines end in semicolons."""
    names = [field.name for field in entity.fields]
    camel = any(re.search(r"[a-z][A-Z]", name) for name in names)
    return (camel and not any("_" in name for name in names)) or any(";" in field.type for field in entity.fields)


def _table_of(project: Project, path: str, entity: Entity) -> Table | None:
    """The only table of that name below the folder of the document's specs."""
    root = root_of(path)
    named = [
        table
        for table in project.api.tables
        if entity_key(table.name) == entity_key(entity.name) and is_product(table.location.file)
    ]
    near = [table for table in named if not root or table.location.file.startswith(f"{root}/")]
    return near[0] if len(near) == 1 else None


def _lacking(fields: dict[str, EntityField], columns: dict[str, Column], table: Table) -> Iterator[EntityField]:
    related = {_key(attribute) for attribute, _ in table.relationships}
    for name, field in fields.items():
        renamed = any(name in column or column in name for column in columns if len(column) > _SHORT)
        if (
            name not in columns
            and name not in related
            and not renamed
            and not _NO_COLUMN.search(f"{field.type} {field.note}")
        ):
            yield field


def _parted(fields: dict[str, EntityField], columns: dict[str, Column]) -> Iterator[tuple[EntityField, Column]]:
    for name, field in fields.items():
        if name in columns:
            written, kept = family_of(field.type), family_of(columns[name].annotation)
            if written and kept and written != kept:
                yield field, columns[name]


def _key(name: str) -> str:
    """`dueDate` and `due_date` are one."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
