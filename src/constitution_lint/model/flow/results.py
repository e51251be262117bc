"""What executed statements give: results, the rows in them, and what `.all()`, `.first()` and the like make of them."""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import NONE, SERVER, Atom, Opaque, Result, Row, Rows, Scalar, Value, union

if TYPE_CHECKING:
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
_MANY = frozenset(
    {"all", "fetchall", "scalars", "unique", "mappings", "fetchmany", "partitions", "tuples", "yield_per", "columns"}
)
_CERTAIN = frozenset({"one", "scalar_one"})


def element(atom: Atom) -> Value:
    """One element of a result: a row, or plain values of one."""
    if isinstance(atom, Rows):
        return (Row(atom.table, atom.number),)
    if isinstance(atom, Result):
        if not atom.columns:
            return (Row(atom.table, atom.number),)
        return (Scalar("row", f"{atom.table}.{atom.columns[0]}", atom.number, atom.columns[0]),)
    return (Opaque("an element of something unknown"),)


def on_result(machine: "Machine", atom: Result | Rows, name: str, arguments: "Arguments", state: State) -> Pairs:
    """`.all()`, `.first()` and the like; one row may be absent unless the method insists."""
    if name in _CERTAIN:
        state = state.copy()
        machine.record.exists(Row(atom.table, atom.number), state)
        return [(state, element(atom))]
    if name in ("scalar_one_or_none", "first", "one_or_none", "fetchone", "scalar"):
        return [(state, union(NONE, element(atom)))]
    if name in _MANY:
        if isinstance(atom, Result) and atom.columns:
            return [(state, (atom,))]
        return [(state, (Rows(atom.table, atom.number),))]
    if name == "rowcount":
        return [(state, SERVER)]
    return [(state, (Opaque(f"{name} of a result", frozenset({atom.number})),))]
