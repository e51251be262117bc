"""A report as GitHub-flavoured Markdown: for job summaries, pull request comments, wikis."""

from collections.abc import Iterable, Iterator

from constitution_lint.findings import Finding, GateReport, Report, Severity, Verdict
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.gate_table import claimed, summary
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.text import in_order, last_line

SUMMARY_LIMIT = 1_048_576
"""Bytes of a job summary; GitHub refuses a longer one as a whole."""
_SPARE = 512
_ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]|~#"})
_VERDICT = {
    Verdict.HELD: "✅ held",
    Verdict.BROKEN: "❌ broken",
    Verdict.WAIVED: "☑️ waived",
    Verdict.UNPROVEN: "❔ unproven",
    Verdict.NOT_EXAMINED: "➖ not examined",
}
_SEVERITY = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "ℹ️ note"}


def render(report: Report, look: Look, limit: int | None = None) -> str:
    """The whole report; with a limit in bytes the findings end on the last row that fits."""
    head = "\n".join(_head(report))
    rows = [_row(finding, look) for finding in in_order(look.shown(report))]
    tail = "\n".join(_tail(report, look))
    if not rows:
        return f"{head}\n{tail}\n"
    opening = "\n### Findings\n\n| severity | rule | place | what is |\n| --- | --- | --- | --- |"
    if limit is not None:
        rows = _fitting(rows, limit - _SPARE - len(f"{head}{opening}{tail}".encode(errors="replace")))
    return "\n".join([head, opening, *rows, tail]) + "\n"


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table of cells that are escaped already."""
    names = list(titles)
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def cell(text: str) -> str:
    """Text as a cell shows it literally: no markup, no HTML, no mention, on one line."""
    text = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return text.translate(_ESCAPES)


def code(text: str) -> str:
    """Inline code in a cell, or plain text where a pipe or backtick would end it."""
    return cell(text) if "|" in text or "`" in text else f"`{visible(text)}`"


def _head(report: Report) -> Iterator[str]:
    yield "## Constitution gates"
    yield ""
    yield cell(last_line(report))
    yield ""
    yield from table(("#", "gate", "plans say", "verdict", "evidence"), (_gate(gate, report) for gate in report.gates))


def _gate(gate: GateReport, report: Report) -> tuple[str, ...]:
    evidence = summary(gate, report)
    if gate.verdict == Verdict.UNPROVEN and gate.reasons:
        more = f" (and {len(gate.reasons) - 1} more)" if len(gate.reasons) > 1 else ""
        evidence = f"{evidence}; {gate.reasons[0]}{more}" if evidence else f"{gate.reasons[0]}{more}"
    return str(gate.number), gate.gate, claimed(gate.claims) or "–", _VERDICT[gate.verdict], cell(evidence)


def _row(finding: Finding, look: Look) -> str:
    place = f"{look.prefix}{finding.location.place}"
    said = cell(finding.message)
    if finding.related:
        first = finding.related[0]
        said += f"<br>{code(f'{look.prefix}{first.location.place}')} {cell(first.message)}"
    if finding.waiver is not None:
        said += f"<br>waived: {cell(finding.waiver.reason)}"
    return f"| {_SEVERITY[finding.severity]} | {finding.rule} | {code(place)} | {said} |"


def _fitting(rows: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for row in rows:
        room -= len(row.encode(errors="replace")) + 1
        if room < 0:
            return [*kept, f"| | | | and {len(rows) - len(kept)} more findings |"]
        kept.append(row)
    return kept


def _tail(report: Report, look: Look) -> Iterator[str]:
    yield ""
    if report.unreadable:
        yield f"<details><summary>{len(report.unreadable)} places could not be read</summary>"
        yield ""
        for lost in report.unreadable[:100]:
            yield f"- {code(f'{look.prefix}{lost.location.place}')} {cell(lost.reason)}"
        yield ""
        yield "</details>"
    for note in report.notes:
        yield f"- {cell(note)}"
