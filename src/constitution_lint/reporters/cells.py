"""Text for a terminal: how many cells it takes, with nothing in it that a terminal would execute.

What stands in a source or a file name may hold escape sequences, bidirectional overrides or line ends; printed as they
are they could hide or forge output, so each is shown as a visible sign.
"""

import unicodedata

TAB = 4
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    """The text on one line, without anything a terminal acts on."""
    return text if text.isascii() and text.isprintable() else "".join(map(_sign, text))


def width(text: str) -> int:
    """Cells of a visible text: two for wide East Asian characters and emoji, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def pieces(line: str) -> list[str]:
    """What each character of a source line is shown as; a tab reaches to the next multiple of four cells."""
    shown: list[str] = []
    column = 0
    for character in line:
        piece = " " * (TAB - column % TAB) if character == "\t" else _sign(character)
        shown.append(piece)
        column += width(piece)
    return shown


def padded(text: str, cells: int) -> str:
    return text + " " * max(0, cells - width(text))


def wrapped(text: str, cells: int) -> list[str]:
    """The words of a text in lines of at most so many cells; a longer word has a line of its own."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        if current and width(current) + 1 + width(word) > cells:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current]


def _sign(character: str) -> str:
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "\N{SYMBOL FOR DELETE}"
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if unicodedata.category(character) == "Zs" else _REPLACED


def _cells(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
