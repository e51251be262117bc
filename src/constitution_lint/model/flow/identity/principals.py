"""Whose a value is: the principal's own identity, a proven row's, or that of a stand-in."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_literal
from constitution_lint.model.flow.values import (
    Atom,
    Claims,
    Known,
    Made,
    Opaque,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine


def is_none(value: Value) -> bool:
    """Is a value None, and can be nothing else?"""
    return len(value) == 1 and is_literal(value[0], None)


def is_fixed(atom: Atom) -> bool:
    return is_account(atom) and isinstance(atom, Known) and not atom.setting and not atom.stands_in


def is_account(atom: Atom) -> bool:
    """An account the source itself names: whoever it is, the client does not choose it."""
    return isinstance(atom, Known) and isinstance(atom.value, (str, int)) and not isinstance(atom.value, bool)


def principal(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value, on every way it can have come about, the principal's own identity, or nobody's?"""
    atoms = tuple(atom for atom in value if not is_none((atom,)) and not _is_nobody(atom))
    return bool(atoms) and all(is_principal(machine, atom, state) for atom in atoms)


def is_principal(machine: "Machine", atom: Atom, state: State, any_column: bool = False) -> bool:
    """A verified claim, the user row's own columns, an owner column of a proven row, a key compared before."""
    if type(atom) is Scalar:
        if atom.origin == "principal":
            return True
        if atom.origin == "client":
            return state.is_equal(atom.key)
        if atom.origin == "row" and state.holds(atom.row):
            table = machine.ownership.tables.get(machine.record.table_of(atom))
            if table is None:
                return False
            if table.key.startswith("sql:"):
                return table.is_user or machine.record.is_token_keyed(atom.row)
            return (
                (table.is_user and state.holds(atom.row))
                or atom.column in table.owners
                or (any_column and table.is_user)
            )
    if type(atom) is Row:
        table = machine.ownership.tables.get(atom.table)
        return table is not None and table.is_user and state.holds(atom.number)
    return type(atom) is Claims and atom.verified


def stand_in(machine: "Machine", value: Value, state: State) -> Known | None:
    """The fixed account that a value falls back to where a token verifies and names nobody: all such tokens share it.

    Without a verification the guard is at fault, not the query; an empty or negative key is nobody's.
    """
    fixed = [atom for atom in value if isinstance(atom, Known) and is_account(atom) and _is_somebody(atom)]
    if not fixed:
        return None
    flagged = next((atom for atom in fixed if atom.stands_in), None)
    others = [atom for atom in value if not isinstance(atom, Known)]
    if flagged is None and not others:
        return None
    found = flagged or (fixed[0] if all(_is_identity(machine, atom, state) for atom in others) else None)
    return found if found and state.verified else None


def _is_nobody(atom: Atom) -> bool:
    """The empty key that a claim is left to be by default (`payload.get("sub", "")`)."""
    return isinstance(atom, Known) and is_fixed(atom) and not _is_somebody(atom)


def is_one_for_all(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value a user whom the source names, in a request that nobody was verified for?"""
    named = bool(value) and all(isinstance(atom, Known) and is_fixed(atom) and _is_somebody(atom) for atom in value)
    return named and not state.verified and bool(machine.path)


def _is_somebody(atom: Known) -> bool:
    return bool(atom.value) and not (isinstance(atom.value, int) and atom.value < 0)


def _is_identity(machine: "Machine", atom: Atom, state: State) -> bool:
    """Does a value say who is calling? A column of a row other than the user's says whose that row is."""
    if isinstance(atom, Scalar) and atom.origin == "row":
        table = machine.ownership.tables.get(machine.record.table_of(atom))
        return table is not None and table.is_user and state.holds(atom.row)
    return is_principal(machine, atom, state)


def standing_in(machine: "Machine", solved: "list[tuple[State, Value]]") -> "list[tuple[State, Value]]":
    """What a dependency hands over, the literals marked that some of its ways give instead of whom the token names."""
    if not any(_is_identity(machine, atom, state) for state, value in solved for atom in value):
        return solved
    return [(state, tuple(map(_marked, value)) if state.verified else value) for state, value in solved]


def _marked(atom: Atom) -> Atom:
    if isinstance(atom, Known) and is_account(atom) and _is_somebody(atom):
        return msgspec.structs.replace(atom, stands_in=True)
    return atom


def owned_value(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value a column of a row proven to be the principal's, or a client key that names such a row?

    A literal among others is a default: no client chooses it.
    """
    told = [atom for atom in value if not is_fixed(atom)]
    return bool(told) and all(_is_owned(machine, atom, state) for atom in told)


def _is_owned(machine: "Machine", atom: Atom, state: State) -> bool:
    if type(atom) is Scalar:
        if atom.origin == "row":
            return machine.record.holds(atom.row, state)
        return atom.origin == "client" and state.owns(atom.key)
    if isinstance(atom, (Row, Rows, Result)):
        return machine.record.holds(atom.number, state)
    if type(atom) is Sequence:
        return bool(atom.items) and all(
            owned_value(machine, item, state) or principal(machine, item, state) for item in atom.items
        )
    if isinstance(atom, (Opaque, Made)) and atom.taint and not atom.client:
        return all(map(state.holds, atom.taint))
    return False


def verified(state: State, why: str) -> State:
    """The path on which a token was verified; the first reason is kept."""
    state = state.copy()
    state.verified = state.verified or why
    return state
