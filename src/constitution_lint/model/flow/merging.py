"""More ways through code than are kept apart: `expressions` and `requests` have them taken together, never left out.

A way that is left out takes with it what it reads and shows, and the request would look better than it is.
"""

from collections.abc import Hashable

from constitution_lint.model.flow.state import Env, State, joined, merged
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Value

Ways = list[tuple[State, list[Value]]]


def few(ways: Ways, most: int) -> Ways:
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


def few_bound(ways: list[tuple[State, Env]], most: int) -> list[tuple[State, Env]]:
    """The same for ways that have bound parameters, each with those it has bound."""
    if len(ways) <= most:
        return ways
    outside = ways[0][0].env
    return [(state.within(outside), state.env) for state in merged([state.within(env) for state, env in ways], most)]
