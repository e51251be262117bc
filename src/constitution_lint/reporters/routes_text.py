"""The route table for people: one route per line, grouped by application, with reasons on demand."""

from collections.abc import Iterator
from itertools import groupby

from constitution_lint.model.api import Auth, Isolation, Route
from constitution_lint.reporters.cells import padded, visible, width, wrapped
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import lines, paint
from constitution_lint.reporters.route_rows import COLUMNS, Row, cells, is_open, reasons, summary

_PATH, _HANDLER, _GUARD, _CONTRACT = 1, 2, 4, 5
_GIVING_WAY = ((_HANDLER, 20), (_CONTRACT, 12), (_GUARD, 12), (_PATH, 30), (_HANDLER, 12), (_CONTRACT, 8), (_PATH, 16))
"""Where a line is too narrow, these columns give way in turn, each down to so many cells."""
_HIDDEN = (_CONTRACT, _GUARD, _HANDLER)
"""Where even that is too wide, these are left out in turn; the formats for machines have them."""
_GAP = 2
_METHODS = {"WEBSOCKET": "WS", "OPTIONS": "OPT"}
_AUTH = {Auth.ENFORCED: "green", Auth.OPTIONAL: "red", Auth.NONE: "red", Auth.UNPROVEN: "yellow"}
_ISOLATION = {
    Isolation.ISOLATED: "green",
    Isolation.LEAK: "red",
    Isolation.ADMIN: "cyan",
    Isolation.UNPROVEN: "yellow",
    Isolation.NOT_APPLICABLE: "dim",
}


def render(rows: tuple[Row, ...], look: Look, verbose: bool = False, none_found: str = "no route") -> str:
    """The table, cut to the width of the look. `verbose` adds below each row why it says what it says."""
    if not rows:
        return f"{none_found}\n"
    words = [_words(row) for row in rows]
    widths = _widths([COLUMNS, *words], look.width)
    applications = {row.route.app for row in rows if row.route.mounted}
    out = [paint(look, "bold", _line(COLUMNS, widths, look).rstrip())]
    for app, group in groupby(zip(rows, words, strict=True), key=lambda one: one[0].route.app):
        if len(applications) > 1 and app:
            out += ["", paint(look, "bold", visible(app))]
        for row, shown in group:
            out.append(_painted(row.route, shown, widths, look))
            out += _told(row.route, look) if verbose else []
    return "\n".join([*out, "", paint(look, "bold", summary(rows))]) + "\n"


def _words(row: Row) -> tuple[str, ...]:
    method, *others = cells(row)
    return tuple(visible(text) for text in (_METHODS.get(method, method), *others))


def _widths(table: list[tuple[str, ...]], room: int) -> list[int]:
    """Each column as wide as its longest cell, as far as there is room; none for one in which nothing stands."""
    rows = table[1:]
    columns = range(len(COLUMNS))
    found = [max(width(row[one]) for row in table) if any(row[one] for row in rows) else 0 for one in columns]
    for column, least in _GIVING_WAY:
        over = sum(found) + _GAP * (len(found) - found.count(0) - 1) - room
        found[column] -= max(0, min(over, found[column] - least))
    for column in _HIDDEN:
        if sum(found) + _GAP * (len(found) - found.count(0) - 1) > room:
            found[column] = 0
    return found


def _line(words: tuple[str, ...], widths: list[int], look: Look) -> str:
    return (" " * _GAP).join(text for text in _fitted(words, widths, look) if text)


def _fitted(words: tuple[str, ...], widths: list[int], look: Look) -> list[str]:
    return [
        padded(_cut(word, widths[column], column == _GUARD, look), widths[column]) if widths[column] else ""
        for column, word in enumerate(words)
    ]


def _cut(word: str, room: int, keeps_beginning: bool, look: Look) -> str:
    """The end of a path or place tells most, so its beginning is left out; of a name its end."""
    if width(word) <= room:
        return word
    more = lines(look).more
    kept = word
    while kept and width(more) + width(kept) > room:
        kept = kept[:-1] if keeps_beginning else kept[1:]
    return kept + more if keeps_beginning else more + kept


def _painted(route: Route, words: tuple[str, ...], widths: list[int], look: Look) -> str:
    shown = _fitted(words, widths, look)
    colours = ("", "bold" if is_open(route) else "", "dim", _colour(route), "", "dim", _ISOLATION[route.isolation])
    painted = (paint(look, one, text) if one else text for one, text in zip(colours, shown, strict=True) if text)
    return (" " * _GAP).join(painted).rstrip()


def _colour(route: Route) -> str:
    if not route.mounted:
        return "dim"
    return "cyan" if route.public and route.guard.auth is not Auth.ENFORCED else _AUTH[route.guard.auth]


def _told(route: Route, look: Look) -> Iterator[str]:
    for reason in reasons(route):
        first, *rest = wrapped(visible(reason), look.width - 6)
        yield paint(look, "dim", f"    - {first}")
        yield from (paint(look, "dim", f"      {line}") for line in rest)
