"""Entities that two features define, where the same field has two types that cannot both be right."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from constitution_lint.facts.document import Entity, EntityField
from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import documents_of
from constitution_lint.model.project import Project

_FAMILIES = (
    ("text", re.compile(r"\b(?:str|string|text|varchar|char|uuid|guid|email|url|enum|date|datetime|timestamp\w*)\b")),
    ("flag", re.compile(r"\b(?:bool|boolean)\b")),
    ("number", re.compile(r"\b(?:int|integer|bigint|smallint|serial|bigserial|number|float|decimal|numeric)\b")),
)


class Contradiction(NamedTuple):
    entity: str
    field: str
    type: str
    here: Location
    other_type: str
    other: Location


class _Defined(NamedTuple):
    file: str
    entity: Entity


def contradictions(project: Project) -> Iterator[Contradiction]:
    """Every field that two data models of one package type differently; the later feature is named first."""
    by_name: dict[tuple[str, str], list[_Defined]] = {}
    for feature, path, facts in documents_of(project, "data_model"):
        package = feature.folder.rpartition("/")[0]
        for entity in facts.entities:
            by_name.setdefault((package, _singular(entity.name)), []).append(_Defined(path, entity))
    told: set[Location] = set()
    for _, defined in sorted(by_name.items()):
        for first, second in combinations(defined, 2):
            if first.file != second.file:
                yield from (found for found in _parted(first, second) if _first_time(found, told))


def _first_time(found: Contradiction, told: set[Location]) -> bool:
    fresh = found.here not in told
    told.add(found.here)
    return fresh


def _parted(first: _Defined, second: _Defined) -> Iterator[Contradiction]:
    known = {field.name: field for field in first.entity.fields}
    for field in second.entity.fields:
        earlier = known.get(field.name)
        if (
            earlier
            and family_of(field.type)
            and family_of(earlier.type)
            and family_of(field.type) != family_of(earlier.type)
        ):
            here, there = Location(second.file, field.span), Location(first.file, earlier.span)
            yield Contradiction(second.entity.name, field.name, _type(field), here, _type(earlier), there)


def family_of(type: str) -> str:
    """The family of a type as written, "" when it cannot be told or belongs to several."""
    written = re.split(r"[;,]|\s-\s", type)[0].casefold()
    found = [name for name, pattern in _FAMILIES if pattern.search(written)]
    return found[0] if len(found) == 1 else ""


def _type(field: EntityField) -> str:
    return " ".join(re.split(r"[;,(/]|\s-\s", field.type)[0].split())[:40]


def _singular(name: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", name.casefold())
    return bare[:-1] if bare.endswith("s") and not bare.endswith("ss") else bare
