"""Bulk writes of rows given as dicts, as the legacy session offers them: each dict is judged as the row it makes."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.model.flow.language import expressions
from constitution_lint.model.flow.queries import writes
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import NONE, ClassRef, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

WRITING = frozenset({"bulk_insert_mappings", "bulk_update_mappings"})


def written(
    machine: "Machine", name: str, table: Value, dicts: Value, state: State, frame: "Frame", node: Call
) -> list[tuple[State, Value]]:
    """`session.bulk_insert_mappings(Table, dicts)`; an update writes over the row that has the key of a dict."""
    from constitution_lint.model.flow.arguments import Arguments

    place = frame.at(node.span)
    judged = writes.insert if name == "bulk_insert_mappings" else writes.merge
    for one in table:
        found = machine.ownership.find(one.definition) if isinstance(one, ClassRef) else None
        if found is None:
            continue
        for each in expressions.rounds_of(machine, dicts, state, place)[0]:
            state, made = writes.construct_from(machine, found, Arguments([each]), state, frame, node)
            for row in writes.objects_in(made):
                judged(machine, row, state, frame, place)
    return [(state, NONE)]
