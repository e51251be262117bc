"""Part of the contract reader: a Markdown contract as operations with what their text promises.

Four forms occur: a heading or an endpoint line for each operation with its text below, method and path as fields,
tables and lists that only name operations (sketches), and OpenAPI documents in fences.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from constitution_lint.facts.contract import ContractFacts, Definitions, Operation, Requirement, Response, Server
from constitution_lint.facts.document import Fence, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.contract.operation_starts import METHODS, Start, mentions, path_of, starts
from constitution_lint.readers.contract.outline import Outline
from constitution_lint.readers.contract.promises import Promises, promises, protects_all, says_token
from constitution_lint.readers.markdown.inline import LINE_LIMIT
from constitution_lint.readers.markdown.lines import Line, Lines, scan
from constitution_lint.readers.markdown.sections import sections
from constitution_lint.readers.markdown.tables import Cell, Table, tables

_BASE = re.compile(
    r"^[\s>*+#_`-]*(?:API\s+)?(?:Base|Root)\s+(?:API\s+)?(?:URL|Path|URI|Route|Prefix|Endpoint)s?[^:\n]{0,30}?[*_`]*:?[*_`\s]*(?P<rest>.*)$"
    r"|^[\s>*+#_`-]*(?:Prefix|Router Prefix|Path Prefix)[*_`]*:[*_`\s]*(?P<prefix>.*)$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?P<url>https?://[^\s`\"'<>|)]+|(?<![\w/.])/[\w./{}-]+)")
_OPENAPI_FENCE = re.compile(r"^[ \t\"{]*(?:openapi|swagger|paths)[\"]?[ \t]*:|^[ \t]*/[\w{}/-]*:[ \t]*$", re.MULTILINE)
_ADDRESS_TITLE = re.compile(
    r"(?:the )?(?:api )?(?:end-?point|request|url|route|http|method|path|address)\b"
    r"(?!\s+(?:pattern|convention|flow|rule)s?\b)",
    re.IGNORECASE,
)
"""Titles of sections that only name the operation, whose text goes on in the next section."""
MOST_OPERATIONS = 2_000


def read_markdown(text: str) -> ContractFacts:
    """The facts of a Markdown contract; never raises."""
    document = scan(text)
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = sections(document)
    embedded = [facts for fence in document.fences if (facts := _embedded(fence, raw)) is not None]
    outline = Outline(found)
    begun = _distinct([*islice(starts(document, outline, raw), MOST_OPERATIONS)], outline)
    servers = tuple(_servers(document, raw))
    told = _told(document, outline, begun, servers)
    sketched = _sketched(document, {start.line for start in begun}, servers)
    operations = [*told, *sketched, *(operation for facts in embedded for operation in facts.operations)]
    title = next((section.title for section in found), "")
    return _joined(title, operations[:MOST_OPERATIONS], embedded)


def _joined(title: str, operations: list[Operation], embedded: list[ContractFacts]) -> ContractFacts:
    operations.sort(key=lambda operation: operation.span)
    held = [facts.definitions for facts in embedded]
    return ContractFacts(
        form="markdown" if operations else "other",
        title=title,
        operations=tuple(operations),
        schemes=tuple(scheme for facts in embedded for scheme in facts.schemes),
        definitions=Definitions(
            schemas=tuple(item for part in held for item in part.schemas),
            parameters=tuple(item for part in held for item in part.parameters),
            responses=tuple(item for part in held for item in part.responses),
            bodies=tuple(item for part in held for item in part.bodies),
            items=tuple(item for part in held for item in part.items),
        ),
        references=tuple(reference for facts in embedded for reference in facts.references),
        faults=tuple(fault for facts in embedded for fault in facts.faults),
    )


def _embedded(fence: Fence, raw: list[str]) -> ContractFacts | None:
    """An OpenAPI document, or the paths of one, in a fence. Empty lines in front keep the lines of the file."""
    if fence.language not in ("yaml", "yml", "json", "openapi") or not _OPENAPI_FENCE.search(fence.text[:4000]):
        return None
    from constitution_lint.readers.contract.nodes import Mapping, read_tree
    from constitution_lint.readers.contract.openapi import facts_of, is_openapi
    from constitution_lint.readers.contract.validity import faults_of

    lines = raw[fence.span.line : fence.span.end_line - 1]
    document = read_tree("\n" * fence.span.line + "\n".join(lines))
    root = document.root
    if not isinstance(root, Mapping):
        return None
    if is_openapi(root):
        faults = [*document.faults, *(() if document.broken else faults_of(root))]
        return msgspec.structs.replace(facts_of(root), faults=tuple(faults))
    if any(key.startswith("/") for key in root.pairs):
        holder = Mapping(root.span)
        holder.pairs["paths"] = (next(iter(root.pairs.values()))[0], root)
        return facts_of(holder)
    return facts_of(root) if "paths" in root.pairs else None


def _told(document: Lines, outline: Outline, begun: list[Start], servers: tuple[Server, ...]) -> Iterator[Operation]:
    """Operations with text of their own: each reaches to the next one or to the end of its section."""
    defaults = _defaults(document, outline.sections, begun)
    fence_lines = [fence.span.line for fence in document.fences]
    starting = sorted({start.line for start in begun})
    read: dict[tuple[int, int], Promises] = {}
    for start in begun:
        after = bisect_right(starting, start.line)
        following = starting[after] if after < len(starting) else None
        last = _last_line(outline, start, following, len(document.lines))
        if (start.line, last) not in read:
            fences = document.fences[bisect_left(fence_lines, start.line) : bisect_right(fence_lines, last)]
            read[start.line, last] = promises(document.below(start.line, last), fences, _default(defaults, start.line))
        said = read[start.line, last]
        yield Operation(
            start.span,
            method=start.method,
            path=start.path,
            parameters=said.parameters,
            body=said.body,
            responses=said.responses,
            security=said.security,
            servers=servers,
        )


class _Default(NamedTuple):
    """What the document says of all operations between two lines."""

    first: int
    last: int
    security: tuple[Requirement, ...]


def _defaults(document: Lines, found: Sequence[Section], begun: Sequence[Start]) -> list[_Default]:
    """Sentences such as "all endpoints require a token": each holds for its section of level 2 when that has
    operations of its own, otherwise for the document."""
    first = begun[0].line if begun else 0
    chapters = [section for section in found if section.level == 2]
    said: list[_Default] = []
    for chapter in chapters:
        starts_within = [start.line for start in begun if chapter.span.line <= start.line <= chapter.last_line]
        if starts_within:
            security = protects_all(document.below(chapter.span.line, starts_within[0] - 1))
            if security is not None:
                said.append(_Default(chapter.span.line, chapter.last_line, security))
    outside = [
        line for line in document.below(1, first - 1) if not any(one.first <= line.number <= one.last for one in said)
    ]
    security = protects_all(outside)
    if security is not None:
        said.append(_Default(1, len(document.lines), security))
    return said


def _default(defaults: Sequence[_Default], line: int) -> tuple[Requirement, ...] | None:
    return next((one.security for one in defaults if one.first <= line <= one.last), None)


def _distinct(begun: Sequence[Start], outline: Outline) -> list[Start]:
    """The starts without repetitions: below its own heading an operation is often named again, at times in full."""
    kept: list[Start] = []
    reaching: list[tuple[int, int]] = []
    for start in begun:
        reaching = [(index, end) for index, end in reaching if end >= start.line]
        first = next((index for index, _ in reaching if _repeats(start, kept[index])), None)
        if first is None:
            section = outline.of_heading(start.line) if start.level else None
            reaching.append((len(kept), section.last_line if section is not None else start.line + 4))
            kept.append(start)
        elif len(start.path) > len(kept[first].path):
            kept[first] = kept[first]._replace(path=start.path)
    return kept


def _repeats(start: Start, earlier: Start) -> bool:
    return not start.level and start.method == earlier.method and start.path.endswith(earlier.path)


def _last_line(outline: Outline, start: Start, following: int | None, total: int) -> int:
    """To the next operation, and not beyond the section that the operation's own heading opens or that it stands in."""
    around = outline.around(start.line)
    if start.level:
        own = outline.of_heading(start.line)
        end = own.last_line if own is not None else total
    else:
        wide = [section for section in around if section.level >= 2 and not _ADDRESS_TITLE.match(section.title)]
        end = wide[-1].last_line if wide else total
        if around and around[-1].level == 1:
            end = total
    return min(end, following - 1) if following is not None else end


