"""Headings as sections: which lines each governs and how much is said there."""

from itertools import accumulate

from constitution_lint.facts.document import Section
from constitution_lint.readers.markdown.inline import plain, word_count
from constitution_lint.readers.markdown.lines import Lines


def sections(document: Lines) -> tuple[Section, ...]:
    """Every heading in order, with the last line before the next heading of its level or above."""
    lines = document.lines
    words = [0, *accumulate(_weight(line.kind, line.text) for line in lines)]
    found: list[Section] = []
    open_below: list[tuple[int, int]] = []
    headings = [line for line in lines if line.kind == "heading"]
    ends = _ends([(line.number, line.level) for line in headings], len(lines), open_below)
    for line, last in zip(headings, ends, strict=True):
        title = plain(line.body).rstrip(":").strip()
        found.append(Section(line.span, line.level, title, last, words[last] - words[line.number]))
    return tuple(found)


def _weight(kind: str, text: str) -> int:
    return 0 if kind in ("heading", "blank", "rule", "delimiter") else word_count(text)


def _ends(headings: list[tuple[int, int]], total: int, stack: list[tuple[int, int]]) -> list[int]:
    """The last line of each heading's section; `stack` holds position and level of those still open."""
    ends = [total] * len(headings)
    for position, (number, level) in enumerate(headings):
        while stack and stack[-1][1] >= level:
            ends[stack.pop()[0]] = number - 1
        stack.append((position, level))
    return ends


def heading_above(found: tuple[Section, ...], line: int) -> str:
    """The title of the last heading at or before a line, "" when there is none."""
    title = ""
    for section in found:
        if section.span.line > line:
            break
        title = section.title
    return title
