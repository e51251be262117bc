"""For gate 10: plans that name a different stack from the one that applies to them."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import plans
from constitution_lint.model.project import Project
from constitution_lint.model.stack.governing_stack import Declared, Law, law_of, planned


class Drift(NamedTuple):
    """A technology, or a version of Next.js, that a plan names against the law."""

    location: Location
    field: str
    declared: Declared
    law: Law


def drifts(project: Project) -> Iterator[Drift]:
    """Each foreign technology of each plan once, at the most exact field that names it."""
    for plan in plans(project):
        law = law_of(project, plan.path)
        found: dict[str, Drift] = {}
        for one in planned(project, plan.path):
            if not one.mention.occasional and (_is_foreign(project, one, law) or _is_outdated(one, law)):
                found[one.technology.name] = Drift(one.location, one.field, one, law)
        yield from found.values()


def _is_foreign(project: Project, one: Declared, law: Law) -> bool:
    """Foreign, and not named beside the approved technology of its category ("SQLite locally, PostgreSQL hosted")."""
    if not law.refuses(one.technology):
        return False
    beside = {
        other.technology
        for other in planned(project, one.location.file)
        if other.technology.category == one.technology.category
    }
    return one.technology.category not in ("database", "frontend framework") or not beside & law.approved


def _is_outdated(one: Declared, law: Law) -> bool:
    """A version of Next.js below the least one; "14+" leaves room for a later one and is none."""
    if one.technology.name != "Next.js" or one.technology not in law.approved:
        return False
    return one.mention.major is not None and one.mention.major < law.least_next and not one.mention.open_ended
