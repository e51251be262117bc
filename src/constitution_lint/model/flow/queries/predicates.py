"""Conditions of statements: comparisons with columns, `and_`, `or_`, `not_`, `exists`, and columns' methods."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.model.flow.values import NONE, TRUE, Atom, ColumnRef, Condition, Known, Query, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine

_COLUMN_OPERATORS = {
    "in_": "in", "is_": "is", "is_not": "is not", "isnot": "is not", "not_in": "not in", "notin_": "not in",
    "like": "like", "ilike": "like", "contains": "like", "startswith": "like", "endswith": "like",
    "is_not_distinct_from": "==", "isnot_distinct_from": "==", "is_distinct_from": "!=",
    "between": "between", "op": "unclear", "match": "like", "any_": "any", "icontains": "like",
}  # fmt: skip


_OPPOSITES = {"!=": "==", "not in": "in", "is not": "is", "==": "!=", "in": "not in", "is": "is not"}


def predicate(value: Value) -> Condition:
    """One argument of `where`, `and_` or `or_` as a condition; of several possible ones any may be meant."""
    if len(value) == 1:
        return _of_atom(value[0])
    return Condition(None, "or", alternatives=tuple((_of_atom(atom),) for atom in value))


def _of_atom(atom: Atom) -> Condition:
    if isinstance(atom, Condition):
        return atom
    if isinstance(atom, ColumnRef):
        return Condition(atom, "==", TRUE)
    if isinstance(atom, Query):
        return Condition(None, "exists", (atom,))
    if isinstance(atom, Known):
        return Condition(None, "true")
    if isinstance(atom, Sequence) and not atom.open:
        return Condition(None, "and", all_of=tuple(predicate(item) for item in atom.items))
    return Condition(None, "unclear", (atom,))


def combined(last: str, arguments: "Arguments") -> Condition:
    """`and_(…)`, `or_(…)`, `not_(…)`; what a list of unknown length may add to a conjunction is not counted on."""
    inner = tuple(predicate(value) for value in arguments.positional)
    spread = tuple(predicate((atom,)) for atom in arguments.star or ())
    if last == "and_":
        return Condition(None, "and", all_of=inner) if inner else Condition(None, "true")
    if last == "not_":
        return _opposite(inner[0]) if len(inner) == 1 else Condition(None, "not")
    return Condition(None, "or", alternatives=tuple((one,) for one in (*inner, *spread)))


def negated(value: Value) -> Value:
    """`~condition`: what is refused binds nothing, but for a comparison that says the opposite."""
    if len(value) == 1 and isinstance(value[0], Condition):
        return (_opposite(value[0]),)
    return (
        (Condition(None, "not"),) if any(isinstance(atom, Condition | Query | ColumnRef) for atom in value) else value
    )


def _opposite(condition: Condition) -> Condition:
    op = _OPPOSITES.get(condition.op) if condition.column is not None else None
    return msgspec.structs.replace(condition, op=op) if op is not None else Condition(None, "not")


def on_column(machine: "Machine", column: ColumnRef, name: str, arguments: "Arguments") -> Value:
    """A method of a column: a condition, or the column itself."""
    if name in ("has", "any"):
        return (_has(machine, column, arguments),)
    op = _COLUMN_OPERATORS.get(name)
    if op is None:
        given = arguments.get(0, "name") if name == "label" else None
        label = given[0].value if given and isinstance(given[0], Known) else None
        return (msgspec.structs.replace(column, label=label),) if isinstance(label, str) else (column,)
    value = arguments.get(0) or NONE
    table = machine.ownership.tables.get(column.table)
    if name == "contains" and table is not None and column.column in table.relationships:
        op = "=="
    return (Condition(column, op, value),)


def _has(machine: "Machine", column: ColumnRef, arguments: "Arguments") -> Condition:
    """`Comment.task.has(Task.user_id == …)`, `Team.members.any(user_id=…)`: a related row that meets conditions."""
    table = machine.ownership.tables.get(column.table)
    target = table.relationships.get(column.column) if table is not None else None
    if target is None:
        return Condition(column, "unclear")
    named = tuple(Condition(ColumnRef(target, word), "==", value) for word, value in arguments.keywords.items())
    inner = tuple(predicate(value) for value in arguments.positional)
    return Condition(column, "has", (Query("select", (target,), (*inner, *named)),))


def with_condition(query: Query, condition: Condition) -> Query:
    """The statement with one more condition, and with what the columns of subqueries in it bring along."""
    found = conjuncts(condition)
    operands = (operand for one in found for operand in (one.column, *one.value))
    for inner in [operand.of for operand in operands if isinstance(operand, ColumnRef) and operand.of]:
        query = with_subquery(query, inner)
    return msgspec.structs.replace(query, conditions=(*query.conditions, *found))


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What a conjunction holds, one by one: statements whose conjunctions differ still share what is in both."""
    if condition.op != "and":
        return (condition,)
    return tuple(part for inner in condition.all_of for part in conjuncts(inner))


def with_subquery(query: Query, inner: Query) -> Query:
    """Rows of a subquery stand for rows of its table for which its conditions hold."""
    return msgspec.structs.replace(
        query,
        conditions=tuple(dict.fromkeys((*query.conditions, *inner.conditions))),
        joined=tuple(dict.fromkeys((*query.joined, *inner.joined))),
        implied=tuple(dict.fromkeys((*query.implied, *inner.implied))),
        outer=tuple(dict.fromkeys((*query.outer, *inner.outer))),
        unclear=query.unclear or inner.unclear,
    )
