"""A report as Checkstyle writes XML: one element a file, which many servers and editors take in."""

from html import escape

from constitution_lint.findings import Report, Severity
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.look import Look

_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


def render(report: Report, look: Look) -> str:
    files: dict[str, list[str]] = {file: [] for file in look.named}
    for finding in look.shown(report):
        span = finding.location.span
        element = _error(span.line, span.column, _SEVERITY[finding.severity], finding.message, finding.rule)
        files.setdefault(finding.location.file, []).append(element)
    for lost in report.unreadable:
        span = lost.location.span
        element = _error(span.line, span.column, "warning", f"could not be read: {lost.reason}", "unreadable")
        files.setdefault(lost.location.file, []).append(element)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<checkstyle version="10.0">']
    for file in sorted(files):
        lines += [f'  <file name="{attribute(look.prefix + file)}">', *files[file], "  </file>"]
    return "\n".join([*lines, "</checkstyle>"]) + "\n"


def attribute(text: str) -> str:
    """Text as the value of an XML attribute: what XML 1.0 cannot hold at all becomes a visible sign."""
    return escape(visible(text))


def _error(line: int, column: int, severity: str, message: str, rule: str) -> str:
    return (
        f'    <error line="{line}" column="{column}" severity="{severity}" message="{attribute(message)}" '
        f'source="constitution-lint.{rule}"/>'
    )
