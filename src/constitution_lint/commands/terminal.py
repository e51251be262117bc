"""What the user's terminal can show: colours, width, links, and the path from here to the target."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from constitution_lint.reporters.look import Look

WIDTH = 100
_NARROWEST, _WIDEST = 40, 140
_SIGNS = "╭─│├…"


def look_at(
    tree: Path = Path(),
    color: str = "auto",
    *,
    to_file: bool = False,
    show_waived: bool = False,
    named: tuple[str, ...] = (),
) -> Look:
    """The look for what is printed, or written to a file: there nothing is coloured unless that is asked for."""
    from constitution_lint.reporters.look import Look

    colour = color == "always" if to_file else is_coloured(color, sys.stdout, os.environ)
    return Look(
        colour=colour,
        width=_width(to_file),
        unicode=to_file or _shows(sys.stdout, _SIGNS),
        links=colour and not to_file and sys.stdout.isatty(),
        show_waived=show_waived,
        prefix=prefix_of(tree),
        named=named,
        source=_reading_from(tree),
    )


def is_coloured(color: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """The option decides, then NO_COLOR, then FORCE_COLOR, then whether a terminal reads that knows colours."""
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def prefix_of(tree: Path) -> str:
    """What leads from the current folder to the target: "" for the folder itself, else with a slash at the end."""
    try:
        inside = tree.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return f"{tree.as_posix().rstrip('/')}/"
    return "" if inside == "." else f"{inside}/"


def _reading_from(tree: Path) -> Callable[[str], str]:
    from constitution_lint.facts.source import decode
    from constitution_lint.regular_files import read_regular

    def text(file: str) -> str:
        try:
            return decode(read_regular(tree / file))
        except OSError:
            return ""

    return text


def _width(to_file: bool) -> int:
    """COLUMNS, else what the terminal has, else the usual width; `shutil` would tell too, and load much for it."""
    if to_file:
        return WIDTH
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return min(max(int(columns), _NARROWEST), _WIDEST)
    try:
        return min(max(os.get_terminal_size(sys.stdout.fileno()).columns, _NARROWEST), _WIDEST)
    except (OSError, ValueError):
        return WIDTH


def _shows(stream: TextIO, signs: str) -> bool:
    try:
        signs.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
