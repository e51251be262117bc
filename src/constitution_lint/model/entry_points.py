"""What a run of the interpreter showed, as accesses; and the entry points that are not routes: tools for models."""

import msgspec

from constitution_lint.facts.location import Location
from constitution_lint.model.api import Access, AccessVerdict, Entry, Isolation
from constitution_lint.model.flow.identity.signed_values import Handed
from constitution_lint.model.flow.libraries import tools
from constitution_lint.model.flow.limits import BudgetExceeded
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.shared import Shared
from constitution_lint.model.flow.state import FEW_STATES
from constitution_lint.model.names import Names
from constitution_lint.model.ownership import Ownership
from constitution_lint.model.tools import Tool

Signing = dict[Location, tuple[Handed, ...]]
"""What each way in signs, by its place."""


def entries_of(
    names: Names, ownership: Ownership, shared: Shared, called: frozenset[Location]
) -> tuple[tuple[Entry, ...], Signing]:
    """The tools of a project and what they sign, save those called: requests run them with arguments of their own."""
    own = [tool for tool in shared.tools if tool.location not in called]
    signing: Signing = {}
    return tuple(_entry(names, ownership, shared, tool, signing) for tool in own), signing


def with_accesses(entry: Entry, accesses: tuple[Access, ...]) -> Entry:
    """A way in whose accesses were judged anew."""
    exceeded = entry.isolation is Isolation.UNPROVEN and not accesses
    return msgspec.structs.replace(entry, accesses=accesses, isolation=isolation_of(accesses, exceeded))


def _entry(names: Names, ownership: Ownership, shared: Shared, tool: Tool, signing: Signing) -> Entry:
    machine = Machine(names, ownership, shared)
    exceeded = _exceeds(machine, tool)
    if exceeded:
        machine = Machine(names, ownership, shared, most_states=FEW_STATES)
        exceeded = _exceeds(machine, tool)
    signing[tool.location] = tuple(machine.watch.handed.values())
    found = accesses_of(machine, exceeded)
    accesses = tuple(msgspec.structs.replace(access, chain=access.chain[1:]) for access in found)
    return Entry(tool.kind, tool.definition.name, tool.location, isolation_of(accesses, exceeded), accesses)


def _exceeds(machine: Machine, tool: Tool) -> bool:
    """Does a tool take more steps than are followed?"""
    try:
        tools.entered(machine, tool, Frame(tool.file, "<tool>"))
    except (BudgetExceeded, RecursionError):
        return True
    return False


def accesses_of(machine: Machine, exceeded: bool) -> tuple[Access, ...]:
    """All accesses of a run by place; of one that was not followed to its end nothing is isolated."""
    found = list(machine.record.accesses())
    if not any(access.verdict is AccessVerdict.LEAK for access in found):
        for reason, place in sorted(machine.record.unclear.items(), key=lambda item: (item[1], item[0])):
            found.append(Access(place, "", "select", AccessVerdict.UNPROVEN, reason))
    if exceeded:
        found = [
            msgspec.structs.replace(access, verdict=AccessVerdict.UNPROVEN, why="not followed to the end")
            if access.verdict is AccessVerdict.ISOLATED
            else access
            for access in found
        ]
    return tuple(found)


def isolation_of(accesses: tuple[Access, ...], exceeded: bool) -> Isolation:
    """The worst of a route's accesses."""
    verdicts = {access.verdict for access in accesses}
    for verdict, isolation in (
        (AccessVerdict.LEAK, Isolation.LEAK),
        (AccessVerdict.UNPROVEN, Isolation.UNPROVEN),
        (AccessVerdict.ADMIN, Isolation.ADMIN),
        (AccessVerdict.ISOLATED, Isolation.ISOLATED),
    ):
        if verdict in verdicts:
            return isolation
    return Isolation.UNPROVEN if exceeded else Isolation.NOT_APPLICABLE
