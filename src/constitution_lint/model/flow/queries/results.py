"""What executed statements return: results, their rows, and what `.all()`, `.first()` and the like make of them."""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    Opaque,
    Part,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
_MANY = frozenset(
    {"all", "fetchall", "scalars", "unique", "mappings", "fetchmany", "partitions", "tuples", "yield_per", "columns"}
)
_FIRST_MEMBER = frozenset({"scalar_one_or_none", "scalar", "scalar_one", "scalars"})
_PERHAPS = frozenset({"scalar_one_or_none", "first", "one_or_none", "fetchone", "scalar"})
_CERTAIN = frozenset({"one", "scalar_one"})


def element(atom: Atom) -> Value:
    """One element of a result: a row, a plain value of one, or a tuple of these."""
    if isinstance(atom, Result) and len(atom.parts) > 1:
        return (Sequence(tuple(_member(part) for part in atom.parts)),)
    if isinstance(atom, Result) and atom.parts:
        return _member(atom.parts[0])
    if isinstance(atom, Rows | Result):
        return (Row(atom.table, atom.number),)
    return (Opaque("an element of something unknown"),)


def _member(part: Part) -> Value:
    if not part.column:
        return (Row(part.table, part.number),)
    return (Scalar("row", f"{part.table}.{part.column}", part.number, part.column),)


def on_result(machine: "Machine", atom: Result | Rows, name: str, state: State) -> Pairs:
    """`.all()`, `.first()` and the like; one row may be absent unless the method insists."""
    if name in _FIRST_MEMBER and isinstance(atom, Result):
        atom = _first_alone(atom)
    if name in _CERTAIN:
        state = state.copy()
        found = Row(atom.table, atom.number)
        machine.record.exists(found, state)
        machine.record.look_up(found, state)
        return [(state, element(atom))]
    if name in _PERHAPS:
        return [(state, union(NONE, element(atom)))]
    if name in _MANY:
        whole = isinstance(atom, Rows) or not atom.parts
        return [(state, (Rows(atom.table, atom.number) if whole else atom,))]
    if name == "rowcount":
        return [(state, SERVER)]
    return [(state, (Opaque(f"{name} of a result", frozenset({atom.number})),))]


def _first_alone(atom: Result) -> Result:
    """What the scalar methods keep of each row: its first member."""
    if not atom.parts:
        return atom
    first = atom.parts[0]
    return Result(first.table, first.number, (first,) if first.column else ())
