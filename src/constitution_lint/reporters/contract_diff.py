"""Output of `contract`: contract and code side by side as text, one operation per line, differences below it."""

from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Violation
from constitution_lint.model.contracts import matching_of
from constitution_lint.model.drift.bodies import body_differences
from constitution_lint.model.drift.parameters import parameter_differences
from constitution_lint.model.drift.security import security_differences
from constitution_lint.model.drift.statuses import status_differences
from constitution_lint.model.project import Project
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import paint

_COLOUR = {"=": "green", "~": "yellow", "-": "red", "+": "cyan"}


def render(project: Project, look: Look) -> str:
    """`=` kept as promised, `~` differs, `-` promised and not served, `+` served and not promised."""
    return "\n".join([*(_painted(visible(line), look) for line in _lines(project)), _summary(project)]) + "\n"


def _painted(line: str, look: Look) -> str:
    return paint(look, _COLOUR[line[:1]], line[:1]) + line[1:] if line[:1] in _COLOUR else line


def _lines(project: Project) -> list[str]:
    matching = matching_of(project)
    differences = _differences(project)
    lines: list[str] = []
    told: set[str] = set()
    for pair in matching.pairs:
        route = pair.routes[0]
        parted = differences.get((route.name, pair.promise.location.file), [])
        line = f"{'~' if parted else '='} {pair.promise.name}  {pair.promise.location.place}  {route.location.place}"
        if line not in told:
            told.add(line)
            lines += [line, *(f"    {words}" for words in parted)]
    lines += [
        _missing(one.promise.name, one.promise.location, one.near.name if one.near else "") for one in matching.unserved
    ]
    lines += [f"+ {route.name}  {route.location.place}" for route, _ in matching.undocumented]
    return [*lines, ""] if lines else []


def _differences(project: Project) -> dict[tuple[str, str], list[str]]:
    """What differs, by route and contract."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for violation in _violations(project):
        method, path, words = violation.message.split(" ", 2)
        for file in dict.fromkeys(related.location.file for related in violation.related):
            found[f"{method} {path}", file].append(words)
    return found


def _violations(project: Project) -> Iterator[Violation]:
    yield from status_differences(project)
    yield from security_differences(project)
    yield from parameter_differences(project)
    yield from body_differences(project)


def _missing(name: str, location: Location, near: str) -> str:
    return f"- {name}  {location.place}" + (f"  (served: {near})" if near else "")


def _summary(project: Project) -> str:
    matching, differences = matching_of(project), _differences(project)
    parted = sum((pair.routes[0].name, pair.promise.location.file) in differences for pair in matching.pairs)
    return (
        f"{len(matching.pairs)} compared, {parted} with differences, {len(matching.unserved)} promised and not served, "
        f"{len(matching.undocumented)} served and not promised"
    )
