"""Which tables of a statement its conditions bind to the principal: directly, or through keys of bound tables."""

import re
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.model.flow.identity import principals, signed_values
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_literal, taint
from constitution_lint.model.flow.values import (
    Claims,
    ColumnRef,
    Condition,
    Known,
    Made,
    Query,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine
    from constitution_lint.model.tables import OwnedTable

VISIBLE = "visibility"
"""What binds rows that the source shows to everybody; it permits reading alone."""
_VISIBILITY = re.compile(r"public|shared|visib|published|is_template|is_global|is_default|is_system|open", re.I)
_HIDDEN = re.compile(r"priv|hidden|draft|own|secret|intern|unlisted|team", re.I)
_SECRET = re.compile(
    r"(?:^|_)(?:token|secret|api_?key|access_?key|(?:invit\w*|share|reset|verification)_?(?:code|key)"
    r"|webhook_?(?:uuid|key|path)|otp)(?:_hash\w*|_digest)?$"
)
_KEY = re.compile(r"(?:^|_)(?:id|uuid|uid|slug|key|code|token)$")
_SUBJECTS = frozenset({"sub", "subject", "uid", "oid", "user_id", "id", "email"})
"""Claims by which services that issue tokens name the user."""
_ACCOUNT_COLUMNS = ("email", "username", "sub", "external_id", "auth_id", "clerk_id")


def flattened(found: tuple[Condition, ...]) -> list[Condition]:
    """A conjunction without nested `and_`; what an `exists` asks of its own tables is asked of them here too."""
    flat: list[Condition] = []
    for condition in found:
        if condition.all_of:
            flat.extend(flattened(condition.all_of))
        elif condition.op == "exists" and condition.column is None:
            flat.extend(flattened(tuple(one for query in _queries(condition) for one in query.conditions)))
        else:
            flat.append(condition)
    return flat


def _queries(condition: Condition) -> list[Query]:
    return [atom for atom in condition.value if isinstance(atom, Query)]


def scoped_tables(machine: "Machine", query: Query, state: State, depth: int = 0) -> dict[str, str]:
    """Tables whose rows are bound to the principal, each with the column that binds it."""
    flat = flattened(query.conditions)
    tables = _tables(query, flat)
    scoped: dict[str, str] = {}
    for key in tables:
        table = machine.ownership.tables.get(key)
        by = _direct(machine, table, flat, state, query if depth < 2 else None) if table is not None else ""
        if by:
            scoped[key] = by
    for key, found in query.outer:
        if key in scoped:
            flat = [*flat, *flattened(found)]
    carried = _carry(machine, query, tables, flat, scoped)
    return _optional(machine, query, tables, carried, state)


def _tables(query: Query, flat: list[Condition]) -> tuple[str, ...]:
    """All tables in a statement, those that only its conditions name included."""
    named = dict.fromkeys((*query.tables, *query.joined, *(key for key, _ in query.outer)))
    for condition in flat:
        parts = (condition.column, *condition.value)
        named.update(dict.fromkeys(part.table for part in parts if isinstance(part, ColumnRef)))
    return tuple(named)


def _carry(
    machine: "Machine", query: Query, tables: tuple[str, ...], flat: list[Condition], scoped: dict[str, str]
) -> dict[str, str]:
    """Carry the proof along keys until nothing changes. From a child up to its parent it goes no further down again."""
    lifted: set[str] = set()
    for _ in tables:
        before = len(scoped)
        for condition in flat:
            _through(machine, condition, scoped, lifted)
        for key in query.implied:
            _implicit(machine, tables, key, scoped, lifted)
        if len(scoped) == before:
            break
    return scoped


def _optional(
    machine: "Machine", query: Query, tables: tuple[str, ...], scoped: dict[str, str], state: State
) -> dict[str, str]:
    """Tables of outer joins: their conditions choose among their own rows and say nothing of the others."""
    for key, found in query.outer:
        table = machine.ownership.tables.get(key)
        if key in scoped or table is None:
            continue
        flat = flattened(found)
        by = _direct(machine, table, flat, state, None)
        inner = dict(scoped)
        for condition in flat:
            _through(machine, condition, inner, set())
        if not flat:
            _implicit(machine, tables, key, inner, set())
        if by or key in inner:
            scoped = {**scoped, key: by or inner[key]}
    return scoped


# --- bound by a condition of its own ---------------------------------------------------------------------------------


def _direct(machine: "Machine", table: "OwnedTable", flat: list[Condition], state: State, query: Query | None) -> str:
    found = [by for condition in flat if (by := _binds(machine, table, condition, state, query))]
    owned = next((by for by in found if by != VISIBLE), "")
    shown = bool(found) or any(_is_visible(condition, table) for condition in flat)
    return owned or (VISIBLE if shown else "")


def _binds(machine: "Machine", table: "OwnedTable", condition: Condition, state: State, query: Query | None) -> str:
    """The column by which one condition binds the table's rows to the principal."""
    if condition.alternatives:
        found = [_branch(machine, table, one, state, query) for one in condition.alternatives]
        shown = VISIBLE in found
        return "" if not found or not all(found) else VISIBLE if shown else found[0]
    column = condition.column
    if column is None or column.table != table.key or condition.op not in ("==", "in", "is", "has"):
        return ""
    name = column.column
    if names_the_owner(table, name) and principals.stand_in(machine, condition.value, state) is not None:
        return ""
    if name in table.owners and _is_principal(machine, condition.value, state):
        return name
    if (
        table.is_user
        and _is_identity(table, column, condition.value)
        and _is_principal(machine, condition.value, state)
    ):
        return name
    reference = (
        name in (table.primary, *table.naturals)
        or name in table.relationships
        or any(parent.column == name for parent in table.parents)
        or _leads_to_itself(table, name)
    )
    if reference and _is_signed(condition.value):
        return name
    if (
        not table.is_user
        and (reference or _chooses(table, name))
        and signed_values.seal_of(condition.value) is not None
    ):
        return name
    if not reference and (_is_alike(column, condition.value, state) or _is_secret(column, condition.value)):
        return name
    if (reference or names_the_owner(table, name)) and _is_owned(machine, condition.value, state):
        return name
    if name in table.owners and principals.is_none(condition.value) and _is_required(table, name):
        return name
    if name == table.primary and principals.is_none(condition.value):
        return name
    return VISIBLE if reference and _is_shown(machine, condition.value, state) else ""


def _leads_to_itself(table: "OwnedTable", name: str) -> bool:
    """`Task.parent_task_id`: a key of the same table."""
    column = table.columns.get(name)
    return column is not None and column.foreign_key.rsplit(".", 1)[0].lower() == table.table.lower()


def _branch(
    machine: "Machine", table: "OwnedTable", branch: tuple[Condition, ...], state: State, query: Query | None
) -> str:
    """One branch of an `or_`: bound, visible to all by the server's word, or owned by nobody."""
    flat = flattened(branch)
    by = _direct(machine, table, flat, state, query)
    if by:
        return by
    if any(one.column is not None and one.column.column in table.owners and one.op == "is" for one in flat):
        return "nobody"
    if query is None:
        return ""
    others = tuple(one for one in query.conditions if not one.alternatives)
    alone = msgspec.structs.replace(query, conditions=(*others, *branch))
    return scoped_tables(machine, alone, state, 2).get(table.key, "")


def _is_visible(condition: Condition, table: "OwnedTable") -> bool:
    """`Task.is_public == True`, `Task.visibility == "public"`: the source says that anybody may see these rows."""
    column = condition.column
    if column is None or column.table != table.key or not _VISIBILITY.search(column.column):
        return False
    return condition.op in ("==", "is") and all(
        isinstance(atom, Known)
        and (atom.value is True or (isinstance(atom.value, str) and not _HIDDEN.search(atom.value)))
        for atom in condition.value
    )


def _is_principal(machine: "Machine", value: Value, state: State) -> bool:
    if len(value) == 1 and isinstance(value[0], Sequence):
        return bool(value[0].items) and all(principals.principal(machine, item, state) for item in value[0].items)
    atoms = tuple(atom for atom in value if not is_literal(atom, None))
    return bool(atoms) and all(
        principals.is_account(atom) or principals.is_principal(machine, atom, state) for atom in atoms
    )


def _is_owned(machine: "Machine", value: Value, state: State) -> bool:
    if len(value) == 1 and isinstance(value[0], Query):
        inner = value[0]
        return bool(inner.tables) and inner.tables[0] in scoped_tables(machine, inner, state)
    return principals.owned_value(machine, value, state)


def _is_signed(value: Value) -> bool:
    """Does a key come out of a token that the server signed? Then the server chose the row."""
    return bool(value) and all(
        (isinstance(atom, Claims) and atom.verified)
        or (isinstance(atom, Scalar) and atom.origin == "principal" and atom.key not in _SUBJECTS)
        for atom in value
    )


def names_the_owner(table: "OwnedTable", column: str) -> bool:
    return column in table.owners or (table.is_user and column in (table.primary, *_ACCOUNT_COLUMNS))


def _is_identity(table: "OwnedTable", column: ColumnRef, value: Value) -> bool:
    """Does a column of the user table name one user? Of a token's subject any key does that leads to no other table."""
    if column.column in (table.primary, *_ACCOUNT_COLUMNS):
        return True
    known = table.columns.get(column.column)
    if known is None or known.foreign_key or not _chooses(table, column.column):
        return False
    return known.unique or all(isinstance(atom, Scalar) and atom.key in _SUBJECTS for atom in value)


def _chooses(table: "OwnedTable", name: str) -> bool:
    """Does a column single out a row or its parent? What a link says of any other column narrows nothing."""
    column = table.columns.get(name)
    return (column is not None and column.unique) or _KEY.search(name) is not None


def _is_alike(column: ColumnRef, value: Value, state: State) -> bool:
    """`Trigger.project_id == history.project_id` of a proven row: a foreign key without constraint."""
    rows = [atom for atom in value if isinstance(atom, Scalar) and atom.origin == "row" and state.holds(atom.row)]
    named = any(atom.column == column.column for atom in rows)
    return column.column.endswith("_id") and named and len(rows) == len(value)


def _is_secret(column: ColumnRef, value: Value) -> bool:
    """A row found by a secret that only its holder knows: a share link, an invitation, an API key."""
    return _SECRET.search(column.column) is not None and all(
        isinstance(atom, Scalar | Made) and is_client((atom,)) for atom in value
    )


def _is_shown(machine: "Machine", value: Value, state: State) -> bool:
    """Does a value, whatever way it came, come from rows that everybody may see?"""
    rows = taint(value)
    if not rows or is_client(value) or not all(taint((atom,)) or is_literal(atom, None) for atom in value):
        return False
    return all(machine.record.is_shown(row) or state.holds(row) for row in rows)


# --- bound through another table -------------------------------------------------------------------------------------


def _through(machine: "Machine", condition: Condition, scoped: dict[str, str], lifted: set[str]) -> None:
    """`Message.conversation_id == Conversation.id` carries the proof from one side to the other."""
    if condition.column is None or condition.op != "==" or len(condition.value) != 1:
        return
    other = condition.value[0]
    if not isinstance(other, ColumnRef):
        return
    for one, two in ((condition.column, other), (other, condition.column)):
        if one.table in scoped and two.table not in scoped:
            first, second = machine.ownership.tables.get(one.table), machine.ownership.tables.get(two.table)
            if first is None or second is None:
                continue
            way = _way(first, one.column, second, two.column)
            if way == "down" and one.table in lifted:
                continue
            if way:
                shown = scoped[one.table] == VISIBLE
                scoped[two.table] = VISIBLE if shown else f"{two.column} through {first.name}"
                if way == "up":
                    lifted.add(two.table)


def _way(first: "OwnedTable", column: str, second: "OwnedTable", other: str) -> str:
    """How an equality of two columns leads from the first table to the second: "down" to children, "up", or nowhere."""
    if column in (first.primary, *first.naturals) and other != second.primary:
        return "down"
    if column in first.owners and (other in second.owners or (second.is_user and other == second.primary)):
        return "down"
    if column == first.primary and other == second.primary and not _is_one_row(first, second):
        return ""
    if other == second.primary:
        return "down" if first.is_link or column == first.primary else "up"
    alike = column == other and any(parent.column == other for parent in second.parents)
    return "down" if alike and first.is_link else ""


def _is_one_row(first: "OwnedTable", second: "OwnedTable") -> bool:
    """Do equal primary keys mean the same thing: in a table met twice, or where one refers to the other?"""
    if first.table == second.table:
        return True
    pairs = ((first, second), (second, first))
    return any(
        (column := one.columns.get(one.primary)) is not None
        and column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower() == other.table.rsplit(".", 1)[-1].lower()
        for one, other in pairs
    )


def _implicit(
    machine: "Machine", tables: tuple[str, ...], joined: str, scoped: dict[str, str], lifted: set[str]
) -> None:
    """A join without a condition follows the foreign key between the two tables."""
    for key in tables:
        if key == joined or (key in scoped) == (joined in scoped):
            continue
        have, need = (key, joined) if key in scoped else (joined, key)
        first, second = machine.ownership.tables.get(have), machine.ownership.tables.get(need)
        if first is None or second is None:
            continue
        by = VISIBLE if scoped[have] == VISIBLE else f"join with {first.name}"
        if _refers(second, first) and have not in lifted:
            scoped[need] = by
        elif _refers(first, second):
            scoped[need] = by
            if not first.is_link:
                lifted.add(need)


def _refers(table: "OwnedTable", target: "OwnedTable") -> bool:
    """Has the table a foreign key to the target?"""
    named = any(
        column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower() == target.table.rsplit(".", 1)[-1].lower()
        for column in table.columns.values()
        if column.foreign_key
    )
    keyed = any(parent.table == target.key for parent in table.parents) or (target.is_user and bool(table.owners))
    known = any(column.foreign_key for column in (*table.columns.values(), *target.columns.values()))
    return named or keyed or (not known and target.key in table.relationships.values())


def _is_required(table: "OwnedTable", column: str) -> bool:
    """Never null, so that rows of nobody do not exist."""
    return column in table.columns and not table.columns[column].nullable
