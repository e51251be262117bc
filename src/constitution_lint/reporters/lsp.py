"""A report as the Language Server Protocol writes diagnostics: an array of PublishDiagnosticsParams, one for each file.

LSP 3.17, section "PublishDiagnostics": lines and columns from 0, columns in UTF-16 units, severity 1 to 4. An editor
may agree on other units with the server, which therefore says how to count.
"""

from collections.abc import Callable, Iterable

from constitution_lint.facts.location import Location, utf16_column
from constitution_lint.findings import Finding, Related, Report, Severity, UnreadableFile
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import file_uri, line_text

_SEVERITY = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.NOTE: 3}
_SOURCE = "constitution-lint"

Fields = dict[str, object]
Column = Callable[[str, int], int]
"""From a line and a column in code points, from 1, to the column as the editor counts, from 0."""


def render(report: Report, look: Look) -> str:
    files = diagnostics(report, look.shown(report), named=look.named)
    return dumps([{"uri": file_uri(report.root, file), "diagnostics": files[file]} for file in sorted(files)])


def diagnostics(
    report: Report, findings: Iterable[Finding], column: Column = utf16_column, named: Iterable[str] = ()
) -> dict[str, list[Fields]]:
    """Diagnostics by file, relative to the root; those named have an entry in any case."""
    files: dict[str, list[Fields]] = {file: [] for file in named}
    for finding in findings:
        files.setdefault(finding.location.file, []).append(_diagnostic(finding, report, column))
    for lost in report.unreadable:
        files.setdefault(lost.location.file, []).append(_unreadable(lost, report, column))
    return files


def _diagnostic(finding: Finding, report: Report, column: Column) -> Fields:
    return {
        "range": _range(finding.location, report, column),
        "severity": _SEVERITY[finding.severity],
        "code": finding.rule,
        "source": _SOURCE,
        "message": finding.message,
        "relatedInformation": [_related(one, report, column) for one in finding.related],
        "data": {
            "gate": finding.gate,
            "fingerprint": finding.fingerprint,
            "waived": finding.waiver.reason if finding.waiver is not None else None,
        },
    }


def _unreadable(lost: UnreadableFile, report: Report, column: Column) -> Fields:
    return {
        "range": _range(lost.location, report, column),
        "severity": _SEVERITY[Severity.WARNING],
        "code": "unreadable",
        "source": _SOURCE,
        "message": lost.reason,
    }


def _related(one: Related, report: Report, column: Column) -> Fields:
    place = {"uri": file_uri(report.root, one.location.file), "range": _range(one.location, report, column)}
    return {"location": place, "message": one.message}


def _range(location: Location, report: Report, column: Column) -> Fields:
    span = location.span
    end = max((span.end_line, span.end_column), (span.line, span.column))
    return {
        "start": _position(location, span.line, span.column, report, column),
        "end": _position(location, *end, report, column),
    }


def _position(location: Location, line: int, at: int, report: Report, column: Column) -> Fields:
    return {"line": line - 1, "character": column(line_text(report, location, line), at)}