def _servers(document: Lines, raw: list[str]) -> Iterator[Server]:
    """Base addresses: on the line of the label, or on the lines right below it, in a fence or a list."""
    for line in document.lines[:400]:
        if line.kind not in ("heading", "text", "item"):
            continue
        match = _BASE.match(line.text[:LINE_LIMIT])
        if match is None:
            continue
        rest = match["rest"] or match["prefix"] or ""
        below = raw[line.number : line.number + 5] if not _ADDRESS.search(rest) else []
        for offset, text in enumerate([rest, *below]):
            if offset and text.startswith("#"):
                break
            for address in _ADDRESS.finditer(text[:LINE_LIMIT]):
                yield Server(Span(line.number + offset, 1, line.number + offset, 2), address["url"].rstrip(".,;"))


def _sketched(document: Lines, taken: set[int], servers: tuple[Server, ...]) -> Iterator[Operation]:
    """Operations that a table row or a list item names."""
    rows: set[int] = set()
    for table in tables(document.lines):
        for row in table.rows:
            if row and row[0].span.line not in taken:
                rows.add(row[0].span.line)
                yield from _of_row(table, row, servers)
    for line in document.lines:
        if line.kind == "item" and line.number not in taken and line.number not in rows:
            named = list(mentions(line))
            if named and _leads(line, named[0][0]):
                yield from (_sketch(span, method, path, servers) for span, method, path in named)


