"""A report as GitLab reads code quality: an array of issues, each with a fingerprint of its own and its first line."""

from constitution_lint.findings import Finding, Report, Severity
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import relative_prefix

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report, look: Look) -> str:
    return dumps([_issue(finding, look) for finding in look.shown(report)])


def _issue(finding: Finding, look: Look) -> dict[str, object]:
    span = finding.location.span
    return {
        "description": finding.message,
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITY[finding.severity],
        "location": {
            "path": f"{relative_prefix(look)}{finding.location.file}",
            "lines": {"begin": span.line, "end": max(span.line, span.end_line)},
        },
    }
