"""What a constitution commands, sentence by sentence, and which gate can check it.

A sentence that no gate holds is listed as not mechanically checkable: it is neither passed nor broken.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.project import Project

_GATES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (gate, re.compile(pattern, re.IGNORECASE))
    for gate, pattern in (
        (
            "user-data-isolation",
            r"\b(?:filter|scop|isolat|restrict|own)\w*\b.{0,60}\b(?:user|owner|tenant)|\b(?:other|another) users?\b"
            r"|\bown (?:data|tasks)"
            r"|\buser_id\b.{0,60}\b(?:match|quer|filter|token|jwt)",
        ),
        (
            "enforced-authentication",
            r"\b(?:jwt|token|authenticat\w+)\b.{0,80}\b(?:every|all|each|requir\w*|reject\w*|verif\w*|validat\w*|401)"
            r"|\b(?:every|all|each|requir\w*|reject\w*|protect\w*|401)\b.{0,80}\b(?:jwt|token|authenticat\w+)",
        ),
        (
            "security-first",
            r"\bsecrets?\b|\bhard-?coded\b|\bcredentials\b|\.env\b|\bcors\b|\bpasswords?\b.{0,40}\bhash"
            r"|\bsql injection\b"
            r"|\bparameteri[sz]ed\b|\bexpir\w+\b.{0,30}\btoken|\btokens?\b.{0,30}\bexpir",
        ),
        (
            "strict-rest-api",
            r"\bstatus codes?\b|\brest(?:ful)?\b|\bopenapi\b|\bhttp (?:verbs?|methods?)\b|\bapi contracts?\b"
            r"|\bendpoints?\b.{0,40}\bcontract",
        ),
        (
            "separation-of-concerns",
            r"\bfrontend\b.{0,60}\b(?:database|backend (?:code|files)|orm)\b|\blayers?\b|\bbusiness logic\b"
            r"|\bseparat\w+\b.{0,40}\b(?:backend|concerns|layer)",
        ),
        (
            "declared-tech-stack",
            r"\b(?:fastapi|sqlmodel|sqlalchemy|next\.?js|neon|postgres\w*|better[ -]auth|app router)\b"
            r"|\btech(?:nology)? stack\b",
        ),
        (
            "production-ready",
            r"\b(?:placeholder|stub|mock|demo|todo comment|in-memory|console\.log|migration)\w*\b"
            r"|\bproduction-(?:ready|grade)",
        ),
        (
            "traceable",
            r"\btrac(?:e|ed|eab\w+)\b|\bprompt histor\w+\b|\bphrs?\b"
            r"|\bmap(?:s|ped)? to (?:a |the )?(?:spec|requirement)",
        ),
        (
            "reproducible-execution",
            r"\bambigu\w+\b|\bneeds clarification\b|\btasks?\.md\b|\block ?files?\b|\bpinned?\b|\breproducib\w+",
        ),
        (
            "specification-driven",
            r"\bspec(?:ification)?s?(?:\.md)?\b.{0,60}\b(?:before|first|exist|approved|without)\b|\bplan\.md\b"
            r"|\bno code\b.{0,40}\bspec",
        ),
    )
)


class Command(NamedTuple):
    """One sentence with MUST, SHALL or NEVER, and the gate that holds it; "" where none can."""

    location: Location
    text: str
    gate: str


def commands_of(project: Project) -> tuple[Command, ...]:
    """Every command of every constitution, in order."""
    return tuple(_commands(project))


def _commands(project: Project) -> Iterator[Command]:
    for path in project.workspace.constitutions:
        facts = project.documents.get(path)
        stated = facts.constitution if facts else None
        for principle in stated.principles if stated else ():
            for sentence in principle.musts:
                yield Command(Location(path, sentence.span), sentence.value, held_by(sentence.value))


def held_by(sentence: str) -> str:
    """The gate whose rules look at what a sentence commands."""
    return next((gate for gate, pattern in _GATES if pattern.search(sentence)), "")