def _leads(line: Line, span: Span) -> bool:
    """Does the item begin with the operation? Otherwise it only speaks of it ("401 when GET /x has no token")."""
    before = line.text[line.column - 1 : span.column - 1]
    return not before.strip(" `*_[]()\t") or bool(re.fullmatch(r"[`*_\s]*[\w /-]{1,30}[:*–—`\s-]{1,5}", before))


def _of_row(table: Table, row: tuple[Cell, ...], servers: tuple[Server, ...]) -> Iterator[Operation]:
    methods, path, span = _named_in(row)
    if not methods:
        return
    auth_column = table.column("auth", "protected", "security", "access", "token")
    security: tuple[Requirement, ...] | None = None
    if auth_column is not None and auth_column < len(row):
        needed = says_token(row[auth_column].text)
        cell = row[auth_column].span
        security = None if needed is None else (Requirement(cell, ("bearer",)),) if needed else ()
    responses = tuple(_stated_statuses(table, row))
    for method in methods:
        sketch = _sketch(span, method, path, servers)
        yield msgspec.structs.replace(sketch, security=security, responses=responses)


def _named_in(row: tuple[Cell, ...]) -> tuple[list[str], str, Span]:
    """Verbs, path and span of a row: one cell holds both, or one each."""
    whole = re.compile(rf"^[`*\s]*((?:{METHODS})(?:\s*[/,|]\s*(?:{METHODS}))*)[`*\s:]+(/[^\s`*]*)[`*\s]*(?:\(.*\))?$")
    for cell in row[:3]:
        if match := whole.match(cell.raw):
            return re.findall(METHODS, match[1]), path_of(match[2]), cell.span
    verb = next(
        (cell for cell in row[:4] if re.fullmatch(rf"(?:{METHODS})(?:\s*[/,]\s*(?:{METHODS}))*", cell.text)), None
    )
    path = next((cell for cell in row[:4] if re.match(r"^[`*\s]*/[^\s`]*[`*\s]*$", cell.raw)), None)
    if verb is None or path is None:
        return [], "", row[0].span
    return re.findall(METHODS, verb.text), path_of(path.raw.strip("`* ")), path.span


def _stated_statuses(table: Table, row: tuple[Cell, ...]) -> Iterator[Response]:
    column = table.column("status", "success", "response", "returns", "code")
    if column is None or column >= len(row):
        return
    for status in dict.fromkeys(re.findall(r"(?<![\w.-])[2-5]\d\d(?![\w-])", row[column].text)):
        yield Response(row[column].span, status)


def _sketch(span: Span, method: str, path: str, servers: tuple[Server, ...]) -> Operation:
    return Operation(span, method=method, path=path, servers=servers, sketch=True)
