"""Gate 3, Separation of Concerns: imports run inwards, and each layer does its own work."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.layer_work import HttpAnswer, Query, http_in_services, queries_in_handlers
from constitution_lint.model.layers import Step, breaches, cycles, edges, layer_of_files
from constitution_lint.model.project import Project
from constitution_lint.model.web.boundaries import crossings, databases_in_frontend
from constitution_lint.model.web.examination import examined_files

_FEW, _SHOWN = 3, 5


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
    """A handler queries by itself though the plan promises a service layer; one finding for many of one file."""
    by_file: dict[str, list[Query]] = defaultdict(list)
    for query in queries_in_handlers(project):
        by_file[query.access.location.file].append(query)
    for file, queries in by_file.items():
        first, *others = queries
        promise = Related(first.promise.location, f"the plan draws {first.promise.path} for it")
        if len(queries) <= _FEW:
            for route, access, drawn in queries:
                related = (Related(drawn.location, f"the plan draws {drawn.path} for it"),)
                message = f"{route.name} queries {access.model} in the handler itself"
                yield Violation(access.location, message, related, subject=route.name)
            continue
        told = ", ".join(query.route.name for query in queries[:_FEW])
        message = f"the handlers of {told} and {len(queries) - _FEW} more routes query by themselves"
        places = (Related(one.access.location, f"{one.route.name} queries {one.access.model}") for one in others)
        yield Violation(first.access.location, message, (promise, *islice(places, _SHOWN)), subject=file)


def http_in_service(project: Project) -> Iterator[Violation]:
    """A service answers in HTTP's terms; one finding for many functions of one file."""
    by_file: dict[str, list[HttpAnswer]] = defaultdict(list)
    for answer in http_in_services(project):
        by_file[answer.location.file].append(answer)
    for file, answers in by_file.items():
        if len(answers) <= _FEW:
            for function, location in answers:
                message = f"{function.name} raises HTTPException in a service"
                yield Violation(location, message, subject=function.name)
            continue
        told = ", ".join(answer.function.name for answer in answers[:_FEW])
        message = f"{told} and {len(answers) - _FEW} more functions of a service raise HTTPException"
        related = tuple(Related(one.location, f"{one.function.name} does") for one in answers[1 : _SHOWN + 1])
        yield Violation(answers[0].location, message, related, subject=file)


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
