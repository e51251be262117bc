"""From the text a request is sent to (literals and holes) to an address: its base and its path segments."""

import re
from typing import NamedTuple

from constitution_lint.model.contracts.paths import Key
from constitution_lint.model.web.values import Hole, Str

_HOLE = "\0"
_SCHEME = re.compile(r"https?://(?P<host>[^/\0]*)(?:\0[^/]*)?")


class Address(NamedTuple):
    """Where a request goes. `base` is "absolute" (then `host` is set), "environment", "relative" to the page's own
    origin, or "unknown".

    `rest`: the last segment may be longer than is known, or further ones may follow. `known` is False where a part that
    is not known decides where the path begins.
    """

    base: str
    segments: Key
    host: str = ""
    rest: bool = False
    known: bool = True
    parameters: tuple[Hole, ...] = ()
    """The parameters that stand in the address: who calls decides what they are."""

    @property
    def path(self) -> str:
        return "/" + "/".join(self.segments)


def address_of(text: Str) -> Address:
    """The address a text denotes; queries and fragments are no part of it."""
    holes = [part for part in text.parts if isinstance(part, Hole)]
    raw = "".join(_HOLE if isinstance(part, Hole) else part for part in text.parts)
    parameters = tuple(dict.fromkeys(hole for hole in holes if hole.kind == "parameter"))
    base, host = "unknown", ""
    absolute = _SCHEME.match(raw)
    if absolute:
        base, host, raw = "absolute", absolute["host"], raw[absolute.end() :]
    elif raw.startswith(_HOLE):
        first, raw = holes[0], raw[1:]
        base = "environment" if first.kind == "environment" else "unknown"
    elif raw.startswith("/"):
        base = "relative"
    path = re.split(r"[?#]", raw, maxsplit=1)[0]
    known = bool(path.strip("/" + _HOLE)) and not path.startswith(_HOLE) and not path.startswith("/" + _HOLE)
    segments, rest = _segments(path)
    return Address(base, segments, host, rest, known and "" not in segments, parameters)


def _segments(path: str) -> tuple[Key, bool]:
    """The segments of a path with "{}" for holes; a hole that follows a word at the end makes a rest.

    A hole glued to a word further ahead may hold any number of segments, and is told as an empty one.
    """
    written = [segment for segment in path.split("/") if segment]
    found: list[str] = []
    rest = False
    for at, segment in enumerate(written):
        word = segment.rstrip(_HOLE)
        if not word:
            found.append("{}")
        elif word == segment and _HOLE not in word:
            found.append(segment)
        elif at == len(written) - 1 and _HOLE not in word:
            found.append(word)
            rest = True
        else:
            found.append("{}" if segment.startswith(_HOLE) else "")
    return tuple(found), rest


def joined(base: Str, path: Str) -> Str:
    """A client's base address with the path of one request; a path with a host of its own stands alone."""
    first = path.parts[0] if path.parts else ""
    if isinstance(first, str) and first.startswith(("http://", "https://")):
        return path
    return Str((*base.parts, "/", *path.parts)) if base.parts else path
