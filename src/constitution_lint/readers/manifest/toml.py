"""Part of the manifest reader: TOML 1.0 as a tree of nodes with spans. `tomllib` gives values without places.

The scan is tolerant: a line that is no TOML is passed over, and what stands around it is kept. Whether the text is
valid is asked of `tomllib`, whose complaint becomes the fault.
"""

import re
import tomllib
from typing import NamedTuple

from constitution_lint.facts.location import LineIndex, Span
from constitution_lint.facts.source import Unreadable
from constitution_lint.readers.contract.nodes import Mapping, Node, Scalar, Sequence

_DEEPEST = 60
_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""")
_STRINGS = (
    re.compile(r'"""(?P<text>(?:[^\\"]|\\.|"(?!""))*)"""(?P<more>"{0,2})', re.S),
    re.compile(r"'''(?P<text>(?:[^']|'(?!''))*)'''(?P<more>'{0,2})", re.S),
    re.compile(r'"(?P<text>(?:[^"\\\n]|\\.)*)"(?P<more>)'),
    re.compile(r"'(?P<text>[^'\n]*)'(?P<more>)"),
)
_BARE = re.compile(r"[^\s,\]}#]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\s*\n\s*|(.))", re.S)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "e": "\x1b"}
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


class _BrokenError(Exception):
    pass


class TomlTree(NamedTuple):
    """The tree as far as it could be read, and the fault that `tomllib` finds first."""

    root: Mapping
    fault: Unreadable | None


def read_toml(text: str) -> TomlTree:
    """The tree of a TOML text; never raises."""
    return TomlTree(_Scanner(text).document(), _fault(text))


def _fault(text: str) -> Unreadable | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (max(1, text.count("\n")), 1)
        said = _PLACE.sub("", str(error)).replace("(at end of document)", "at the end").strip()
        return Unreadable(
            Span(line, column, line, column + 1), f"the file is not valid TOML: {said[:1].lower()}{said[1:]}"
        )
    except (RecursionError, ValueError) as error:
        return Unreadable(Span(1, 1, 1, 1), f"the file is not valid TOML ({type(error).__name__})")
    return None


class _Scanner:
    """Reads one statement after another; the current table is where the next key goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = LineIndex(text)
        self.root = Mapping(Span(1, 1, 1, 1))
        self.table = self.root

    def document(self) -> Mapping:
        at = self._space(0)
        while at < len(self.text):
            try:
                at = self._header(at) if self.text[at] == "[" else self._pair(self.table, at, 0)
            except (_BrokenError, IndexError):
                end = self.text.find("\n", at)
                at = len(self.text) if end < 0 else end
            at = self._space(at)
        return self.root

    def _header(self, at: int) -> int:
        """`[a.b]` or `[[a.b]]`."""
        double = self.text.startswith("[[", at)
        path, at = self._path(self._blank(at + 1 + double))
        closing = "]]" if double else "]"
        if not self.text.startswith(closing, at):
            raise _BrokenError
        table = self.root
        for key in path[:-1]:
            table = self._below(table, key)
        if double:
            members = table.pairs.setdefault(path[-1].text, (path[-1], Sequence(path[-1].span)))[1]
            self.table = Mapping(path[-1].span)
            if isinstance(members, Sequence):
                members.items.append(self.table)
        else:
            self.table = self._below(table, path[-1])
        return at + len(closing)

    def _below(self, table: Mapping, key: Scalar) -> Mapping:
        """The table under a key, made where there is none; of an array of tables the last."""
        found = table.pairs.setdefault(key.text, (key, Mapping(key.span)))[1]
        if isinstance(found, Sequence) and found.items:
            found = found.items[-1]
        return found if isinstance(found, Mapping) else Mapping(key.span)

    def _path(self, at: int) -> tuple[list[Scalar], int]:
        """A dotted key, and the offset behind it."""
        keys: list[Scalar] = []
        while True:
            match = _KEY.match(self.text, at)
            if match is None or len(keys) > _DEEPEST:
                raise _BrokenError
            raw = match.group()
            text = _unescaped(raw[1:-1]) if raw[0] == '"' else raw.strip("'")
            keys.append(Scalar(self.lines.span(*match.span()), text, False))
            at = self._blank(match.end())
            if not self.text.startswith(".", at):
                return keys, at
            at = self._blank(at + 1)

    def _pair(self, table: Mapping, at: int, depth: int) -> int:
        path, at = self._path(at)
        if self.text[at] != "=":
            raise _BrokenError
        value, at = self._value(self._blank(at + 1), depth)
        for key in path[:-1]:
            table = self._below(table, key)
        table.pairs.setdefault(path[-1].text, (path[-1], value))
        return at

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > _DEEPEST:
            raise _BrokenError
        if self.text[at] == "[":
            return self._array(at, depth)
        if self.text[at] == "{":
            return self._inline(at, depth)
        for form in _STRINGS if self.text[at] in "\"'" else ():
            match = form.match(self.text, at)
            if match:
                text = match["text"] + match["more"]
                text = _unescaped(text) if self.text[at] == '"' else text
                return Scalar(self.lines.span(*match.span()), text, False), match.end()
        match = _BARE.match(self.text, at)
        if match is None:
            raise _BrokenError
        return Scalar(self.lines.span(*match.span()), match.group(), True), match.end()

    def _array(self, at: int, depth: int) -> tuple[Node, int]:
        array = Sequence(self.lines.span(at, at + 1))
        at = self._space(at + 1)
        while self.text[at] != "]":
            value, at = self._value(at, depth + 1)
            array.items.append(value)
            at = self._space(at)
            if self.text[at] == ",":
                at = self._space(at + 1)
            elif self.text[at] != "]":
                raise _BrokenError
        return array, at + 1

    def _inline(self, at: int, depth: int) -> tuple[Node, int]:
        table = Mapping(self.lines.span(at, at + 1))
        at = self._space(at + 1)
        while self.text[at] != "}":
            at = self._space(self._pair(table, at, depth + 1))
            if self.text[at] == ",":
                at = self._space(at + 1)
            elif self.text[at] != "}":
                raise _BrokenError
        return table, at + 1

    def _blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def _space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\ufffd"
    return _ESCAPED.get(match[3], match[3]) if match[3] else ""
