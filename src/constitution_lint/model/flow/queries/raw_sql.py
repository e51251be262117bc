"""SQL written as text: parsed by sqlglot into the same statement form, with its parameters bound later."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.model.flow.queries import sql_scopes
from constitution_lint.model.flow.queries.sql_scopes import HOLE, Equality
from constitution_lint.model.flow.values import (
    Atom,
    ColumnRef,
    Condition,
    Known,
    Opaque,
    Overwriting,
    Query,
    Scalar,
    Value,
)
from constitution_lint.model.ownership import OWNER_NAMES
from constitution_lint.model.sql_text import parsed_sql

if TYPE_CHECKING:
    from sqlglot import exp

    from constitution_lint.model.flow.machine import Machine

_PARAMETER = "\0parameter "


class _Statement(NamedTuple):
    """What SQL says: its kind, its tables, and the equalities of its WHERE, each alone or as branches of an OR.

    The kind is "condition" for a piece of a WHERE that `where(text(…))` takes; it names no tables of its own. `values`
    are (column, sort, parameter or literal) of an INSERT, `columns` what a SELECT lists of plain columns.
    """

    kind: str
    tables: tuple[str, ...]
    equalities: tuple[Equality, ...]
    either: tuple[tuple[tuple[Equality, ...], ...], ...] = ()
    values: tuple[tuple[str, str, str], ...] = ()
    columns: tuple[str, ...] = ()
    found_by: tuple[str, ...] | None = None
    """Of an INSERT that overwrites: the columns by which the row that is there is found."""
    kept: tuple[Equality, ...] = ()
    """Of one: what holds for the rows that it overwrites."""
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
    named = (column for _, column, _, _ in statement.equalities)
    owned = any(column.lower() in OWNER_NAMES for column in (*named, *(value[0] for value in statement.values)))
    keys = {name: _key(machine, name, owned) for name in statement.tables}
    conditions = (
        *(_condition(keys, equality) for equality in statement.equalities),
        *(_alternatives(keys, branches) for branches in statement.either),
    )
    main = tuple(keys.values())[:1]
    return Query(
        statement.kind,
        main,
        tuple(condition for condition in conditions if condition is not None),
        shape=(ColumnRef(main[0], statement.columns[0]),) if main and len(statement.columns) == 1 else (),
        joined=tuple(keys.values())[1:],
        values=tuple((name, (_operand(sort, value),)) for name, sort, value in statement.values),
        overwrites=_overwriting(keys, statement),
        unclear="SQL that is put together at run time" if statement.open else "",
        sql=literal[:200],
        columns=statement.columns,
    )


def _overwriting(keys: dict[str, str], statement: _Statement) -> Overwriting | None:
    if statement.found_by is None:
        return None
    held = (_condition(keys, equality) for equality in statement.kept)
    return Overwriting(statement.found_by, tuple(one for one in held if one is not None))


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
    return _with(query, given, None)


def settled(query: Query, presented: bool = False) -> Query:
    """The statement as it runs: of a parameter that nothing was passed for only the name is known."""
    return _with(query, {}, presented)


def _with(query: Query, given: dict[str, Value], presented: bool | None) -> Query:
    conditions = tuple(_bound_condition(condition, given, presented) for condition in query.conditions)
    values = tuple((name, _bound(value, given, presented)) for name, value in query.values)
    if conditions == query.conditions and values == query.values:
        return query
    over = query.overwrites
    if over is not None:
        kept = tuple(_bound_condition(condition, given, presented) for condition in over.conditions)
        over = msgspec.structs.replace(over, conditions=kept)
    return msgspec.structs.replace(query, conditions=conditions, values=values, overwrites=over)


def _bound_condition(condition: Condition, given: dict[str, Value], presented: bool | None) -> Condition:
    value = _bound(condition.value, given, presented)
    if not (condition.all_of or condition.alternatives):
        return condition if value is condition.value else msgspec.structs.replace(condition, value=value)
    whole = tuple(_bound_condition(one, given, presented) for one in condition.all_of)
    branches = tuple(
        tuple(_bound_condition(one, given, presented) for one in branch) for branch in condition.alternatives
    )
    return msgspec.structs.replace(condition, all_of=whole, alternatives=branches)


def _bound(value: Value, given: dict[str, Value], presented: bool | None) -> Value:
    """The value in the place of a parameter. One that was never given stays where `presented` is not told yet."""
    marker = value[0] if value else None
    if not (isinstance(marker, Known) and isinstance(marker.value, str) and marker.value.startswith(_PARAMETER)):
        return value
    name = marker.value.removeprefix(_PARAMETER)
    unknown: Value = value if presented is None else (Opaque(f"parameter {name} of the SQL", credential=presented),)
    return given.get(name) or unknown


def _alternatives(keys: dict[str, str], branches: tuple[tuple[Equality, ...], ...]) -> Condition:
    found = (tuple(one for equality in branch if (one := _condition(keys, equality))) for branch in branches)
    return Condition(None, "or", alternatives=tuple(found))


def _condition(keys: dict[str, str], equality: Equality) -> Condition | None:
    table, column, sort, value = equality
    key = keys.get(table) if table else next(iter(keys.values()), None)
    if key is None:
        return None
    if sort == "column":
        other_table, _, other_column = value.partition(".")
        other = keys.get(other_table)
        return Condition(ColumnRef(key, column), "==", (ColumnRef(other, other_column),)) if other else None
    op = "in" if sort.startswith("any ") else "=="
    return Condition(ColumnRef(key, column), op, (_operand(sort.removeprefix("any "), value),))


def _operand(sort: str, value: str) -> Atom:
    if sort == "parameter":
        return Scalar("principal", "sub") if value == sql_scopes.OWN else parameter(value)
    if sort == "flag":
        return Known(value == "true")
    return Known(value) if sort == "literal" else Scalar("server")


@lru_cache(maxsize=512)
def _read(text: str) -> _Statement | None:
    from sqlglot import exp

    tree = parsed_sql(text)
    if tree is None:
        return None
    kind = _KINDS.get(type(tree).__name__, "other")
    if isinstance(tree, exp.Condition) and kind == "other":
        return _condition_alone(tree)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = [*_main(tree), *tree.find_all(exp.Table)]
    named = [table for table in found if table.name and table.name.lower() not in own and not _is_of_database(table)]
    tables = {(table.alias or table.name).lower(): table.name.lower() for table in named}
    held = sql_scopes.gathered(tree)
    names = tuple(dict.fromkeys(tables.values()))
    return _Statement(
        kind,
        names,
        tuple(held.equalities),
        tuple(held.either),
        _values(tree),
        _listed(tree),
        *_overwritten(tree),
        held.open,
    )


_KINDS = {
    "Select": "select", "Union": "select", "Except": "select", "Intersect": "select",
    "Insert": "insert", "Update": "update", "Delete": "delete",
    "TruncateTable": "delete",
}  # fmt: skip


def _is_of_database(table: "exp.Table") -> bool:
    """A table by which the database, or the tool that migrates it, describes itself: nobody's rows."""
    name = table.name.lower()
    return table.db.lower() in ("information_schema", "pg_catalog") or name.startswith(_CATALOGUE)


