"""Statements under construction: `select`, `update`, `delete`, `insert`, `session.query`, `text`, and refinements."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import ClassDef
from constitution_lint.model.flow.queries import drivers, raw_sql
from constitution_lint.model.flow.queries.joins import join
from constitution_lint.model.flow.queries.predicates import (
    combined,
    conjuncts,
    predicate,
    with_condition,
    with_subquery,
)
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    Body,
    ClassRef,
    ColumnRef,
    Condition,
    Dump,
    Known,
    Made,
    Mapping,
    Opaque,
    Overwriting,
    Query,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
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
        "exists",
        "scalar_subquery",
        "cte",
        "alias",
        "correlate",
        "prefix_with",
        "enable_eagerloads",
        "populate_existing",
        "lateral",
        "on_conflict_do_nothing",
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
        return [(state, raw_sql.parsed(machine, arguments.get(0) or NONE))]
    if last == "bindparam":
        return [(state, _parameter(arguments))]
    if last in ("and_", "or_", "not_"):
        return [(state, (combined(last, arguments),))]
    if last in ("union", "union_all", "intersect"):
        return [(state, union(*arguments.positional) if arguments.positional else NONE)]
    if last in _SAME:
        return [(state, arguments.get(0) or NONE)]
    if ".func." in dotted or dotted.startswith("func."):
        inner = arguments.get(0) or ()
        return [(state, (Made("func.expression", (("over", inner),)),))]
    if last in ("true", "null"):
        return [(state, (Known(True),))]
    return None


def select(machine: "Machine", arguments: "Arguments") -> Query:
    """`select(...)`: what is selected, in order; of a function only the first table it reads is kept."""
    query = Query("select", (), unclear="a statement over something that could not be followed")
    for value in (*arguments.positional, *((arguments.star,) if arguments.star else ())):
        for atom in value:
            query = _selecting(machine, query, atom)
    return query


def of_table(machine: "Machine", atom: ClassRef, name: str, arguments: "Arguments") -> Value | None:
    """`tasks.select()`, `tasks.update()`, `tasks.join(users)` of a table of SQLAlchemy Core; None for other methods."""
    table = machine.ownership.find(atom.definition)
    if table is None or isinstance(atom.definition.node, ClassDef):
        return None
    whole = Query("select", (table.key,), shape=(ColumnRef(table.key, ""),))
    if name in ("select", "update", "delete"):
        return _where(of_kind(whole, name), arguments)
    if name == "insert":
        return refine(machine, of_kind(whole, name), "values", arguments)
    if name == "count":
        return (msgspec.structs.replace(whole, shape=(ColumnRef(table.key, "count"),)),)
    if name in ("join", "outerjoin"):
        return (join(machine, whole, name, arguments),)
    return None


def _selecting(machine: "Machine", query: Query, atom: Atom) -> Query:
    """The statement with one more thing selected."""
    if isinstance(atom, Known):
        return _shaped(query, ColumnRef("", "constant"))
    if isinstance(atom, ClassRef):
        table = machine.ownership.find(atom.definition)
        return _shaped(query, ColumnRef(table.key, "")) if table is not None else query
    if isinstance(atom, ColumnRef):
        return _shaped(with_subquery(query, atom.of) if atom.of is not None else query, atom)
    if isinstance(atom, Made):
        tables = _tables_in(machine, atom)
        if atom.dotted == "dynamic.column" and tables:
            return query if ColumnRef(tables[0], "") in query.shape else _shaped(query, ColumnRef(tables[0], ""))
        known = tables or _is_expression(atom)
        return _shaped(query, ColumnRef(tables[0] if tables else "", "count"), *tables[1:]) if known else query
    if isinstance(atom, Sequence):
        for item in atom.items:
            for inner in item:
                query = _selecting(machine, query, inner)
        return query
    if isinstance(atom, Query):
        return atom if not query.tables else with_subquery(query, atom)
    return query


def _shaped(query: Query, column: ColumnRef, *further: str) -> Query:
    tables = tuple(dict.fromkeys((*query.tables, *filter(None, (column.table, *further)))))
    bare = msgspec.structs.replace(column, of=None)
    unclear = "" if query.unclear.startswith("a statement over something") else query.unclear
    return msgspec.structs.replace(query, tables=tables, shape=(*query.shape, bare), unclear=unclear)


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


def changed_by(machine: "Machine", query: Query, name: str, arguments: "Arguments") -> Query:
    """`query.update({...})` and `query.delete()`."""
    values = _put_in(machine, query, arguments.positional[:1]) if name == "update" else ()
    return msgspec.structs.replace(query, kind=name, values=(*query.values, *values))


def refine(machine: "Machine", query: Query, name: str, arguments: "Arguments") -> Value | None:
    """`query.where(...)` and its kin; None when the method does not build."""
    if name in ("where", "filter", "having"):
        return _where(query, arguments)
    if name == "filter_by":
        return (_filter_by(query, arguments),)
    if name in ("join", "outerjoin", "join_from", "select_from"):
        return (join(machine, query, name, arguments),)
    if name in ("with_only_columns", "add_columns"):
        return (_reshaped(machine, query, name, arguments),)
    if name == "values":
        return (msgspec.structs.replace(query, values=(*query.values, *_values(machine, query, arguments))),)
    if name in _UNCHANGED:
        return (query,)
    if name in ("on_conflict_do_update", "on_duplicate_key_update"):
        return (msgspec.structs.replace(query, overwrites=_overwriting(arguments)),)
    if name in ("union", "union_all"):
        others = [atom for value in arguments.positional for atom in value if isinstance(atom, Query)]
        return (query, *others)
    if name in ("bindparams", "params", "columns"):
        return (raw_sql.bound(query, drivers.given(arguments.positional, arguments.keywords)),)
    return None


def _overwriting(arguments: "Arguments") -> Overwriting:
    """`on_conflict_do_update(index_elements=[…], where=…)`."""
    listed = arguments.keywords.get("index_elements") or ()
    items = [atom for one in listed if isinstance(one, Sequence) for item in one.items for atom in item]
    names = [
        atom.column if isinstance(atom, ColumnRef) else str(atom.value)
        for atom in items
        if isinstance(atom, ColumnRef | Known)
    ]
    where = arguments.keywords.get("where")
    return Overwriting(tuple(names), conjuncts(predicate(where)) if where else ())


def _filter_by(query: Query, arguments: "Arguments") -> Query:
    """`filter_by(name=value)` is about the table joined last, or the one selected.

    What the client adds by names of its own binds nothing: it may add nothing at all.
    """
    about = (*query.tables[:1], *query.joined)[-1:]
    for word, value in arguments.keywords.items():
        for table in about:
            query = with_condition(query, Condition(ColumnRef(table, word), "==", value))
    if arguments.rest is not None and not all(is_client((atom,)) for atom in arguments.rest):
        return msgspec.structs.replace(query, unclear=query.unclear or "conditions that are chosen at run time")
    return query


def _reshaped(machine: "Machine", query: Query, name: str, arguments: "Arguments") -> Query:
    if name == "with_only_columns":
        query = msgspec.structs.replace(query, shape=())
    for value in arguments.positional:
        for atom in value:
            query = _selecting(machine, query, atom)
    return query


def _where(query: Query, arguments: "Arguments") -> Value:
    """One statement for each way the conditions can have come about; those of a list of any length may be missing."""
    queries: Value = (query,)
    for value in arguments.positional:
        queries = union(tuple(_refined(one, atom) for one in queries for atom in value))
    for atom in arguments.star or ():
        if isinstance(atom, Opaque | Made):
            queries = tuple(_refined(one, atom) for one in queries)
    return queries


def _refined(query: Atom, atom: Atom) -> Atom:
    if not isinstance(query, Query):
        return query
    if isinstance(atom, Opaque | Made):
        reason = atom.reason if isinstance(atom, Opaque) else "a condition that could not be followed"
        return msgspec.structs.replace(query, unclear=query.unclear or reason)
    if isinstance(atom, Query) and atom.kind == "condition":
        for condition in atom.conditions:
            query = with_condition(query, raw_sql.placed(condition, next(iter(query.tables), "")))
        return msgspec.structs.replace(query, unclear=query.unclear or atom.unclear)
    return with_condition(query, predicate((atom,)))


def _values(machine: "Machine", query: Query, arguments: "Arguments") -> list[tuple[str, Value]]:
    sources = [*arguments.positional, *([arguments.rest] if arguments.rest else [])]
    return [*arguments.keywords.items(), *_put_in(machine, query, sources)]


def _put_in(machine: "Machine", query: Query, sources: list[Value]) -> list[tuple[str, Value]]:
    """What dicts and a client's objects say of a new row's columns."""
    from constitution_lint.model.flow.language.container_methods import sent

    found: list[tuple[str, Value]] = []
    for value in sources:
        for atom in value:
            if isinstance(atom, Body):
                atom = sent(machine, atom)
            if isinstance(atom, Mapping):
                found.extend(atom.items)
            elif isinstance(atom, Dump):
                table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
                telling = (*table.owners, *(parent.column for parent in table.parents)) if table is not None else ()
                names = [
                    name
                    for name in telling
                    if (atom.fields is None or name in atom.fields) and name not in atom.excluded
                ]
                found.extend((name, (Scalar("client", f"{atom.key}.{name}", column="copied"),)) for name in names)
                found.extend(atom.overrides)
    return found


def with_parameters(machine: "Machine", query: Query, arguments: "Arguments") -> Query:
    """Bind the parameters of SQL that is text and those that `bindparam` made; a bare INSERT takes its values so."""
    rows = drivers.inserted(arguments) if query.kind == "insert" and not (query.values or query.sql) else None
    if rows is None:
        return raw_sql.bound(query, drivers.given(arguments.positional[1:], arguments.keywords))
    members = [item for atom in rows for item in (atom.items if isinstance(atom, Sequence) else ((atom,),))]
    return msgspec.structs.replace(query, values=tuple(_put_in(machine, query, members)))


def _parameter(arguments: "Arguments") -> Value:
    """`bindparam("name")`, or the value it is given at once."""
    name = arguments.get(0, "key") or NONE
    value = arguments.get(1, "value")
    if value is not None:
        return value
    known = name[0].value if len(name) == 1 and isinstance(name[0], Known) else None
    return (raw_sql.parameter(known) if isinstance(known, str) else Opaque("a parameter of the statement"),)
