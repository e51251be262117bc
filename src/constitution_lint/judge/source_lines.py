"""The lines of the target's files, for excerpts, fingerprints and waiver comments; read on demand, kept for one run."""

from collections.abc import Callable, Iterable

from constitution_lint.discovery.kinds import is_env_file
from constitution_lint.facts.location import LineIndex, Location, Span
from constitution_lint.facts.source import decode

_SHOWN, _MASK = 4, "•"
_CONTEXT = 2
"""Lines kept on either side of a place, for frames."""
_LONGEST_SPAN = 12
_WIDEST = 400


class Texts:
    """`read` gives the bytes of a path, or raises OSError; a file that cannot be read has no lines.

    `before` are the texts of an earlier run: files whose bytes are the same are not split into lines again.
    """

    def __init__(self, read: Callable[[str], bytes], before: "Texts | None" = None) -> None:
        self._read = read
        self._before = before._indexes if before is not None else {}
        self._indexes: dict[str, tuple[bytes, LineIndex]] = {}

    def index(self, file: str) -> LineIndex:
        if file not in self._indexes:
            self._indexes[file] = self._index(file)
        return self._indexes[file][1]

    def _index(self, file: str) -> tuple[bytes, LineIndex]:
        try:
            data = self._read(file)
        except (OSError, ValueError):
            data = b""
        known = self._before.get(file)
        return known if known is not None and known[0] == data else (data, LineIndex(decode(data)))

    def line(self, file: str, number: int) -> str:
        return self.index(file).line(number)

    def lines_of(self, file: str, span: Span) -> list[str]:
        """The lines a span touches, at most a dozen."""
        last = min(max(span.end_line, span.line), span.line + _LONGEST_SPAN - 1)
        return [self.line(file, number) for number in range(span.line, last + 1)]

    def excerpts(self, locations: Iterable[Location], secrets: Iterable[Location] = ()) -> dict[str, dict[int, str]]:
        """The lines around each place, by file and number, both in order; of secrets only how they begin."""
        wanted: dict[str, set[int]] = {}
        for location in locations:
            span = location.span
            last = min(max(span.end_line, span.line), span.line + _LONGEST_SPAN - 1)
            numbers = range(max(1, span.line - _CONTEXT), last + _CONTEXT + 1)
            wanted.setdefault(location.file, set()).update(numbers)
        found = {file: self._excerpt(file, numbers) for file, numbers in sorted(wanted.items()) if file}
        for place in secrets:
            lines = found.get(place.file, {})
            for number in range(place.span.line, max(place.span.end_line, place.span.line) + 1):
                if number in lines:
                    lines[number] = _masked(lines[number], number, place.span)
        return found

    def _excerpt(self, file: str, numbers: set[int]) -> dict[int, str]:
        count = len(self.index(file).starts)
        shown = _without_value if is_env_file(file) else str
        return {number: shown(self.line(file, number))[:_WIDEST] for number in sorted(numbers) if number <= count}


def _masked(line: str, number: int, span: Span) -> str:
    """A line with the span in it unreadable but for its first characters, by which its owner knows it."""
    start = span.column - 1 if number == span.line else 0
    end = span.end_column - 1 if number == span.end_line else len(line)
    shown = start + _SHOWN if number == span.line else start
    return line[:shown] + _MASK * (min(end, len(line)) - shown) + line[end:] if shown < end else line


def _without_value(line: str) -> str:
    """A line of an environment file as a report may show it: no secret goes on into the log of a build."""
    name, given, value = line.partition("=")
    if given:
        return f"{name}=…" if value.strip() else line
    return "…" if line.strip() and not line.lstrip().startswith("#") else line
