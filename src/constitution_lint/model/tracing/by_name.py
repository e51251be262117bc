"""Links that follow from what is written: ids, paths of files, verbs and paths of endpoints, names of entities."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from constitution_lint.facts.code import Const, ExprStmt, FunctionDef
from constitution_lint.facts.document import Endpoint
from constitution_lint.model.contracts import matching_of
from constitution_lint.model.contracts.matching import root_of, routes_for
from constitution_lint.model.contracts.paths import core_of, key_of
from constitution_lint.model.documents.task_files import located
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.collecting import (
    Test,
    Traced,
    file_element,
    route_element,
    tables_of,
    tests_of,
    traced_features,
)
from constitution_lint.model.tracing.elements import Element, Link

_ID = re.compile(r"(?<![\w/-])(?:FR|NFR|SC)-?\d{1,4}[a-z]?\b|(?<![\w/-])US-?\d{1,3}\b", re.IGNORECASE)
_SUFFIXES = ("model", "entity", "table", "record", "db", "orm")
_BARE = re.compile(r"[^a-z0-9]")


def links_by_name(project: Project) -> Iterator[Link]:
    """Every link of this kind; some may be found twice."""
    for number, traced in enumerate(traced_features(project)):
        yield from _links_of_tasks(project, number)
        yield from _named_endpoints(project, traced)
        yield from _tables_of_entities(project, traced)
    yield from _routes_of_operations(project)
    yield from _routes_in_files(project)
    yield from _tagged_code(project)


@remembered
def _links_of_tasks(project: Project, number: int) -> tuple[Link, ...]:
    """What the tasks of a feature name, known by its place among the features; no code bears on it."""
    traced = traced_features(project)[number]
    return (*_by_id(project, traced), *_files_of_tasks(project, traced))


def _by_id(project: Project, traced: Traced) -> Iterator[Link]:
    """The story a task is marked with, and every requirement, criterion or story that its line names."""
    document = project.documents.get(traced.feature.tasks or "")
    known = {one.name: one for one in (*traced.stories, *traced.requirements, *traced.criteria)}
    references: dict[int, list[str]] = defaultdict(list)
    for reference in document.references if document else ():
        references[reference.span.line].append(reference.id)
    for element, task in traced.tasks:
        named = [*references.get(task.span.line, ()), *([task.story] if task.story else [])]
        for identity in dict.fromkeys(named):
            if identity in known:
                yield Link(element, known[identity], "stated", f"the task names {identity}")


def _files_of_tasks(project: Project, traced: Traced) -> Iterator[Link]:
    for element, task in traced.tasks:
        for mention in task.paths:
            if mention.path.endswith("/"):
                continue
            file = _meant(project, mention.path, traced.feature.folder)
            if file:
                yield Link(file_element(file), element, "certain", f"the task names {mention.path}")


def _meant(project: Project, path: str, folder: str) -> str:
    """The one file that a document of a folder means by a path, near it before elsewhere; "" where several may be."""
    found = located(project, path, folder)
    root = root_of(f"{folder}/tasks.md")
    near = [file for file in found if file.startswith(f"{root}/")] if root else []
    candidates = near or found
    return candidates[0] if len(candidates) == 1 else ""


def _named_endpoints(project: Project, traced: Traced) -> Iterator[Link]:
    """Requirements, stories and tasks whose lines name an endpoint that is served or promised."""
    for path, elements in (
        (traced.feature.spec, [*traced.requirements, *traced.criteria]),
        (traced.feature.tasks, [element for element, _ in traced.tasks]),
    ):
        document = project.documents.get(path or "")
        by_line = {element.location.span.line: element for element in elements}
        for endpoint in document.endpoints if document else ():
            above = by_line.get(endpoint.span.line)
            if above is not None and endpoint.method:
                yield from _of_endpoint(project, traced, endpoint, above)


def _of_endpoint(project: Project, traced: Traced, endpoint: Endpoint, above: Element) -> Iterator[Link]:
    name = f"{endpoint.method} {endpoint.path}"
    wanted = (endpoint.method, core_of(key_of(endpoint.path.partition("?")[0])))
    for operation, promise in traced.operations:
        if wanted in {(promise.method, core_of(key)) for key in promise.keys}:
            yield Link(operation, above, "certain", f"{above.name} names {name}")
    for route in routes_for(project, above.location.file):
        if (route.method, core_of(key_of(route.path))) == wanted:
            yield Link(route_element(route), above, "certain", f"{above.name} names {name}")


def _routes_of_operations(project: Project) -> Iterator[Link]:
    operations = {
        (promise.file, promise.location): element
        for traced in traced_features(project)
        for element, promise in traced.operations
    }
    for pair in matching_of(project).pairs:
        above = operations.get((pair.promise.file, pair.promise.location))
        if above is not None:
            for route in pair.routes:
                yield Link(route_element(route), above, "certain", "same verb and path")


def _routes_in_files(project: Project) -> Iterator[Link]:
    for route in project.api.routes:
        if route.handler is not None:
            file = route.location.file
            yield Link(route_element(route), file_element(file), "certain", "its handler stands in the file")
    for table in tables_of(project):
        yield Link(table, file_element(table.location.file), "certain", "its class stands in the file")


def _tables_of_entities(project: Project, traced: Traced) -> Iterator[Link]:
    tables = tables_of(project)
    for entity in traced.entities:
        for table in tables:
            if entity_key(table.name) == entity_key(entity.name):
                yield Link(table, entity, "certain", "same name")


@lru_cache(maxsize=65_536)
def entity_key(name: str) -> str:
    """One spelling for the names of an entity and its table: `TaskModel`, `tasks` and `Task` are one."""
    bare = name.casefold()
    if not (bare.isascii() and bare.isalnum()):
        bare = _BARE.sub("", bare)
    if bare.endswith(_SUFFIXES):
        bare = next(bare.removesuffix(suffix) for suffix in _SUFFIXES if bare.endswith(suffix)) or bare
    if bare.endswith("ies") and len(bare) > 4:
        return bare[:-3] + "y"
    return bare[:-1] if bare.endswith("s") and not bare.endswith("ss") and len(bare) > 3 else bare


def _tagged_code(project: Project) -> Iterator[Link]:
    """Comments, docstrings and names of tests that hold the id of a requirement which just one feature can mean."""
    owners = _owners_of_ids(project)
    for test in tests_of(project):
        text = f"{_docstring(test.definition)} {test.element.text.replace(' ', '_')}"
        yield from _tags(owners, test.element, text)
    for file, facts in project.code.items():
        for comment in facts.comments:
            yield from _tags(owners, _around(project, file, comment.span.line), comment.text)


def _tags(owners: Mapping[str, list[Element]], below: Element, text: str) -> Iterator[Link]:
    for match in _ID.finditer(text.replace("_", " ")):
        identity = _normal(match.group())
        meant = owners.get(identity, [])
        near = [one for one in meant if one.feature.rpartition("/")[2] in text] or meant
        if len(near) == 1:
            yield Link(below, near[0], "stated", f"{below.location.file} names {identity}")


def _normal(raw: str) -> str:
    letters, number = re.match(r"([A-Za-z]+)[- ]?(\w+)", raw).groups()  # type: ignore[union-attr]
    return f"US{int(number)}" if letters.upper() == "US" else f"{letters.upper()}-{number}"


def _owners_of_ids(project: Project) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = defaultdict(list)
    for traced in traced_features(project):
        for element in (*traced.requirements, *traced.criteria, *traced.stories):
            found[element.name].append(element)
    return found


def _docstring(definition: FunctionDef) -> str:
    first = definition.body[0] if definition.body else None
    if isinstance(first, ExprStmt) and isinstance(first.value, Const) and isinstance(first.value.value, str):
        return first.value.value
    return ""


def _around(project: Project, file: str, line: int) -> Element:
    """The test whose lines hold a comment, otherwise the file."""
    return next((test.element for test in tests_of(project) if _holds(test, file, line)), file_element(file))


def _holds(test: Test, file: str, line: int) -> bool:
    span = test.definition.span
    return test.element.location.file == file and span.line <= line <= span.end_line
