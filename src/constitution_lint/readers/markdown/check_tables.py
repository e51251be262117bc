"""A Constitution Check drawn as a table: which column names the gate, which one answers."""

import re
from collections.abc import Sequence

from constitution_lint.facts.document import CheckItem, Mark
from constitution_lint.readers.markdown import status_marks
from constitution_lint.readers.markdown.answers import Answer, count_of, is_summary_name
from constitution_lint.readers.markdown.tables import Cell, Table

_STATUS_HEADINGS = (
    "status",
    "pass",
    "complian",
    "result",
    "met",
    "verdict",
    "✓",
    "✅",
    "check",
    "answer",
    "state",
    "conform",
)
_NAME_HEADINGS = (
    "principle",
    "gate",
    "article",
    "requirement",
    "rule",
    "name",
    "criteri",
    "standard",
    "constraint",
    "check",
    "princípio",
    "principio",
    "principe",
    "prinzip",
    "artigo",
    "regla",
    "regra",
    "原则",
    "原則",
    "принцип",
)
_CODE = re.compile(r"(?:[A-Za-z]{1,3}[-.]?|(?:Gate|Principle|Article|Rule|Check) ?)?\d{1,3}(?:\.\d+)*")
"""A number, or what stands for one: "G1", "P-03", "Gate 2"."""
_NUMBER_HEADINGS = frozenset(("#", "no", "no.", "nr", "id", "number", "§"))


def table_answers(table: Table, group: str = "") -> list[Answer]:
    """One answer a row. A table without any status yields weak answers, one that only counts gates none."""
    if table.rows and all(len(row) == 2 and count_of(f"{row[0].text}: {row[1].text}") for row in table.rows):
        return []
    status_column = _status_column(table)
    name_column = _name_column(table, status_column)
    answers = [_row_answer(row, name_column, status_column, group) for row in table.rows]
    return [answer for answer in answers if answer]


def _status_column(table: Table) -> int | None:
    """The column with most cells that read as a status; the heading decides between equals."""
    width = max((len(row) for row in table.rows), default=0)
    best: tuple[int, int, int] | None = None
    for column in range(width):
        hits = sum(_reads_as_status(row, column) for row in table.rows)
        named = _heading_has(table, column, _STATUS_HEADINGS)
        if hits and (named or hits * 2 >= len(table.rows)):
            best = max(best or (0, 0, -width), (hits, named, -column))
    return -best[2] if best else None


def _reads_as_status(row: Sequence[Cell], column: int) -> bool:
    if column >= len(row):
        return False
    text = row[column].text
    status = status_marks.of_cell(text)
    return status is not None and (len(text) <= 40 or bool(status_marks.signs(text[:4])))


def _heading_has(table: Table, column: int, words: Sequence[str]) -> int:
    if column >= len(table.header):
        return 0
    heading = table.header[column].text.casefold()
    return int(any(word in heading for word in words))


def _name_column(table: Table, status_column: int | None) -> int:
    for column in range(len(table.header)):
        if column != status_column and _heading_has(table, column, _NAME_HEADINGS):
            return _past_number(table, column, status_column)
    return _past_number(table, 0, status_column)


def _past_number(table: Table, column: int, status_column: int | None) -> int:
    """The next column when this one only numbers the rows."""
    heading = table.header[column].text.casefold() if column < len(table.header) else ""
    cells = [row[column].text.strip(" .)") for row in table.rows if column < len(row)]
    numbers = heading in _NUMBER_HEADINGS or (bool(cells) and all(_roman(c) or _CODE.fullmatch(c) for c in cells))
    following = column + 1
    return following + (following == status_column) if numbers or column == status_column else column


def _roman(text: str) -> bool:
    return bool(text) and set(text.upper()) <= set("IVXLC")


def _row_answer(row: Sequence[Cell], name_column: int, status_column: int | None, group: str) -> Answer | None:
    if name_column >= len(row) or not row[name_column].raw:
        return None
    cell = row[name_column]
    status: Mark | None = None
    if status_column is not None and status_column < len(row):
        status = status_marks.of_cell(row[status_column].text)
    name = status_marks.without_signs(cell.text).strip(" :")
    if not name or name.strip(".… ") == "":
        return None
    said = " | ".join(c.text for i, c in enumerate(row) if i not in (name_column, status_column))
    item = CheckItem(cell.span, name[:160], status or "unmarked", said[:400], _is_template(row, status), group)
    return Answer(item, status_column is None, is_summary_name(name))


def _is_template(row: Sequence[Cell], status: Mark | None) -> bool:
    return status is None and any(cell.raw.startswith("[") and cell.raw.endswith("]") for cell in row)
