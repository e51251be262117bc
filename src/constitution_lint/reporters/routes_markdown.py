"""The route table as GitHub-flavoured Markdown, for reviews and wikis."""

from constitution_lint.reporters.markdown import cell, code, table
from constitution_lint.reporters.route_rows import COLUMNS, Row, cells, reasons, summary


def render(rows: tuple[Row, ...], verbose: bool = False) -> str:
    """One row a route; `verbose` adds a column with the reasons."""
    titles = (*COLUMNS, "why") if verbose else COLUMNS
    lines = table(titles, (_row(row, verbose) for row in rows))
    return "\n".join(["## Routes", "", *lines, "", cell(summary(rows))]) + "\n"


def _row(row: Row, verbose: bool) -> tuple[str, ...]:
    method, path, handler, *others = cells(row)
    shown = (method, code(path), code(handler), *(cell(text) for text in others))
    return (*shown, "<br>".join(cell(reason) for reason in reasons(row.route))) if verbose else shown
