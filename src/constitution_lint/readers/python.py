"""The Python reader: bytes of a .py file become `CodeFacts`, whatever grammar they are written in.

`ast` reads what the running interpreter understands. What it refuses is tried once more with the spelling that newer
grammars allow brought back to an older one, line for line; then statement by statement. What is lost in the end is
listed as unreadable, so that no gate that needed the file can be held.
"""

import ast
import gc
import re
import warnings
from collections.abc import Iterator

from constitution_lint.facts.code import CodeFacts, Comment, Stmt
from constitution_lint.facts.location import LineIndex, Span
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.lowering import Lowering
from constitution_lint.readers.newer_grammar import older_spelling

_TELLING_COMMENT = re.compile(
    r"^[^#\n]*(#[^\n]*?(?:\b(?:TODO|FIXME|XXX|HACK|WIP)\b|\b(?:FR|SC|US|NFR|T|AC)-?\d{1,4}\b|constitution:|specs?/)[^\n]*)",
    re.I | re.M,
)
"""From the first sign of a line on: where that finds nothing, no later one does."""
_TOP_LEVEL = re.compile(r"^(?=[A-Za-z_@\"'(\[])", re.M)
_CONTINUES = re.compile(r"(?:else|elif|except|finally|case)\b|[)\]}]")
_LARGEST = 4_000_000


def read(source: Source) -> CodeFacts:
    """The lowered form of a file. Never raises; `unreadable` says what was lost and where."""
    text, index = source.text.replace("\x00", ""), source.index
    lines = len(index.starts)
    if len(source.data) > _LARGEST:
        return CodeFacts((), lines, (), (Unreadable(Span(1, 1, 1, 1), f"larger than {_LARGEST // 1_000_000} MB"),))
    collecting = gc.isenabled()
    gc.disable()
    try:
        body, lost = _body(text, index)
    finally:
        if collecting:
            gc.enable()
    return CodeFacts(body, lines, _comments(text, index), tuple(lost))


def _body(text: str, index: LineIndex) -> tuple[tuple[Stmt, ...], list[Unreadable]]:
    failure = _ReadingError(1, "")
    for candidate in _spellings(text):
        try:
            return _lower(candidate, index), []
        except _ReadingError as error:
            failure = failure if failure.reason else error
    return _by_statement(text, index, failure)


def _spellings(text: str) -> Iterator[str]:
    """The text itself, and where that was refused the text as an older grammar spells it."""
    yield text
    older = older_spelling(text)
    if older != text:
        yield older


class _ReadingError(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def _lower(text: str, index: LineIndex) -> tuple[Stmt, ...]:
    """Parse and lower a text whose lines are those of the index; every way to fail becomes a `_ReadingError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        return Lowering(index if text == index.text else LineIndex(text)).module(tree)
    except SyntaxError as error:
        raise _ReadingError(error.lineno or 1, error.msg or "invalid syntax") from None
    except (RecursionError, MemoryError):
        raise _ReadingError(1, "nested too deeply to be read") from None
    except ValueError as error:
        raise _ReadingError(1, str(error)) from None


def _by_statement(text: str, index: LineIndex, failure: _ReadingError) -> tuple[tuple[Stmt, ...], list[Unreadable]]:
    """Each top-level statement read by itself; those that cannot be read are listed."""
    body: list[Stmt] = []
    lost: list[Unreadable] = []
    for first, chunk in _chunks(text):
        padded = "\n" * (first - 1) + chunk
        parsed = _first_readable(padded)
        if parsed is None:
            reason = failure.reason
            lost.append(Unreadable(Span.of_line(first, index.line(first)), f"cannot be parsed: {reason}"))
        else:
            body.extend(parsed)
    if not lost:
        lost.append(Unreadable(Span.of_line(failure.line, index.line(failure.line)), failure.reason))
    return tuple(body), lost


def _first_readable(padded: str) -> tuple[Stmt, ...] | None:
    for candidate in _spellings(padded):
        try:
            return _lower(candidate, LineIndex(candidate))
        except _ReadingError:
            continue
    return None


def _chunks(text: str) -> list[tuple[int, str]]:
    """The text cut before each line that can begin a top-level statement, with 1-based first lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [
        number
        for number, line in enumerate(lines)
        if _TOP_LEVEL.match(line)
        and not _CONTINUES.match(line)
        and not (number and lines[number - 1].startswith("@") and line.startswith(("def ", "class ", "async ", "@")))
    ]
    if len(starts) > 5000 or not starts:
        return [(1, text)]
    ends = [*starts[1:], len(lines)]
    return [(start + 1, "\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=True)]


def _comments(text: str, index: LineIndex) -> tuple[Comment, ...]:
    """Comments that hold a work marker, a requirement id, a path to a specification or a waiver."""
    found: list[Comment] = []
    for match in _TELLING_COMMENT.finditer(text):
        before = text[match.start() : match.start(1)]
        if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            comment = match[1].rstrip()
            found.append(Comment(index.span(match.start(1), match.start(1) + len(comment)), comment))
    return tuple(found)
