"""What prose names in passing: links, files, ids, endpoints, and text that still waits for its author."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from constitution_lint.facts.document import Endpoint, Link, PathMention, Placeholder, Reference, Section
from constitution_lint.facts.location import Span
from constitution_lint.readers.markdown.inline import LINE_LIMIT
from constitution_lint.readers.markdown.lines import Line

EXTENSIONS = (
    "py|pyi|ts|tsx|js|jsx|mjs|cjs|mts|md|mdx|json|jsonc|yaml|yml|toml|txt|sql|css|scss|html|sh|bash|ps1|env|ini|cfg|conf"
    r"|lock|dockerfile|svg|png|ico|prisma|proto|graphql|xml|csv|env\.\w+|tf|ipynb|go|rs|java|example|local"
    r"|webmanifest"
)
_SEGMENT = r"[\w.@\[\]()+-]+"
_FILE = re.compile(
    rf"(?<![\w./:@\\-])(?:\.{{0,2}}/)?(?:{_SEGMENT}/)+{_SEGMENT}\.(?:{EXTENSIONS})\b(?![\w/-])", re.IGNORECASE
)
_CODE = re.compile(r"`([^`\n]{2,200})`")
_CODE_FILE = re.compile(
    rf"^(?:\.{{0,2}}/)?(?:{_SEGMENT}/)*(?:{_SEGMENT}\.(?:{EXTENSIONS})|\.env|Dockerfile|Makefile)$", re.IGNORECASE
)
_CODE_FOLDER = re.compile(r"^(?:\./)?(?:[A-Za-z_.@\[(][\w.@\[\]()-]*/)+$")
_LINK = re.compile(r"!?\[([^\]\[\n]{0,300})\]\(\s*<?([^)\s>]{1,500})>?(?:\s+[\"'(][^)\n]*)?\)")
_AUTO_PUNCTUATION = ".,;:"
_PRODUCT = re.compile(
    r"(?:^|/)(?:next|node|react|vue|express|three|nuxt|nest|d3|chart|alpine|ember|socket|deno)\.(?:js|io)$",
    re.IGNORECASE,
)
_PAIRS = {"[": "]", "(": ")"}

REQUIREMENT_ID = r"(?:[A-Z]{1,6}-)?(?:FR|NFR|SC|REQ|AC|BR|TR|SR)(?:-[A-Z]{1,8}){0,2}-?\d{1,4}(?:\.\d{1,3}){0,3}[a-z]?"
_ID = re.compile(
    rf"(?<![\w./-])(?:(?P<fr>{REQUIREMENT_ID})|(?P<task>T\d{{3,4}}[a-zA-Z]?)|(?P<us>US-?\d{{1,3}}))(?![\w-])"
)
_STORY = re.compile(r"\bUser Stor(?:y|ies)\s+#?(\d{1,3})\b", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|\.\.\.?|through|thru|to|~)\s*", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"^(.*?)(\d+)([a-z]?)$")
RANGE_LIMIT = 300
Waiting = Literal["template", "variable", "action", "clarification", "question"]

_METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|WEBSOCKET|WS"
_ENDPOINT = re.compile(
    rf"(?<!\w)(?P<methods>(?:{_METHODS})(?:\s*[/,|]\s*(?:{_METHODS}))*)[`*\s|:]{{1,12}}`?(?P<path>/[^\s`|,;\"'<>*\\]*)"
)
_BARE_PATH = re.compile(r"`(?P<path>/(?:api|v\d+)(?:/[^\s`|,;\"'<>*]*)?)`")

_TEMPLATE = re.compile(
    r"\[(?:e\.g\.|###|FEATURE|DATE|link\]?|domain-specific|if applicable|current need|specific problem|why "
    r"|Extract from|NEEDS CLARIFICATION|Gates determined|describe |Describe |Add more|Brief |Initial |How "
    r"|What |initial state"
    r"|Title|Entity \d|Measurable metric|specific capability|key interaction|data requirement|behavior|boundary"
    r"|error scenario|Document the selected|REMOVE IF|PROJECT_NAME|PRINCIPLE_|SECTION_|GOVERNANCE_|CONSTITUTION_"
    r"|RATIFICATION_|LAST_AMENDED|Entity|ServiceName?|Service\]|file\]|name\]|endpoint\]|Location|action\]"
    r"|Story Title"
    r"|FEATURE NAME|single/web/mobile)[^\]\n]{0,300}\]?(?!\()"
)
_VARIABLE = re.compile(
    r"\{\{\s*[A-Z][A-Z0-9_ ]*\s*\}\}|(?<![\w`])\$ARGUMENTS\b|\[(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|###[\w-]*|###)\]"
)
_HEADER_TEMPLATE = re.compile(
    r"\[(?:FEATURE(?: NAME)?|DATE|link|###[^\]]*|short[- ]name|branch(?:-name)?|YYYY-MM-DD|path)\](?!\()"
)
_CLARIFICATION = re.compile(r"\[?NEEDS[ _]CLARIFICATIONS?\b(?::[^\]\n]{0,300})?\]?")
_QUESTION = re.compile(
    r"(?<![\w-])(?:TBD|TBC|T\.B\.D\.|(?:TODO|FIXME)(?=\s*(?:[:(\])]|$))|to be (?:determined|decided)|\?{3,})(?![\w-])"
)
_MAY_ASK = re.compile(r"TB|T\.B|TODO|FIXME|to be|\?\?\?")
"""How a question begins: few lines need the pattern above, which costs more."""
_CAPITALS = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![A-Za-z0-9_])")
_ADDRESS = re.compile(
    r"(?<![\w./<-])(?:https?://[\w.:{}$-]+)?(/[A-Za-z{:\[][\w{}:\[\]<>.-]*(?:/[\w{}:\[\]<>$-][\w{}:\[\]<>$.-]*)*)"
)
_WORDS = re.compile(r"[A-Za-z][A-Za-z_]{1,40}")
_ACTION = re.compile(r"ACTION REQUIRED[^\n]{0,200}")


_TOKEN = re.compile(
    r"\bJWTs?\b|JSON Web Token|\bbearer\b|\bbetter[ _-]?auth(?:\b|_)|\b(?:access|auth\w*) tokens?\b"
    r"|\bauthenticated users?(?:\b|_)|\bmust be authenticated\b"
    r"|\brequires? authentication\b|\bauthentication (?:is )?required\b",
    re.I,
)
_MAY_NAME_TOKEN = re.compile(r"jwt|token|bearer|better|authenticat")
"""One of these is in whatever the pattern above matches, in lower case: few lines need that, which costs more."""


def mentions_in(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that say something: no fences, code, front matter or blanks."""
    return (line for line in lines if line.kind not in ("fence", "code", "front", "blank", "rule", "delimiter"))


