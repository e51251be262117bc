"""A report as the Language Server Protocol writes diagnostics: an array of PublishDiagnosticsParams, one for each file.

LSP 3.17, section "PublishDiagnostics": lines and columns from 0, columns in UTF-16 units, severity 1 to 4.
"""

from constitution_lint.facts.location import Location
from constitution_lint.findings import Finding, Related, Report, Severity, UnreadableFile
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import file_uri, utf16_range

_SEVERITY = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.NOTE: 3}
_SOURCE = "constitution-lint"

Fields = dict[str, object]


def render(report: Report, look: Look) -> str:
    files: dict[str, list[Fields]] = {file: [] for file in look.named}
    for finding in look.shown(report):
        files.setdefault(finding.location.file, []).append(_diagnostic(finding, report))
    for lost in report.unreadable:
        files.setdefault(lost.location.file, []).append(_unreadable(lost, report))
    return dumps([{"uri": file_uri(report.root, file), "diagnostics": files[file]} for file in sorted(files)])


def _diagnostic(finding: Finding, report: Report) -> Fields:
    return {
        "range": _range(finding.location, report),
        "severity": _SEVERITY[finding.severity],
        "code": finding.rule,
        "source": _SOURCE,
        "message": finding.message,
        "relatedInformation": [_related(one, report) for one in finding.related],
        "data": {
            "gate": finding.gate,
            "fingerprint": finding.fingerprint,
            "waived": finding.waiver.reason if finding.waiver is not None else None,
        },
    }


def _unreadable(lost: UnreadableFile, report: Report) -> Fields:
    return {
        "range": _range(lost.location, report),
        "severity": _SEVERITY[Severity.WARNING],
        "code": "unreadable",
        "source": _SOURCE,
        "message": lost.reason,
    }


def _related(one: Related, report: Report) -> Fields:
    place = {"uri": file_uri(report.root, one.location.file), "range": _range(one.location, report)}
    return {"location": place, "message": one.message}


def _range(location: Location, report: Report) -> Fields:
    line, column, end_line, end_column = utf16_range(report, location)
    return {
        "start": {"line": line - 1, "character": column},
        "end": {"line": end_line - 1, "character": end_column},
    }
