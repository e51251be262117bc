"""Statements being built: `select`, `update`, `delete`, `insert`, `session.query`, `text`, and what refines them."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.model.flow import raw_sql
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    ClassRef,
    ColumnRef,
    Condition,
    Dump,
    Known,
    Made,
    Mapping,
    Opaque,
    Query,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
_LIBRARIES = ("sqlmodel", "sqlalchemy")
_SAME = frozenset(
    [
        "col",
        "column",
        "desc",
        "asc",
        "nullsfirst",
        "nullslast",
        "nulls_last",
        "nulls_first",
        "lower",
        "upper",
        "cast",
        "type_coerce",
        "label",
        "distinct",
        "literal_column",
    ]
)
_REFINING = frozenset(["where", "filter", "having", "filter_by", "join", "outerjoin", "join_from", "select_from"])
_UNCHANGED = frozenset(
    [
        "order_by",
        "limit",
        "offset",
        "options",
        "distinct",
        "group_by",
        "with_for_update",
        "execution_options",
        "returning",
        "subquery",
        "scalar_subquery",
        "cte",
        "alias",
        "correlate",
        "prefix_with",
        "with_only_columns",
        "params",
        "add_columns",
        "select_with_columns",
        "enable_eagerloads",
        "populate_existing",
        "lateral",
        "on_conflict_do_nothing",
        "on_conflict_do_update",
        "as_scalar",
        "slice",
        "label",
        "reset_order_by",
    ]
)


def call(machine: "Machine", dotted: str, arguments: "Arguments", state: State) -> Pairs | None:
    """A function of SQLModel or SQLAlchemy by its dotted name; None when it is neither."""
    if dotted.split(".")[0] not in _LIBRARIES:
        return None
    last = dotted.rsplit(".", 1)[-1]
    if last in ("select", "exists"):
        return [(state, (select(machine, arguments),))]
    if last in ("update", "delete", "insert"):
        return [(state, (of_kind(select(machine, arguments), last),))]
    if last == "text":
        return [(state, (raw_sql.parsed(machine, arguments.get(0) or NONE),))]
    if last in ("and_", "or_", "not_"):
        return [(state, (_combined(last, arguments),))]
    if last == "aliased":
        return [(state, arguments.get(0) or NONE)]
    if last in _SAME:
        return [(state, arguments.get(0) or NONE)]
    if ".func." in dotted or dotted.startswith("func."):
        inner = arguments.get(0) or ()
        return [(state, (Made("func.expression", (("over", inner),)),))]
    if last in ("true", "null"):
        return [(state, (Known(True),))]
    return None


def select(machine: "Machine", arguments: "Arguments") -> Query:
    """`select(...)`: tables and columns in order; of a function only the tables it counts are kept."""
    tables: dict[str, None] = {}
    columns: list[ColumnRef] = []
    aggregate = constant = False
    base: Query | None = None
    for value in arguments.positional:
        for atom in value:
            if isinstance(atom, Known):
                constant = True
            elif isinstance(atom, ClassRef):
                table = machine.ownership.find(atom.definition)
                if table is not None:
                    tables[table.key] = None
            elif isinstance(atom, ColumnRef):
                tables[atom.table] = None
                columns.append(atom)
            elif isinstance(atom, Made):
                aggregate = aggregate or _is_expression(atom)
                tables.update(dict.fromkeys(_tables_in(machine, atom)))
            elif isinstance(atom, Query):
                base = atom
    if base is not None and not tables:
        return base
    whole = any(isinstance(atom, ClassRef) for value in arguments.positional for atom in value)
    unclear = "" if tables or aggregate or constant else "a statement over something that could not be followed"
    return Query("select", tuple(tables), (), () if whole else tuple(columns), (), (), aggregate, False, unclear)


def _is_expression(atom: Made) -> bool:
    """`func.count()`, `exists()`, `case()`: made by the library itself, so the tables it reads are the ones in it."""
    return atom.dotted.split(".")[0] in ("func", "dynamic", "sqlalchemy", "sqlmodel")


def _tables_in(machine: "Machine", atom: Made) -> list[str]:
    found = []
    for _, value in atom.arguments:
        for inner in value:
            if isinstance(inner, ColumnRef):
                found.append(inner.table)
            elif isinstance(inner, ClassRef):
                table = machine.ownership.find(inner.definition)
                if table is not None:
                    found.append(table.key)
            elif isinstance(inner, Made):
                found.extend(_tables_in(machine, inner))
    return found


def with_session(query: Query) -> Query:
    return msgspec.structs.replace(query, session=True)


def of_kind(query: Query, kind: str) -> Query:
    return msgspec.structs.replace(query, kind=kind)


def _combined(last: str, arguments: "Arguments") -> Condition:
    inner = [atom for value in arguments.positional for atom in value if isinstance(atom, Condition)]
    for value in arguments.positional:
        for atom in value:
            if isinstance(atom, Sequence):
                inner.extend(one for item in atom.items for one in item if isinstance(one, Condition))
    if last == "and_":
        return Condition(None, "and", all_of=tuple(inner))
    if last == "not_":
        return Condition(None, "not")
    return Condition(None, "or", alternatives=tuple((one,) for one in inner))


_COLUMN_OPERATORS = {
    "in_": "in", "is_": "is", "is_not": "is not", "isnot": "is not", "not_in": "not in", "notin_": "not in",
    "like": "like", "ilike": "like", "contains": "like", "startswith": "like", "endswith": "like", "between": "between",
    "any": "any", "has": "any", "op": "unclear", "match": "like", "any_": "any", "icontains": "like",
}  # fmt: skip


def on_column(column: ColumnRef, name: str, arguments: "Arguments") -> Value:
    """A method of a column: a condition, or the column itself."""
    op = _COLUMN_OPERATORS.get(name)
    if op is None:
        return (column,)
    value = arguments.get(0) or NONE
    inner = tuple(atom for atom in value if isinstance(atom, Condition))
    if op == "any":
        return (Condition(None, "and", all_of=inner),) if inner else (Condition(column, "any"),)
    return (Condition(column, op, value),)


def refine(machine: "Machine", query: Query, name: str, arguments: "Arguments", state: State) -> Value | None:
    """`query.where(...)` and its kin; None when the method does not build."""
    if name in ("where", "filter", "having"):
        return _where(query, arguments)
    if name == "filter_by":
        conditions = tuple(
            Condition(ColumnRef(query.tables[0], word), "==", value)
            for word, value in arguments.keywords.items()
            if query.tables
        )
        if arguments.rest is not None:
            query = msgspec.structs.replace(query, unclear=query.unclear or "conditions that are chosen at run time")
        return (msgspec.structs.replace(query, conditions=(*query.conditions, *conditions)),)
    if name in ("join", "outerjoin", "join_from", "select_from"):
        return (_join(machine, query, name, arguments),)
    if name == "values":
        return (msgspec.structs.replace(query, values=(*query.values, *_values(machine, query, arguments))),)
    if name in _UNCHANGED:
        return (query,)
    if name in ("union", "union_all"):
        others = [atom for value in arguments.positional for atom in value if isinstance(atom, Query)]
        return (query, *others)
    if name in ("bindparams", "columns"):
        return (with_parameters(machine, query, None, arguments),)
    return None


def _where(query: Query, arguments: "Arguments") -> Value:
    """One statement for each way the conditions can have come about."""
    queries = [query]
    for value in arguments.positional:
        queries = [_with_condition(one, atom) for one in queries for atom in value][:8]
    if arguments.star is not None:
        for atom in arguments.star:
            queries = [
                _with_condition(one, atom if not isinstance(atom, Condition) else Opaque("conditions of a list"))
                for one in queries
            ]
    return tuple(dict.fromkeys(queries))


def _with_condition(query: Query, atom: Atom) -> Query:
    if isinstance(atom, Condition):
        return msgspec.structs.replace(query, conditions=(*query.conditions, atom))
    if isinstance(atom, Sequence):
        inner = tuple(one for item in atom.items for one in item if isinstance(one, Condition))
        if not atom.open:
            return msgspec.structs.replace(query, conditions=(*query.conditions, *inner))
    if isinstance(atom, Known | Scalar):
        return query
    if isinstance(atom, Opaque | Made):
        reason = atom.reason if isinstance(atom, Opaque) else "a condition that could not be followed"
        return msgspec.structs.replace(query, unclear=query.unclear or reason)
    return query


def _join(machine: "Machine", query: Query, name: str, arguments: "Arguments") -> Query:
    tables: list[str] = []
    conditions: list[Condition] = []
    for value in (*arguments.positional, *arguments.keywords.values()):
        for atom in value:
            if isinstance(atom, ClassRef):
                table = machine.ownership.find(atom.definition)
                if table is not None:
                    tables.append(table.key)
            elif isinstance(atom, ColumnRef):
                owner = machine.ownership.tables.get(atom.table)
                if owner is not None and atom.column in owner.relationships:
                    tables.append(owner.relationships[atom.column])
            elif isinstance(atom, Condition) and name != "outerjoin":
                conditions.append(atom)
            elif isinstance(atom, Query):
                tables.extend(atom.tables)
                conditions.extend(atom.conditions)
    outer = name == "outerjoin" or "isouter" in arguments.keywords
    if name == "select_from" and not query.tables:
        return msgspec.structs.replace(
            query, tables=tuple(tables), conditions=(*query.conditions, *conditions), unclear=""
        )
    if outer:
        return query
    joined = tuple(dict.fromkeys((*query.joined, *tables)))
    return msgspec.structs.replace(query, joined=joined, conditions=(*query.conditions, *conditions))


def _values(machine: "Machine", query: Query, arguments: "Arguments") -> list[tuple[str, Value]]:
    found = list(arguments.keywords.items())
    sources = [*arguments.positional, *([arguments.rest] if arguments.rest else [])]
    for value in sources:
        for atom in value:
            if isinstance(atom, Mapping):
                found.extend(atom.items)
            elif isinstance(atom, Dump):
                table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
                names = [
                    name
                    for name in (table.owners if table is not None else ())
                    if atom.fields is None or name in atom.fields
                ]
                found.extend((name, (Scalar("client", f"{atom.key}.{name}", column="copied"),)) for name in names)
                found.extend(atom.overrides)
    return found


def with_parameters(machine: "Machine", query: Query, parameters: Value | None, arguments: "Arguments") -> Query:
    """Bind the named parameters of a `text()` statement."""
    if not query.sql:
        return query
    given: dict[str, Value] = {}
    for atom in parameters or ():
        if isinstance(atom, Mapping):
            given.update(dict(atom.items))
    given.update(
        {name: value for name, value in arguments.keywords.items() if name not in ("params", "execution_options")}
    )
    return raw_sql.bound(machine, query, given)
