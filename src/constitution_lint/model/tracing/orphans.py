"""What answers nothing and what nothing answers: requirements, tasks, entities and tables that stand alone."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from constitution_lint.facts.document import DocumentFacts, Entity
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Table
from constitution_lint.model.documents.plans import document_of
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.tracing.by_name import entity_key
from constitution_lint.model.tracing.collecting import Traced, traced_features
from constitution_lint.model.tracing.elements import Element, Link
from constitution_lint.model.tracing.words import SAY_LITTLE, stems
from constitution_lint.model.walk import classes

_LEAST_TASKS = 5
_LEAST_WORDS = 3
_NO_WORK = re.compile(
    r"\b(?:must|shall|should|will|may|do|does|can) not\b|\bmust never\b|\bmay\b|\boptional(?:ly)?\b|out of scope"
    r"|\bfuture\b|\bdeferred\b|\bno (?:new|changes?|additional)\b|\b(?:remain|continu|preserv|maintain)\w*\b|^\W*$",
    re.IGNORECASE,
)
_SHARED_WORK = re.compile(
    r"setup|set up|foundation|infrastructure|prerequisite|polish|cross|test|quality|document|deploy|valid|verif|final"
    r"|integration|release|clean|migrat|review|environment|config|research|design|planning|initial|refactor|fix|prepar"
    r"|secur|perform|monitor|observ|launch|hardening|depend|checklist|criteria|notes|definition|success",
    re.IGNORECASE,
)
_HOUSEKEEPING = re.compile(
    r"\b(?:install|initiali[sz]e|configur\w*|set ?up|scaffold|structure|folder|director(?:y|ies)|dependenc\w*|tests?"
    r"|lint\w*|format\w*|readme|document\w*|docs|deploy\w*|docker\w*|commit|branch|review|verif\w*|validat\w*|run"
    r"|check|clean\w*|refactor\w*|migrat\w*|logging|environment|\.env|package|version|upgrade|research|quickstart"
    r"|typescript|gitignore|ci|pipeline)\b",
    re.IGNORECASE,
)


def uncovered_requirements(project: Project, links: tuple[Link, ...]) -> Iterator[Element]:
    """Requirements that no link leads up to, and of which no task of the feature speaks with a telling word."""
    answered = {link.above for link in links}
    for traced in traced_features(project):
        if len(traced.tasks) < _LEAST_TASKS:
            continue
        waiting = _placeholder_lines(project, traced)
        spoken = _stems_of_words(project, traced.feature.tasks)
        for one in traced.requirements:
            if one not in answered and one.location.span.line not in waiting and _asks_unheard(one.text, spoken):
                yield one


@lru_cache(maxsize=16_384)
def _asks_unheard(text: str, spoken: frozenset[str]) -> bool:
    """Does a requirement ask for work, and no telling word of it is among those spoken?"""
    return not _NO_WORK.search(text) and _tells_apart(text, spoken)


def _tells_apart(text: str, spoken: frozenset[str]) -> bool:
    own = stems(text)
    return len(own) >= _LEAST_WORDS and not (own & spoken) - SAY_LITTLE


def _placeholder_lines(project: Project, traced: Traced) -> frozenset[int]:
    """Lines of the spec that still hold the template's text."""
    spec = project.documents.get(traced.feature.spec or "", DocumentFacts())
    return frozenset(placeholder.span.line for placeholder in spec.placeholders)


def orphan_tasks(project: Project, links: tuple[Link, ...]) -> Iterator[Element]:
    """Tasks of a list that is traced, outside the phases that serve all, which speak of no requirement and no story."""
    reasoned = {link.below for link in links if link.above.kind in ("story", "requirement", "criterion")}
    routed = {link.above for link in links if link.below.kind in ("operation", "route")}
    for traced in traced_features(project):
        if len(traced.requirements) < _LEAST_TASKS or not any(element in reasoned for element, _ in traced.tasks):
            continue
        spoken = _stems_of_words(project, traced.feature.spec)
        for element, task in traced.tasks:
            if element in reasoned or element in routed or not task.id or task.story or task.text.endswith(":"):
                continue
            if _works_for_nothing(task.phase, task.text, spoken):
                yield element


@lru_cache(maxsize=16_384)
def _works_for_nothing(phase: str, text: str, spoken: frozenset[str]) -> bool:
    """Does a task serve a purpose of its own, and no telling word of it is among those spoken?"""
    return not _SHARED_WORK.search(phase) and not _HOUSEKEEPING.search(text) and _tells_apart(text, spoken)


@remembered
def _stems_of_words(project: Project, path: str | None) -> frozenset[str]:
    """All that a document says, whether in a task, in the details below it or in a heading."""
    return stems(" ".join(project.documents.get(path or "", DocumentFacts()).words))


