"""SQL text assembled at run time: the known parts are kept, the unknown ones become holes."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from math import prod

from constitution_lint.model.flow.fastapi.request_texts import Requested
from constitution_lint.model.flow.queries.sql_scopes import HOLE, OWN
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.values import Atom, Known, Opaque, Value

_SQL = re.compile(r"\s*(?:select|insert|update|delete|with)\b", re.I)
_DIRECTION = re.compile(r"\s*(?:asc|desc)\s*", re.I)
"""How rows are ordered, which says nothing of whose they are."""
_LONGEST = 20_000
_MOST_FORMS = 4
_UNKNOWN = f" {HOLE} "
_OWN = f" :{OWN} "


def is_sql(text: str) -> bool:
    """Does a text begin like a statement over rows?"""
    return _SQL.match(text) is not None


def from_pieces(values: list[Value], is_own: Callable[[Value], bool]) -> Value | None:
    """An f-string that begins like a statement, with a hole for each value that is not known; None for other texts.

    There is one for each form that a piece of it may have. Who is calling is as good as a parameter that holds it.
    """
    if not values or not (is_sql(_text_of(values[0])) or _is_choice(values[0])):
        return None
    found = [_pieced(list(form), is_own) for form in _forms(values)]
    return tuple(dict.fromkeys(one for one in found if one is not None)) if all(found) else None


def _pieced(values: list[Value], is_own: Callable[[Value], bool]) -> Atom | None:
    pieces = [_piece(value) for value in values]
    if not _SQL.match("".join(pieces)) or sum(map(len, pieces)) > _LONGEST:
        return None
    joined = tuple(atom for value in values for atom in value)
    if all(len(value) == 1 and isinstance(value[0], Known) for value in values):
        return Known("".join(pieces))
    marks = [
        _OWN if piece == _UNKNOWN and is_own(value) else piece for piece, value in zip(pieces, values, strict=True)
    ]
    return _with_holes("".join(marks), joined)


def _forms(values: list[Value]) -> Iterator[tuple[Value, ...]]:
    """The values of a text in each combination, where one of them is any of a few texts."""
    several = [tuple((atom,) for atom in value) if _is_choice(value) else (value,) for value in values]
    return iter([tuple(values)] if prod(map(len, several)) > _MOST_FORMS else product(*several))


def _is_choice(value: Value) -> bool:
    return 1 < len(value) <= _MOST_FORMS and all(_text_of((atom,)) and isinstance(atom, Known) for atom in value)


def appended(left: Value, right: Value) -> Value | None:
    """`query + more` where the left side is a statement so far, in each of its forms."""
    forms = [_text_of((atom,)) for atom in left]
    if not forms or any(not _SQL.match(form) for form in forms):
        return None
    added = [(one,) for one in right] if _is_choice(right) and len(right) * len(left) <= _MOST_FORMS else [right]
    pairs = list(zip(forms, left, strict=True))
    return tuple(dict.fromkeys(_appended(form, atom, one) for form, atom in pairs for one in added))


def _appended(form: str, atom: Atom, right: Value) -> Atom:
    known = isinstance(atom, Known) and len(right) == 1 and isinstance(right[0], Known)
    text = (form + _piece(right))[:_LONGEST]
    return Known(text) if known else _with_holes(text, (atom, *right))


def _with_holes(text: str, inside: Value) -> Opaque:
    reason = "SQL that is put together at run time"
    return Opaque(reason, taint(inside), is_credential(inside), is_client(inside), text)


def _piece(value: Value) -> str:
    if len(value) > 1 and all(_DIRECTION.fullmatch(_text_of((atom,))) for atom in value):
        return _text_of(value[:1])
    return _text_of(value) or ("" if value == (Known(""),) else _UNKNOWN)


def _text_of(value: Value) -> str:
    atom = value[0] if len(value) == 1 else None
    if (
        isinstance(atom, Known)
        and not isinstance(atom, Requested)
        and isinstance(atom.value, (str, int))
        and not isinstance(atom.value, bool)
    ):
        return str(atom.value)
    return atom.template if isinstance(atom, Opaque) else ""
