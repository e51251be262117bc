"""Joins in statements: which tables are joined, on which conditions, and which may be missing from a row."""

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.model.flow.queries.predicates import with_subquery
from constitution_lint.model.flow.values import Atom, ClassRef, ColumnRef, Condition, Known, Query

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine


class _Joined(NamedTuple):
    """What the arguments of a join name."""

    tables: tuple[str, ...]
    related: tuple[str, ...]
    conditions: tuple[Condition, ...]
    queries: tuple[Query, ...]


def join(machine: "Machine", query: Query, name: str, arguments: "Arguments") -> Query:
    """`join`, `outerjoin`, `join_from`, `select_from`."""
    found = _named(machine, arguments)
    for inner in found.queries:
        query = with_subquery(query, inner)
    tables = (*found.tables, *found.related, *(key for inner in found.queries for key in inner.tables))
    if name == "select_from" and not query.tables:
        return msgspec.structs.replace(query, tables=tables, unclear="" if tables else query.unclear)
    if name in ("join_from", "select_from"):
        tables = tuple(key for key in tables if key not in query.tables)
    if _is_outer(name, arguments):
        outer = tuple((key, found.conditions) for key in tables)
        return msgspec.structs.replace(query, outer=(*query.outer, *outer))
    implied = found.related if found.conditions or name == "select_from" else (*found.tables, *found.related)
    return msgspec.structs.replace(
        query,
        joined=tuple(dict.fromkeys((*query.joined, *tables))),
        implied=tuple(dict.fromkeys((*query.implied, *implied))),
        conditions=(*query.conditions, *found.conditions),
    )


def _is_outer(name: str, arguments: "Arguments") -> bool:
    said = (*arguments.keywords.get("isouter", ()), *arguments.keywords.get("full", ()))
    return name == "outerjoin" or any(not (isinstance(atom, Known) and atom.value is False) for atom in said)


def _named(machine: "Machine", arguments: "Arguments") -> _Joined:
    atoms = [atom for value in (*arguments.positional, *arguments.keywords.values()) for atom in value]
    return _Joined(
        tuple(table for atom in atoms for table in _table(machine, atom)),
        tuple(table for atom in atoms for table in _related(machine, atom)),
        tuple(atom for atom in atoms if isinstance(atom, Condition)),
        tuple(atom for atom in atoms if isinstance(atom, Query)),
    )


def _table(machine: "Machine", atom: Atom) -> tuple[str, ...]:
    table = machine.ownership.find(atom.definition) if isinstance(atom, ClassRef) else None
    return (table.key,) if table is not None else ()


def _related(machine: "Machine", atom: Atom) -> tuple[str, ...]:
    """`Comment.task` leads to the table of tasks."""
    owner = machine.ownership.tables.get(atom.table) if isinstance(atom, ColumnRef) else None
    if owner is None or not isinstance(atom, ColumnRef) or atom.column not in owner.relationships:
        return ()
    return (owner.relationships[atom.column],)
