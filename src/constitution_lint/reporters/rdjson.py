"""A report in the Reviewdog Diagnostic Format: lines from 1, columns from 1 in bytes of UTF-8 (diagnostic.proto)."""

from constitution_lint.facts.location import Location
from constitution_lint.findings import Finding, Report, Severity
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import line_text, relative_prefix

_SEVERITY = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}

Fields = dict[str, object]


def render(report: Report, look: Look) -> str:
    diagnostics = [_diagnostic(finding, report, look) for finding in look.shown(report)]
    return dumps({"source": {"name": "constitution-lint"}, "diagnostics": diagnostics})


def _diagnostic(finding: Finding, report: Report, look: Look) -> Fields:
    told: Fields = {
        "message": finding.message,
        "location": _location(finding.location, report, look),
        "severity": _SEVERITY[finding.severity],
        "code": {"value": finding.rule},
    }
    if finding.related:
        told["relatedLocations"] = [
            {"message": one.message, "location": _location(one.location, report, look)} for one in finding.related
        ]
    return told


def _location(location: Location, report: Report, look: Look) -> Fields:
    span = location.span
    return {
        "path": f"{relative_prefix(look)}{location.file}",
        "range": {
            "start": _position(location, span.line, span.column, report),
            "end": _position(location, span.end_line, span.end_column, report),
        },
    }


def _position(location: Location, line: int, column: int, report: Report) -> Fields:
    before = line_text(report, location, line)[: column - 1]
    return {"line": line, "column": len(before.encode(errors="replace")) + 1}
