"""First step of the Markdown reader: text cut into lines of a known kind, fences, comments and front matter set apart.

The scan is linear in the bytes and knows just enough of CommonMark to tell what is prose and what only looks like it:
fenced and indented code, HTML comments, front matter, setext headings, lists and tables.
"""

import re
from typing import Literal, NamedTuple

from constitution_lint.facts.document import Fence, HtmlComment
from constitution_lint.facts.location import Span

LineKind = Literal["blank", "heading", "item", "row", "delimiter", "text", "fence", "code", "rule", "front"]

FENCE_TEXT_LIMIT = 8_000
FRONT_MATTER_LIMIT = 400
"""Lines after which an unclosed `---` at the top is no front matter."""

_FENCE = re.compile(r"^(?:[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t])?[ \t>]*(`{3,}|~{3,})[ \t]*([^`\r\n]*)$")
_HEADING = re.compile(r"^[ ]{0,3}(#{1,6})(?:[ \t]+(.*?)|(?<=##)([^#\s].*?))?(?:(?<![ \t])[ \t]+#+)?(?<![ \t])[ \t]*$")
_ITEM = re.compile(r"^([ \t>]*)([-*+•]|\d{1,9}[.)])[ \t]+(\S.*)$")
_CHECKBOX = re.compile(r"^(\*\*|__)?\[( |x|X|N/?A|n/?a|-|~|✓|✔|✅|❌|✗|⚠️?|/)?\][ \t]*")
_DELIMITER = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_RULE = re.compile(r"^[ ]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_SETEXT = re.compile(r"^[ ]{0,3}(?:(=+)|(-{3,}))[ \t]*$")


class Line(NamedTuple):
    """One line. `body` is the text behind the marker (and behind a checkbox); `column` its 1-based column.

    `level` is the heading's level; `box` what stands in the checkbox (None without one).
    """

    number: int
    kind: LineKind
    text: str
    indent: int
    body: str
    column: int
    level: int = 0
    box: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.number, self.column, self.number, max(self.column, self.column + len(self.body)))


class Lines(NamedTuple):
    """The whole document: lines in order (line N at index N - 1), fences, and every comment with its text."""

    lines: tuple[Line, ...]
    fences: tuple[Fence, ...]
    comments: tuple[HtmlComment, ...]
    front: tuple[int, int] | None
    """First and last line of the front matter's content."""

    def below(self, first: int, last: int) -> tuple[Line, ...]:
        """The lines from a 1-based first to last, both included."""
        return self.lines[max(first - 1, 0) : last]


def scan(text: str) -> Lines:
    """Cut a text into lines. Lines end at LF, CRLF or a lone CR."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if raw and not raw[-1]:
        raw.pop()
    front = _front_matter(raw)
    start = front[1] + 1 if front else 0
    visible, fenced, fences, comments = _mask(raw, start)
    lines = [_front_line(number, raw[number - 1]) for number in range(1, start + 1)]
    _classify(lines, visible, fenced, start)
    return Lines(tuple(lines), tuple(fences), tuple(comments), front)


def _front_matter(raw: list[str]) -> tuple[int, int] | None:
    if not raw or raw[0].rstrip() != "---":
        return None
    for index in range(1, min(len(raw), FRONT_MATTER_LIMIT)):
        if raw[index].rstrip() in ("---", "..."):
            return 2, index
    return None


def _front_line(number: int, text: str) -> Line:
    return Line(number, "front", text, 0, text, 1)


def _mask(raw: list[str], start: int) -> tuple[list[str], set[int], list[Fence], list[HtmlComment]]:
    """The lines with comments blanked out in place, the numbers of fenced lines, the fences and the comments."""
    visible = list(raw)
    fenced: set[int] = set()
    fences: list[Fence] = []
    comments: list[HtmlComment] = []
    last_close = next((i for i in range(len(raw) - 1, -1, -1) if "-->" in raw[i]), -1)
    index = start
    while index < len(raw):
        opening = _FENCE.match(visible[index]) if "```" in visible[index] or "~~~" in visible[index] else None
        if opening:
            end = _fence_end(visible, index, opening.group(1))
            fences.append(_fence(raw, index, end, opening.group(2).strip()))
            fenced.update(range(index + 1, end + 2))
            index = end + 1
            continue
        if "<!--" in visible[index]:
            _blank_comments(visible, index, last_close, comments)
        index += 1
    return visible, fenced, fences, comments


def _fence_end(raw: list[str], start: int, mark: str) -> int:
    """Index of the closing fence's line, or of the last line when it is never closed."""
    for index in range(start + 1, len(raw)):
        line = raw[index].strip(" \t>")
        if line.startswith(mark) and not line.strip(mark[0]):
            return index
    return len(raw) - 1


def _fence(raw: list[str], start: int, end: int, info: str) -> Fence:
    body: list[str] = []
    size = 0
    for line in raw[start + 1 : end]:
        size += len(line) + 1
        if size > FENCE_TEXT_LIMIT:
            break
        body.append(line)
    language = info.split()[0].casefold() if info else ""
    return Fence(Span(start + 1, 1, end + 1, len(raw[end]) + 1), language, "\n".join(body))


