"""Whose a role is, and whether the source says which: roles as columns, claims, and rows of their own tables.

A row of roles is the caller's when it hangs on the caller's own row, or when a query binds a user's key in it to the
principal. One tenant's roles say nothing of another tenant's rows: what they allow stays open.
"""

import re
from typing import TYPE_CHECKING

from constitution_lint.model.flow.identity import principals
from constitution_lint.model.flow.queries.binding import flattened, names_the_owner
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client
from constitution_lint.model.flow.values import (
    Atom,
    Condition,
    Known,
    Made,
    Query,
    Result,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine
    from constitution_lint.model.tables import OwnedTable

ROLE = re.compile(r"admin|super_?user|staff|role|permission|scope|privilege|is_owner|is_root|moderator", re.I)
PERMITTED = "principal.permitted"
"""What a library object is called that says whether the caller has one of the roles that the source names."""
OWN, NAMED, OF_A_TENANT = "own", "named", "of a tenant"
"""How rows of roles were chosen: as the caller's, as the caller's by a name of the source, within one tenant."""
_COMMON = re.compile(
    r"^(?:user|member|guest|customer|client|viewer|reader|basic|normal|regular|active"
    r"|assistant|system|tool|ai|bot|agent|human|model|function)$",
    re.I,
)
"""What everybody is, and who speaks in a conversation with a model."""
_TABLE = re.compile(r"role|permission|privilege|(?<!peri)scope|admin|staff|moderator", re.I)
_ALONE = re.compile(r"admin|staff|moderator|super_?user", re.I)
"""Tables in which only the privileged have a row."""
_SHARING = frozenset({"intersection", "issubset", "issuperset", "__and__"})


def privileged(machine: "Machine", value: Value) -> bool:
    """May it name a role that not everybody has?"""
    return not all(is_common(machine, atom) for atom in value)


def is_common(machine: "Machine", atom: Atom) -> bool:
    """Is it a role that everybody has, by its name or as what a new account is?"""
    if not isinstance(atom, Known) or not isinstance(atom.value, str):
        return False
    return _COMMON.match(atom.value) is not None or atom.value in machine.ownership.roles_of_all


def named_by_source(machine: "Machine", value: Value) -> bool:
    """Are all roles in a value, or in a list, chosen by the source or its settings, and none what everybody has?"""
    atoms = _members(value)
    return bool(atoms) and not is_client(tuple(atoms)) and not any(is_common(machine, atom) for atom in atoms)


def are_held(machine: "Machine", value: Value, state: State) -> bool:
    """Is it a role of the principal's, or a list of them?"""
    atoms = _members(value)
    return bool(atoms) and all(is_held(machine, atom, state) for atom in atoms)


def is_held(machine: "Machine", atom: Atom, state: State) -> bool:
    """A claim or column of the principal's that is called a role, or what a row of the principal's roles says."""
    if not isinstance(atom, Scalar):
        return False
    if ROLE.search(atom.column or atom.key) and principals.is_principal(machine, atom, state, any_column=True):
        return True
    return _of_roles(machine, atom, state) == OWN


def _of_roles(machine: "Machine", atom: Scalar, state: State) -> str:
    """How the row of roles that a column is of came to the caller; "" for other columns."""
    table = machine.ownership.tables.get(machine.record.table_of(atom)) if atom.origin == "row" else None
    if table is None or not _TABLE.search(table.name) or not state.holds(atom.row):
        return ""
    loaded = machine.record.loaded(atom.row)
    if loaded is None or atom.column == table.primary:
        return ""
    if loaded.table == table.key:
        return OWN if loaded.rank == NAMED else loaded.rank
    reached = machine.ownership.tables.get(loaded.table)
    if reached is None or not reached.is_user:
        return ""
    return OF_A_TENANT if _is_of_tenant(machine, (table,)) else OWN


def role_of_query(machine: "Machine", table: "OwnedTable", query: Query, state: State) -> str:
    """How a query chose rows of roles: OWN, NAMED, OF_A_TENANT, or "" for others' roles and for other tables."""
    if not _TABLE.search(table.name) or query.kind not in ("select", "get") or query.outer:
        return ""
    flat = flattened(query.conditions)
    if not any(_binds_user(machine, one, state) for one in flat):
        return ""
    involved = [machine.ownership.tables.get(key) for key in dict.fromkeys((table.key, *query.tables, *query.joined))]
    if _is_of_tenant(machine, tuple(one for one in involved if one is not None)):
        return OF_A_TENANT
    return NAMED if _ALONE.search(table.name) or any(_names_role(machine, one) for one in flat) else OWN


def _binds_user(machine: "Machine", condition: Condition, state: State) -> bool:
    """`UserRole.user_id == me.id`, `Role.id == me.role_id`."""
    column = condition.column
    table = machine.ownership.tables.get(column.table) if column is not None else None
    if column is None or table is None or condition.op != "==" or not condition.value:
        return False
    if names_the_owner(table, column.column):
        return principals.principal(machine, condition.value, state)
    return column.column == table.primary and all(
        isinstance(atom, Scalar)
        and atom.origin == "row"
        and principals.is_principal(machine, atom, state, any_column=True)
        for atom in condition.value
    )


def _names_role(machine: "Machine", condition: Condition) -> bool:
    column = condition.column
    table = machine.ownership.tables.get(column.table) if column is not None else None
    if column is None or table is None or condition.op not in ("==", "in"):
        return False
    if not (_TABLE.search(table.name) or ROLE.search(column.column)) or column.column == table.primary:
        return False
    atoms = _members(condition.value)
    return named_by_source(machine, condition.value) and all(
        isinstance(atom, Known) and isinstance(atom.value, str) for atom in atoms
    )


def _is_of_tenant(machine: "Machine", tables: "tuple[OwnedTable, ...]") -> bool:
    """Does a table of roles, or what links it to users, refer to anything beside users and roles?"""
    known = {table.table.lower(): table for table in machine.ownership.tables.values()}
    for table in tables:
        if table.is_user:
            continue
        for column in table.columns.values():
            target = column.foreign_key.rsplit(".", 1)[0].lower() if column.foreign_key else ""
            leads = known.get(target)
            if target and not (_TABLE.search(target) or (leads is not None and leads.is_user)):
                return True
            if not target and re.search(r"(?:org\w*|tenant|team|workspace|project|company|group)_?id$", column.name):
                return True
    return False


def note_role_found(machine: "Machine", number: int, state: State) -> None:
    """A row of roles was found: the caller has a role that the source names."""
    loaded = machine.record.loaded(number)
    if loaded is None or not loaded.rank or not state.holds(number):
        return
    if loaded.rank == NAMED:
        state.admin = state.admin or "a role is looked up"
    elif loaded.rank == OF_A_TENANT:
        state.ranked = state.ranked or "a role within one tenant is looked up, and whose rows it is for is not told"


def common_roles(machine: "Machine", name: str, left: Value, right: Value, state: State) -> Made | None:
    """`mine & {"admin"}`, `{"admin"}.issubset(mine)`: true when the caller has a role that the source names."""
    if name not in _SHARING:
        return None
    for mine, wanted in ((left, right), (right, left)):
        if are_held(machine, mine, state) and named_by_source(machine, wanted) and not _may_be_empty(wanted):
            if name in ("issubset", "issuperset") and not _asks_all(name, mine is left):
                return None
            return Made(PERMITTED)
    return None


def _asks_all(name: str, mine_first: bool) -> bool:
    """Is it asked of the wanted roles whether the caller has them all, and not the other way round?"""
    return mine_first is (name == "issuperset")


def _may_be_empty(value: Value) -> bool:
    return any(not isinstance(atom, Sequence) or atom.open or not atom.items for atom in value)


def _members(value: Value) -> list[Atom]:
    """The atoms of a value, of lists their elements, of a query's rows what they hold."""
    found: list[Atom] = []
    for atom in value:
        if type(atom) is Sequence:
            found += [one for item in atom.items for one in _members(item)]
        elif type(atom) is Result and len(atom.parts) == 1 and atom.parts[0].column:
            part = atom.parts[0]
            found.append(Scalar("row", f"{part.table}.{part.column}", part.number, part.column))
        else:
            found.append(atom)
    return found
