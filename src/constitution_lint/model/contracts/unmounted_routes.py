"""For the matching of contract and code: routes that no application is seen to include."""

from constitution_lint.findings import Undecided
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.linking import Promise
from constitution_lint.model.contracts.paths import key_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project


def declared_asleep(project: Project, promise: Promise) -> Route | None:
    """The route a promise would meet if its router were included; prefixes of the inclusion are not known."""
    for route in _asleep(project):
        key = key_of(route.path)
        named = any(segment != "{}" for segment in key)
        if named and route.method == promise.method and any(own[-len(key) :] == key for own in promise.keys):
            return route
    return None


def perhaps_included(project: Project, promise: Promise) -> Undecided | None:
    """The doubt that remains of a promise where some inclusion cannot be read and the route waits for one."""
    route = declared_asleep(project, promise) if project.api.undecided else None
    if route is None:
        return None
    place = project.api.undecided[0].location
    return Undecided(
        promise.location,
        f"{promise.name} is declared at {route.location.place}, "
        f"and which routers are included at {place.place} cannot be read",
    )


@remembered
def _asleep(project: Project) -> tuple[Route, ...]:
    return tuple(route for route in project.api.routes if not route.mounted and route.method != "MOUNT")
