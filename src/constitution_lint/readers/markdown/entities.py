"""Data models: entities with their fields, from lists, tables and fenced models; and the Key Entities of a spec."""

import re
from collections.abc import Iterator, Sequence

from constitution_lint.facts.document import Entity, EntityField, Fence, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import bold_lead, plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.tables import Cell, Table, tables

_GENERIC = re.compile(
    r"^(?:\d+[.)]?\s*)*(?:(?:core|primary|key|main|data(?:base)?|supporting|domain|new|existing|updated"
    r"|modified) )*(?:overview|entities|entity"
    r"(?: definitions?| relationships?)?|fields?|attributes?|columns?|schema(?:s)?|propert(?:y|ies)"
    r"|relationships?|validation(?: rules)?|index(?:es)?"
    r"|constraints?|state transitions?|states?|notes?|summary|migrations?|tables?|models?|types?|enums?"
    r"|enumerations?|business rules|data model"
    r"|data types|sql(?: schema)?|api(?: \w+)?|requests?|responses?|examples?|usage|rules|security|performance"
    r"|access patterns?|queries|lifecycle"
    r"|description|purpose|database schema|entity relationship diagram|er diagram|diagram|references?"
    r"|open questions|claims|structure)\b.*$",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"^(?:database|sqlmodel|sqlalchemy|pydantic|typescript|python|postgres(?:ql)?|sql|prisma|orm|ddl|api|backend"
    r"|frontend) (?:definitions?|models?|schemas?|types?|interfaces?|implementations?|code|tables?)\b",
    re.IGNORECASE,
)
"""Headings that say in which form entities stand below, and name none."""
_DECORATION = re.compile(
    r"^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:entity|table|model|class|schema|collection)\s*\d*\s*[:.–—-]\s*"
    r"|^(?:\d+(?:\.\d+)*[.)]?\s+)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\s*(?:\(.*\)|[:–—-]\s.*|\b(?:entity|model|table|schema|class)(?:\s*\(.*\))?)\s*$", re.IGNORECASE)
_FIELDS_LABEL = re.compile(
    r"^(?:key |core |required )?(?:fields?|attributes?|columns?|schema|propert(?:y|ies)|structure)\b", re.IGNORECASE
)
_OTHER_LABEL = re.compile(r"^[A-Z][\w /&-]{2,40}:?$")
_FIELD = re.compile(r"^[`*_]*([A-Za-z_][\w.]{0,60})[`*_]*(?:\s*[`*_]*\(([^)]{1,200})\)[`*_]*)?\s*(?:[:–—-]\s*(.*)|$)")
_NAME = re.compile(r"^[A-Za-z_][\w ]{0,48}$")
_CODE_FIELD = re.compile(r"^\s+([a-z_]\w*)\s*:\s*([^=#\n]+)")
_CODE_CLASS = re.compile(r"^\s*class\s+(\w+)\s*\(([^)]*)\)\s*:|^\s*(?:export\s+)?(?:interface|type)\s+(\w+)")
_DDL_TABLE = re.compile(r"^\s*create\s+table\s+(?:if\s+not\s+exists\s+)?[\"`]?(\w+)", re.IGNORECASE)
_DDL_FIELD = re.compile(
    r"^\s*[\"`]?([a-z_]\w*)[\"`]?\s+((?:uuid|varchar|text|int|serial|bool|timestamp|date|json|numeric|float"
    r"|char|big|small)\w*.*?),?\s*$",
    re.I,
)
_KEY_ENTITIES = re.compile(r"^(?:\d+(?:\.\d+)*\.?\s*)?(?:key |core |data )?entities\b", re.IGNORECASE)


def entities(document: Lines, found: Sequence[Section], data_model: bool) -> tuple[Entity, ...]:
    """Entities of a data model by heading; in other documents the bullets below "Key Entities"."""
    if data_model:
        return tuple(_modelled(document, found))
    section = next((s for s in found if _KEY_ENTITIES.match(s.title)), None)
    return tuple(_key_entities(document.below(section.span.line + 1, section.last_line))) if section else ()