def _blank_comments(visible: list[str], index: int, last_close: int, comments: list[HtmlComment]) -> None:
    """Replace every comment that begins on a line by spaces, so that columns stay true."""
    begin = visible[index].find("<!--")
    while begin >= 0 and index <= last_close:
        row = index
        end = visible[row].find("-->", begin + 4)
        while end < 0 and row < last_close:
            row += 1
            end = visible[row].find("-->")
        if end < 0:
            return
        comments.append(_comment(visible, index, begin, row, end))
        _blank(visible, index, begin, row, end + 3)
        if row != index:
            return
        begin = visible[index].find("<!--", end + 3)


def _comment(visible: list[str], index: int, begin: int, row: int, end: int) -> HtmlComment:
    if row == index:
        text = visible[index][begin + 4 : end]
    else:
        text = "\n".join([visible[index][begin + 4 :], *visible[index + 1 : row], visible[row][:end]])
    return HtmlComment(Span(index + 1, begin + 1, row + 1, end + 4), text.strip())


def _blank(visible: list[str], index: int, begin: int, row: int, end: int) -> None:
    if row == index:
        visible[index] = visible[index][:begin] + " " * (end - begin) + visible[index][end:]
        return
    visible[index] = visible[index][:begin]
    for between in range(index + 1, row):
        visible[between] = ""
    visible[row] = " " * end + visible[row][end:]


def _classify(lines: list[Line], visible: list[str], fenced: set[int], start: int) -> None:
    in_list = False
    for number in range(start + 1, len(visible) + 1):
        text = visible[number - 1]
        if number in fenced:
            lines.append(Line(number, "fence", text, 0, text, 1))
            continue
        line = _line(number, text)
        if line.kind == "text" and line.indent >= 4 and not in_list and _after_gap(lines):
            line = line._replace(kind="code")
        if line.kind == "rule" or line.kind == "text":
            line = _setext(lines, line)
        if line.kind == "item":
            in_list = True
        elif line.kind != "blank" and line.indent < 2:
            in_list = False
        lines.append(line)


def _after_gap(lines: list[Line]) -> bool:
    return not lines or lines[-1].kind in ("blank", "heading", "code")


def _line(number: int, text: str) -> Line:
    stripped = text.strip()
    if not stripped:
        return Line(number, "blank", "", 0, "", 1)
    first = stripped[0]
    if first == "#" and (heading := _HEADING.match(text)):
        return _heading(number, text, heading)
    column = text.index(first) + 1
    indent = _width(text[: column - 1])
    if first in "-*_" and _RULE.match(text):
        return Line(number, "rule", text, indent, stripped, column)
    if item := _ITEM.match(text):
        return _item(number, text, item)
    quoted = stripped
    if first == ">":
        quoted = stripped.lstrip("> \t") or stripped
        column = text.index(quoted) + 1
    if "|" in quoted and _DELIMITER.match(quoted):
        return Line(number, "delimiter", text, indent, quoted, column)
    kind: LineKind = "row" if quoted[0] == "|" and quoted.count("|") > 1 else "text"
    return Line(number, kind, text, indent, quoted, column)


def _width(space: str) -> int:
    """Columns of leading white space, tabs counted to the next multiple of four."""
    return len(space.expandtabs(4)) if space else 0


def _heading(number: int, text: str, match: re.Match[str]) -> Line:
    group = 2 if match.group(2) is not None else 3
    body = (match.group(group) or "").strip()
    column = match.start(group) + 1 if body else match.end(1) + 1
    return Line(number, "heading", text, 0, body, column, level=len(match.group(1)))


def _item(number: int, text: str, match: re.Match[str]) -> Line:
    body, column = match.group(3).rstrip(), match.start(3) + 1
    box: str | None = None
    if checkbox := _CHECKBOX.match(body):
        emphasis = checkbox.group(1) or ""
        box = checkbox.group(2) or " "
        body, column = emphasis + body[checkbox.end() :], column + checkbox.end() - len(emphasis)
    return Line(number, "item", text, _width(match.group(1).partition(">")[0]), body, column, box=box)


def _setext(lines: list[Line], line: Line) -> Line:
    """A line of `===` or `---` below a lone paragraph line turns that line into a heading."""
    under = _SETEXT.match(line.text) if line.body[0] in "=-" else None
    if not under or not lines or lines[-1].kind != "text" or lines[-1].indent > 3:
        return line
    above = lines[-1]
    alone = len(lines) < 2 or lines[-2].kind in ("blank", "heading", "rule", "front", "fence")
    if not alone or (under.group(2) and (above.body.startswith("**") or len(above.body) > 120)):
        return line
    lines[-1] = above._replace(kind="heading", level=1 if under.group(1) else 2)
    return line._replace(kind="blank")
