"""How much of a frontend the gates examined, for their counts; where there is no frontend, nothing is counted."""

from collections.abc import Iterator

from constitution_lint.findings import Undecided
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.missing_modules import missing_modules
from constitution_lint.model.project import Project
from constitution_lint.model.web.application import pages_of
from constitution_lint.model.web.requests import Request
from constitution_lint.model.web.served_requests import frontend_requests, home_of, routes_for, service_of


def examined_files(project: Project) -> dict[str, int]:
    """The scripts that lie in a frontend; bundles, of which nothing is read, are none."""
    read = (
        file
        for file, facts in project.web.items()
        if not facts.is_bundle and is_product(file) and home_of(project, file) is not None
    )
    return _present("frontend files", sum(1 for _ in read))


def examined_requests(project: Project) -> dict[str, int]:
    """The requests of frontends that have a backend, and those among them whose address is not known to the end."""
    sent = [request for request in frontend_requests(project) if routes_for(project, request.file)]
    service = service_of(project)
    judged = {found.request for found in service.answered} | {found.request for found in service.unanswered}
    unclear = sum(request not in judged and not _is_plain(request) for request in sent)
    return {**_present("frontend requests", len(sent)), **_present("requests left open", unclear)}


def _is_plain(request: Request) -> bool:
    return all(address.known and not address.rest for address in request.addresses)


def unseen_clients(project: Project) -> Iterator[Undecided]:
    """Modules that a frontend of some backend imports and that are not there: what they request, none can say."""
    for one in missing_modules(project):
        place = one.places[0]
        if place.file in project.web and home_of(project, place.file) is not None and routes_for(project, place.file):
            yield Undecided(place, f"{one.written} is not there, and what it requests cannot be seen")


def examined_pages(project: Project) -> dict[str, int]:
    """The pages of App Routers."""
    return _present("pages", len(pages_of(project)))


def _present(name: str, count: int) -> dict[str, int]:
    return {name: count} if count else {}
