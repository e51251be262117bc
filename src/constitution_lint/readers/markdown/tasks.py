"""Task lists: id, tick, marks, phase, and the files each task names."""

import re
from collections.abc import Iterator, Sequence

from constitution_lint.facts.document import DocumentKind, Section, Task
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.mentions import paths
from constitution_lint.readers.markdown.tables import cells

_ID = re.compile(
    r"^[\s*_`\[~(]*(?P<id>(?P<letter>[Tt])-?(?P<number>\d{1,4}(?:[.-]\d{1,3})?)(?P<suffix>[a-zA-Z]?(?:-(?!T\d)[A-Z][A-Z0-9]{0,4}(?!-?\w))?))(?![\w])[\s*_`\]~):.–—-]*"
)
_HEADING_ID = re.compile(r"^\W*(?:task\s+)?(T-?\d{1,4}(?:[.-]\d{1,3})?[a-z]?)\b[\s:.–—-]*(.*)$", re.IGNORECASE)
_MARKERS = re.compile(r"^[\s*_`]*\[(?P<mark>P|US-?\d{1,3}|[A-Za-z][\w ,/&-]{0,24})\](?!\()[\s*_`:]*")
_STORY = re.compile(r"\[?\bUS-?(\d{1,3})\b\]?")
_TALK = re.compile(
    r"\bdependenc|\bexecution order|\bparallel (?:opportunit|execution)|\bcritical path"
    r"|\bimplementation strategy|^notes?$",
    re.IGNORECASE,
)
"""Sections in which lists speak of tasks stated elsewhere."""
_NUMBERED_PHASE = re.compile(r"^\W*phase\b", re.IGNORECASE)
_PHASE = re.compile(r"\bphase\b|user story|\bsetup\b|foundation|polish|milestone|\bstage\b|\bsprint\b", re.IGNORECASE)


def tasks(document: Lines, found: Sequence[Section], kind: DocumentKind) -> tuple[Task, ...]:
    """All tasks in order. In a task list every checkbox at the margin is a task, elsewhere only those with an id."""
    return tuple(_walk(document, found, kind == "tasks"))


def _walk(document: Lines, found: Sequence[Section], task_list: bool) -> Iterator[Task]:
    headings = iter(found)
    following = next(headings, None)
    phases: list[tuple[int, str]] = []
    phase = ""
    inside_heading_task = False
    for line in document.lines:
        if following and following.span.line == line.number:
            phases = [(level, title) for level, title in phases if level < following.level]
            task = _heading_task(line, _phase(phases)) if task_list else None
            inside_heading_task = task is not None or (inside_heading_task and following.level > 3)
            if task:
                yield task
            else:
                phases.append((following.level, following.title))
            following = next(headings, None)
            phase = _phase(phases)
            continue
        task = _line_task(line, phase, task_list, inside_heading_task)
        spoken_of = task is not None and not task.checkbox and any(_TALK.search(title) for _, title in phases)
        if task and not spoken_of:
            yield task


def _phase(phases: list[tuple[int, str]]) -> str:
    """The nearest heading that names a phase, else the nearest one."""
    for pattern in (_NUMBERED_PHASE, _PHASE):
        for _, title in reversed(phases):
            if pattern.search(title):
                return title
    return phases[-1][1] if phases else ""


def _line_task(line: Line, phase: str, task_list: bool, criteria: bool) -> Task | None:
    if line.kind == "row" and task_list:
        return _row_task(line, phase)
    if line.kind != "item":
        return None
    match = _ID.match(line.body)
    if line.box is None:
        plain_task = task_list and match and not _mentions_only(line.body[match.end() :])
        return _task(line, match, phase, checkbox=False) if plain_task else None
    if match:
        return None if _is_range(line.body[match.end("id") :]) else _task(line, match, phase)
    ahead = _marker_before_id(line.body)
    if ahead:
        return _task(line, ahead, phase, faults=("marker before id",))
    return _task(line, None, phase) if task_list and line.indent < 2 and not criteria else None


def _is_range(rest: str) -> bool:
    """`T045-T052 (all checks)`: speaks of tasks stated elsewhere."""
    return bool(re.match(r"[\s*_`\])]*(?:-|–|—|through|to|,|and|&|\+)[\s*_`\[(]*T\d", rest))


def _mentions_only(rest: str) -> bool:
    """`T001 → T002`, `T001, T002 can run in parallel`: talk about tasks, not a task."""
    text = rest.strip()
    return (
        len(text.split()) < 3
        or text[0] in ",→&+|/"
        or text.casefold().startswith(
            (
                "and ",
                "through ",
                "to ",
                "can ",
                "must ",
                "depends",
                "blocks",
                "before ",
                "after ",
                "is ",
                "are ",
                "or ",
                "then ",
                "->",
            )
        )
        or bool(re.match(r"T\d", text))
    )


def _marker_before_id(body: str) -> re.Match[str] | None:
    position = 0
    while marker := _MARKERS.match(body[position:]):
        position += marker.end()
    return re.compile(_ID.pattern.removeprefix("^")).match(body, position) if position else None


def _task(
    line: Line, match: re.Match[str] | None, phase: str, *, checkbox: bool = True, faults: tuple[str, ...] = ()
) -> Task:
    identity, rest = "", line.body
    if match:
        identity = f"T{match.group('number')}{match.group('suffix')}"
        rest = line.body[match.end() :]
        if match.group("letter") == "t":
            faults = (*faults, "lower-case id")
    markers, text = _markers(rest)
    if match and faults and "marker before id" in faults:
        markers |= _markers(line.body)[0]
    story = _STORY.search(" ".join(sorted(markers))) or _STORY.search(phase.replace("User Story ", "US"))
    return Task(
        line.span,
        identity,
        line.box in ("x", "X", "✓", "✔", "✅"),
        "P" in markers,
        f"US{int(story.group(1))}" if story else "",
        phase,
        plain(text),
        paths(line),
        checkbox,
        faults,
    )


def _markers(text: str) -> tuple[set[str], str]:
    found: set[str] = set()
    while match := _MARKERS.match(text):
        mark = match.group("mark")
        if mark != "P" and not _STORY.match(mark) and not mark.isupper():
            break
        found.add(mark)
        text = text[match.end() :]
    return found, text


def _heading_task(line: Line, phase: str) -> Task | None:
    match = _HEADING_ID.match(plain(line.body))
    if not match or not match.group(2):
        return None
    markers, text = _markers(match.group(2))
    story = _STORY.search(" ".join(sorted(markers)))
    ticked = any(sign in line.body for sign in "✅✓✔")
    identity = "T" + match.group(1).lstrip("Tt-").strip()
    return Task(
        line.span,
        identity,
        ticked,
        "P" in markers,
        f"US{int(story.group(1))}" if story else "",
        phase,
        text,
        paths(line),
        False,
    )


def _row_task(line: Line, phase: str) -> Task | None:
    row = cells(line)
    first = next((cell for cell in row[:2] if re.fullmatch(r"T-?\d{1,4}(?:\.\d+)?[a-zA-Z]?", cell.text)), None)
    if first is None or len(row) < 3:
        return None
    rest = " | ".join(cell.text for cell in row if cell is not first)
    ticked = bool(re.search(r"✅|✓|✔|\[x\]|\b(?:done|completed?)\b", rest, re.IGNORECASE))
    span = Span(line.number, first.span.column, line.number, max(line.span.end_column, first.span.end_column))
    return Task(span, "T" + first.text.lstrip("T-"), ticked, "[P]" in rest, "", phase, rest, paths(line), False)
