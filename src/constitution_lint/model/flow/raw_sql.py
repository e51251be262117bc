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
    """What SQL says: its kind, tables, and the (table or "", column, parameter or literal) equalities of its WHERE.

    The kind is "condition" for a piece of a WHERE that `where(text(…))` takes; it names no tables of its own.
    """

    kind: str
    tables: tuple[str, ...]
    equalities: tuple[tuple[str, str, str, str], ...]
    open: bool = False
    """May an unknown piece, or one that is no equality, add conditions?"""


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
    if statement.kind == "condition":
        return _fragment(machine, statement, literal)
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


def _fragment(machine: "Machine", statement: _Statement, literal: str) -> Query:
    """Conditions without a statement; what names no table is about the one they will be put to."""
    named = {table for table, _, _, _ in statement.equalities if table}
    keys = {"": "", **{name: _key(machine, name, owned=False) for name in sorted(named)}}
    conditions = tuple(_condition(keys, equality) for equality in statement.equalities)
    return Query(
        "condition",
        (),
        tuple(condition for condition in conditions if condition is not None),
        unclear="a condition written as SQL" if statement.open else "",
        sql=literal[:200],
    )


def placed(condition: Condition, table: str) -> Condition:
    """A condition of a fragment, put to a statement over a table."""
    column = condition.column
    if column is None or column.table:
        return condition
    return msgspec.structs.replace(condition, column=msgspec.structs.replace(column, table=table))


def _key(machine: "Machine", name: str, owned: bool) -> str:
    known = machine.ownership.by_table.get(name)
    return known.key if known is not None else machine.ownership.written_in_sql(name, owned).key


def parameter(name: str) -> Known:
    """A value that is given when the statement runs: `:name`, `bindparam("name")`."""
    return Known(_PARAMETER + name)


def bound(query: Query, given: dict[str, Value]) -> Query:
    """The statement with its parameters replaced by what is passed for them."""
    return _with_conditions(query, tuple(_bound(condition, given) for condition in query.conditions))


def settled(query: Query) -> Query:
    """The statement as it runs: of a parameter that nothing was passed for only the name is known."""
    return _with_conditions(query, tuple(_bound(condition, None) for condition in query.conditions))


def _with_conditions(query: Query, conditions: tuple[Condition, ...]) -> Query:
    return query if conditions == query.conditions else msgspec.structs.replace(query, conditions=conditions)


def _bound(condition: Condition, given: dict[str, Value] | None) -> Condition:
    if condition.all_of or condition.alternatives:
        return msgspec.structs.replace(
            condition,
            all_of=tuple(_bound(one, given) for one in condition.all_of),
            alternatives=tuple(tuple(_bound(one, given) for one in branch) for branch in condition.alternatives),
        )
    marker = condition.value[0] if condition.value else None
    if not (isinstance(marker, Known) and isinstance(marker.value, str) and marker.value.startswith(_PARAMETER)):
        return condition
    name = marker.value.removeprefix(_PARAMETER)
    unknown: Value = (Opaque(f"parameter {name} of the SQL"),) if given is None else condition.value
    return msgspec.structs.replace(condition, value=(given or {}).get(name) or unknown)


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
        return Condition(ColumnRef(key, column), "==", (parameter(value),))
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
    if isinstance(tree, exp.Condition):
        return _condition_alone(tree)
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


def _condition_alone(tree: object) -> _Statement:
    parts = _conjuncts(tree)
    found = [_equality(part, {}) for part in parts]
    return _Statement("condition", (), tuple(one for one in found if one is not None), not all(found))


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
    table = tables.get(left.table.lower(), "" if tables else left.table.lower())
    while isinstance(right, exp.Cast):
        right = right.this
    if isinstance(right, exp.Column):
        return table, left.name, "column", f"{tables.get(right.table.lower(), '')}.{right.name}"
    if isinstance(right, exp.Placeholder | exp.Parameter):
        return table, left.name, "parameter", right.name or "?"
    return (table, left.name, "literal", right.name) if isinstance(right, exp.Literal) else None
