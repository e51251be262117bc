"""For gate 10: which stack applies where. A constitution's own declaration is the law of what it governs.

A constitution that names nothing of the ten gates' stack has a stack of its own, and that alone is the law. One that
does adds to it what it names besides. Without a constitution the ten gates' stack holds, but only in a repository that
declares itself to be of it: a plan names one of its technologies (the database aside, which stands in all stacks) or
answers the gate. A plain FastAPI application has declared nothing, and nothing of it is foreign.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.document import DocumentFacts, Field
from constitution_lint.facts.location import Location
from constitution_lint.model.documents.claims import claims_of
from constitution_lint.model.documents.plans import constitution_of, document_of, plans
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.stack.mentions import Mention, mentions
from constitution_lint.model.stack.technologies import TECHNOLOGIES, Category, Technology

LEAST_NEXT = 16
_EVERYBODYS: Category = "database"
"""PostgreSQL stands in stacks of every kind, and naming it says nothing of the others."""
_STACK_FIELD = re.compile(
    r"language|version|dependenc|framework|storage|database|\borm\b|auth|front|back|stack|technolog|\bapi\b|server|client"
    r"|\bui\b|persist|data",
    re.IGNORECASE,
)
_OTHER_FIELD = re.compile(
    r"test|goal|constraint|scope|scale|platform|project type|performance|deploy|quer", re.IGNORECASE
)
_NOT_CHOSEN = re.compile(
    r"prohibit|forbid|banned|disallow|not allowed|not permitted|avoid|reject|exclu|alternative|never|out of scope|test"
    r"|\bno\b|don'?t",
    re.IGNORECASE,
)
"""Headings and names under which a constitution lists what it does not choose, or not for the product."""
_TEMPLATE = re.compile(r"^\s*\[|\be\.g\.|NEEDS CLARIFICATION", re.IGNORECASE)


class Declared(NamedTuple):
    """A technology that a document declares, with the place that does."""

    technology: Technology
    location: Location
    mention: Mention
    field: str


class Law(NamedTuple):
    """The stack that holds for a file: the technologies approved, and the lines that declare them."""

    approved: frozenset[Technology]
    bound: frozenset[Category]
    """The categories in which a technology that is not approved is foreign."""
    declared: tuple[Declared, ...]
    least_next: int

    def refuses(self, technology: Technology) -> bool:
        return technology.category in self.bound and technology not in self.approved

    def fillers(self, category: Category) -> tuple[Technology, ...]:
        """What is approved in a category, in the order of the data."""
        return tuple(one for one in TECHNOLOGIES if one.category == category and one in self.approved)

    def place_of(self, category: Category) -> Location | None:
        """The line that declares the category; None where the ten gates do."""
        return next((one.location for one in self.declared if one.technology.category == category), None)


@remembered
def law_of(project: Project, file: str) -> Law:
    """The law for a file, by its place: the constitution nearest above it, and the ten gates."""
    governing = constitution_of(project, file)
    declared = _of_constitution(project, governing[0]) if governing else ()
    named = {one.technology for one in declared}
    firm = {one.technology.category for one in declared if one.field and not one.mention.occasional}
    default = {one for one in TECHNOLOGIES if one.approved}
    if firm and not any(one in default and one.category != _EVERYBODYS for one in named):
        return Law(frozenset(named), frozenset(firm), declared, LEAST_NEXT)
    binds = bool(named) or _is_of_this_stack(project)
    bound = {one.category for one in default} if binds else set()
    return Law(frozenset(default | named), frozenset(bound), declared, _least_next(declared))


def is_declared(project: Project) -> bool:
    """Does any constitution or plan bind this repository to a stack?"""
    files = (*project.workspace.constitutions, *(plan.path for plan in plans(project)))
    return any(law_of(project, file).bound for file in files)


@remembered
def _of_constitution(project: Project, path: str) -> tuple[Declared, ...]:
    """What its technology sections declare, and what its principles demand (those without a field name)."""
    return tuple(_declarations(path, document_of(project, path)))


def _declarations(path: str, facts: DocumentFacts) -> Iterator[Declared]:
    if facts.constitution is None:
        return
    for field in facts.constitution.technologies:
        if not _NOT_CHOSEN.search(f"{_heading(facts, field)} / {field.name}"):
            yield from _declared(path, field, field.name or "technologies")
    for principle in facts.constitution.principles:
        for must in principle.musts:
            yield from _declared(path, must, "")


def _heading(facts: DocumentFacts, field: Field) -> str:
    """The title of the last section that begins above a field."""
    return next((one.title for one in reversed(facts.sections) if one.span.line < field.span.line), "")


def _declared(path: str, field: Field, name: str) -> Iterator[Declared]:
    if _TEMPLATE.search(field.value):
        return
    for mention in mentions(field.value):
        if not mention.refused:
            yield Declared(mention.technology, Location(path, field.span), mention, name)


@remembered
def _is_of_this_stack(project: Project) -> bool:
    if any(claim.gate == "declared-tech-stack" for claim in claims_of(project)):
        return True
    named = {one.technology for plan in plans(project) for one in planned(project, plan.path)}
    return any(one.approved and one.category != _EVERYBODYS for one in named)


@remembered
def planned(project: Project, path: str) -> tuple[Declared, ...]:
    """The technologies that a plan's Technical Context names where it speaks of the stack."""
    return tuple(
        found
        for field in project.documents[path].context
        if _STACK_FIELD.search(field.name) and not _OTHER_FIELD.search(field.name)
        for found in _declared(path, field, field.name)
    )


def _least_next(declared: tuple[Declared, ...]) -> int:
    """The least version of Next.js: the constitution's, where it names one."""
    named = [one.mention.major for one in declared if one.technology.name == "Next.js" and one.mention.major]
    return min(named, default=LEAST_NEXT)
