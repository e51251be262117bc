"""Specifications: requirements and success criteria with their ids, user stories with their acceptance scenarios."""

import re
from collections.abc import Iterator, Sequence

from constitution_lint.facts.document import Requirement, Scenario, Section, Story
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import plain
from constitution_lint.readers.markdown.lines import Line, Lines
from constitution_lint.readers.markdown.mentions import REQUIREMENT_ID, normal_id
from constitution_lint.readers.markdown.tables import cells

_STATED = re.compile(
    rf"^[*_`\[(\s]*({REQUIREMENT_ID})[\])`]*\s*(?:\([^)]*\))?\s*[*_`]*\s*(?:[:.–—-]|\||$|(?=\s+[A-Z*(]))[*_`\s:–—-]*"
)
_STEM = re.compile(r"(?:^|-)(FR|NFR|SC|REQ|AC|BR|TR|SR)")
_STORY = re.compile(
    r"^\W*(?:\d+(?:\.\d+)*\.?\s+)?(?:user stor(?:y|ies)|US|story)\s*[-#]?\s*(\d{1,3})(?![\d.]\d)\b[\s:.–—-]*(.*)$",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\bgiven\b.*|\bwhen\b.*\bthen\b.*", re.IGNORECASE)
_ACCEPTANCE = re.compile(r"acceptance|scenarios?\b|success criteria|test scenarios|definition of done", re.IGNORECASE)


def requirements(lines: Sequence[Line]) -> tuple[Requirement, ...]:
    """Every stated requirement: a list item, heading, paragraph or table row that begins with an id."""
    found: list[Requirement] = []
    for position, line in enumerate(lines):
        if line.kind not in ("item", "heading", "text", "row"):
            continue
        requirement = _row(line) if line.kind == "row" else _stated(line)
        if requirement:
            found.append(_with_continuation(requirement, lines, position))
    return tuple(found)


def _stated(line: Line) -> Requirement | None:
    match = _STATED.match(line.body)
    if not match:
        return None
    start = line.column + match.start(1)
    span = Span(line.number, start, line.number, start + len(match.group(1)))
    return Requirement(span, normal_id(match.group(1)), _kind(match.group(1)), plain(line.body[match.end() :]))


def _row(line: Line) -> Requirement | None:
    row = cells(line)
    bare = row[0].text if row else ""
    if len(row) < 2 or not re.fullmatch(REQUIREMENT_ID, bare):
        return None
    return Requirement(row[0].span, normal_id(bare), _kind(bare), " | ".join(cell.text for cell in row[1:]))


def _kind(identity: str) -> str:
    stem = _STEM.search(identity.upper())
    return stem.group(1) if stem else ""


def _with_continuation(requirement: Requirement, lines: Sequence[Line], position: int) -> Requirement:
    """Text below an otherwise empty statement (a heading, a bold id) belongs to it."""
    if len(requirement.text.split()) > 3 or lines[position].kind == "row":
        return requirement
    parts = [requirement.text] if requirement.text else []
    for line in lines[position + 1 : position + 8]:
        if line.kind == "heading" or (line.kind in ("item", "text") and _STATED.match(line.body)):
            break
        if line.kind in ("item", "text"):
            parts.append(plain(line.body))
    return Requirement(requirement.span, requirement.id, requirement.kind, " ".join(parts)[:2_000])


def stories(document: Lines, found: Sequence[Section]) -> tuple[Story, ...]:
    """User stories by their headings; a bold line "**User Story 1**" counts where no heading names stories."""
    by_heading = [story for section in found if (story := _story(section, document))]
    if by_heading:
        return tuple(by_heading)
    return tuple(_bold_stories(document))


def _story(section: Section, document: Lines) -> Story | None:
    match = _STORY.match(section.title)
    if not match or section.level < 2:
        return None
    return _built(section.span, match, document.below(section.span.line + 1, section.last_line), section.last_line)


def _bold_stories(document: Lines) -> Iterator[Story]:
    starts = [
        (line, match)
        for line in document.lines
        if line.kind in ("text", "item") and "**" in line.body and (match := _STORY.match(plain(line.body)))
    ]
    for index, (line, match) in enumerate(starts):
        following = starts[index + 1][0].number if index + 1 < len(starts) else len(document.lines) + 1
        heading = next((n.number for n in document.lines[line.number :] if n.kind == "heading"), following)
        last = min(following, heading) - 1
        yield _built(line.span, match, document.below(line.number + 1, last), last)


def _built(span: Span, match: re.Match[str], lines: Sequence[Line], last_line: int) -> Story:
    title = match.group(2).strip()
    name = re.sub(
        r"\s*[(\[]\s*(?:priority\s*:?\s*)?[^()\[\]]*P\d[^()\[\]]*[)\]].*$", "", title, flags=re.IGNORECASE
    ).strip(" -–—")
    scenarios = tuple(_scenarios(lines))
    return Story(span, f"US{int(match.group(1))}", name, scenarios, bool(scenarios) or _accepts(lines), last_line)


def _scenarios(lines: Sequence[Line]) -> Iterator[Scenario]:
    for line in lines:
        if line.kind in ("item", "text", "row") and _GIVEN.search(plain(line.body)):
            yield Scenario(line.span, plain(line.body)[:500])


def _accepts(lines: Sequence[Line]) -> bool:
    """A heading or bold line of acceptance criteria with a list, table or text below."""
    for position, line in enumerate(lines):
        if line.kind in ("heading", "text", "item") and _ACCEPTANCE.search(line.body[:80]):
            below = next((n for n in lines[position + 1 :] if n.kind != "blank"), None)
            if below is not None and below.kind in ("item", "row", "fence", "text"):
                return True
    return False
