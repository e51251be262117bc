"""The form of task lists: which lines state tasks, how a line departs from the form, what [P] tasks share."""

import re
from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.document import Task
from constitution_lint.facts.location import Span
from constitution_lint.model.documents.task_files import Named, made_files, names_a_file, place_of

_ACTS = re.compile(
    r"(?:final(?:ly)? |manual(?:ly)? |\W)*(?:verif|run|re-?run|test|install|check|confirm|validat|ensur|review|deploy"
    r"|perform|execut|measur|commit|push|merge|tag|research|evaluat|monitor|start|stop|demo|smoke|audit|profil|benchmark"
    r"|walk|conduct|open|visit|click|log|sign|build and|tear|delet|remov|uninstall|clean)\w*\b",
    re.IGNORECASE,
)
"""Tasks that look at, run or remove something make no file."""


def stated_tasks(tasks: tuple[Task, ...]) -> Iterator[Task]:
    """The tasks with an id and a box, without recaps: sections that say nothing but what became of tasks above them."""
    known: dict[str, str] = {}
    sections: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.id and task.checkbox:
            known.setdefault(task.id, task.phase)
            sections[task.phase].append(task)
    for phase, stated in sections.items():
        if any(known[task.id] == phase for task in stated):
            yield from stated


def written_tasks(tasks: tuple[Task, ...]) -> Iterator[Task]:
    """The tasks without lines that only speak of one: an id without a box, of a task that has a box elsewhere."""
    boxed = {task.id for task in tasks if task.checkbox}
    yield from (task for task in tasks if task.checkbox or not task.id or task.id not in boxed)


def faults_of(task: Task) -> Iterator[str]:
    """In which ways a line parts from `- [ ] T001 [P] [US1] text with a path`. A task that is a heading or the row of a
    table may say below where it is done."""
    yield from task.faults
    if not task.checkbox:
        yield "has no checkbox"
    if not task.id:
        yield "has no id"
    elif task.checkbox and not _ACTS.match(task.text) and not names_a_file(task):
        yield "names no file"


def shared_files(tasks: tuple[Task, ...]) -> list[list[Named]]:
    """The tasks marked [P] that change one file in one phase, for each such file."""
    changing: dict[tuple[str, str], dict[Span, Named]] = defaultdict(dict)
    for task in tasks:
        for named in made_files(task) if task.parallel else ():
            if place := place_of(named):
                changing[task.phase, place].setdefault(task.span, named)
    return [list(names.values()) for names in changing.values() if len(names) > 1]
