"""A file before it is read: its path, its bytes, and the text they decode to. Every reader takes one."""

from dataclasses import dataclass
from functools import cached_property

import msgspec

from constitution_lint.facts.location import LineIndex, Location, Span


class Unreadable(msgspec.Struct, frozen=True):
    """A part of a file that a reader could not understand. Gates that needed the file cannot be HELD."""

    span: Span
    reason: str


class Exposure(msgspec.Struct, frozen=True):
    """A credential that some vendor issued, standing in a file of whatever kind.

    `what` names it ("a Google API key"). The value is not kept; by `digest` two places of one value are known.
    """

    location: Location
    what: str
    digest: str


@dataclass(frozen=True)
class Source:
    """One file: its path relative to the root (forward slashes) and its bytes. A reader depends on the bytes alone."""

    path: str
    data: bytes

    @cached_property
    def text(self) -> str:
        """The bytes decoded: BOM honoured, UTF-16 recognised by its BOM, invalid UTF-8 replaced by U+FFFD."""
        return decode(self.data)

    @cached_property
    def index(self) -> LineIndex:
        return LineIndex(self.text)


def decode(data: bytes) -> str:
    """Text of any bytes, without a byte order mark; never raises."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f")


def is_no_text(sample: bytes) -> bool:
    """Are these the first bytes of something that no encoding makes a document of: noise in every fifth place or more?

    Texts of other encodings than UTF-8 have their odd letters, and some editors leave a few control characters behind.
    """
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return 5 * (controls + decode(sample).count("\ufffd")) > len(sample)