class OrphanEntity(NamedTuple):
    """An entity without a table, or a table without an entity."""

    element: Element
    message: str


_ENTITY = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)*")
_KEY = re.compile(r"primary key|\bpk\b|foreign key|\bfk\b", re.IGNORECASE)
_NO_TABLE = re.compile(
    r"(?:request|response|dto|input|output|create|update|read|public|payload|state|props|context|event|message|error|view"
    r"|token|jwt|claims?|config|settings|enum|status|type|session|account|verification|command|result|chart|deployment"
    r"|service|detail|database|backend|frontend)s?$",
    re.IGNORECASE,
)


def orphan_entities(project: Project) -> Iterator[OrphanEntity]:
    """Entities with a key of their own for which the code has no class, once their feature was worked on."""
    if not project.api.tables:
        return
    classes_there = _class_keys(project)
    for traced in traced_features(project):
        if not any(task.ticked for _, task in traced.tasks):
            continue
        model = project.documents.get(traced.feature.data_model or "", DocumentFacts())
        held = [one for one in model.entities if _thing_key(one.name) in classes_there]
        if not held:
            continue
        for one in model.entities:
            if _thing_key(one.name) not in classes_there and _is_kept(one):
                location = Location(traced.feature.data_model or "", one.span)
                element = Element("entity", traced.feature.folder, one.name, location)
                yield OrphanEntity(element, f"the data model defines {one.name}, and no table or class keeps it")


def _is_kept(entity: Entity) -> bool:
    """An entity with a key of its own, which a table would hold; headings of code are none."""
    names = {field.name.casefold() for field in entity.fields}
    keyed = any(_KEY.search(f"{field.type} {field.note}") for field in entity.fields)
    named = _ENTITY.fullmatch(entity.name) and not _NO_TABLE.search(entity.name)
    return bool(named) and keyed and "id" in names and len(names) >= _LEAST_WORDS and not entity.has_code


_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@remembered
def _class_keys(project: Project) -> frozenset[str]:
    """The names of all classes and tables of the backend, in one spelling; users may be kept by the frontend's auth."""
    found = {key for file in project.code for key in _classes_in(project, file)}
    elsewhere = {"user"} if project.workspace.frontends else set()
    return frozenset(found | elsewhere | {_thing_key(table.table) for table in project.api.tables})


@of_file
def _classes_in(project: Project, file: str) -> frozenset[str]:
    return frozenset(_thing_key(one.name) for one in classes(project.code[file].body))


def _thing_key(name: str) -> str:
    """A to-do has many names, and a team that says one may write another."""
    key = entity_key(name)
    return "task" if key in ("todo", "todoitem", "todotask", "item") else key


def orphan_tables(project: Project) -> Iterator[Element]:
    """Tables of the application that no data model, spec, plan or task names, where data models tell of others."""
    tables = [table for table in project.api.tables if is_product(table.location.file)]
    if not tables or not any(traced.entities for traced in traced_features(project)):
        return
    spoken = _spoken_names(project)
    known = [table for table in tables if _is_spoken(table.name, table.table, spoken)]
    if 2 * len(known) < len(tables):
        return
    for table in tables:
        if table not in known and not _links_only(table):
            yield Element("table", "", table.name, table.location)


def _links_only(table: Table) -> bool:
    """A table of two foreign keys says only that two things belong together; a document tells that of the things."""
    foreign = [column for column in table.columns if column.foreign_key]
    return len(foreign) > 1 and all(column in foreign or column.name == "id" for column in table.columns)


def _is_spoken(name: str, table: str, spoken: frozenset[str]) -> bool:
    return entity_key(name) in spoken or entity_key(table) in spoken


@remembered
def _spoken_names(project: Project) -> frozenset[str]:
    """Every word, and every two and three neighbouring words, that documents use for things."""
    return frozenset().union(*(_spoken_in(project, file) for file in project.documents))


@remembered
def _spoken_in(project: Project, file: str) -> frozenset[str]:
    facts = document_of(project, file)
    texts = [one.text for one in facts.requirements] + [one.text for one in facts.tasks]
    texts += [fence.text for fence in facts.fences]
    texts += [entity.name for entity in facts.entities] + [section.title for section in facts.sections]
    texts += [path.path for path in facts.paths]
    found: set[str] = set()
    for text in dict.fromkeys(texts):
        words = [word.lower() for word in _WORDS.findall(text.replace("_", " "))]
        found.update(words)
        found.update(map("".join, pairwise(words)))
        found.update(map("".join, zip(words, words[1:], words[2:], strict=False)))
    return frozenset(map(entity_key, found))
