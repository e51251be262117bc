"""`**Name**: value` pairs: the header of a document and its Technical Context."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from constitution_lint.facts.document import Field, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import LINE_LIMIT, plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.tables import tables

_PAIR = re.compile(r"\*\*([^*\n]{1,80}?)\s*(?::\s*\*\*|\*\*\s*:)[ \t]*")
_PLAIN_PAIR = re.compile(r"^([A-Z][\w /&()-]{1,40}?):\s+(?=\S)")
_CONTEXT = re.compile(
    r"technical context|technology context|^tech(?:nology|nical)? stack$|technical overview", re.IGNORECASE
)

_OF_TEMPLATE = re.compile(
    r"language|version|dependenc|storage|testing|platform|type|goal|constraint|scale", re.IGNORECASE
)


def header_fields(document: Lines, found: Sequence[Section]) -> tuple[Field, ...]:
    """The fields between the title and the first section below it."""
    return tuple(field for line in document.below(1, header_end(document, found)) for field in pairs(line))


def header_end(document: Lines, found: Sequence[Section]) -> int:
    """The last line of title and header fields."""
    first = next((section.span.line for section in found if section.level > 1), None)
    if first is not None:
        return first - 1
    return min(len(document.lines), (found[0].span.line if found else 0) + 12)


def pairs(line: Line, *, plain_names: bool = True) -> Iterator[Field]:
    """The fields of one line; several may stand beside each other, separated by a bar."""
    if line.kind not in ("text", "item", "row"):
        return
    text = line.text[:LINE_LIMIT]
    matches = list(_PAIR.finditer(text))
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        yield _field(line, match.group(1), match.start(1), match.end(), end)
    if not matches and plain_names and line.kind != "row" and (simple := _PLAIN_PAIR.match(line.body)):
        start = line.column - 1
        yield _field(line, simple.group(1), start, start + simple.end(), len(text))


def _field(line: Line, name: str, name_start: int, start: int, end: int) -> Field:
    value = line.text[start:end].rstrip().rstrip("|·•").rstrip()
    name = plain(name).strip(" :")
    if value:
        return Field(Span(line.number, start + 1, line.number, start + 1 + len(value)), name, value)
    return Field(Span(line.number, name_start + 1, line.number, name_start + 1 + len(name)), name, "")


def context_fields(document: Lines, found: Sequence[Section]) -> tuple[Field, ...]:
    """The fields of the Technical Context; a list below a field without value is that field's value."""
    section = next((s for s in found if _CONTEXT.search(s.title)), None)
    if section is None:
        return ()
    fields: list[Field] = []
    group: int | None = None
    lines = document.below(section.span.line + 1, section.last_line)
    for line in lines:
        own = list(pairs(line, plain_names=line.indent < 2))
        if line.kind == "heading":
            own = [Field(line.span, plain(line.body).strip(": "), "")]
        if group is not None and line.kind in ("item", "text", "row", "fence") and not (own and line.kind == "text"):
            fields[group] = _continued(fields[group], line)
        elif not own and fields and line.kind in ("item", "text"):
            fields[-1] = _continued(fields[-1], line)
        if own:
            fields.extend(own)
        if own and line.kind in ("text", "heading"):
            group = len(fields) - 1 if not own[-1].value else None
    fields.extend(_rows(lines))
    return tuple(_without_mere_titles(fields, lines, found))


def _without_mere_titles(fields: Sequence[Field], lines: Sequence[Line], found: Sequence[Section]) -> Iterator[Field]:
    """The fields but those without value that stand above something: a heading's section, an item's own list."""
    said = [line for line in lines if line.kind not in ("blank", "rule")]
    following = dict(pairwise(line.number for line in said))
    at = {line.number: line for line in said}
    ends = {section.span.line: section.last_line for section in found}
    for field in fields:
        own, below = at.get(field.span.line), at.get(following.get(field.span.line, 0))
        if field.value or own is None or below is None:
            yield field
        elif field.span.line in ends:
            if below.number > ends[field.span.line]:
                yield field
        elif (own.kind != "item" or below.indent <= own.indent) and not _opens_group(below, at, following):
            yield field


def _opens_group(below: Line, at: dict[int, Line], following: dict[int, int]) -> bool:
    """Is what stands below a field without value a label over a list of its own ("**Backend**:" and its libraries)?"""
    labels = list(pairs(below, plain_names=False)) if below.kind == "text" else []
    listed = at.get(following.get(below.number, 0))
    part = len(labels) == 1 and not labels[0].value and not _OF_TEMPLATE.search(labels[0].name)
    return part and listed is not None and listed.kind in ("item", "row")


def _continued(field: Field, line: Line) -> Field:
    value = f"{field.value}; {plain(line.body)}" if field.value else plain(line.body)
    return Field(field.span, field.name, value[:1_000])


def _rows(lines: Sequence[Line]) -> Iterator[Field]:
    for table in tables(lines):
        for row in table.rows:
            if len(row) > 1 and row[0].raw:
                yield Field(row[1].span, row[0].text.strip(" :"), " | ".join(cell.text for cell in row[1:]))
