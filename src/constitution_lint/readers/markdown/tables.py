"""Tables: rows cut into cells with their columns, pipes in code and behind a backslash left alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import LINE_LIMIT, plain
from constitution_lint.readers.markdown.lines import Line

CELL_LIMIT = 64


class Cell(NamedTuple):
    raw: str
    span: Span

    @property
    def text(self) -> str:
        return plain(self.raw)


class Table(NamedTuple):
    """A table: the header's cells (empty when it has none) and the body's rows."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, *words: str) -> int | None:
        """The first column whose heading holds one of the given lower-case words."""
        for index, cell in enumerate(self.header):
            heading = cell.text.casefold()
            if any(word in heading for word in words):
                return index
        return None


def tables(lines: Sequence[Line]) -> Iterator[Table]:
    """Every table among the lines: runs of rows, a delimiter below the first making that one the header."""
    block: list[Line] = []
    for position, line in enumerate(lines):
        if line.kind in ("row", "delimiter") or _loose_row(lines, position, bool(block)):
            block.append(line)
        elif block:
            yield from _table(block)
            block = []
    if block:
        yield from _table(block)


def _loose_row(lines: Sequence[Line], position: int, inside: bool) -> bool:
    """A row without an outer pipe: text with a pipe, next to a delimiter row or inside a table."""
    line = lines[position]
    if line.kind != "text" or "|" not in line.body:
        return False
    following = lines[position + 1].kind if position + 1 < len(lines) else "blank"
    return inside or following == "delimiter"


def _table(block: list[Line]) -> Iterator[Table]:
    delimiter = next((i for i, line in enumerate(block) if line.kind == "delimiter"), None)
    header: tuple[Cell, ...] = ()
    body = block
    if delimiter is not None and delimiter > 0:
        header, body = cells(block[delimiter - 1]), block[delimiter + 1 :]
    rows = tuple(cells(line) for line in body if line.kind != "delimiter")
    if header or rows:
        yield Table(header, rows)


def cells(line: Line) -> tuple[Cell, ...]:
    """The cells of one row."""
    text = line.text[:LINE_LIMIT]
    start = line.column - 1
    if text[start : start + 1] == "|":
        start += 1
    found: list[Cell] = []
    for end in _pipes(text, start):
        found.append(_cell(line.number, text, start, end))
        start = end + 1
        if len(found) >= CELL_LIMIT:
            return tuple(found)
    if text[start:].strip():
        found.append(_cell(line.number, text, start, len(text)))
    return tuple(found)


def _pipes(text: str, start: int) -> Iterator[int]:
    in_code = False
    for index in range(start, len(text)):
        character = text[index]
        if character == "`" and (in_code or text.find("`", index + 1) > 0):
            in_code = not in_code
        elif character == "|" and not in_code and text[index - 1] != "\\":
            yield index


def _cell(number: int, text: str, start: int, end: int) -> Cell:
    raw = text[start:end]
    lead = len(raw) - len(raw.lstrip())
    stripped = raw.strip()
    column = start + lead + 1 if stripped else start + 1
    return Cell(stripped, Span(number, column, number, column + len(stripped)))
