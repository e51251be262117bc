"""The Complexity Tracking table: what the plan excuses, and why."""

from collections.abc import Sequence

from constitution_lint.facts.document import ComplexityRow, Section
from constitution_lint.readers.markdown.lines import Lines
from constitution_lint.readers.markdown.tables import Cell, Table, tables


def complexity(document: Lines, found: Sequence[Section]) -> tuple[ComplexityRow, ...]:
    """The rows of every table below a heading "Complexity Tracking", or with that table's own columns."""
    rows: list[ComplexityRow] = []
    covered = 0
    for section in found:
        title = section.title.casefold()
        if section.span.line > covered and ("complexity" in title or "deviation" in title or "violation" in title):
            covered = section.last_line
            for table in tables(document.below(section.span.line + 1, section.last_line)):
                rows.extend(_rows(table))
    return tuple(rows)


def _rows(table: Table) -> list[ComplexityRow]:
    """The rows of a table that excuses: one of items and their states, without a column of reasons, does not."""
    violation = table.column("violation", "deviation", "principle", "complexity", "item")
    if violation is None:
        return []
    reason = table.column("why", "justif", "reason", "rationale")
    if reason is None and table.column("violation", "deviation") is None:
        return []
    return [_row(row, violation, reason) for row in table.rows if violation < len(row) and row[violation].raw]


def _row(row: Sequence[Cell], violation: int, reason: int | None) -> ComplexityRow:
    template = row[violation].raw.startswith("[") and row[violation].raw.rstrip("*").endswith("]")
    return ComplexityRow(row[violation].span, row[violation].text, _at(row, reason), template)


def _at(row: Sequence[Cell], column: int | None) -> str:
    return row[column].text if column is not None and column < len(row) else ""
