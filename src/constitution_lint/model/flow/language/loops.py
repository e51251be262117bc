"""Beside the statements: what a loop over rows shows of all of them, and what of the one that it met.

A body that lets every row pass only once it is proven proves all; one that finds a row, and lets the others be, proves
that one. A loop that runs no time has met no rows at all.
"""

from typing import TYPE_CHECKING

from constitution_lint.model.flow.language import comprehensions
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import taint
from constitution_lint.model.flow.values import Result, Row, Rows, Scalar, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine


def without_rows(state: State, iterable: Value) -> State:
    """A loop that runs no time has met no rows and no keys: there is none that could owe a proof."""
    rows = {atom.number for atom in iterable if isinstance(atom, Rows | Result)}
    keys = {atom.key for atom in iterable if isinstance(atom, Scalar) and atom.origin == "client"}
    if not rows and not keys:
        return state
    state = state.copy()
    state.prove(rows)
    state.own(keys)
    return state


def of_each(machine: "Machine", iterable: Value, before: State, ends: list[State]) -> list[State]:
    """The ends of a body: where some of them have not proven the row, those that have speak of the row alone."""
    numbers = {one for one in _rows_of(iterable) if not before.has_proven(one)}
    proven = [frozenset(number for number in numbers if end.has_proven(number)) for end in ends] if numbers else []
    if len(set(proven)) < 2:
        return ends
    everywhere = frozenset.intersection(*proven)
    return [
        _of_rows(machine, before, end, shown - everywhere) if shown > everywhere else end
        for end, shown in zip(ends, proven, strict=True)
    ]


def of_one(machine: "Machine", iterable: Value, before: State, end: State) -> State:
    """A path on which the loop was left at the first row that was found to be the principal's."""
    shown = {one for one in _rows_of(iterable) if end.has_proven(one) and not before.has_proven(one)}
    return _of_rows(machine, before, end, frozenset(shown)) if shown else end


def _rows_of(iterable: Value) -> set[int]:
    found = {atom.number for atom in iterable if isinstance(atom, Rows | Result)}
    for atom in iterable:
        if isinstance(atom, Sequence) and atom.open:
            found |= {one.number for item in atom.items for one in item if isinstance(one, Row)}
    return {number for number in found if number > 0}


def _of_rows(machine: "Machine", before: State, end: State, shown: frozenset[int]) -> State:
    """What the path keeps of the rows that were shown is proven; the rows as they were loaded are not.

    A membership in a group that was asked for shows the group, and so all its members.
    """
    shown = frozenset(number for number in shown if not _is_of_group(machine, number))
    if not shown:
        return end
    state = end.copy()
    for name, value in end.env.items():
        if value is not before.env.get(name) and taint(value) & shown:
            state.env[name] = comprehensions.settled(machine, end, value)
    for number, held in end.objects_since(before):
        kept = {name: value for name, value in held.items() if taint(value) & shown}
        state.store_all(number, {name: comprehensions.settled(machine, end, value) for name, value in kept.items()})
    state.disprove(shown)
    return state


def _is_of_group(machine: "Machine", number: int) -> bool:
    loaded = machine.record.loaded(number)
    table = machine.ownership.tables.get(loaded.table) if loaded is not None else None
    return table is not None and loaded is not None and table.is_link and bool(loaded.keys or loaded.children)
