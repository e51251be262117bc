"""What holds on one path of a request: variables, what was proven, and which rows still owe a proof."""

from collections.abc import Iterable
from typing import TypeVar

from constitution_lint.model.flow.values import Value, union

Env = dict[str, Value]
KeyT = TypeVar("KeyT")


class State:
    """One path. Copied at every branch; facts only grow along a path and are intersected where paths meet.

    `verified`, `admin`, `maybe` hold the evidence ("" when absent): a verification happened, a role was checked, a call
    that could not be followed may have verified. `switched` says what the source or the environment decided on the way
    here ("DEBUG is set"), `served` that a websocket exchanged something. `equal` are client keys proven to be the
    principal's; `owned_keys` client keys that name rows proven to be the principal's. `proven`, `pending` are numbers
    of accesses.
    """

    __slots__ = (
        "admin",
        "env",
        "equal",
        "heap",
        "maybe",
        "owned_keys",
        "pending",
        "proven",
        "refuted",
        "served",
        "switched",
        "verified",
    )

    def __init__(self) -> None:
        self.env: Env = {}
        self.heap: dict[tuple[int, str], Value] = {}
        self.verified = ""
        self.admin = ""
        self.maybe = ""
        self.switched = ""
        self.served = False
        self.equal: frozenset[str] = frozenset()
        self.owned_keys: frozenset[str] = frozenset()
        self.proven: frozenset[int] = frozenset()
        self.pending: frozenset[int] = frozenset()
        self.refuted: frozenset[int] = frozenset()

    def copy(self) -> "State":
        new = State.__new__(State)
        new.env = dict(self.env)
        new.heap = self.heap
        new.verified, new.admin, new.maybe, new.switched = self.verified, self.admin, self.maybe, self.switched
        new.served = self.served
        new.equal, new.owned_keys = self.equal, self.owned_keys
        new.proven, new.pending, new.refuted = self.proven, self.pending, self.refuted
        return new

    def store(self, number: int, attribute: str, value: Value) -> None:
        """Set an attribute of an object; the heap is shared until written."""
        self.heap = {**self.heap, (number, attribute): value}

    def holds(self, number: int) -> bool:
        """Is a row proven on this path? Negative numbers are rows that were proven inside a loop (`Record.twin`)."""
        return number in self.proven or number < 0

    @property
    def facts(self) -> tuple[object, ...]:
        """What must agree for two paths to be taken together without losing anything but variables."""
        return (
            bool(self.verified),
            bool(self.admin),
            bool(self.maybe),
            self.equal,
            self.owned_keys,
            self.proven,
            self.pending,
            self.refuted,
        )


def merged(states: Iterable[State], most: int) -> list[State]:
    """Paths that agree on all facts become one; when more than `most` are left, all of them do (default deny)."""
    groups: dict[tuple[object, ...], list[State]] = {}
    for state in states:
        groups.setdefault(state.facts, []).append(state)
    together = [_join(group) for group in groups.values()]
    return together if len(together) <= most else [_join(together)]


def _join(states: list[State]) -> State:
    if len(states) == 1:
        return states[0]
    first = states[0].copy()
    rest = states[1:]
    first.proven = frozenset(
        number
        for number in frozenset().union(*(state.proven for state in states))
        if all(number in state.proven or number not in state.pending for state in states)
    )
    first.env = _together([state.env for state in states])
    first.heap = _together([state.heap for state in states])
    for state in rest:
        first.verified = first.verified and state.verified
        first.admin = first.admin and state.admin
        first.maybe = first.maybe or state.maybe
        first.served = first.served or state.served
        first.switched = first.switched if first.switched == state.switched else ""
        first.equal &= state.equal
        first.owned_keys &= state.owned_keys
        first.pending |= state.pending
        first.refuted |= state.refuted
    return first


def _together(tables: list[dict[KeyT, Value]]) -> dict[KeyT, Value]:
    """Several tables of values as one; what all of them share costs nothing."""
    first, *others = tables
    others = [table for table in others if table is not first]
    joined = first
    for table in others:
        for key, value in table.items():
            known = joined.get(key)
            if known is value:
                continue
            if joined is first:
                joined = dict(first)
            joined[key] = value if known is None or known == value else union(known, value)
    return joined
