"""For paths: tables of variables, objects and evidence, compared and joined."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Value

Evidence = dict[str, str]
"""What a path has shown, in words, by its name; what it has not is missing."""
Attributes = dict[str, Value]
Heap = dict[int, Attributes]
"""The attributes that were set, by the number of their object."""
KeyT = TypeVar("KeyT")
HeldT = TypeVar("HeldT")


def differing(one: dict[str, Value], other: dict[str, Value]) -> Iterator[tuple[Value, Value]]:
    """The values of variables that two tables hold otherwise."""
    if one is not other:
        for name, value in one.items():
            known = other.get(name)
            if known is not None and known is not value and known != value:
                yield value, known


def with_words(evidence: Evidence, words: Evidence) -> Evidence:
    return {name: text for name, text in {**evidence, **words}.items() if text}


def other_words(before: Evidence, after: Evidence) -> Iterator[tuple[str, str]]:
    if before is not after:
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                yield name, after.get(name, "")


def evidence_together(found: list[Evidence]) -> Evidence:
    """What is shown on all paths; what perhaps is on any. Who has a role needs no doubt about one."""
    first = found[0]
    if all(one is first for one in found):
        return first
    shown = {name: found[-1][name] for name in ("verified", "bare", "admin") if all(name in one for one in found)}
    doubts = [one["ranked"] for one in found if "ranked" in one]
    if doubts and all("ranked" in one or "admin" in one for one in found):
        shown["ranked"] = doubts[0]
    if "switched" in first and all(one.get("switched") == first["switched"] for one in found):
        shown["switched"] = first["switched"]
    for name in ("maybe", "entrusted", "served"):
        words = next((one[name] for one in found if name in one), "")
        if words:
            shown[name] = words
    if "maybe" not in shown and 0 < sum("verified" in one for one in found) < len(found):
        shown["maybe"] = "more ways lead here than are kept apart, and some of them verify"
    return shown


def heaps_together(heaps: list[Heap]) -> Heap:
    """Several heaps as one, object by object."""
    return _folded(heaps, lambda known, held: together([known, held]))


def together(tables: list[dict[KeyT, Value]]) -> dict[KeyT, Value]:
    """Several tables of values as one."""
    return _folded(tables, lambda known, value: value if known == value else union(known, value))


def _folded(tables: list[dict[KeyT, HeldT]], both: Callable[[HeldT, HeldT], HeldT]) -> dict[KeyT, HeldT]:
    """Several tables as one, with `both` of what they hold under a key; what all of them share costs nothing."""
    first, *others = tables
    joined = first
    for table in others:
        if table is first:
            continue
        for key, held in table.items():
            known = joined.get(key)
            if known is held:
                continue
            if joined is first:
                joined = dict(first)
            joined[key] = held if known is None else both(known, held)
    return joined
