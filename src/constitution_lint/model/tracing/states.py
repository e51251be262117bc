"""Last step of tracing: the state of each element, in the words of requirement tracing.

covered: something answers it, or it answers something; uncovered: nothing does; orphaned: it answers nothing that is
written; dangling: it refers to what does not exist; outdated: what answered it is no longer there. What the evidence
does not settle is undecided, and no rule speaks of it.
"""

from collections import defaultdict
from collections.abc import Iterable

from constitution_lint.facts.document import Task
from constitution_lint.model.documents.task_files import is_there, made_files
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.collecting import traced_features
from constitution_lint.model.tracing.elements import Dangling, Element, Kind, Link, State
from constitution_lint.model.tracing.mentions import spoken_of, unspecified_routes
from constitution_lint.model.tracing.orphans import (
    orphan_entities,
    orphan_tables,
    orphan_tasks,
    uncovered_requirements,
)

_ANSWERED_FROM_BELOW: frozenset[Kind] = frozenset({"story", "requirement", "criterion", "operation", "entity"})


def states_of(
    project: Project, elements: Iterable[Element], links: tuple[Link, ...], dangling: tuple[Dangling, ...]
) -> dict[Element, State]:
    """The state of every element. What is wrong with one outweighs what is right."""
    below, above = _ends(links)
    orphaned = _orphaned(project, links)
    uncovered = set(uncovered_requirements(project, links)) | _unanswered(project, elements, below)
    outdated = _outdated(project, below)
    loose = {(one.location.file, one.location.span.line) for one in dangling}
    states: dict[Element, State] = {}
    for one in elements:
        if (one.location.file, one.location.span.line) in loose and one.kind != "file":
            states[one] = "dangling"
        elif one in orphaned:
            states[one] = "orphaned"
        elif one in outdated:
            states[one] = "outdated"
        elif one in uncovered:
            states[one] = "uncovered"
        else:
            answered = below if one.kind in _ANSWERED_FROM_BELOW else above
            states[one] = "covered" if one in answered or _is_spoken_of(project, one) else "undecided"
    return states


def _ends(links: Iterable[Link]) -> tuple[dict[Element, list[Element]], dict[Element, list[Element]]]:
    """What stands below each element, and what stands above it."""
    below: dict[Element, list[Element]] = defaultdict(list)
    above: dict[Element, list[Element]] = defaultdict(list)
    for link in links:
        below[link.above].append(link.below)
        above[link.below].append(link.above)
    return below, above


def _orphaned(project: Project, links: tuple[Link, ...]) -> set[Element]:
    routes = {(route.location, route.name) for route in unspecified_routes(project)}
    found = {*orphan_tasks(project, links), *orphan_tables(project)}
    found |= {orphan.element for orphan in orphan_entities(project)}
    named = {Element("route", "", name, location) for location, name in routes}
    return found | named


def _unanswered(project: Project, elements: Iterable[Element], below: dict[Element, list[Element]]) -> set[Element]:
    """Promised operations that no route serves, stories that lists by story leave out, and what waits for tasks."""
    at_work = {traced.feature.folder for traced in traced_features(project) if traced.tasks}
    by_story = {t.feature.folder for t in traced_features(project) if any(task.story for _, task in t.tasks)}
    served = bool(project.api.routes)
    return {
        one
        for one in elements
        if one not in below
        and (
            (one.kind == "operation" and served)
            or (one.kind == "story" and one.feature in by_story)
            or (one.kind in ("story", "requirement", "criterion") and one.feature not in at_work)
        )
    }


def _outdated(project: Project, below: dict[Element, list[Element]]) -> set[Element]:
    """Ticked tasks whose files are all gone, and requirements that only such tasks answer."""
    gone = {
        element
        for traced in traced_features(project)
        for element, task in traced.tasks
        if task.ticked and _lost_its_files(project, task, traced.feature.folder)
    }
    asked = {one for one, answers in below.items() if one.kind in ("requirement", "story") and gone.issuperset(answers)}
    return gone | asked


def _lost_its_files(project: Project, task: Task, folder: str) -> bool:
    made = [named.mention.path for named in made_files(task)]
    return bool(made) and not any(is_there(project, path, folder) for path in made)


def _is_spoken_of(project: Project, one: Element) -> bool:
    """A route that some document names by its path."""
    if one.kind != "route":
        return False
    spoken = spoken_of(project)
    return any(route.name == one.name and spoken.names(route) for route in project.api.routes)
