"""Query and header parameters: what a contract names against what the handler and its dependencies read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from constitution_lint.facts.contract import Parameter
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import Pair, contract_of, matching_of
from constitution_lint.model.operations import ServedOperation, operation_of
from constitution_lint.model.operations.types import ServedParameter
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name

_OWN_HEADERS = frozenset({"authorization", "content-type", "accept", "cookie", "host", "user-agent", "content-length"})
_PLACES = ("query", "header")


_Promised: TypeAlias = dict[tuple[str, str], tuple[str, Parameter]]
"""Parameters by place and name as sent, each with the file that promises it."""
_Read: TypeAlias = dict[tuple[str, str], ServedParameter]


class _Difference(NamedTuple):
    words: str
    location: Location
    related: Location | None


def parameter_differences(project: Project) -> Iterator[Violation]:
    """Each way in which a pair parts; where several routes answer, only what holds for all of them."""
    told: set[tuple[Location, str]] = set()
    for pair in matching_of(project).pairs:
        if pair.promise.sketch or not pair.promise.whole:
            continue
        for difference in _differences(project, pair):
            if (difference.location, difference.words) not in told:
                told.add((difference.location, difference.words))
                yield _violation(pair, difference)


def _violation(pair: Pair, difference: _Difference) -> Violation:
    where = difference.related or pair.promise.location
    related = (Related(where, f"{pair.promise.name} is promised here"),)
    name = pair.routes[0].name
    return Violation(difference.location, f"{name} {difference.words}", related, f"{name} {difference.words}")


def _differences(project: Project, pair: Pair) -> Iterator[_Difference]:
    served = [(route, one) for route in pair.routes if (one := operation_of(project, route)) is not None]
    if len(served) < len(pair.routes):
        return
    named = _named_by_any(project, pair)
    found = [list(_of_route(pair.promise, route, one, named)) for route, one in served]
    common = {difference.words for difference in found[0]}.intersection(*({d.words for d in one} for one in found))
    yield from (difference for difference in found[0] if difference.words in common)


def _named_by_any(project: Project, pair: Pair) -> frozenset[tuple[str, str]]:
    promises = (promise for route in pair.routes for promise in contract_of(project, route))
    return frozenset((p.place, _wire(p.name, p.place)) for promise in promises for _, p in promise.parameters)


def _of_route(
    promise: Promise, route: Route, one: ServedOperation, named: frozenset[tuple[str, str]]
) -> Iterator[_Difference]:
    """`named` are the parameters that any contract names for this route."""
    promised: _Promised = {
        (p.place, _wire(p.name, p.place)): (file, p) for file, p in promise.parameters if p.place in _PLACES
    }
    read: _Read = {(p.place, _wire(p.name, p.place)): p for p in one.inputs.parameters if p.place in _PLACES}
    speaks = promise.form == "openapi" or bool(promised)
    if one.inputs.whole and not _reads_request(one):
        yield from _unread(route, promised, read)
    if speaks:
        yield from _required(promised, read)
    if promise.form == "openapi":
        yield from _further(named, read)


def _unread(
    route: Route,
    promised: _Promised,
    read: _Read,
) -> Iterator[_Difference]:
    missing = [found for key, found in promised.items() if key not in read and not _is_own(*key)]
    if missing:
        file, first = missing[0]
        words = f"does not read {_named((p.name, p.place) for _, p in missing)}, which the contract promises"
        yield _Difference(words, route.location, Location(file, first.span))


def _required(promised: _Promised, read: _Read) -> Iterator[_Difference]:
    for key, parameter in read.items():
        if not parameter.required or _is_own(*key) or parameter.hidden:
            continue
        named = promised.get(key)
        if named is None:
            words = f"requires {_named([(parameter.name, parameter.place)])}, which the contract does not name"
            yield _Difference(words, parameter.location, None)
        elif not named[1].required:
            words = f"requires {_named([(parameter.name, parameter.place)])}, which the contract leaves optional"
            yield _Difference(words, parameter.location, Location(named[0], named[1].span))


def _further(named: frozenset[tuple[str, str]], read: _Read) -> Iterator[_Difference]:
    extra = [
        parameter
        for key, parameter in read.items()
        if key not in named and not parameter.required and parameter.place == "query" and not parameter.hidden
    ]
    if extra:
        words = f"reads {_named((p.name, p.place) for p in extra)}, which the contract does not name"
        yield _Difference(words, extra[0].location, None)


def _named(parameters: Iterable[tuple[str, str]]) -> str:
    """`the query parameters status and limit`."""
    by_place: dict[str, list[str]] = {}
    for name, place in parameters:
        by_place.setdefault(place, []).append(name)
    parts = []
    for place, names in by_place.items():
        noun = f"{place} parameter" if place == "query" else place
        listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
        parts.append(f"the {noun}{'s' if len(names) > 1 else ''} {listed}")
    return " and ".join(parts)


def _wire(name: str, place: str) -> str:
    return name.lower() if place == "header" else name


def _is_own(place: str, name: str) -> bool:
    """Headers that HTTP and the security schemes bring by themselves."""
    return place == "header" and name.lower() in _OWN_HEADERS


def _reads_request(one: ServedOperation) -> bool:
    """Does the handler take the whole request, from which it may read anything?"""
    handler = one.endpoint.handler
    params = handler.definition.params if handler is not None else ()
    return any(dotted_name(param.annotation).rpartition(".")[2] in ("Request", "HTTPConnection") for param in params)
