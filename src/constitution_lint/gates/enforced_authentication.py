"""Gate 8, enforced authentication: nobody gets past a guard without a verification, and every route has one."""

from collections.abc import Iterator

from constitution_lint.facts.location import START, Location
from constitution_lint.findings import Examination, Related, Violation
from constitution_lint.model import authentication
from constitution_lint.model.project import Project
from constitution_lint.model.web.examination import examined_pages, examined_requests
from constitution_lint.model.web.protection import open_pages, requests_without_token


def unguarded_route(project: Project) -> Iterator[Violation]:
    """A route that is not public by design, and nothing verifies who is calling (CWE-306)."""
    yield from authentication.findings_per_route(project, "unguarded-route")


def unguarded_websocket(project: Project) -> Iterator[Violation]:
    """A websocket that serves before anyone is verified."""
    yield from authentication.findings_per_route(project, "unguarded-websocket")


def unguarded_mount(project: Project) -> Iterator[Violation]:
    """A mounted application, which does not inherit the dependencies of the one it is mounted on."""
    yield from authentication.findings_per_guard(project, "unguarded-mount")


def optional_guard(project: Project) -> Iterator[Violation]:
    """A guard that verifies what is presented and lets those by who present nothing."""
    yield from authentication.findings_per_guard(project, "optional-guard")


def guard_never_rejects(project: Project) -> Iterator[Violation]:
    """A guard that takes what is presented and verifies nothing of it (CWE-287)."""
    yield from authentication.findings_per_guard(project, "guard-never-rejects")


def bypassed_guard(project: Project) -> Iterator[Violation]:
    """A guard that a switch, a magic word or a list of open paths leads around."""
    for found in (authentication.findings_per_route, authentication.findings_per_guard):
        yield from found(project, "bypassed-guard")


def undeclared_public_route(project: Project) -> Iterator[Violation]:
    """What was taken as public by what it does, so that a reader can object."""
    yield from authentication.undeclared_public_routes(project)


def client_without_token(project: Project) -> Iterator[Violation]:
    """A request of the frontend to a guarded route, and nothing in it says who asks."""
    for found in requests_without_token(project):
        message = f"{found.route.name} asks for a token, and this request sends none"
        related = (Related(found.route.location, f"{found.route.name} is guarded here"),)
        yield Violation(found.request.location, message, related, subject=found.request.name)


def unprotected_page(project: Project) -> Iterator[Violation]:
    """A page that loads guarded data, and nothing on the way to it asks for a session."""
    for found in open_pages(project):
        message = f"the page {found.page.path} loads {found.route.name}, and nothing on its way checks a session"
        related = (Related(found.request.location, f"{found.route.name} is requested here"),)
        yield Violation(Location(found.page.file, START), message, related, subject=found.page.path)


def examine(project: Project) -> Examination:
    """Counts routes, their guards, a frontend's requests and pages; what could not be judged leaves the gate open."""
    return Examination(
        {
            "routes": len(authentication.served(project)),
            "guards": authentication.guards(project),
            **examined_requests(project),
            **examined_pages(project),
        },
        tuple(authentication.undecided(project)),
    )
