"""Where things are: spans in one file, locations across files, and the conversion of columns between encodings.

Lines and columns are 1-based; columns count Unicode code points; the end column is exclusive (one past the last).
"""

import re
from bisect import bisect_right

import msgspec

_LINE_END = re.compile(r"\r\n?|\n")


class Span(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A stretch of one file. Facts hold spans, not paths, so that equal bytes at two places give equal facts."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of_line(cls, line: int, text: str = "") -> "Span":
        """The stripped text of one line; column 1 to 1 when the line is blank."""
        start = len(text) - len(text.lstrip()) + 1 if text.strip() else 1
        return cls(line, start, line, max(start, len(text.rstrip()) + 1))


START = Span(1, 1, 1, 1)


class Location(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A span in a named file. `file` is relative to the root, with forward slashes."""

    file: str
    span: Span

    @property
    def place(self) -> str:
        """As people and terminals write it: file, colon, line."""
        return f"{self.file}:{self.span.line}"


NO_LINE_ENDS = str.maketrans("\u0085\u2028\u2029", "   ")
"""For parsers that take these for line ends (YAML 1.1, section 4.2): as blanks, lines stay what editors count."""


class LineIndex:
    """Turns offsets and byte columns of one text into 1-based lines and code-point columns.

    Lines end at LF, CRLF or a lone CR, as `ast`, tree-sitter and editors count them; a form feed ends none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line end; empty beyond the last line."""
        if not 1 <= number <= len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a code-point offset into the text."""
        offset = max(0, min(offset, len(self.text)))
        row = bisect_right(self.starts, offset)
        return row, offset - self.starts[row - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span between two code-point offsets."""
        return Span(*self.position(start), *self.position(end))

    def column_of_byte(self, line: int, byte_offset: int) -> int:
        """The 1-based code-point column of a 0-based UTF-8 byte offset into a line (`ast`, tree-sitter)."""
        text = self.line(line)
        if text.isascii():
            return byte_offset + 1
        return len(text.encode()[:byte_offset].decode(errors="ignore")) + 1


def utf16_column(line_text: str, column: int) -> int:
    """The 0-based UTF-16 column (as the Language Server Protocol counts) of a 1-based code-point column."""
    prefix = line_text[: column - 1]
    return len(prefix) + sum(character > "\uffff" for character in prefix)
