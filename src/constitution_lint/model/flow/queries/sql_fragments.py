"""SQL text assembled at run time: the known parts are kept, the unknown ones become holes."""

import re

from constitution_lint.model.flow.fastapi.request_texts import Requested
from constitution_lint.model.flow.queries.sql_scopes import HOLE
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.values import Atom, Known, Opaque, Value

_SQL = re.compile(r"\s*(?:select|insert|update|delete|with)\b", re.I)
_DIRECTION = re.compile(r"\s*(?:asc|desc)\s*", re.I)
"""How rows are ordered, which says nothing of whose they are."""
_LONGEST = 20_000


def is_sql(text: str) -> bool:
    """Does a text begin like a statement over rows?"""
    return _SQL.match(text) is not None


def pieced(values: list[Value]) -> Value | None:
    """An f-string that begins like a statement, with a hole for each value that is not known; None for other texts."""
    text = "".join(_piece(value) for value in values)
    if not _SQL.match(text) or len(text) > _LONGEST:
        return None
    joined = tuple(atom for value in values for atom in value)
    return (_with_holes(text, joined),)


def appended(left: Value, right: Value) -> Value | None:
    """`query + more` where the left side is a statement so far, in each of its forms."""
    forms = [_text_of((atom,)) for atom in left]
    if not forms or any(not _SQL.match(form) for form in forms):
        return None
    return tuple(dict.fromkeys(_appended(form, atom, right) for form, atom in zip(forms, left, strict=True)))


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
    return _text_of(value) or ("" if value == (Known(""),) else f" {HOLE} ")


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
