"""Whose rows a statement can reach: the judgement on its conditions, with the reason in words."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.model.api import Seal
from constitution_lint.model.flow import elements
from constitution_lint.model.flow.identity import principals, signed_values
from constitution_lint.model.flow.queries.binding import VISIBLE, flattened, names_the_owner, scoped_tables
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import taint
from constitution_lint.model.flow.values import (
    ANSWERED,
    Atom,
    ColumnRef,
    Condition,
    Known,
    Made,
    Opaque,
    Query,
    Scalar,
    Sequence,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine
    from constitution_lint.model.tables import OwnedTable

_TOKEN_COLUMN = re.compile(r"token|api_?key|session|secret|hash|jti|digest|key$", re.I)
_TOKEN_TABLE = re.compile(r"session|token|api_?key", re.I)


WHOEVER = ", whoever calls"
"""So ends the reason why rows of a user whom the source names are open: nobody else is ever asked for."""


class Scope(NamedTuple):
    """The judgement: `by` is the column that binds the rows to the principal ("" when none does), `why` and `fault` say
    what is missing, `keys` are client keys that choose the row, `unclear` a reason why it cannot be told, `seal` is of
    the signed value that the proof rests on."""

    by: str
    why: str = ""
    fault: str = "unscoped-read"
    keys: tuple[str, ...] = ()
    unclear: str = ""
    token_keyed: bool = False
    children: tuple[int, ...] = ()
    seal: Seal | None = None
    listed: tuple[str, ...] = ()


def judge(machine: "Machine", query: Query, state: State, about: "OwnedTable | None" = None) -> Scope:
    """Judge a statement for one table in it, by default the one it is about."""
    main = query.tables[0] if query.tables else ""
    table = about if about is not None else machine.ownership.tables.get(main)
    if table is None:
        return Scope("", "no table that is known", unclear=query.unclear)
    flat = tuple(flattened(query.conditions))
    keys = tuple(dict.fromkeys(key for condition in flat for key in _chosen_by(condition, table, "==")))
    listed = tuple(dict.fromkeys(key for condition in flat for key in _chosen_by(condition, table, "in")))
    scoped, keyed = scoped_tables(machine, query, state), _token_keyed(flat, table)
    if table.key in scoped and not (scoped[table.key] == VISIBLE and query.kind in ("update", "delete")):
        by, children = scoped[table.key], _children(machine, flat, table)
        if shared := _of_one_for_all(machine, query, flat, table, state):
            return Scope("", shared, unclear=shared, children=children)
        seal = _resting_on(machine, query, flat, table, state)
        return Scope(by, keys=keys, token_keyed=bool(keyed), children=children, seal=seal, listed=listed)
    if keyed and (table.is_user or _of_own(flat, table, keyed)):
        return Scope(keyed, keys=keys, token_keyed=True, children=_children(machine, flat, table), listed=listed)
    unclear = query.unclear or next((reason for one in flat if (reason := _open(machine, one, table, state))), "")
    why, fault = _missing(machine, table, flat, state)
    children = _children(machine, flat, table)
    return Scope("", why, fault, keys, unclear, bool(keyed), children, listed=listed)


def _of_one_for_all(
    machine: "Machine", query: Query, flat: tuple[Condition, ...], table: "OwnedTable", state: State
) -> str:
    """Why it is open whose rows are bound to a user whom the source names: whoever calls unverified is that one."""
    fixed = [
        one
        for one in flat
        if one.op == "==" and one.column is not None and one.column.table == table.key
        if names_the_owner(table, one.column.column) and principals.is_one_for_all(machine, one.value, state)
    ]
    if not fixed:
        return ""
    without = msgspec.structs.replace(query, conditions=tuple(one for one in query.conditions if one not in fixed))
    column = fixed[0].column
    if column is None or table.key in scoped_tables(machine, without, state):
        return ""
    return told_of_one_for_all(column.column, fixed[0].value)


def told_of_one_for_all(column: str, value: tuple[Atom, ...]) -> str:
    written = next((repr(atom.value) for atom in value if isinstance(atom, Known)), "the same")
    return f"{column} is always {written}{WHOEVER}"


def _resting_on(
    machine: "Machine", query: Query, flat: tuple[Condition, ...], table: "OwnedTable", state: State
) -> Seal | None:
    """The signed value of a link without which nothing would bind the table; the principal's own token needs none."""
    sealed = [(one, seal) for one in flat if (seal := _link(machine, one)) is not None]
    if not sealed:
        return None
    links = [one for one, _ in sealed]
    without = msgspec.structs.replace(query, conditions=tuple(one for one in flat if one not in links))
    return None if table.key in scoped_tables(machine, without, state) else sealed[0][1]


