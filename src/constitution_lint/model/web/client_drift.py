"""For gate 7: requests of the frontend that nothing serves, each told once per place."""

from collections.abc import Iterator

from constitution_lint.findings import Related, Violation
from constitution_lint.model.api import Route
from constitution_lint.model.project import Project
from constitution_lint.model.web.requests import Request
from constitution_lint.model.web.served_requests import service_of


def unserved_requests(project: Project) -> Iterator[Violation]:
    """The message names what was probably meant: another verb of the same path, or a path nearby."""
    for request, near, by_verb in service_of(project).unanswered:
        served = (Related(near.location, f"{near.name} is served here"),) if near is not None else ()
        sent = tuple(Related(location, "and sent from here") for location in request.through[-1:])
        yield Violation(request.location, _message(request, near, by_verb), (*served, *sent), request.name)


def _message(request: Request, near: Route | None, by_verb: bool) -> str:
    said = f"{request.name} is requested"
    if near is None:
        return f"{said}, and nothing serves it"
    if by_verb:
        return f"{said}, and the code answers {near.method} there"
    return f"{said}, and the code serves {near.name} instead"