def links(lines: Iterable[Line]) -> Iterator[Link]:
    for line in lines:
        if "](" in line.text:
            for match in _LINK.finditer(line.text[:LINE_LIMIT]):
                yield Link(_span(line, match), match.group(1).strip(), match.group(2))


def paths(line: Line) -> tuple[PathMention, ...]:
    """Files and folders a line names, each once, in order of their columns."""
    text = line.text[:LINE_LIMIT]
    if "/" not in text and "`" not in text:
        return ()
    found: dict[str, PathMention] = {}
    if "/" in text:
        for match in _FILE.finditer(text.replace("](", "]\0")):
            _keep(found, line, match.start(), match.group())
    if "`" in text:
        for match in _CODE.finditer(text):
            inner = match.group(1).strip()
            if _CODE_FILE.match(inner) or _CODE_FOLDER.match(inner):
                _keep(found, line, match.start(1), inner)
    return tuple(sorted(found.values()))


def _keep(found: dict[str, PathMention], line: Line, start: int, raw: str) -> None:
    raw = raw.rstrip(_AUTO_PUNCTUATION)
    while raw[:1] in _PAIRS and raw.count(raw[0]) > raw.count(_PAIRS[raw[0]]):
        raw, start = raw[1:], start + 1
    path = raw.removeprefix("./").lstrip("/")
    if path and "://" not in raw and not raw.startswith("../") and not _PRODUCT.search(path):
        found.setdefault(path, PathMention(Span(line.number, start + 1, line.number, start + 1 + len(raw)), path))


def references(lines: Iterable[Line], defined: frozenset[tuple[int, str]]) -> Iterator[Reference]:
    """Ids referred to, ranges spelled out ("FR-001 through FR-003"); `defined` are line and id of definitions."""
    for line in lines:
        text = line.text[:LINE_LIMIT]
        if not _DIGIT.search(text):
            continue
        previous: re.Match[str] | None = None
        for match in _ID.finditer(text):
            identity = normal_id(match.group())
            if previous and _RANGE.fullmatch(text[previous.end() : match.start()]):
                span = Span(line.number, previous.start() + 1, line.number, match.end() + 1)
                yield from (Reference(span, between) for between in _between(normal_id(previous.group()), identity))
            if (line.number, identity) not in defined:
                yield Reference(_span(line, match), identity)
            previous = match
        for match in _STORY.finditer(text):
            if (line.number, identity := f"US{int(match.group(1))}") not in defined:
                yield Reference(_span(line, match), identity)


def normal_id(raw: str) -> str:
    """Upper case with a hyphen before the number ("FR001" -> "FR-001"); stories are "US1", tasks "T001"."""
    match = _NUMBER.match(raw.strip())
    if not match:
        return raw.upper()
    stem, number, letter = match.group(1).upper(), match.group(2), match.group(3)
    if stem.rstrip("-") == "US":
        return f"US{int(number)}"
    if stem == "T":
        return f"T{number}{letter}"
    return f"{stem}{'' if stem.endswith(('-', '.')) else '-'}{number}{letter}"


