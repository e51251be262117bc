"""A finding as a frame: what is said, the source line with carets, and the related lines below it.

error[false-claim]: the plan says that "User Data Isolation" passes, and …
   ╭─ specs/001-todo/plan.md:38:3
38 │ - [x] **User Data Isolation**: all queries are filtered
   │   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   ├─ backend/routes/tasks.py:52:12
52 │     task = session.get(Task, task_id)
   │            ~~~~~~~~~~~~~~~~~~~~~~~~~~ the row is read by the client's key alone
"""

from collections.abc import Iterator

from constitution_lint.facts.location import Location
from constitution_lint.findings import Finding, Related, Report
from constitution_lint.reporters.cells import pieces, visible, width, wrapped
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import SEVERITY, lines, link, paint
from constitution_lint.reporters.places import file_uri

_MOST_RELATED = 5
_CONTEXT_LEFT = 20
"""Cells kept before a caret that stands beyond the width."""


def frame(finding: Finding, report: Report, look: Look) -> Iterator[str]:
    """The lines of one frame."""
    related = finding.related[:_MOST_RELATED]
    places = [finding.location, *(one.location for one in related)]
    gutter = max(len(str(place.span.line)) for place in places) + 1
    yield from heading(finding, look)
    yield from _stretch(finding.location, "^", lines(look).top, "", gutter, report, look)
    for one in related:
        yield from _related(one, gutter, report, look)
    left = len(finding.related) - len(related)
    if left:
        yield paint(look, "dim", f"{' ' * gutter} {lines(look).more} and {left} more places")
    if finding.waiver is not None:
        yield from _waiver(finding, gutter, look)


def heading(finding: Finding, look: Look) -> Iterator[str]:
    """Severity, rule and message, wrapped to the width."""
    label = f"{finding.severity.value}[{finding.rule}]"
    first, *rest = wrapped(f"{label}: {visible(finding.message)}", look.width)
    yield paint(look, SEVERITY[finding.severity], label) + paint(look, "bold", first.removeprefix(label))
    for line in rest:
        yield paint(look, "bold", line)


def place_of(location: Location, report: Report, look: Look) -> str:
    """Path, line and column, as a link where the terminal opens them."""
    text = f"{look.prefix}{visible(location.file)}:{location.span.line}:{location.span.column}"
    return link(look, file_uri(report.root, location.file), text) if look.links else text


def _related(one: Related, gutter: int, report: Report, look: Look) -> Iterator[str]:
    yield from _stretch(one.location, "~", lines(look).turn, visible(one.message), gutter, report, look)


def _stretch(
    location: Location, mark: str, corner: str, label: str, gutter: int, report: Report, look: Look
) -> Iterator[str]:
    """Where it is, the line, and the marks below it with their label."""
    margin = " " * gutter
    yield f"{margin}{paint(look, 'blue', f' {corner}')} {place_of(location, report, look)}"
    bar = paint(look, "blue", f" {lines(look).bar}")
    text = report.excerpts.get(location.file, {}).get(location.span.line, "")
    room = look.width - gutter - 3
    if text.strip():
        number = paint(look, "blue", str(location.span.line).rjust(gutter))
        code, start, length = _window(text, location, room, lines(look).more)
        yield f"{number}{bar} {code}"
        marks = " " * start + paint(look, "red" if mark == "^" else "cyan", mark * length)
        if label and start + length + 1 + width(label) <= room:
            marks, label = f"{marks} {label}", ""
        yield f"{margin}{bar} {marks}"
    for line in wrapped(label, room) if label else ():
        yield f"{margin}{bar} {line}"


def _window(text: str, location: Location, room: int, more: str) -> tuple[str, int, int]:
    """The part of a line that holds the span and fits, with the first cell and the number of cells to mark."""
    shown = pieces(text.rstrip())
    span = location.span
    first = min(max(span.column - 1, 0), max(len(shown) - 1, 0))
    last = span.end_column - 1 if span.end_line == span.line else len(shown)
    last = min(max(last, first + 1), len(shown))
    cut = 0
    if width("".join(shown[:last])) > room:
        cut = _first_shown(shown, first, room)
    lead = more if cut else ""
    start = width(lead + "".join(shown[cut:first]))
    code = _cropped(lead + "".join(shown[cut:]), room, more)
    length = min(width("".join(shown[first:last])), max(1, width(code) - start))
    return code, start, max(1, length)


def _first_shown(shown: list[str], first: int, room: int) -> int:
    """The first character to show so that the span's start is in sight; indentation goes before anything else."""
    indentation = next((index for index, piece in enumerate(shown) if piece.strip()), 0)
    kept = min(_CONTEXT_LEFT, room // 3)
    if width("".join(shown[indentation:first])) <= kept:
        return min(indentation, first)
    cut = first
    while cut > 0 and width("".join(shown[cut:first])) < kept:
        cut -= 1
    return cut


def _cropped(text: str, room: int, more: str) -> str:
    if width(text) <= room:
        return text
    while text and width(text) > room - len(more):
        text = text[:-1]
    return text + more


def _waiver(finding: Finding, gutter: int, look: Look) -> Iterator[str]:
    waiver = finding.waiver
    if waiver is not None:
        where = f"{look.prefix}{visible(waiver.location.file)}:{waiver.location.span.line}"
        until = f" until {waiver.until}" if waiver.until else ""
        text = f"waived{until} in {where}: {visible(waiver.reason)}"
        for line in wrapped(text, look.width - gutter - 3):
            yield f"{' ' * gutter} {paint(look, 'cyan', lines(look).bar)} {paint(look, 'cyan', line)}"