def _link(machine: "Machine", condition: Condition) -> Seal | None:
    """A token says whose row it is; a link names a row by another column, of another table than the user's."""
    column = condition.column
    table = machine.ownership.tables.get(column.table) if column is not None else None
    if column is None or table is None or table.is_user or column.column in table.owners:
        return None
    return signed_values.seal_of(condition.value)


def accounts_of(query: Query, table: "OwnedTable") -> tuple[str, ...]:
    """The client keys that name a user by an account column, an e-mail or a user name: whose proof is theirs too."""
    return tuple(atom.key for atom in _accounts(query, table))


def are_answered(query: Query, table: "OwnedTable") -> bool:
    """Did another service name the user?"""
    return any(atom.column == ANSWERED for atom in _accounts(query, table))


def _accounts(query: Query, table: "OwnedTable") -> Iterator[Scalar]:
    for condition in flattened(query.conditions if table.is_user else ()):
        column = condition.column
        if condition.op != "==" or column is None or column.table != table.key or column.column == table.primary:
            continue
        if names_the_owner(table, column.column):
            yield from (atom for atom in condition.value if isinstance(atom, Scalar) and atom.origin == "client")


def _chosen_by(condition: Condition, table: "OwnedTable", op: str) -> list[str]:
    """The client keys by which a row is chosen on its primary key, or that name its parent."""
    if condition.column is None or condition.column.table != table.key or condition.op != op:
        return []
    parents = [parent.column for parent in table.parents] if table.is_link or op == "==" else []
    if condition.column.column not in (table.primary, *table.naturals, *parents):
        return []
    atoms = condition.value if op == "==" else [one for atom in condition.value for one in _listed(atom)]
    sent = [atom for atom in atoms if isinstance(atom, Scalar) and atom.origin == "client"]
    return [elements.whole_of(atom.key) for atom in sent]


def _listed(atom: Atom) -> tuple[Atom, ...]:
    """A list of the client's, also one that was gone through: `[UUID(one) for one in body.ids]`."""
    return tuple(chain.from_iterable(atom.items)) if isinstance(atom, Sequence) and atom.open else (atom,)


def _children(machine: "Machine", flat: tuple[Condition, ...], table: "OwnedTable") -> tuple[int, ...]:
    """The rows whose key chooses the row: `Task.id == comment.task_id`; or `Task.id == task.id`, asked for again."""
    return tuple(
        atom.row
        for condition in flat
        if condition.column is not None
        and condition.column.table == table.key
        and condition.op == "=="
        and condition.column.column in (table.primary, *table.naturals)
        for atom in condition.value
        if isinstance(atom, Scalar) and atom.origin == "row"
        if machine.record.leads_up(atom) or _names_itself(machine, atom, condition.column)
    )


def _names_itself(machine: "Machine", atom: Scalar, column: ColumnRef) -> bool:
    return atom.column == column.column and machine.record.table_of(atom) == column.table


def _token_keyed(flat: tuple[Condition, ...], table: "OwnedTable") -> str:
    """The column by which the row is looked up by the very token the client presented: it is the bearer's."""
    for condition in flat:
        branches = [_token_keyed(tuple(flattened(one)), table) for one in condition.alternatives]
        if branches and all(branches):
            return branches[0]
        if condition.column is None or condition.op != "==":
            continue
        presented = any(_presented(atom) for atom in condition.value)
        telling = _TOKEN_COLUMN.search(condition.column.column) or (
            condition.column.column == table.primary and _TOKEN_TABLE.search(table.name)
        )
        if presented and telling and condition.column.column not in table.owners:
            return condition.column.column
    return ""


