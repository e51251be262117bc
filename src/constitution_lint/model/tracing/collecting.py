"""First step of tracing: the elements to trace, gathered from documents, contracts and the served application."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import FunctionDef
from constitution_lint.facts.document import DocumentFacts, Task
from constitution_lint.facts.location import START, Location
from constitution_lint.model.api import Route
from constitution_lint.model.contracts import Promise, operations_of
from constitution_lint.model.file_roles import is_test
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.elements import Element
from constitution_lint.model.walk import functions
from constitution_lint.workspace import Feature

_MOST_TEXT = 400


class Traced(NamedTuple):
    """The elements of one feature, each with the fact it was made of."""

    feature: Feature
    stories: tuple[Element, ...]
    requirements: tuple[Element, ...]
    criteria: tuple[Element, ...]
    tasks: tuple[tuple[Element, Task], ...]
    entities: tuple[Element, ...]
    operations: tuple[tuple[Element, Promise], ...]

    def elements(self) -> Iterator[Element]:
        yield from (*self.stories, *self.requirements, *self.criteria, *self.entities)
        yield from (element for element, _ in self.tasks)
        yield from (element for element, _ in self.operations)


class Test(NamedTuple):
    """A test function of the backend."""

    element: Element
    definition: FunctionDef


@remembered
def traced_features(project: Project) -> tuple[Traced, ...]:
    """Every feature with its elements, in order."""
    promised = operations_of(project)
    return tuple(_traced(project, feature, promised) for feature in project.workspace.features)


def _traced(project: Project, feature: Feature, promised: tuple[Promise, ...]) -> Traced:
    spec, tasks = _facts(project, feature.spec), _facts(project, feature.tasks)
    model = _facts(project, feature.data_model)
    stated = tuple(_requirements(feature, spec))
    return Traced(
        feature,
        tuple(_element("story", feature, feature.spec, one.id, one.span, one.title) for one in spec.stories),
        tuple(element for element in stated if element.kind == "requirement"),
        tuple(element for element in stated if element.kind == "criterion"),
        tuple((_task(feature, task), task) for task in tasks.tasks if task.id or task.checkbox),
        tuple(_element("entity", feature, feature.data_model, one.name, one.span) for one in model.entities),
        tuple((_operation(feature, one), one) for one in promised if one.file in feature.contracts),
    )


def _facts(project: Project, path: str | None) -> DocumentFacts:
    return project.documents.get(path or "", DocumentFacts())


def _requirements(feature: Feature, spec: DocumentFacts) -> Iterator[Element]:
    """Each requirement where it is first stated; its text may grow where it is stated again."""
    seen: set[str] = set()
    for one in spec.requirements:
        if one.id not in seen:
            seen.add(one.id)
            kind = "criterion" if one.kind == "SC" else "requirement"
            yield _element(kind, feature, feature.spec, one.id, one.span, one.text)


def _task(feature: Feature, task: Task) -> Element:
    name = task.id or f'"{task.text[:40].strip()}"'
    return _element("task", feature, feature.tasks, name, task.span, task.text)


def _operation(feature: Feature, promise: Promise) -> Element:
    return Element("operation", feature.folder, promise.name, promise.location, promise.operation_id)


def _element(kind: str, feature: Feature, path: str | None, name: str, span: object, text: str = "") -> Element:
    return Element(kind, feature.folder, name, Location(path or "", span), text[:_MOST_TEXT])  # type: ignore[arg-type]


def route_element(route: Route) -> Element:
    return Element("route", "", route.name, route.location)


def file_element(file: str) -> Element:
    return Element("file", "", file, Location(file, START))


@remembered
def tables_of(project: Project) -> tuple[Element, ...]:
    return tuple(Element("table", "", table.name, table.location) for table in project.api.tables)


@remembered
def tests_of(project: Project) -> tuple[Test, ...]:
    """The test functions of the backend's suites, by file and line."""
    return tuple(
        Test(Element("test", "", f"{file}::{one.name}", Location(file, one.head), one.name.replace("_", " ")), one)
        for file, facts in sorted(project.code.items())
        if is_test(file)
        for one in functions(facts.body)
        if one.name.startswith("test")
    )
