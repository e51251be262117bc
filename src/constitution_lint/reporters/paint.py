"""Colours and lines of the text report: ANSI where they are wanted, box drawing where it can be shown."""

from dataclasses import dataclass

from constitution_lint.findings import Severity, Verdict
from constitution_lint.reporters.look import Look

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "1;32",
    "yellow": "1;33",
    "blue": "1;34",
    "cyan": "1;36",
}
SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
VERDICT = {
    Verdict.HELD: "green",
    Verdict.BROKEN: "red",
    Verdict.WAIVED: "cyan",
    Verdict.UNPROVEN: "yellow",
    Verdict.NOT_EXAMINED: "dim",
}


@dataclass(frozen=True)
class Lines:
    """The signs that frames are drawn with."""

    bar: str
    top: str
    turn: str
    more: str
    rule: str


_BOXES = Lines("│", "╭─", "├─", "…", "─")
_ASCII = Lines("|", "-->", ":::", "...", "-")


def lines(look: Look) -> Lines:
    return _BOXES if look.unicode else _ASCII


def paint(look: Look, colour: str, text: str) -> str:
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if look.colour and text else text


def link(look: Look, target: str, text: str) -> str:
    """An OSC 8 hyperlink, which terminals open on a click."""
    return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\" if look.links else text
