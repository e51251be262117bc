"""For reading: which files a second process reads, so that both finish at about the same time."""

from collections.abc import Iterable

from constitution_lint.discovery.kinds import Kind
from constitution_lint.discovery.survey import Survey

_MILLISECONDS_PER_KB: dict[Kind, float] = {
    "python": 0.28,
    "markdown": 0.35,
    "contract": 1.0,
    "typescript": 0.28,
    "manifest": 0.02,
}
"""What a reader costs, measured over nine repositories; only the ratios count."""
_VALIDATOR = 250.0
"""Milliseconds it takes to import what validates an OpenAPI document."""
_WORTHWHILE = 60.0
"""Milliseconds of reading to be saved; a second process costs some ten."""


def share_of_second(survey: Survey) -> list[str]:
    """The files that a second process is to read; none where one process is done as soon.

    A kind goes to one of the two as a whole, since its reader has to be imported. Python's alone is cheap to import:
    its modules make up for what the others leave uneven.
    """
    costs: dict[Kind, float] = {}
    for path, kind in survey.kinds.items():
        costs[kind] = costs.get(kind, 0.0) + _cost(survey, path, kind)
    if any(kind == "contract" and not path.endswith(".md") for path, kind in survey.kinds.items()):
        costs["contract"] += _VALIDATOR
    first = second = 0.0
    kinds: set[Kind] = set()
    for kind in sorted(costs.keys() - {"python"}, key=lambda one: (-costs[one], one)):
        if second < first:
            kinds.add(kind)
            second += costs[kind]
        else:
            first += costs[kind]
    modules = _modules_of_second(survey, first, second)
    saved = min(first, second) + costs.get("python", 0.0) / 2
    if saved < _WORTHWHILE:
        return []
    return [path for path, kind in survey.kinds.items() if kind in kinds or path in modules]


def _modules_of_second(survey: Survey, first: float, second: float) -> set[str]:
    """Of the Python modules, the largest before all, each for the process that has less to do."""
    found = set()
    for cost, path in sorted(_modules(survey), reverse=True):
        if second < first:
            found.add(path)
            second += cost
        else:
            first += cost
    return found


def _modules(survey: Survey) -> Iterable[tuple[float, str]]:
    return ((_cost(survey, path, kind), path) for path, kind in survey.kinds.items() if kind == "python")


def _cost(survey: Survey, path: str, kind: Kind) -> float:
    return survey.files[path].size / 1024 * _MILLISECONDS_PER_KB[kind]
