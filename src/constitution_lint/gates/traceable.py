"""Gate 6, traceable: does everything written lead to code, and all code to something written? It sees the trace."""

import re
from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.document import Requirement, Task
from constitution_lint.facts.location import Location
from constitution_lint.findings import Examination, Related, Violation
from constitution_lint.model.documents.plans import documents_of
from constitution_lint.model.documents.prompt_history import broken_records
from constitution_lint.model.documents.task_files import is_there, made_files
from constitution_lint.model.project import Project
from constitution_lint.model.tracing import trace_of
from constitution_lint.model.tracing.mentions import unspecified_routes
from constitution_lint.model.tracing.orphans import (
    orphan_entities,
    orphan_tables,
    orphan_tasks,
    uncovered_requirements,
)

_WORD = re.compile(r"[a-z0-9]{3,}")
_LEAST_TASKS = 5
_LEAST_FILES = 3
_MOSTLY = 0.6


def uncovered_requirement(project: Project) -> Iterator[Violation]:
    """A requirement of a planned feature that no task, operation, route or test answers."""
    for one in uncovered_requirements(project, trace_of(project).links):
        message = f"no task, operation, route or test answers {one.name}: {_shown(one.text)}"
        yield Violation(one.location, message, subject=f"{one.feature}#{one.name}")


def dangling_reference(project: Project) -> Iterator[Violation]:
    """An id that no document defines, or a link to a file that is not there."""
    for one in trace_of(project).dangling:
        yield Violation(one.location, one.message, subject=one.reference)


def duplicate_id(project: Project) -> Iterator[Violation]:
    """One id given to two requirements of a spec; a requirement said again in other words is no second one."""
    for feature, path, facts in documents_of(project, "spec"):
        stated: dict[str, list[Requirement]] = defaultdict(list)
        for requirement in facts.requirements:
            stated[requirement.id].append(requirement)
        for identity, found in stated.items():
            other = next((one for one in found[1:] if _is_another(found[0], one)), None)
            if other is not None:
                related = (Related(Location(path, found[0].span), f"{identity} stands here first"),)
                message = f"{identity} names two requirements: {_shown(found[0].text)} and {_shown(other.text)}"
                yield Violation(Location(path, other.span), message, related, f"{feature.folder}#{identity}")


def unspecified_route(project: Project) -> Iterator[Violation]:
    """A served route that no spec, plan, contract, task or data model mentions in any form."""
    for route in unspecified_routes(project):
        message = f"{route.name} is served, and no specification, plan, contract or task mentions it"
        yield Violation(route.location, message, subject=route.name)


def orphan_task(project: Project) -> Iterator[Violation]:
    """A task that belongs to no story and speaks of nothing the spec asks for."""
    for one in orphan_tasks(project, trace_of(project).links):
        message = f"{one.name} answers no story and no requirement of the spec"
        yield Violation(one.location, message, subject=f"{one.feature}#{one.name}")


def orphan_entity(project: Project) -> Iterator[Violation]:
    """An entity of a data model without a table, or a table that no document names."""
    for orphan in orphan_entities(project):
        yield Violation(orphan.element.location, orphan.message, subject=orphan.element.name)
    for table in orphan_tables(project):
        yield Violation(table.location, f"no data model, spec or task names the table {table.name}", subject=table.name)


def unticked_tasks(project: Project) -> Iterator[Violation]:
    """The files that the tasks name are there, and not one task is ticked; one finding a list."""
    for feature, path, facts in documents_of(project, "tasks"):
        tasks = [task for task in facts.tasks if task.checkbox]
        if len(tasks) < _LEAST_TASKS or any(task.ticked for task in facts.tasks):
            continue
        named = _files(tasks)
        there = [file for file in named if is_there(project, file, feature.folder)]
        if len(there) >= _LEAST_FILES and len(there) >= _MOSTLY * len(named):
            message = f"{len(there)} of the {len(named)} files that the tasks name are there, and no task is ticked"
            yield Violation(Location(path, tasks[0].span), message, subject=path)


def broken_history(project: Project) -> Iterator[Violation]:
    """A prompt record with invalid front matter, text of its template, a broken link or a number given twice."""
    yield from broken_records(project)


def examine(project: Project) -> Examination:
    """Requirements, tasks and the links found; without specs or tasks there is nothing to trace to."""
    trace = trace_of(project)
    counts = {
        "requirements": len(trace.of_kind("requirement", "criterion")),
        "tasks": len(trace.of_kind("task")),
    }
    if any(counts.values()):
        counts |= {"routes": len(trace.of_kind("route")), "links": len(trace.links)}
    return Examination(counts)


def _files(tasks: list[Task]) -> list[str]:
    return list(dict.fromkeys(named.mention.path for task in tasks for named in made_files(task)))


def _is_another(first: Requirement, second: Requirement) -> bool:
    """Less than a third of the shorter text's words are common to both, and both say something."""
    left, right = set(_WORD.findall(first.text.casefold())), set(_WORD.findall(second.text.casefold()))
    return min(len(left), len(right)) >= _LEAST_FILES and 3 * len(left & right) < min(len(left), len(right))


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f'"{text[:70]}…"' if len(text) > 70 else f'"{text}"'
