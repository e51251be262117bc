"""What either side has alone: operations nobody serves, routes nobody promised."""

from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.asleep import declared_asleep
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.matching import Unserved, matching_of, root_of
from constitution_lint.model.contracts.paths import Key, core_of
from constitution_lint.model.project import Project


def unserved(project: Project) -> Iterator[Violation]:
    """Each promise that no route keeps, once for an operation that several contracts of one package promise."""
    groups: dict[tuple[str, str, Key], list[Unserved]] = defaultdict(list)
    for one in matching_of(project).unserved:
        groups[root_of(one.promise.file), one.promise.method, core_of(one.promise.keys[0])].append(one)
    for same in groups.values():
        told = min(same, key=_weight)
        near = next((one.near for one in same if one.near is not None), None)
        others = [one.promise for one in same if one is not told]
        asleep = declared_asleep(project, told.promise) if near is None else None
        related = (*_declared(asleep), *_related(near, others))
        yield Violation(told.promise.location, _unserved(told.promise, near, asleep), related, told.promise.name)


def _weight(one: Unserved) -> tuple[bool, bool, Location]:
    """Contracts before plans, told operations before listed ones."""
    return one.promise.form == "document", one.promise.sketch, one.promise.location


def _unserved(promise: Promise, near: Route | None, asleep: Route | None) -> str:
    said = f"{promise.name} is {'planned' if promise.form == 'document' else 'promised'}"
    if asleep is not None:
        return f"{said}, and the router that declares it is included nowhere"
    if near is None:
        return f"{said}, and nothing serves it"
    if near.method != promise.method:
        return f"{said}, and the code answers {near.method} there"
    return f"{said}, and the code serves {near.name} instead"


def _declared(asleep: Route | None) -> tuple[Related, ...]:
    return (Related(asleep.location, f"{asleep.name} is declared here"),) if asleep is not None else ()


def _related(near: Route | None, others: list[Promise]) -> tuple[Related, ...]:
    served = (Related(near.location, f"{near.name} is served here"),) if near is not None else ()
    return (*served, *(Related(other.location, "promised here too") for other in others))


def undocumented(project: Project) -> Iterator[Violation]:
    """Each served route whose resource a contract describes without it."""
    seen: set[tuple[str, str, Location]] = set()
    for route, promise in matching_of(project).undocumented:
        key = (route.method, route.path, route.location)
        if key in seen:
            continue
        seen.add(key)
        related = Related(promise.location, f"{promise.file} describes {promise.name} and not this")
        yield Violation(route.location, f"{route.name} is served, and no contract promises it", (related,), route.name)
