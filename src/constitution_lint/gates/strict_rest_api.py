"""Gate 7, strict REST API: contract, code and client describe one API; verbs and statuses mean what HTTP says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from constitution_lint.facts.contract import Fault
from constitution_lint.facts.location import Location
from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model import rest
from constitution_lint.model.contracts import matching_of, operations_of
from constitution_lint.model.contracts.matching import served_routes
from constitution_lint.model.contracts.references import broken_references
from constitution_lint.model.drift.bodies import body_differences
from constitution_lint.model.drift.parameters import parameter_differences
from constitution_lint.model.drift.security import security_differences
from constitution_lint.model.drift.served import undocumented, unserved
from constitution_lint.model.drift.statuses import status_differences
from constitution_lint.model.project import Project
from constitution_lint.model.web.client_drift import unserved_requests
from constitution_lint.model.web.examination import examined_requests, unseen_clients

_SHOWN = 5


def invalid_contract(project: Project) -> Iterator[Violation]:
    """A contract that is no valid OpenAPI document, or a reference that leads nowhere."""
    for file, facts in project.contracts.items():
        alike: dict[str, list[Fault]] = defaultdict(list)
        for fault in facts.faults:
            alike[fault.message].append(fault)
        for message, faults in alike.items():
            told = f"{message} (asked for {len(faults)} times)" if len(faults) > 1 else message
            related = tuple(Related(Location(file, fault.span), "and here") for fault in faults[1:_SHOWN])
            yield Violation(Location(file, faults[0].span), told, related, f"{file} {message}")
    for found in broken_references(project):
        yield Violation(found.location, found.message, subject=found.message)


def unserved_operation(project: Project) -> Iterator[Violation]:
    """An operation that a contract promises and nothing serves."""
    yield from unserved(project)


def undocumented_route(project: Project) -> Iterator[Violation]:
    """A served route that the contract of its resource does not name."""
    yield from undocumented(project)


def status_drift(project: Project) -> Iterator[Violation]:
    """The success status answered is not the one promised."""
    yield from status_differences(project)


def parameter_drift(project: Project) -> Iterator[Violation]:
    """Query or header parameters promised and not read, or read and not promised."""
    yield from parameter_differences(project)


def body_drift(project: Project) -> Iterator[Violation]:
    """The fields of a request or an answer differ from those promised."""
    yield from body_differences(project)


def security_drift(project: Project) -> Iterator[Violation]:
    """A token promised and not asked for, or the other way round."""
    yield from security_differences(project)


def mutating_get(project: Project) -> Iterator[Violation]:
    """A GET or HEAD on whose way something is written."""
    yield from _told(rest.mutating_gets(project))


def verb_in_path(project: Project) -> Iterator[Violation]:
    """A path that says in a word what the method says."""
    yield from _told(rest.verbs_in_paths(project))


def create_without_201(project: Project) -> Iterator[Violation]:
    """A POST that creates an item of a collection and answers 200."""
    yield from _told(rest.creations_without_201(project))


def delete_with_body(project: Project) -> Iterator[Violation]:
    """A DELETE that reads a body."""
    yield from _told(rest.deletes_with_body(project))


def post_for_update(project: Project) -> Iterator[Violation]:
    """A POST that changes what exists."""
    yield from _told(rest.posts_that_update(project))


def post_for_delete(project: Project) -> Iterator[Violation]:
    """A POST that deletes."""
    yield from _told(rest.posts_that_delete(project))


def put_as_patch(project: Project) -> Iterator[Violation]:
    """A PUT whose body may leave everything out."""
    yield from _told(rest.puts_that_patch(project))


def singular_collection(project: Project) -> Iterator[Violation]:
    """A collection named in the singular."""
    yield from _told(rest.singular_collections(project))


def missing_not_found(project: Project) -> Iterator[Violation]:
    """A route for one item that never answers 404."""
    yield from _told(rest.items_never_missing(project))


def shadowed_route(project: Project) -> Iterator[Violation]:
    """A route that an earlier pattern swallows."""
    yield from _told(rest.shadowed(project))


def duplicate_route(project: Project) -> Iterator[Violation]:
    """A verb and path declared twice in one application."""
    yield from _told(rest.duplicates(project))


def client_drift(project: Project) -> Iterator[Violation]:
    """A request of the frontend whose path or verb nothing serves."""
    yield from unserved_requests(project)


def _told(found: Iterable[rest.Wrong]) -> Iterator[Violation]:
    """Each route once, though several applications may mount it."""
    seen: set[tuple[Location, str]] = set()
    for wrong in found:
        key = (wrong.route.location, wrong.route.method)
        if key not in seen:
            seen.add(key)
            name = wrong.route.name
            yield Violation(wrong.route.location, f"{name} {wrong.words}", wrong.related, name)


def examine(project: Project) -> Examination:
    """Counts routes, promised operations, the pairs compared and the requests of a frontend.

    A contract that is broken off leaves things open. A request whose path cannot be told does not: it breaks
    nothing that is promised, and the counts say how many were left so.
    """
    undecided = [
        Undecided(Location(file, lost.span), lost.reason)
        for file, facts in project.contracts.items()
        for lost in facts.unreadable
    ]
    return Examination(
        {
            "routes": len(served_routes(project)),
            "promised operations": len(operations_of(project)),
            "compared operations": len(matching_of(project).pairs),
            **examined_requests(project),
        },
        (*undecided, *matching_of(project).undecided, *unseen_clients(project)),
    )
