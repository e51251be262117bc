"""SQL written as text: parsed by sqlglot into the same statement form, with `:name` parameters bound later."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.model.flow.texts import HOLE
from constitution_lint.model.flow.values import Atom, ColumnRef, Condition, Known, Opaque, Query, Value
from constitution_lint.model.ownership import OWNER_NAMES

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

_PARAMETER = "\0parameter "


class _Statement(NamedTuple):
    """What SQL says: its kind, tables, and the (table or "", column, parameter or literal) equalities of its WHERE."""

    kind: str
    tables: tuple[str, ...]
    equalities: tuple[tuple[str, str, str, str], ...]
    open: bool = False
    """May an unknown piece add conditions?"""


def parsed(machine: "Machine", text: Value) -> Value:
    """A text as a statement, one for each form it may have; of one with holes only what they leave certain is told."""
    return tuple(dict.fromkeys(_parsed(machine, atom) for atom in text))


def _parsed(machine: "Machine", atom: Atom) -> Query:
    literal = atom.value if isinstance(atom, Known) else atom.template if isinstance(atom, Opaque) else None
    if not isinstance(literal, str) or not literal:
        return Query("select", (), unclear="SQL that is put together at run time", sql="?")
    statement = _read(literal)
    if statement is None or HOLE in statement.tables:
        reason = "SQL that could not be parsed" if isinstance(atom, Known) else "SQL that is put together at run time"
        return Query("select", (), unclear=reason, sql=literal[:200])
    owned = any(column.lower() in OWNER_NAMES for _, column, _, _ in statement.equalities)
    keys = {name: _key(machine, name, owned) for name in statement.tables}
    conditions = tuple(_condition(keys, equality) for equality in statement.equalities)
    return Query(
        statement.kind,
        tuple(keys.values())[:1],
        tuple(condition for condition in conditions if condition is not None),
        joined=tuple(keys.values())[1:],
        unclear="SQL that is put together at run time" if statement.open else "",
        sql=literal[:200],
    )


def _key(machine: "Machine", name: str, owned: bool) -> str:
    known = machine.ownership.by_table.get(name)
    return known.key if known is not None else machine.ownership.written_in_sql(name, owned).key


def bound(machine: "Machine", query: Query, given: dict[str, Value]) -> Query:
    """The statement with its parameters replaced by what is passed for them."""
    conditions = []
    for condition in query.conditions:
        marker = condition.value[0] if condition.value else None
        if isinstance(marker, Known) and isinstance(marker.value, str) and marker.value.startswith(_PARAMETER):
            name = marker.value.removeprefix(_PARAMETER)
            value = given.get(name) or (Opaque(f"parameter {name} of the SQL"),)
            condition = msgspec.structs.replace(condition, value=value)
        conditions.append(condition)
    return msgspec.structs.replace(query, conditions=tuple(conditions))


def _condition(keys: dict[str, str], equality: tuple[str, str, str, str]) -> Condition | None:
    table, column, kind, value = equality
    key = keys.get(table) if table else next(iter(keys.values()), None)
    if key is None:
        return None
    if kind == "column":
        other_table, _, other_column = value.partition(".")
        other = keys.get(other_table)
        return Condition(ColumnRef(key, column), "==", (ColumnRef(other, other_column),)) if other else None
    if kind == "parameter":
        return Condition(ColumnRef(key, column), "==", (Known(_PARAMETER + value),))
    return Condition(ColumnRef(key, column), "==", (Known(value),))


@lru_cache(maxsize=512)
def _read(text: str) -> _Statement | None:
    import logging

    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        tree = sqlglot.parse_one(text, read="postgres")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return None
    kind = type(tree).__name__.lower()
    kind = kind if kind in ("insert", "update", "delete") else "select"
    tables = {(table.alias or table.name).lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    equalities: list[tuple[str, str, str, str]] = []
    is_open = False
    for place in (*tree.find_all(exp.Where), *tree.find_all(exp.Join)):
        root = place.this if isinstance(place, exp.Where) else place.args.get("on")
        for part in _conjuncts(root):
            is_open = is_open or _is_hole(part)
            equality = _equality(part, tables)
            if equality is not None:
                equalities.append(equality)
    return _Statement(kind, tuple(dict.fromkeys(tables.values())), tuple(equalities), is_open)


def _conjuncts(node: object) -> list[object]:
    from sqlglot import exp

    if isinstance(node, exp.And):
        return [*_conjuncts(node.left), *_conjuncts(node.right)]
    if isinstance(node, exp.Paren):
        return _conjuncts(node.this)
    return [node] if node is not None else []


def _is_hole(node: object) -> bool:
    """Is a whole condition unknown? A hole inside a comparison leaves it a comparison."""
    from sqlglot import exp

    return isinstance(node, exp.Column | exp.Identifier) and node.name == HOLE


def _equality(node: object, tables: dict[str, str]) -> tuple[str, str, str, str] | None:
    from sqlglot import exp

    if not isinstance(node, exp.EQ):
        return None
    left, right = node.left, node.right
    if not isinstance(left, exp.Column):
        left, right = right, left
    if not isinstance(left, exp.Column):
        return None
    table = tables.get(left.table.lower(), "")
    while isinstance(right, exp.Cast):
        right = right.this
    if isinstance(right, exp.Column):
        return table, left.name, "column", f"{tables.get(right.table.lower(), '')}.{right.name}"
    if isinstance(right, exp.Placeholder | exp.Parameter):
        return table, left.name, "parameter", right.name or "?"
    return (table, left.name, "literal", right.name) if isinstance(right, exp.Literal) else None