def _key_entities(lines: Sequence[Line]) -> Iterator[Entity]:
    for line in lines:
        lead = bold_lead(line.body) if line.kind == "item" and line.indent < 2 else None
        name = plain(lead[0]).strip(" :") if lead else ""
        if lead and _NAME.match(name):
            yield Entity(line.span, name, (), plain(lead[1]).lstrip(": –—-"))


def _modelled(document: Lines, found: Sequence[Section]) -> Iterator[Entity]:
    """A heading with a name of its own and fields below it, before the next such heading."""
    named = [(section, name) for section in found if section.level > 1 and (name := _entity_name(section.title))]
    for index, (section, name) in enumerate(named):
        last = section.last_line
        if index + 1 < len(named):
            last = min(last, named[index + 1][0].span.line - 1)
        fields, code = _fields(document, section.span.line + 1, last)
        if fields:
            yield Entity(section.span, name, fields, "", code)


def _entity_name(title: str) -> str:
    name = _DECORATION.sub("", plain(title))
    if _FORM.match(name):
        return ""
    name = _SUFFIX.sub("", _SUFFIX.sub("", name)).strip(" `*:")
    if not name or _GENERIC.match(name) or not _NAME.match(name) or len(name.split()) > 3:
        return ""
    return name


def _fields(document: Lines, first: int, last: int) -> tuple[tuple[EntityField, ...], bool]:
    lines = document.below(first, last)
    listed = [field for table in tables(lines) for field in _table_fields(table)] + list(_list_fields(lines))
    fences = [fence for fence in document.fences if first <= fence.span.line <= last]
    coded = [field for fence in fences for field in _code_fields(fence)]
    return tuple(listed or coded), bool(coded)


def _table_fields(table: Table) -> Iterator[EntityField]:
    name = table.column("field", "attribute", "column", "property", "name")
    kind = table.column("type")
    if name is None or (kind is None and table.column("constraint", "description") is None):
        return
    for row in table.rows:
        if name < len(row) and re.match(r"^[A-Za-z_]\w*", row[name].text):
            rest = [cell.text for index, cell in enumerate(row) if index not in (name, kind)]
            yield EntityField(row[name].span, row[name].text.split()[0], _text(row, kind), " | ".join(rest))


def _text(row: Sequence[Cell], column: int | None) -> str:
    return row[column].text if column is not None and column < len(row) else ""


def _list_fields(lines: Sequence[Line]) -> Iterator[EntityField]:
    """List items that name a field, below a label of fields or where no label stands yet."""
    wanted: bool | None = None
    for line in lines:
        if line.kind in ("heading", "text"):
            label = plain(line.body)
            if _FIELDS_LABEL.match(label):
                wanted = True
            elif line.kind == "heading" or _OTHER_LABEL.match(label) or label.endswith(":"):
                wanted = False
        elif line.kind == "item" and line.indent < 4 and wanted is not False:
            if line.indent < 2 and _FIELDS_LABEL.match(plain(line.body)):
                wanted = True
            elif field := _list_field(line, bool(wanted)):
                yield field


def _list_field(line: Line, labelled: bool) -> EntityField | None:
    match = _FIELD.match(line.body)
    if not match or not (labelled or line.body[0] in "`*" or match.group(2)):
        return None
    name, note = match.group(1), plain(match.group(3) or "")
    if not (name.islower() or "_" in name or name[0].islower()):
        return None
    kind = plain(match.group(2) or "") or re.split(r"[,;.(–—]|\s-\s", note, maxsplit=1)[0].strip()
    start = line.column + match.start(1)
    return EntityField(Span(line.number, start, line.number, start + len(name)), name, kind, note)


def _code_fields(fence: Fence) -> Iterator[EntityField]:
    """Fields of the tables in a fenced model: classes in Python, interfaces, DDL."""
    pattern = _CODE_FIELD
    for offset, text in enumerate(fence.text.split("\n"), start=1):
        if _DDL_TABLE.match(text):
            pattern = _DDL_FIELD
        elif _CODE_CLASS.match(text):
            pattern = _CODE_FIELD
        elif match := pattern.match(text):
            line = fence.span.line + offset
            span = Span(line, match.start(1) + 1, line, match.end(1) + 1)
            yield EntityField(span, match.group(1), match.group(2).strip().rstrip(",;"), "")
