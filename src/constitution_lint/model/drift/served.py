"""What either side has alone: operations nobody serves, routes nobody promised."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.asleep import declared_asleep
from constitution_lint.model.contracts.linking import Promise, operations_of
from constitution_lint.model.contracts.matching import Unserved, matching_of, root_of
from constitution_lint.model.contracts.paths import Key, core_of
from constitution_lint.model.project import Project

_SEVERAL = 3
"""Operations from which on a contract is told as one."""
_SHOWN = 5


def unserved(project: Project) -> Iterator[Violation]:
    """Each promise that no route keeps, once for an operation that several contracts of one package promise; where
    nothing at all of a contract is served, the contract once."""
    whole = set(_unkept(project))
    for file in sorted(whole):
        yield _of_contract([one.promise for one in matching_of(project).unserved if one.promise.file == file])
    groups: dict[tuple[str, str, Key], list[Unserved]] = defaultdict(list)
    for one in matching_of(project).unserved:
        if one.promise.file in whole:
            continue
        groups[root_of(one.promise.file), one.promise.method, core_of(one.promise.keys[0])].append(one)
    for same in groups.values():
        told = min(same, key=_weight)
        near = next((one.near for one in same if one.near is not None), None)
        others = [one.promise for one in same if one is not told]
        asleep = declared_asleep(project, told.promise) if near is None else None
        related = (*_declared(asleep), *_related(near, others))
        yield Violation(told.promise.location, _unserved(told.promise, near, asleep), related, told.promise.name)


def _unkept(project: Project) -> Iterator[str]:
    """The contracts of several operations of which nothing is served, nor anything like them."""
    promised = Counter(promise.file for promise in operations_of(project))
    alone = Counter(
        one.promise.file
        for one in matching_of(project).unserved
        if one.near is None and declared_asleep(project, one.promise) is None
    )
    yield from (file for file, count in alone.items() if count >= _SEVERAL and count == promised[file])


def _of_contract(promises: list[Promise]) -> Violation:
    names = ", ".join(promise.name for promise in promises[:2])
    message = f"nothing of this contract is served: {names} and {len(promises) - 2} more"
    related = tuple(Related(promise.location, "promised here") for promise in promises[1:_SHOWN])
    return Violation(promises[0].location, message, related, promises[0].file)


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
