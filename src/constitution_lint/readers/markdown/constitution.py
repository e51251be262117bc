"""A constitution: its version and dates, its principles with what they demand, and the technologies it declares."""

import re
from collections.abc import Iterator, Sequence

from constitution_lint.facts.document import Constitution, Field, Principle, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.header import pairs
from constitution_lint.readers.markdown.inline import bold_lead, plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.tables import tables

_PRINCIPLES = re.compile(r"\bprinciples?\b|\barticles?\b|\bcore (?:values|rules|laws)\b|\bpillars?\b", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:section\s+)?(?:[IVXLC]+|\d+(?:\.\d+)*)[.):\s–—-]+(?=\S)")
_SINGLE = re.compile(r"^(?:principle|article)\s+(?:[IVXLC]+|\d+)\b|^[IVXLC]+[.):]\s+\S", re.IGNORECASE)
_TECHNOLOGY = re.compile(
    r"technolog|tech(?:nical)? stack|\bstack\b|technical (?:standards|constraints|requirements)|\bplatform\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:MUST|SHALL|REQUIRED|FORBIDDEN|PROHIBITED|NEVER|must|shall|may not|required to|forbidden|prohibited"
    r"|never)\b"
)
_SENTENCE = re.compile(r"(?<=[.;!])\s+(?=[A-Z*`])")
_VERSION = re.compile(r"\bversion\b[\s:*]*v?(\d+\.\d+(?:\.\d+)?)", re.IGNORECASE)
_PART = re.compile(
    r"\b(frontend|backend|orm|database|authentication|auth|framework|language|styling|ui|api|testing|deployment"
    r"|hosting|storage)\b\s*:\s*([^;.\n]+)",
    re.I,
)
_PART_NAME = re.compile(r"(?:frontend|backend|orm|database|authentication|auth|framework)", re.IGNORECASE)
_LONGEST_PART = 120
"""Characters of a value that names what is used; what is longer tells how."""


def constitution(document: Lines, found: Sequence[Section]) -> Constitution:
    fields = [field for line in document.lines if line.kind in ("text", "item") for field in pairs(line)]
    return Constitution(
        _version(document, fields),
        _named(fields, "last amended", "last updated", "amended", "last modified", "last amendment date", "updated"),
        tuple(_principles(document, found)),
        tuple(_technologies(document, found)) or tuple(_parts(document, found)),
    )


def _named(fields: Sequence[Field], *names: str) -> Field | None:
    """The last field of one of the names: constitutions state them at their end."""
    matching = [field for field in fields if field.name.casefold() in names and field.value]
    return matching[-1] if matching else None


def _version(document: Lines, fields: Sequence[Field]) -> Field | None:
    named = _named(fields, "version", "constitution version", "current version")
    if named:
        return named
    for line in document.lines:
        if line.kind in ("text", "heading") and (match := _VERSION.search(line.text)):
            span = Span(line.number, match.start(1) + 1, line.number, match.end(1) + 1)
            return Field(span, "Version", match.group(1))
    return None


def _principles(document: Lines, found: Sequence[Section]) -> Iterator[Principle]:
    """The headings below "Core Principles"; without such a section, the numbered headings."""
    for section in _principle_sections(found):
        lines = document.below(section.span.line + 1, section.last_line)
        yield Principle(section.span, section.title, tuple(_musts(lines)))


def _principle_sections(found: Sequence[Section]) -> list[Section]:
    for position, parent in enumerate(found):
        title = _NUMBER.sub("", parent.title)
        if _PRINCIPLES.search(title) and not _SINGLE.match(title):
            inside = [s for s in found[position + 1 :] if s.span.line <= parent.last_line]
            if inside:
                level = min(section.level for section in inside)
                return [section for section in inside if section.level == level and _named_by_author(section)]
    return [
        section for section in found if section.level > 1 and _SINGLE.match(section.title) and _named_by_author(section)
    ]


def _named_by_author(section: Section) -> bool:
    """Not the template's "[PRINCIPLE_1_NAME]"."""
    return "[PRINCIPLE" not in section.title.upper()


def _musts(lines: Sequence[Line]) -> Iterator[Field]:
    for line in lines:
        if line.kind not in ("text", "item", "row") or not _MUST.search(line.body):
            continue
        for sentence in _SENTENCE.split(plain(line.body)):
            if _MUST.search(sentence):
                yield Field(line.span, "must", sentence[:500])


def _technologies(document: Lines, found: Sequence[Section]) -> Iterator[Field]:
    covered = 0
    for section in found:
        if section.span.line <= covered or not _TECHNOLOGY.search(section.title) or section.level == 1:
            continue
        covered = section.last_line
        lines = document.below(section.span.line + 1, section.last_line)
        for line in lines:
            yield from _declared(line)
        for table in tables(lines):
            yield from (
                Field(row[1].span, row[0].text, row[1].text) for row in table.rows if len(row) > 1 and row[1].raw
            )


def _parts(document: Lines, found: Sequence[Section]) -> Iterator[Field]:
    """Where no section is titled so: the fields and headings that name a part of the stack ("Backend: FastAPI")."""
    for section in found:
        match = _PART.fullmatch(section.title)
        if match and _PART_NAME.fullmatch(match.group(1)):
            yield Field(section.span, match.group(1), match.group(2))
    for line in document.lines:
        for field in pairs(line) if line.kind in ("text", "item") else ():
            if _PART_NAME.fullmatch(field.name) and 0 < len(field.value) <= _LONGEST_PART:
                yield field


def _declared(line: Line) -> Iterator[Field]:
    if line.kind not in ("text", "item"):
        return
    named = [field for field in pairs(line) if field.value]
    if named:
        yield from named
        return
    parts = list(_PART.finditer(line.text))
    for match in parts:
        span = Span(line.number, match.start(2) + 1, line.number, match.end(2) + 1)
        yield Field(span, match.group(1), plain(match.group(2)))
    if not parts and line.kind == "item" and not bold_lead(line.body):
        yield Field(line.span, "", plain(line.body))