_CATALOGUE = ("pg_", "sqlite_", "alembic_version", "information_schema")


def _main(tree: object) -> list["exp.Table"]:
    """What a SELECT is about: the table behind FROM, before those of subqueries in what it lists."""
    from sqlglot import exp

    source = tree.args.get("from_") or tree.args.get("from") if isinstance(tree, exp.Select) else None
    return [source.this] if source is not None and isinstance(source.this, exp.Table) else []


def _values(tree: object) -> tuple[tuple[str, str, str], ...]:
    """What an INSERT of one row puts into which column."""
    from sqlglot import exp

    values = tree.args.get("expression") if isinstance(tree, exp.Insert) else None
    if not isinstance(tree, exp.Insert) or not isinstance(tree.this, exp.Schema) or not isinstance(values, exp.Values):
        return ()
    columns = [column.name for column in tree.this.expressions]
    rows = [row.expressions for row in values.expressions if isinstance(row, exp.Tuple)]
    return tuple((name, *sql_scopes.operand(value)) for row in rows for name, value in zip(columns, row, strict=False))


def _overwritten(tree: object) -> tuple[tuple[str, ...] | None, tuple[Equality, ...]]:
    """`ON CONFLICT (id) DO UPDATE … WHERE …`: what the row is found by, and what holds for it."""
    from sqlglot import exp

    clause = tree.args.get("conflict") if isinstance(tree, exp.Insert) else None
    if clause is None or "UPDATE" not in str(clause.args.get("action")).upper():
        return None, ()
    where = clause.args.get("where")
    parts = sql_scopes.conjuncts(where.this if where is not None else None)
    held = (sql_scopes.equality(part, {"": ""}) for part in parts)
    return tuple(key.name for key in clause.args.get("conflict_keys") or ()), tuple(one for one in held if one)


def _listed(tree: object) -> tuple[str, ...]:
    """The names of what a SELECT lists; nothing where it lists all, or anything but columns."""
    from sqlglot import exp

    parts = tree.expressions if isinstance(tree, exp.Select) else []
    if any(not isinstance(part, exp.Column | exp.Alias) or part.is_star for part in parts):
        return ()
    return tuple(part.alias_or_name for part in parts)


def _condition_alone(tree: object) -> _Statement:
    parts = sql_scopes.conjuncts(tree)
    found = [sql_scopes.equality(part, {}) for part in parts]
    return _Statement("condition", (), tuple(one for one in found if one is not None), open=not all(found))