def _of_own(flat: tuple[Condition, ...], table: "OwnedTable", column: str) -> bool:
    """Is it the table itself that the token stands in, no other that is joined?"""
    inner = [one for condition in flat for branch in condition.alternatives for one in flattened(branch)]
    columns = (condition.column for condition in (*flat, *inner))
    return any(one is not None and one.column == column and one.table == table.key for one in columns)


def _presented(atom: Atom) -> bool:
    return isinstance(atom, Scalar | Made | Opaque) and atom.credential


def _open(machine: "Machine", condition: Condition, table: "OwnedTable", state: State) -> str:
    """Why a condition may bind the rows to the principal, though it is not seen to; "" where it cannot."""
    return _unclear(condition) or _unclear_row(machine, condition, state) or _unclear_owner(condition, table, state)


def _unclear_owner(condition: Condition, table: "OwnedTable", state: State) -> str:
    """An owner that a library names, which may know the caller; none where the client may name it as well."""
    column = condition.column
    if column is None or column.table != table.key or not names_the_owner(table, column.column):
        return ""
    if condition.op not in ("==", "in") or _let_through(condition, state) is not None:
        return ""
    made = (atom for atom in condition.value if isinstance(atom, Made) and not atom.client and not atom.taint)
    return next((f"whom {atom.dotted} names could not be followed" for atom in made), "")


def _unclear(condition: Condition) -> str:
    if condition.op == "unclear":
        return "a condition on a column that is chosen at run time"
    for branch in condition.alternatives:
        if reason := next((reason for one in branch if (reason := _unclear(one))), ""):
            return reason
    for atom in condition.value:
        if isinstance(atom, Opaque) and not atom.client and not atom.taint:
            return atom.reason
    return ""


def _unclear_row(machine: "Machine", condition: Condition, state: State) -> str:
    """A key out of a row, or made of one, of which it cannot be told whose it is."""
    for number in sorted(taint(condition.value)):
        loaded = machine.record.loaded(number)
        if loaded is not None and loaded.unclear and not state.holds(number):
            return loaded.unclear
    return ""


def _let_through(condition: Condition, state: State) -> Scalar | None:
    """The client's value in a condition that was never proven."""
    values = (atom for atom in condition.value if isinstance(atom, Scalar) and atom.origin == "client")
    return next((atom for atom in values if not state.is_equal(atom.key) and not state.owns(atom.key)), None)


def _missing(machine: "Machine", table: "OwnedTable", flat: tuple[Condition, ...], state: State) -> tuple[str, str]:
    """Why nothing binds the rows, and the rule that names the fault."""
    for condition in flat:
        column = condition.column
        if column is None or column.table != table.key:
            continue
        stand_in = principals.stand_in(machine, condition.value, state)
        if stand_in is not None and names_the_owner(table, column.column):
            return told_of_stand_in(column.column, stand_in), "unscoped-read"
        client = _let_through(condition, state)
        sent = elements.spelled(client.key) if client is not None else ""
        if client is not None and (column.column in table.owners or (table.is_user and column.column == table.primary)):
            return (
                f"{column.column} is taken from {sent}, which is never compared with the token's",
                "client-named-owner",
            )
        if client is not None and any(parent.column == column.column for parent in table.parents):
            return f"{column.column} is taken from {sent} and its parent is never proven", "unchecked-child"
    parent = next(
        (one for one in table.parents if not table.owners and _proven_parent(machine, one.table, state)), None
    )
    if parent is not None:
        return (
            f"nothing binds {parent.column} to the {parent.table.rsplit(':', 1)[-1]} that was proven",
            "unchecked-child",
        )
    wanted = (
        table.owners[0]
        if table.owners
        else table.primary
        if table.is_user
        else table.parents[0].column
        if table.parents
        else "the owner"
    )
    return f"nothing binds {wanted} to the token's user", "unscoped-read"


def told_of_stand_in(column: str, stand_in: Known) -> str:
    return f"{column} falls back to {stand_in.setting or repr(stand_in.value)} where the token names nobody"


def _proven_parent(machine: "Machine", table: str, state: State) -> bool:
    """Was a row of the table, or a membership in one, proven on this path?"""
    parent = machine.ownership.tables.get(table)
    accepted = {table, *(member.table for member in (parent.members if parent is not None else ()))}
    return not accepted.isdisjoint(machine.record.tables_of(state.all_proven()))
