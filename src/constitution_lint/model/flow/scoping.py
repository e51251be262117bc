"""Whose rows a statement can reach: the judgement over its conditions, with the reason in words."""

import re
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.model.flow import conditions
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    Atom,
    ColumnRef,
    Condition,
    Known,
    Made,
    Opaque,
    Query,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine
    from constitution_lint.model.tables import OwnedTable

_VISIBILITY = re.compile(r"public|shared|visib|published|is_template|is_global|is_default|is_system|open", re.I)
_TOKEN_COLUMN = re.compile(r"token|api_?key|session|secret|hash|jti|digest", re.I)
_TOKEN_TABLE = re.compile(r"session|token|api_?key", re.I)


class Scope(NamedTuple):
    """The judgement: `by` is the column that binds the rows to the principal ("" when none does), `why` and `fault` say
    what is missing, `keys` are client keys that choose the row, `unclear` a reason why it cannot be told."""

    by: str
    why: str = ""
    fault: str = "unscoped-read"
    keys: tuple[str, ...] = ()
    unclear: str = ""
    token_keyed: bool = False


def judge(machine: "Machine", query: Query, state: State) -> Scope:
    """Judge a statement for the table it is about."""
    table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
    if table is None:
        return Scope("", "no table that is known", unclear=query.unclear)
    flat = tuple(flattened(query.conditions))
    keys = tuple(dict.fromkeys(key for condition in flat for key in _chosen_by(condition, table)))
    scoped = _scoped_tables(machine, query, flat, state)
    if table.key in scoped:
        return Scope(scoped[table.key], keys=keys, token_keyed=_token_keyed(flat, table))
    unclear = query.unclear or next((_unclear(condition) for condition in flat if _unclear(condition)), "")
    why, fault = _missing(machine, table, flat, state)
    return Scope("", why, fault, keys, unclear, _token_keyed(flat, table))


def flattened(found: tuple[Condition, ...]) -> list[Condition]:
    """A conjunction without nested `and_`."""
    flat: list[Condition] = []
    for condition in found:
        flat.extend(flattened(condition.all_of) if condition.all_of else [condition])
    return flat


def _scoped_tables(machine: "Machine", query: Query, flat: tuple[Condition, ...], state: State) -> dict[str, str]:
    """Tables whose rows the conditions bind to the principal, directly or through joins from ones that are."""
    tables = (*query.tables, *query.joined)
    scoped: dict[str, str] = {}
    for key in tables:
        table = machine.ownership.tables.get(key)
        if table is not None:
            by = _direct(machine, table, flat, state)
            if by:
                scoped[key] = by
    for _ in tables:
        for condition in flat:
            _through(machine, condition, scoped)
        for key in query.joined:
            _implicit(machine, tables, key, scoped)
    return scoped


def _direct(machine: "Machine", table: "OwnedTable", flat: tuple[Condition, ...], state: State) -> str:
    for condition in flat:
        by = _binds(machine, table, condition, state)
        if by:
            return by
    return ""


def _binds(machine: "Machine", table: "OwnedTable", condition: Condition, state: State) -> str:
    """The column by which one condition binds the table's rows to the principal."""
    if condition.alternatives:
        found = [_conjunction(machine, table, tuple(flattened(one)), state) for one in condition.alternatives]
        return found[0] if found and all(found) and not all(one == "visibility" for one in found) else ""
    column = condition.column
    if column is None or column.table != table.key or condition.op not in ("==", "in", "is"):
        return ""
    name = column.column
    if name in table.owners and _is_principal(machine, condition.value, state):
        return name
    if (
        table.is_user
        and name in (table.primary, "email", "username", "sub", "external_id", "auth_id", "clerk_id")
        and _is_principal(machine, condition.value, state)
    ):
        return name
    if (
        name == table.primary or name in table.relationships or any(parent.column == name for parent in table.parents)
    ) and _is_owned(machine, condition.value, state):
        return name
    if name in table.owners and _is_owned(machine, condition.value, state):
        return name
    if name in table.relationships and condition.op == "==" and _is_owned(machine, condition.value, state):
        return name
    return ""


def _conjunction(machine: "Machine", table: "OwnedTable", flat: tuple[Condition, ...], state: State) -> str:
    by = _direct(machine, table, flat, state)
    if by:
        return by
    visible = any(
        condition.column is not None
        and _VISIBILITY.search(condition.column.column)
        and not _from_client(condition.value)
        for condition in flat
    )
    nobody = any(
        condition.column is not None and condition.column.column in table.owners and condition.op == "is"
        for condition in flat
    )
    return "visibility" if visible or nobody else ""


def _from_client(value: Value) -> bool:
    return any(isinstance(atom, Scalar) and atom.origin == "client" for atom in value)


