"""Part of the contract reader: where in a Markdown contract an operation begins, or is only listed."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from constitution_lint.facts.location import Span
from constitution_lint.readers.contract.outline import Outline
from constitution_lint.readers.markdown.inline import LINE_LIMIT
from constitution_lint.readers.markdown.lines import Line, Lines

METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"

_MENTION = re.compile(
    rf"(?<![\w/-])(?P<methods>(?:{METHODS})(?:\s*[/,|]\s*(?:{METHODS}))*)(?![\w-])(?P<gap>[`*\s|:]{{1,40}})"
    r"(?P<path>(?:https?://[^\s/`]+)?/[^\s`|,;\"'<>*]*(?:<\w+>[^\s`|,;\"'<>*]*)*)"
)
_METHOD_FIELD = re.compile(
    rf"^\W*(?:HTTP\s+)?(?:Method|Verb)s?\W*?[:|]\W*(?P<methods>{METHODS})\b", re.IGNORECASE | re.ASCII
)
_PATH_FIELD = re.compile(
    r"^\W*(?:Path|URL|URI|Route|Endpoint|Endpoint URL|Endpoint Path)\W*?[:|]\W*?(?P<path>/[^\s`|,;\"'<>*]*)",
    re.IGNORECASE,
)
_ENDPOINT_FIELD = re.compile(r"^\W*(?:Endpoint|Route|URL|Request|HTTP(?: Request)?|API)\W*?:", re.IGNORECASE)
_BARE = re.compile(rf"^[\s>*`_#\d.)-]*(?:{METHODS})[\s`*:]+(?:https?://[^\s/`]+)?/\S*[\s`*_]*(?:[-–—:(].*)?$")
_EXAMPLE = re.compile(r"\b(?:examples?|samples?|usage|tests?|testing|curl|attempt)\b", re.IGNORECASE)
_PUNCTUATION = ".,;:!"


class Start(NamedTuple):
    """An operation named at a place. `level` is the heading's level, 0 for a line of text or a field."""

    span: Span
    method: str
    path: str
    level: int
    line: int


def path_of(raw: str) -> str:
    """A path as it is matched: no host, query, escapes or punctuation; `:id`, `[id]`, `<id>`, `${id}` become `{id}`."""
    path = re.sub(r"^https?://[^/]+", "", raw).replace("\\_", "_").replace("\\", "")
    path = path.partition("?")[0].partition("#")[0].rstrip(_PUNCTUATION)
    path = re.sub(r"\$\{[^}]*?(\w+)\}", r"{\1}", path)
    path = re.sub(r"\[\[?(?:\.\.\.)?(\w+)\]\]?|<(?:\w+:)?(\w+)>|(?<=/):(\w+)", _braced, path)
    while path.endswith(")") and path.count("(") < path.count(")"):
        path = path[:-1].rstrip(_PUNCTUATION)
    return path or "/"


def _braced(match: re.Match[str]) -> str:
    return f"{{{next(group for group in match.groups() if group)}}}"


def mentions(line: Line) -> Iterator[tuple[Span, str, str]]:
    """Every `GET /path` of one line: span, verb, path; `GET/POST /path` gives one for each verb."""
    for match in _MENTION.finditer(line.text[:LINE_LIMIT]):
        span = Span(line.number, match.start() + 1, line.number, match.end() + 1)
        for method in re.findall(METHODS, match["methods"]):
            yield span, method, path_of(match["path"])


def starts(document: Lines, outline: Outline, raw: Sequence[str]) -> Iterator[Start]:
    """Where operations begin, in order: headings, endpoint lines, pairs of method and path, request lines in fences."""
    begun = [start for start in _of_lines(document) if not _is_example(outline, start.line)]
    taken = {start.line for start in begun}
    begun += (start for start in _of_fields(document) if start.line not in taken)
    begun += _of_fences(document, outline, raw, {start.line for start in begun})
    begun.sort(key=lambda start: (start.line, start.span))
    yield from begun


def _of_lines(document: Lines) -> Iterator[Start]:
    for line in document.lines:
        if line.kind == "heading":
            named = list(mentions(line))
            yield from (Start(span, method, path, line.level, line.number) for span, method, path in named)
        elif line.kind in ("text", "item") and _introduces(line):
            for span, method, path in mentions(line):
                yield Start(span, method, path, 0, line.number)


def _introduces(line: Line) -> bool:
    """`**Endpoint**: POST /x`, or a line of text that holds nothing else; a list item only lists."""
    text = line.text[:LINE_LIMIT]
    return bool(_ENDPOINT_FIELD.match(text)) or (line.kind == "text" and bool(_BARE.match(text)))


def _of_fields(document: Lines) -> Iterator[Start]:
    """A method line and a path line close together (`- **Method**: POST`, `- **Path**: /tasks`)."""
    waiting: tuple[Line, str] | None = None
    path: tuple[Line, str] | None = None
    for line in document.lines:
        if line.kind == "heading":
            waiting = path = None
            continue
        text = line.text[:LINE_LIMIT].strip().lstrip("|")
        if method := _METHOD_FIELD.match(text):
            waiting = (line, method["methods"].upper())
        elif place := _PATH_FIELD.match(text):
            path = (line, path_of(place["path"]))
        else:
            continue
        if waiting is not None and path is not None and abs(waiting[0].number - path[0].number) <= 4:
            first = min(waiting[0], path[0], key=lambda line: line.number)
            yield Start(first.span, waiting[1], path[1], 0, first.number)
            waiting = path = None


_REQUEST_LINE = re.compile(
    rf"^\s*(?P<method>{METHODS})\s+(?P<path>(?:https?://[^\s/]+)?/\S*)(?:\s+HTTP/[\d.]+)?\s*$", re.MULTILINE
)


def _of_fences(document: Lines, outline: Outline, raw: Sequence[str], taken: set[int]) -> Iterator[Start]:
    """A fence that opens with a request line, in a section that names no operation otherwise."""
    for fence in document.fences:
        if fence.language not in ("", "http", "text", "rest", "plaintext", "bash", "sh"):
            continue
        first = next((n for n in range(fence.span.line, min(fence.span.end_line, len(raw))) if raw[n].strip()), None)
        match = _REQUEST_LINE.match(raw[first]) if first is not None else None
        if match is None or first is None or _named_near(outline, fence.span.line, taken):
            continue
        if _is_example(outline, fence.span.line):
            continue
        number = first + 1
        taken.add(number)
        span = Span(number, match.start("method") + 1, number, match.end("path") + 1)
        yield Start(span, match["method"], path_of(match["path"]), 0, number)


def _is_example(outline: Outline, line: int) -> bool:
    """Does a section above, not the heading itself, announce examples?"""
    return any(_EXAMPLE.search(section.title) for section in outline.around(line) if section.span.line < line)


def _named_near(outline: Outline, line: int, taken: set[int]) -> bool:
    """Does a section around a line, the title's apart, already begin with an operation?"""
    around = outline.around(line)
    return any(begun in taken for section in around if section.level >= 2 for begun in range(section.span.line, line))
