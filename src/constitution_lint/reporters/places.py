"""Places as other tools count them: UTF-16 columns, existing lines, paths as URIs."""

from constitution_lint.facts.location import Location, utf16_column
from constitution_lint.findings import Report
from constitution_lint.reporters.look import Look


def line_text(report: Report, location: Location, number: int) -> str:
    """A source line as the report excerpted it; empty where it did not."""
    return report.excerpts.get(location.file, {}).get(number, "")


def utf16_range(report: Report, location: Location) -> tuple[int, int, int, int]:
    """Start line and column, end line and column: lines 1-based, columns 0-based in UTF-16 units, end exclusive."""
    span = location.span
    start = utf16_column(line_text(report, location, span.line), span.column)
    end = utf16_column(line_text(report, location, span.end_line), span.end_column)
    if (span.end_line, end) < (span.line, start):
        return span.line, start, span.line, start
    return span.line, start, span.end_line, end


def uri_path(path: str) -> str:
    """A relative path as a URI reference (RFC 3986): everything but unreserved characters and slashes is escaped."""
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"))


def file_uri(root: str, path: str) -> str:
    whole = f"{root.rstrip('/')}/{path}" if path not in ("", ".") else root
    return f"file://{'' if whole.startswith('/') else '/'}{uri_path(whole)}"


def relative_prefix(look: Look) -> str:
    """What leads from where the tool ran to the target, where paths must be relative; nothing from outside."""
    return "" if look.prefix.startswith(("/", "..")) else look.prefix
