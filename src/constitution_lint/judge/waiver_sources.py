"""Where waivers are written: comments beside the code, the configuration, Complexity Tracking tables of plans."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from constitution_lint.catalogue import Catalogue
from constitution_lint.config import Settings
from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import GATES
from constitution_lint.judge.source_lines import Texts
from constitution_lint.model.documents.claims import plans_of
from constitution_lint.model.project import Project

COMMENT, CONFIGURATION, TRACKING = "comment", "configuration", "complexity tracking"


class Written(msgspec.Struct, frozen=True):
    """A waiver as written, sound or not. `names` are rules or gates, `until` is the text where a date should stand.

    Comments hold for the line they stand on or above, the others for the files of the glob `files` ("": all).
    """

    source: str
    location: Location
    names: tuple[str, ...]
    reason: str
    until: str | None = None
    files: str = ""


_ALLOW = re.compile(r"constitution:\s*allow\b[ \t]*(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)?(?P<rest>[^\r\n]*)")
_UNTIL = re.compile(r"[\s,;(]*\buntil\s+(?P<date>[^\s)]+)\)?\s*$")
_CLOSERS = re.compile(r"\s*(?:--+>|\*/\s*\}?|\})?\s*$")
_HASH = re.compile(r"(?:^|\s)#[^\n]*")
_SLASHES = re.compile(r"(?://|/\*)(?:(?!//|/\*)[^\n])*constitution:[^\n]*")
"""From the last opening before the mark: the `//` of an address earlier on the line opens no comment."""
_NOT_APPLICABLE = re.compile(r"\W*(?:n/a|not applicable|does not apply|none\b)", re.IGNORECASE)
_HTML = re.compile(r"<!--.*?-->", re.S)
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")


def from_comments(project: Project, texts: Texts, marked: Iterable[str]) -> Iterator[Written]:
    """`constitution: allow <rule> - <reason> [until YYYY-MM-DD]` in the comments of the files that hold the mark."""
    for file in marked:
        for span, comment in _comments(file, project, texts):
            match = _ALLOW.search(comment)
            if match is not None:
                yield _parse(match, Location(file, span))


def _comments(file: str, project: Project, texts: Texts) -> Iterator[tuple[Span, str]]:
    """The comments of a file: those its reader found where it tells them, else what the file's syntax makes one."""
    if file in project.code:
        yield from ((comment.span, comment.text) for comment in project.code[file].comments)
    elif file in project.documents:
        yield from ((comment.span, comment.text) for comment in project.documents[file].comments)
    else:
        index = texts.index(file)
        pattern = _SLASHES if file.endswith(_SCRIPTS) else _HTML if file.endswith(".md") else _HASH
        for match in pattern.finditer(index.text):
            if "constitution:" in match[0] and not _is_quoted(index.text, match.start()):
                start = match.start() + len(match[0]) - len(match[0].lstrip())
                yield index.span(start, match.end()), match[0]


def _is_quoted(text: str, offset: int) -> bool:
    """Does an odd number of quotes stand before it on its line?"""
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    return any(before.count(quote) % 2 for quote in "\"'`")


def _parse(match: re.Match[str], location: Location) -> Written:
    names = tuple(name.strip().lower() for name in (match["names"] or "").split(",") if name.strip(" -"))
    rest = _CLOSERS.sub("", match["rest"], count=1)
    until = _UNTIL.search(rest)
    reason = (rest[: until.start()] if until else rest).strip(" \t-–—:")
    return Written(COMMENT, location, names, reason, until["date"] if until else None)


def from_settings(settings: Settings) -> Iterator[Written]:
    for one in settings.waivers:
        location = Location(settings.file, Span(one.line, 1, one.line, 1))
        yield Written(CONFIGURATION, location, (one.rule,), one.reason, one.until, one.files)


def from_complexity_tracking(project: Project, catalogue: Catalogue) -> Iterator[Written]:
    """Rows of plans that name a rule or a gate; every other row tells of a complexity that no gate forbids.

    A row that says why a gate does not apply admits no breach of it.
    """
    if not any(document.complexity for document in project.documents.values()):
        return
    phrases = tuple(_phrases(project.settings, catalogue))
    for file in plans_of(project):
        for row in project.documents[file].complexity:
            text = row.violation.casefold()
            names = tuple(dict.fromkeys(name for name, phrase in phrases if _says(text, phrase)))
            if names and not row.template and not _NOT_APPLICABLE.match(row.reason):
                yield Written(TRACKING, Location(file, row.span), _narrowest(names), row.reason)


def _narrowest(names: tuple[str, ...]) -> tuple[str, ...]:
    """The rules where rules are named: a gate named beside them only says where they belong."""
    return tuple(name for name in names if name not in GATES) or names


def _phrases(settings: Settings, catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each rule and gate with its name and title, in words.

    The gates' aliases would take a table of decisions ("Service layer", "Better Auth integration") for admissions.
    """
    for rule in catalogue.cards:
        if "-" in rule:
            yield rule, _words(rule)
    configured = dict(settings.gate_aliases)
    for article in catalogue.gates:
        for name in (article.gate, article.title, *configured.get(article.gate, ())):
            if (" " in name or "-" in name) and "*" not in name:
                yield article.gate, _words(name.casefold())


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.replace("-", " ").split())


def _says(text: str, phrase: tuple[str, ...]) -> bool:
    """Does a text hold the phrase as whole words, with hyphens and spaces taken for each other?"""
    if phrase[0] not in text or not all(word in text for word in phrase):
        return False
    pattern = r"[\s_-]+".join(map(re.escape, phrase))
    return bool(re.search(rf"(?<![\w-]){pattern}(?![\w-])", text))
