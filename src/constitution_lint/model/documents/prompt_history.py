"""For gate 6: prompt records (`history/prompts/<feature>/0007-title.stage.prompt.md`) and their faults."""

import re
from collections import defaultdict
from collections.abc import Iterator

from constitution_lint.facts.document import DocumentFacts, Field, FrontMatter
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.documents.plans import resolve
from constitution_lint.model.project import Project

_NUMBERED = re.compile(r"^(\d{1,5})-")
_VARIABLE = re.compile(r"\{\{[^{}\n]{1,60}\}\}")
_NOTHING = frozenset({"", "null", "none", "n/a", "na", "-", "tbd", "~", "[]"})
_FILE = re.compile(r"^[\w./@()\[\]+-]+\.[A-Za-z]{1,5}$")
_LINKED = ("links.spec", "links.plan", "links.adr", "links.tasks")
_WANTED = ("title", "stage", "date")


def broken_records(project: Project) -> Iterator[Violation]:
    """One finding for each record that has a fault, and one for each number that a folder gives twice."""
    for path in project.workspace.histories:
        facts = project.documents.get(path)
        if facts is None or not _is_record(path):
            continue
        faults = list(_faults(project, path, facts))
        if faults:
            location, told = faults[0]
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            yield Violation(location, f"{told}{more}", subject=path)
    yield from _twice_numbered(project)


def _is_record(path: str) -> bool:
    name = path.rpartition("/")[2].casefold()
    return name.endswith(".prompt.md") or bool(_NUMBERED.match(name))


def _faults(project: Project, path: str, facts: DocumentFacts) -> Iterator[tuple[Location, str]]:
    front = facts.front_matter
    if front is None:
        yield Location(path, facts.title_span), "the record has no front matter"
        return
    if front.fault:
        yield Location(path, front.span), f"the front matter is invalid: {front.fault}"
        return
    yield from _missing(path, front)
    for field in front.fields:
        if found := _VARIABLE.search(field.value):
            yield Location(path, field.span), f'the field "{field.name}" still holds {found.group()}'
    for placeholder in facts.placeholders:
        if placeholder.kind == "variable" and placeholder.text.startswith("{{"):
            yield Location(path, placeholder.span), f"the record still holds {placeholder.text}"
    for field in front.fields:
        if field.name in _LINKED and _leads_nowhere(project, path, field):
            yield Location(path, field.span), f"{field.name} leads to {field.value}, which does not exist"
    yield from _misnumbered(path, front)


def _missing(path: str, front: FrontMatter) -> Iterator[tuple[Location, str]]:
    given = [field.name.casefold() for field in front.fields]
    absent = [name for name in _WANTED if not any(one.startswith(name) for one in given)]
    if absent:
        yield Location(path, front.span), f"the front matter has no {' and no '.join(absent)}"


def _leads_nowhere(project: Project, path: str, field: Field) -> bool:
    value = field.value.strip().strip("\"'`")
    if value.casefold() in _NOTHING or not _FILE.match(value):
        return False
    return resolve(project, path, value) is None


def _misnumbered(path: str, front: FrontMatter) -> Iterator[tuple[Location, str]]:
    """The id within is another number than the one the file's name begins with."""
    named = _NUMBERED.match(path.rpartition("/")[2])
    field = next((one for one in front.fields if one.name.casefold() == "id"), None)
    if named and field and field.value.strip().isdigit() and int(field.value) != int(named.group(1)):
        yield Location(path, field.span), f"the id is {field.value.strip()}, and the file is number {named.group(1)}"


def _twice_numbered(project: Project) -> Iterator[Violation]:
    numbered: dict[tuple[str, int], list[str]] = defaultdict(list)
    for path in project.workspace.histories:
        folder, _, name = path.rpartition("/")
        if (match := _NUMBERED.match(name)) and path in project.documents:
            numbered[folder, int(match.group(1))].append(path)
    for (folder, number), paths in numbered.items():
        if len(paths) > 1:
            first, second = paths[0], paths[1]
            names = [path.rpartition("/")[2] for path in (first, second)]
            related = (Related(Location(first, project.documents[first].title_span), f"{names[0]} has it too"),)
            more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
            message = f"number {number} is given {len(paths)} times in {folder}: {names[0]}, {names[1]}{more}"
            yield Violation(
                Location(second, project.documents[second].title_span), message, related, f"{folder}#{number}"
            )
