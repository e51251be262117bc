"""For gate 2: credentials issued by a vendor, in any file: one value with all its places."""

from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.source import Exposure
from constitution_lint.model.project import Project
from constitution_lint.model.security.disclosed_secrets import disclosures
from constitution_lint.model.security.environment import holds_values


def issued_credentials(project: Project) -> Iterator[tuple[Exposure, ...]]:
    """The places of each value, those that run before those that are read; without what is told by other names.

    A literal of the backend is told as such, and an environment file with values by whether git tracks it. A value that
    an OpenAPI document shows is an example, there and elsewhere.
    """
    told = {(one.location.file, one.location.span.line) for one in disclosures(project)}
    places: dict[str, list[Exposure]] = defaultdict(list)
    shown = {one.digest for one in project.exposures if _is_openapi(project, one.location.file)}
    for one in project.exposures:
        at = one.location
        if (at.file, at.span.line) not in told and not holds_values(project, at.file) and one.digest not in shown:
            places[one.digest].append(one)
    for found in places.values():
        yield tuple(sorted(found, key=lambda one: (one.location.file in project.documents, one.location)))


def _is_openapi(project: Project, file: str) -> bool:
    return file in project.contracts and project.contracts[file].form == "openapi"