def _between(first: str, last: str) -> list[str]:
    """The ids strictly between the ends of a range of one stem."""
    a, b = _NUMBER.match(first), _NUMBER.match(last)
    if not a or not b or a.group(1) != b.group(1) or not 0 < int(b.group(2)) - int(a.group(2)) <= RANGE_LIMIT:
        return []
    width = len(a.group(2))
    return [f"{a.group(1)}{number:0{width}}" for number in range(int(a.group(2)) + 1, int(b.group(2)))]


def endpoints(lines: Iterable[Line]) -> Iterator[Endpoint]:
    for line in lines:
        text = line.text[:LINE_LIMIT]
        if "/" not in text:
            continue
        taken: list[tuple[int, int]] = []
        for match in _ENDPOINT.finditer(text):
            taken.append(match.span("path"))
            for method in re.findall(_METHODS, match.group("methods")):
                yield Endpoint(
                    _span(line, match), "WEBSOCKET" if method == "WS" else method, _path(match.group("path"))
                )
        for match in _BARE_PATH.finditer(text):
            if not any(start <= match.start("path") < end for start, end in taken):
                yield Endpoint(_span(line, match), "", _path(match.group("path")))


def _path(raw: str) -> str:
    raw = raw.rstrip(_AUTO_PUNCTUATION)
    while raw.endswith(")") and raw.count("(") < raw.count(")"):
        raw = raw[:-1].rstrip(_AUTO_PUNCTUATION)
    return raw or "/"


def placeholders(lines: Iterable[Line], found: tuple[Section, ...], header_end: int) -> Iterator[Placeholder]:
    """Text that waits for its author, in order; `header_end` is the last line of title and header fields."""
    sections = iter(found)
    following = next(sections, None)
    title = ""
    for line in lines:
        while following and following.span.line <= line.number:
            title, following = following.title, next(sections, None)
        header = line.number <= header_end
        for kind, match in _waiting(line.text[:LINE_LIMIT], header):
            if header or not _quoted(line.text, match.start()):
                context = line.text.strip()[:300]
                yield Placeholder(_span(line, match), kind, match.group()[:200], title, header, context)


def actions(comments: Iterable[tuple[Span, str]], found: tuple[Section, ...]) -> Iterator[Placeholder]:
    """ACTION REQUIRED comments left from the template."""
    from constitution_lint.readers.markdown.sections import heading_above

    for span, text in comments:
        if match := _ACTION.search(text):
            yield Placeholder(span, "action", match.group()[:200], heading_above(found, span.line))


def capital_names(text: str) -> tuple[str, ...]:
    """Every name such as DATABASE_URL in a text, sorted, each once."""
    return tuple(sorted(set(_CAPITALS.findall(text))))


def words_of(text: str) -> tuple[str, ...]:
    """Every word of a text, sorted, each once."""
    return tuple(sorted(set(_WORDS.findall(text))))


def addresses(text: str) -> tuple[str, ...]:
    """Every path with a leading slash in a text, also behind a host; sorted, each once."""
    return tuple(sorted({found.rstrip(".:-") for found in _ADDRESS.findall(text)}))


def names_token(text: str) -> bool:
    """Does a line that asks no question name authentication by a token?"""
    return any(
        _TOKEN.search(line) is not None and not line.rstrip(" *_|`").endswith("?")
        for line, lowered in zip(text.split("\n"), text.lower().split("\n"), strict=True)
        if _MAY_NAME_TOKEN.search(lowered)
    )


def _waiting(text: str, header: bool) -> Iterator[tuple[Waiting, re.Match[str]]]:
    taken: list[tuple[int, int]] = []
    if "[" in text or "{{" in text or "$" in text:
        patterns: tuple[tuple[Waiting, re.Pattern[str]], ...] = (
            ("template", _HEADER_TEMPLATE if header else _TEMPLATE),
            ("variable", _VARIABLE),
        )
        for kind, pattern in patterns:
            for match in pattern.finditer(text):
                if not match.group().startswith("[NEEDS") and not _within(taken, match.start()):
                    taken.append(match.span())
                    yield kind, match
    if "NEEDS" in text:
        for match in _CLARIFICATION.finditer(text):
            if not _within(taken, match.start()):
                yield "clarification", match
    if _MAY_ASK.search(text):
        yield from (("question", match) for match in _QUESTION.finditer(text))


def _within(taken: list[tuple[int, int]], position: int) -> bool:
    return any(start <= position < end for start, end in taken)


def _quoted(text: str, position: int) -> bool:
    """Inside inline code or quotation marks: spoken of, not left open."""
    before = text[:position]
    return before.count("`") % 2 == 1 or before.count('"') % 2 == 1 or before.count("“") > before.count("”")


def _span(line: Line, match: re.Match[str]) -> Span:
    return Span(line.number, match.start() + 1, line.number, match.end() + 1)
