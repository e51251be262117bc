"""Merges paths beyond the number that is kept apart. They are joined, never dropped.

A way that is left out takes with it what it reads and shows, and the request would look better than it is.
"""

from collections.abc import Callable, Hashable

from constitution_lint.model.flow.state import Env, State, joined, merged
from constitution_lint.model.flow.traits import is_bool, is_literal, says
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Value

Pairs = list[tuple[State, Value]]
Ways = list[tuple[State, list[Value]]]
_MOST_OUTCOMES = 10


def merge_paths(ways: Ways, most: int) -> Ways:
    """Ways that agree on all facts become one; when more than `most` are left, all that verified, and all others."""
    if len(ways) <= most:
        return ways
    together = _together(ways, [state.facts for state, _ in ways])
    return together if len(together) <= most else _together(ways, [state.is_verified() for state, _ in ways])


def _together(ways: Ways, marks: list[Hashable]) -> Ways:
    """The ways of one mark as one, with the values of any of them at each place."""
    groups: dict[Hashable, Ways] = {}
    for mark, way in zip(marks, ways, strict=True):
        groups.setdefault(mark, []).append(way)
    return [
        (
            joined([state for state, _ in group]),
            [union(*each) for each in zip(*(held for _, held in group), strict=True)],
        )
        for group in groups.values()
    ]


def merge_outcomes(pairs: Pairs, settled: Callable[[State, Value], Value] | None = None) -> Pairs:
    """Outcomes that differ in nothing taken together, so that callers do not multiply them.

    None, true and false stay apart from other values: they are asked for. Where too many are left, `settled` says in a
    value itself which of its rows were proven on its way, as the ways that are taken together do not all prove them.
    """
    if len(pairs) <= 1:
        return pairs
    ways: Ways = [(state, [value]) for state, value in pairs]
    found = _akin(_together(ways, [(state.facts, _asked_for(value)) for state, value in pairs]))
    if len(found) > _MOST_OUTCOMES:
        found = [(state, [settled(state, value)]) for state, [value] in found] if settled is not None else found
        found = _together(found, [state.is_verified() for state, _ in found])
    return [(state, value) for state, [value] in found]


def _asked_for(value: Value) -> Hashable:
    if len(value) != 1:
        return None
    return value if is_bool(value[0]) else is_literal(value[0], None)


def _akin(ways: Ways) -> Ways:
    """Outcomes taken together that only rows part which the other has not met, where no flag tells them apart."""
    found: Ways = []
    for state, [value] in ways:
        for index, (known, [other]) in enumerate(found):
            if (value == other or not (says(value) or says(other))) and known.is_akin(state):
                found[index] = joined([known, state]), [union(other, value)]
                break
        else:
            found.append((state, [value]))
    return found


def merge_bound(ways: list[tuple[State, Env]], most: int) -> list[tuple[State, Env]]:
    """The same for ways that have bound parameters, each with those it has bound."""
    if len(ways) <= most:
        return ways
    outside = ways[0][0].env
    return [(state.within(outside), state.env) for state in merged([state.within(env) for state, env in ways], most)]
