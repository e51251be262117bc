"""Gate 5, Production-ready: nothing is left in the backend that was put there for a demonstration."""

from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.file_roles import product_files
from constitution_lint.model.production import (
    hardcoded_addresses,
    in_memory_stores,
    leftovers,
    mock_identities,
    schema_creation,
    stubs,
    swallowed_errors,
    unbounded_lists,
)
from constitution_lint.model.production.reachable_functions import handlers, unread_handlers
from constitution_lint.model.production.tested_routes import judged_routes, test_files, tested_routes, untested_routes
from constitution_lint.model.project import Project

_FEW, _SHOWN = 3, 5


def stub_handler(project: Project) -> Iterator[Violation]:
    """A handler does nothing yet, or answers a canned value."""
    for stub in stubs.stubs(project):
        yield Violation(
            stub.handler.code.location, f"{stub.handler.name} {stub.words}", stub.related, stub.handler.name
        )


def in_memory_store(project: Project) -> Iterator[Violation]:
    """Handlers keep their data in a collection of the process."""
    for store in in_memory_stores.stores(project):
        first = ", ".join(handler.name for handler in store.handlers[:2])
        message = f"{store.name} holds the data of {len(store.handlers)} handlers in memory ({first})"
        yield Violation(store.location, message, (store.write,), store.name)


def mock_identity(project: Project) -> Iterator[Violation]:
    """A guard or handler yields a constant user."""
    for found in mock_identities.mock_identities(project):
        yield Violation(found.location, found.message, found.related, found.subject)


def swallowed_error(project: Project) -> Iterator[Violation]:
    """A clause catches everything and does nothing with it."""
    for found in swallowed_errors.swallowed_errors(project):
        within = found.within or "the module"
        yield Violation(found.location, f"{within} catches {found.caught} and drops it", subject=within)


def debug_left_on(project: Project) -> Iterator[Violation]:
    """A debug mode is on, or a breakpoint is left."""
    yield from map(_left, leftovers.debug_switches(project))


def hardcoded_address(project: Project) -> Iterator[Violation]:
    """An address of the developer's own machine that nothing outside the source can change."""
    for found in hardcoded_addresses.addresses(project):
        yield Violation(found.location, f"{found.text} is written into the code", subject=found.text)


def schema_without_migrations(project: Project) -> Iterator[Violation]:
    """The application creates its tables when it starts, and nothing can change them later."""
    for location, message, related in schema_creation.tables_without_migrations(project):
        yield Violation(location, message, related, location.file)


def untested_route(project: Project) -> Iterator[Violation]:
    """No test requests a route; one finding for many of one file, and for all where no test requests any."""
    routes, untested = judged_routes(project), untested_routes(project)
    if len(untested) == len(routes) > 1:
        why = "no test requests any" if test_files(project) else "there is no Python test for any"
        yield Violation(routes[0].location, f"{why} of the {len(routes)} routes", subject="routes")
        return
    by_file: dict[str, dict[Location, Route]] = defaultdict(dict)
    for route in untested:
        by_file[route.location.file].setdefault(route.location, route)
    for file, found in by_file.items():
        yield from _untested(file, list(found.values()))


def _untested(file: str, routes: list[Route]) -> Iterator[Violation]:
    if len(routes) <= _FEW:
        for route in routes:
            yield Violation(route.location, f"no test requests {route.name}", subject=route.name)
        return
    told = ", ".join(route.name for route in routes[:_FEW])
    message = f"no test requests {told} and {len(routes) - _FEW} more routes declared here"
    related = tuple(Related(route.location, f"{route.name} is not tested") for route in routes[1:_SHOWN])
    yield Violation(routes[0].location, message, related, file)


def leftover_marker(project: Project) -> Iterator[Violation]:
    """A comment puts work off."""
    yield from map(_left, leftovers.postponing_comments(project))


def unbounded_list(project: Project) -> Iterator[Violation]:
    """A route answers with all rows there are."""
    for route, access in unbounded_lists.unbounded_lists(project):
        related = (Related(access.location, f"{access.model} is read without a limit here"),)
        yield Violation(
            route.location, f"{route.name} answers any number of {access.model} at once", related, route.name
        )


def print_in_backend(project: Project) -> Iterator[Violation]:
    """Served code prints."""
    yield from map(_left, leftovers.prints(project))


def _left(found: leftovers.Leftover) -> Violation:
    return Violation(found.location, found.message, subject=found.subject)


def examine(project: Project) -> Examination:
    """Counts handlers, routes with the tested among them, and files; handlers that could not be read are undecided."""
    counts = {
        "handlers": len(handlers(project)),
        "routes": len(judged_routes(project)),
        "tested routes": len(tested_routes(project)),
        "backend files": len(product_files(project)),
    }
    undecided = tuple(
        Undecided(Location(route.location.file, route.location.span), f"the handler of {route.name} could not be read")
        for route in unread_handlers(project)
    )
    return Examination(counts, undecided)
