"""What only one side has: operations that nobody serves, routes that nobody promised."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.linking import Promise, operations_of
from constitution_lint.model.contracts.matching import Unserved, matching_of, root_of
from constitution_lint.model.contracts.paths import Key, core_of
from constitution_lint.model.contracts.unmounted_routes import declared_asleep
from constitution_lint.model.project import Project

_SEVERAL = 3
"""Operations from which on a contract is told as one."""
_SHOWN = 5


def unserved(project: Project) -> Iterator[Violation]:
    """Each promise that no route keeps, once for an operation that several contracts of one package promise; the
    contract once where nothing at all of it is served, or where it puts several operations below another path."""
    whole = set(_unkept(project))
    for file in sorted(whole):
        yield _of_contract([one.promise for one in matching_of(project).unserved if one.promise.file == file])
    groups: dict[tuple[str, str, Key], list[Unserved]] = defaultdict(list)
    for one in matching_of(project).unserved:
        if one.promise.file not in whole:
            groups[root_of(one.promise.file), one.promise.method, core_of(one.promise.keys[0])].append(one)
    moved: dict[tuple[str, _Move | None], list[list[Unserved]]] = defaultdict(list)
    for same in groups.values():
        same.sort(key=_weight)
        moved[same[0].promise.file, _move_of(same)].append(same)
    for (_, move), operations in moved.items():
        if move is not None and len(operations) >= _SEVERAL:
            yield _of_moved(move, operations)
        else:
            yield from (_of_operation(project, same) for same in operations)


def _of_operation(project: Project, same: list[Unserved]) -> Violation:
    told, near = same[0], _near(same)
    asleep = declared_asleep(project, told.promise) if near is None else None
    related = (*_declared(asleep), *_related(near, [one.promise for one in same[1:]]))
    return Violation(told.promise.location, _unserved(told.promise, near, asleep), related, told.promise.name)


class _Move(NamedTuple):
    """Where operations are promised and where they are served: what comes before the path they have in common."""

    promised: str
    served: str


def _near(same: list[Unserved]) -> Route | None:
    return next((one.near for one in same if one.near is not None), None)


def _move_of(same: list[Unserved]) -> _Move | None:
    """How an operation moved; None where nothing like it is served, or under another verb, or under another name."""
    near, promise = _near(same), same[0].promise
    if near is None or near.method != promise.method:
        return None
    ours, theirs = promise.path.strip("/").split("/"), near.path.strip("/").split("/")
    common = 0
    for one, other in zip(reversed(ours), reversed(theirs), strict=False):
        if one != other and not (one.startswith("{") and other.startswith("{")):
            break
        common += 1
    if not common or all(part.startswith("{") for part in ours[-common:]):
        return None
    return _Move("/" + "/".join(ours[:-common]), "/" + "/".join(theirs[: len(theirs) - common]))


def _of_moved(move: _Move, operations: list[list[Unserved]]) -> Violation:
    operations.sort(key=lambda same: same[0].promise.location)
    first = operations[0][0].promise
    more = f"{first.name} and {len(operations) - 1} more operations of this contract"
    message = f"{more} are promised below {move.promised}, and the code serves them below {move.served}"
    near = _near(operations[0])
    others = [one.promise for same in operations for one in same if one.promise is not first]
    return Violation(first.location, message, _related(near, others), f"{first.file} {move.promised}")


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
