"""Gate 3, Separation of Concerns: imports run inwards, and each layer does its own work."""

from collections.abc import Iterator

from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.layer_work import http_in_services, queries_in_handlers
from constitution_lint.model.layers import Step, breaches, cycles, edges, layer_of_files
from constitution_lint.model.project import Project
from constitution_lint.model.web.boundaries import crossings, databases_in_frontend
from constitution_lint.model.web.extent import examined_files


def layer_breach(project: Project) -> Iterator[Violation]:
    """A file imports, itself or through another, what lies in a layer further out."""
    for breach in breaches(project):
        first, last = breach.chain[0], breach.chain[-1]
        through = "" if len(breach.chain) == 1 else f" through {first.target}"
        message = f"{first.source} ({breach.inner}) imports {last.target} ({breach.outer}){through}"
        related = tuple(_told(step) for step in breach.chain[1:])
        yield Violation(first.location, message, related, subject=f"{first.source} -> {last.target}")


def layer_cycle(project: Project) -> Iterator[Violation]:
    """Files of different layers import one another in a ring."""
    for ring in cycles(project):
        files = " -> ".join([*(step.source for step in ring), ring[0].source])
        related = tuple(_told(step) for step in ring[1:])
        yield Violation(ring[0].location, f"the imports run in a ring: {files}", related, subject=files)


def _told(step: Step) -> Related:
    return Related(step.location, f"{step.source} imports {step.target}")


def query_in_route(project: Project) -> Iterator[Violation]:
    """A handler queries by itself though the plan promises a service layer."""
    for route, access, promise in queries_in_handlers(project):
        related = (Related(promise.location, f"the plan draws {promise.path} for it"),)
        message = f"{route.name} queries {access.model} in the handler itself"
        yield Violation(access.location, message, related, subject=route.name)


def http_in_service(project: Project) -> Iterator[Violation]:
    """A service answers in HTTP's terms."""
    for function, location in http_in_services(project):
        message = f"{function.name} raises HTTPException in a service"
        yield Violation(location, message, subject=function.name)


def database_in_frontend(project: Project) -> Iterator[Violation]:
    """A driver or ORM in what a frontend runs, outside the configuration of the Better Auth server."""
    for found in databases_in_frontend(project):
        if found.through is None:
            yield Violation(found.location, f"the frontend imports {found.package}", subject=found.package)
            continue
        message = f"the frontend imports {found.through.file}, which opens a database with {found.package}"
        related = (Related(found.through, f"{found.package} is imported here"),)
        yield Violation(found.location, message, related, subject=f"{found.package} {found.through.file}")


def cross_import(project: Project) -> Iterator[Violation]:
    """A file of the frontend imports one of the backend, or the other way round."""
    for found in crossings(project):
        subject = f"{found.source} -> {found.target}"
        yield Violation(found.location, f"{found.source} imports {found.target} across the boundary", subject=subject)


def examine(project: Project) -> Examination:
    """Counts layered files, imports between layers, scripts of a frontend; without two layers all is undecided."""
    layers = layer_of_files(project)
    counts = {
        "layered files": len(layers),
        "imports between layers": sum(len(steps) for steps in edges(project).values()),
        **examined_files(project),
    }
    apps = project.api.apps if len(set(layers.values())) < 2 else ()
    reason = "no two layers of the backend can be told apart: neither folders nor plans name them"
    return Examination(counts, tuple(Undecided(app, reason) for app in apps[:1]))
