"""Statements that FastCRUD builds: `crud.get(db, id=…, owner_id=…)` is a query with these conditions.

What is compared stands in keywords by the names of columns, `age__gt` with an operator behind it. A class of the
project may derive from FastCRUD; what it defines itself is followed as any other method.
"""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call
from constitution_lint.model.flow.queries import database, results, statements, writes
from constitution_lint.model.flow.queries.predicates import with_condition
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    ClassRef,
    ColumnRef,
    Condition,
    Instance,
    Made,
    Mapping,
    Query,
    Result,
    Row,
    Rows,
    Scalar,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
CLASS = "fastcrud.FastCRUD"
_MODEL = "model"
_ONE = frozenset({"get", "get_joined", "exists"})
_MANY = frozenset({"get_multi", "get_multi_joined", "get_multi_by_cursor"})
_DELETING = frozenset({"delete", "db_delete"})
_OPTIONS = frozenset(
    {"db", "object", "instance", "db_row", "schema_to_select", "return_as_model", "one_or_none", "offset", "limit",
     "sort_columns", "sort_orders", "sort_column", "sort_order", "return_total_count", "commit", "allow_multiple",
     "return_columns", "joins_config", "counts_config", "join_model", "join_prefix", "join_on", "join_type", "alias",
     "join_filters", "join_schema_to_select", "nest_joins", "relationship_type", "cursor", "distinct_on_columns"}
)  # fmt: skip
"""Keywords that compare nothing."""
_COUNT: Value = (Scalar("server", "a count"),)
_OPERATORS = {"": "==", "in": "in", "is": "is", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def make(dotted: str, arguments: "Arguments") -> Made | None:
    """`FastCRUD(Task)`; None for other classes."""
    model = arguments.get(0, _MODEL)
    return Made(CLASS, ((_MODEL, model),)) if dotted == CLASS and model is not None else None


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """A method of such an object; None for objects of other kinds."""
    table = _table(machine, atom, state)
    if table is None:
        return None
    place = frame.at(node.span)
    query = _chosen(Query("select", (table,), shape=(ColumnRef(table, ""),)), arguments)
    state = state.copy()
    if name == "select":
        return [(state, (query,))]
    if name in _ONE:
        return _of_result(machine, database.executed(machine, query, state, place, frame), "first", state)
    if name in _MANY:
        found = _of_result(machine, database.executed(machine, query, state, place, frame), "all", state)
        return [(after, (Mapping((("data", rows), ("total_count", _COUNT))),)) for after, rows in found]
    if name == "count":
        database.executed(machine, _counting(query, table), state, place, frame)
        return [(state, _COUNT)]
    if name == "create":
        return _inserted(machine, table, arguments, state, frame, node)
    if name == "update":
        put = statements.changed_by(machine, query, "update", _written(arguments, state))
        return [(state, (database.executed(machine, put, state, place, frame),))]
    if name in _DELETING:
        return _deleted(machine, query, arguments, state, frame, node)
    machine.record.leave_unclear(f"{name} of FastCRUD", place)
    return None


def _table(machine: "Machine", atom: Atom, state: State) -> str | None:
    """The table of the model that an object of FastCRUD was made for."""
    model: Value = ()
    if isinstance(atom, Made) and atom.dotted == CLASS:
        model = dict(atom.arguments).get(_MODEL, ())
    elif isinstance(atom, Instance) and machine.names.is_subclass(atom.definition, "FastCRUD"):
        model = machine.heap(state, atom.number, _MODEL) or machine.heap(state, atom.number, "0") or ()
    for one in model:
        table = machine.ownership.find(one.definition) if isinstance(one, ClassRef) else None
        if table is not None:
            return table.key
    return None


def _chosen(query: Query, arguments: "Arguments") -> Query:
    """The statement with what the keywords compare; what is spread out of the unknown leaves it open."""
    for word, value in arguments.keywords.items():
        column, _, operator = word.partition("__")
        if word not in _OPTIONS:
            op = _OPERATORS.get(operator, "unclear")
            query = with_condition(query, Condition(ColumnRef(query.tables[0], column), op, value))
    if arguments.rest is not None:
        return msgspec.structs.replace(query, unclear=query.unclear or "conditions that are chosen at run time")
    return query


def _counting(query: Query, table: str) -> Query:
    return msgspec.structs.replace(query, shape=(ColumnRef(table, "count"),))


def _of_result(machine: "Machine", atom: Atom, name: str, state: State) -> Pairs:
    return results.on_result(machine, atom, name, state) if isinstance(atom, Result) else [(state, (atom,))]


def _written(arguments: "Arguments", state: State) -> "Arguments":
    """The schema or dict that is written, as the argument of the statement that writes it."""
    from constitution_lint.model.flow.arguments import Arguments

    value = arguments.get(1, "object") or NONE
    fields = [
        Mapping(tuple(state.attributes(one.number).items())) if isinstance(one, Instance) else one for one in value
    ]
    return Arguments([tuple(fields)])


def _inserted(
    machine: "Machine", table: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """`crud.create(db, object)`: a row of the model, made of a schema."""
    after, row = writes.construct_from(
        machine, machine.ownership.tables[table], _written(arguments, state), state, frame, node
    )
    for one in writes.objects_in(row):
        writes.insert(machine, one, after, frame, frame.at(node.span))
    return [(after, row)]


def _deleted(
    machine: "Machine", query: Query, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    place = frame.at(node.span)
    rows = [one for one in arguments.get(1, "db_row") or () if isinstance(one, Row | Rows)]
    for one in rows:
        writes.change(machine, Row(one.table, one.number), "delete", state, frame, place)
    if not rows:
        database.executed(machine, statements.of_kind(query, "delete"), state, place, frame)
    return [(state, NONE)]