def _is_principal(machine: "Machine", value: Value, state: State) -> bool:
    if len(value) == 1 and isinstance(value[0], Sequence):
        return bool(value[0].items) and all(conditions.principal(machine, item, state) for item in value[0].items)
    atoms = tuple(atom for atom in value if not (isinstance(atom, Known) and atom.value is None))
    return bool(atoms) and all(is_fixed(atom) or conditions.is_principal(machine, atom, state) for atom in atoms)


def is_fixed(atom: Atom) -> bool:
    """An account the source itself names: whoever it is, the client does not choose it."""
    return isinstance(atom, Known) and isinstance(atom.value, str | int) and not isinstance(atom.value, bool)


def _is_owned(machine: "Machine", value: Value, state: State) -> bool:
    if len(value) == 1 and isinstance(value[0], Query):
        return bool(judge(machine, value[0], state).by)
    return conditions.owned_value(machine, value, state)


def _through(machine: "Machine", condition: Condition, scoped: dict[str, str]) -> None:
    """`Message.conversation_id == Conversation.id` carries the proof from one side to the other."""
    if condition.column is None or condition.op != "==" or len(condition.value) != 1:
        return
    other = condition.value[0]
    if not isinstance(other, ColumnRef):
        return
    for one, two in ((condition.column, other), (other, condition.column)):
        if one.table in scoped and two.table not in scoped:
            scoped[two.table] = f"{two.column} through {one.table.rsplit(':', 1)[-1]}"


def _implicit(machine: "Machine", tables: tuple[str, ...], joined: str, scoped: dict[str, str]) -> None:
    """A join without a condition follows the foreign key between the two tables."""
    for key in tables:
        if key == joined or (key in scoped) == (joined in scoped):
            continue
        if _related(machine, key, joined):
            have, need = (key, joined) if key in scoped else (joined, key)
            scoped[need] = f"join with {have.rsplit(':', 1)[-1]}"


def _related(machine: "Machine", one: str, other: str) -> bool:
    first, second = machine.ownership.tables.get(one), machine.ownership.tables.get(other)
    if first is None or second is None:
        return False
    for table, target in ((first, second), (second, first)):
        names = (target.table.lower(),)
        if any(
            column.foreign_key.rsplit(".", 1)[0].lower() in names
            for column in table.columns.values()
            if column.foreign_key
        ):
            return True
        if target.key in table.relationships.values():
            return True
    return False


def _chosen_by(condition: Condition, table: "OwnedTable") -> list[str]:
    """The client keys by which a row is chosen on its primary key."""
    if condition.column is None or condition.column.table != table.key or condition.op != "==":
        return []
    if condition.column.column != table.primary:
        return []
    return [atom.key for atom in condition.value if isinstance(atom, Scalar) and atom.origin == "client"]


def _token_keyed(flat: tuple[Condition, ...], table: "OwnedTable") -> bool:
    """Is the row looked up by the very token the client presented?"""
    for condition in flat:
        if condition.column is None or condition.op != "==":
            continue
        presented = any(_presented(atom) for atom in condition.value)
        telling = _TOKEN_COLUMN.search(condition.column.column) or (
            condition.column.column == table.primary and _TOKEN_TABLE.search(table.name)
        )
        if presented and telling and condition.column.column not in table.owners:
            return True
    return False


def _presented(atom: Atom) -> bool:
    return isinstance(atom, Scalar | Made | Opaque) and atom.credential


def _unclear(condition: Condition) -> str:
    if condition.op == "unclear":
        return "a condition on a column that is chosen at run time"
    for atom in condition.value:
        if isinstance(atom, Opaque) and not atom.client and not atom.taint:
            return atom.reason
    return ""


def _missing(machine: "Machine", table: "OwnedTable", flat: tuple[Condition, ...], state: State) -> tuple[str, str]:
    """Why nothing binds the rows, and the rule that names the fault."""
    for condition in flat:
        column = condition.column
        if column is None or column.table != table.key:
            continue
        client = next((atom for atom in condition.value if isinstance(atom, Scalar) and atom.origin == "client"), None)
        if client is not None and (column.column in table.owners or (table.is_user and column.column == table.primary)):
            return (
                f"{column.column} is taken from {client.key}, which is never compared with the token's",
                "client-named-owner",
            )
        if client is not None and any(parent.column == column.column for parent in table.parents):
            return f"{column.column} is taken from {client.key} and its parent is never proven", "unchecked-child"
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


def _proven_parent(machine: "Machine", table: str, state: State) -> bool:
    """Was a row of the table proven on this path?"""
    proven = (machine.record.loaded(number) for number in state.proven)
    return any(loaded is not None and loaded.table == table for loaded in proven)
