"""How far a waiver comment reaches: the lines on which it can excuse a finding."""

import re

from constitution_lint.facts.location import Location
from constitution_lint.judge.source_lines import Texts

_COMMENT = re.compile(r"\s*(?:#|//|/?\*|\{/\*|<!--)")
_DECORATOR = re.compile(r"\s*@")
_DEFINITION = re.compile(r"\s*(?:async\s+)?(?:def|class)\b|\s*@")
_LONGEST_STATEMENT = 12
_TALLEST_DECORATOR = 20


def lines_that_speak_for(location: Location, texts: Texts) -> range:
    """The lines of the finding itself (of a short statement all, of a longer one the first) and the comments above.

    Above a definition the way leads past its decorators, since that is where people write.
    """
    span = location.span
    last = span.end_line if span.end_line - span.line < _LONGEST_STATEMENT else span.line
    first = span.line
    if _DEFINITION.match(texts.line(location.file, first)):
        first = _first_decorator(location.file, first, texts)
    while first > 1 and _COMMENT.match(texts.line(location.file, first - 1)):
        first -= 1
    return range(first, max(last, span.line) + 1)


def _first_decorator(file: str, line: int, texts: Texts) -> int:
    """The first line of the decorators right above a definition; blank lines and other statements end the way."""
    first = line
    indent = _indent(texts.line(file, line))
    for number in range(line - 1, max(0, line - 1 - _TALLEST_DECORATOR), -1):
        text = texts.line(file, number)
        if not text.strip() or _indent(text) < indent:
            break
        if _indent(text) == indent and _DECORATOR.match(text):
            first = number
        elif _indent(text) == indent and not _COMMENT.match(text) and text.strip()[0] not in ")]}":
            break
    return first


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
