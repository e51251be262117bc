"""For the interpreter: what holds for a value whatever atoms it consists of: flags, rows, proofs, truth."""

import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from constitution_lint.model.flow.known import KnownOf
from constitution_lint.model.flow.values import (
    WRITTEN,
    Atom,
    Body,
    Claims,
    ClassRef,
    Dump,
    Failure,
    FunctionValue,
    Instance,
    Kept,
    Known,
    Made,
    Mapping,
    Method,
    ModuleRef,
    Opaque,
    Query,
    Reply,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Session,
    Value,
)

_MOST_KINDS = 100
_MAKERS = frozenset({"create_engine", "create_async_engine", "sessionmaker", "async_sessionmaker", "text", "select"})
_OF_SERVER = re.compile(r"(?:FastMCP|MCPServer|ToolManager)\b.*(?:\b_tools|get_tools?|list_tools)\b")
_OF_PYTHON_OR_REQUEST = sys.stdlib_module_names | {"request", "credentials", "builtins", "response"}
_SWITCH = re.compile(r"admin|super|staff|role|perm|scope|active|verified|enabled|is_", re.I)


def is_foreign(dotted: str) -> bool:
    """Is it neither Python's own, nor part of the request? Those verify nothing."""
    return dotted.split(".", 1)[0] not in _OF_PYTHON_OR_REQUEST


def says(value: Value) -> bool:
    """Is there a flag in it, in a list or under a key too: true, false, none, a word, the number of a kind?"""
    for atom in value:
        if isinstance(atom, Known):
            if _is_flag(atom):
                return True
        elif type(atom) in _HOLDING and any(map(says, held(atom))):
            return True
    return False


def _is_flag(atom: Known) -> bool:
    """Messages, statuses and measures tell people something, and no code which way it came."""
    if type(atom) is not Known or atom.value is None:
        return True
    if isinstance(atom.value, str):
        return " " not in atom.value
    return isinstance(atom.value, int) and abs(atom.value) < _MOST_KINDS


def is_plain(value: Value) -> bool:
    """Is it made of literals and what the server says alone, with nothing of the client's and no row in it?"""
    return all(
        isinstance(atom, Known)
        or (isinstance(atom, Scalar) and atom.origin == "server")
        or (type(atom) in _HOLDING and all(map(is_plain, held(atom))))
        for atom in value
    )


def is_literal(atom: Atom, what: bool | None) -> bool:
    """Is it this literal and no other? What a text of the request says is not looked up for that."""
    return type(atom) is Known and atom.value is what


def is_bool(atom: Atom) -> bool:
    return type(atom) is Known and isinstance(atom.value, bool)


def taint(value: Value) -> frozenset[int]:
    """The numbers of all rows whose content is inside a value; what its objects hold, a path knows (`exposed`)."""
    found: set[int] = set()
    for atom in value:
        collect = _COLLECT.get(type(atom))
        if collect is not None:
            collect(atom, found)
    return frozenset(found) if found else _NO_ROWS


def _of_rows(atom: Row | Rows, found: set[int]) -> None:
    found.add(atom.number)


def _of_result(atom: Result, found: set[int]) -> None:
    found.add(atom.number)
    found.update(part.number for part in atom.parts)


def _of_scalar(atom: Scalar, found: set[int]) -> None:
    if atom.row:
        found.add(atom.row)


def _of_tainted(atom: Opaque | Reply | Failure, found: set[int]) -> None:
    found.update(atom.taint)


def _of_made(atom: Made, found: set[int]) -> None:
    found.update(atom.taint)
    for _, value in atom.arguments:
        found.update(taint(value))


def _of_held(atom: Mapping | Sequence, found: set[int]) -> None:
    found.update(_taint_of_held(atom))


_taint_of_held = KnownOf(lambda atom: frozenset[int]().union(*map(taint, held(atom))))


def _of_sent(atom: Body | Dump, found: set[int]) -> None:
    for _, value in atom.overrides:
        found.update(taint(value))


def _of_method(atom: Method, found: set[int]) -> None:
    found.update(taint((atom.holder,)))


_NO_ROWS: frozenset[int] = frozenset()
_COLLECT: dict[type[Atom], Callable[[Any, set[int]], None]] = {
    Row: _of_rows,
    Rows: _of_rows,
    Result: _of_result,
    Scalar: _of_scalar,
    Opaque: _of_tainted,
    Kept: _of_tainted,
    Reply: _of_tainted,
    Failure: _of_tainted,
    Made: _of_made,
    Mapping: _of_held,
    Sequence: _of_held,
    Method: _of_method,
    Body: _of_sent,
    Dump: _of_sent,
}


def is_credential(value: Value) -> bool:
    """May a client's proof of identity be inside?"""
    atom: Any
    for atom in value:
        kind = type(atom)
        if kind is Scalar or kind in _MAY_PASS_ON:
            if atom.credential or (kind is Made and any(is_credential(inner) for _, inner in atom.arguments)):
                return True
        elif kind in _HOLDING and any(map(is_credential, held(atom))):
            return True
    return False


def is_client(value: Value) -> bool:
    """May anything the client sent be inside?"""
    atom: Any
    for atom in value:
        kind = type(atom)
        if kind is Scalar:
            if atom.origin == "client":
                return True
        elif kind in _MAY_PASS_ON:
            if atom.client or (kind is Made and any(is_client(inner) for _, inner in atom.arguments)):
                return True
        elif (
            kind in _SENT
            or (kind is Claims and not atom.verified)
            or (kind in _HOLDING and any(map(is_client, held(atom))))
        ):
            return True
    return False


_MAY_PASS_ON = frozenset({Made, Opaque, Kept})
_SENT = frozenset({Body, Dump})
_HOLDING = frozenset({Mapping, Sequence})


def held(atom: Any) -> Iterable[Value]:
    """What stands in a list, under the keys of a dict, or may come into it under others."""
    return atom.items if type(atom) is Sequence else (*(value for _, value in atom.items), atom.rest)


_ALWAYS_TRUE = frozenset(
    {Row, Claims, Session, ClassRef, FunctionValue, Instance, Failure, Query, ModuleRef, Body, Method}
)


def truth(atom: Atom) -> bool | None:
    """Whether an atom is true in a condition; None when it can be either. A text of the request is never empty."""
    if isinstance(atom, Known):
        if type(atom) is not Known:
            return True
        return None if atom.setting else bool(atom.value)
    if isinstance(atom, (Mapping, Sequence)) and not getattr(atom, "open", False):
        if atom.items:
            return True
        return None if type(atom) is Mapping and atom.rest else False
    if type(atom) in _ALWAYS_TRUE:
        return True
    if type(atom) is Scalar:
        identity = atom.origin == "principal" and not _SWITCH.search(atom.key)
        identity = identity or (atom.origin == "client" and atom.column == WRITTEN)
        return True if identity or (atom.origin == "row" and atom.column in ("id", "uuid", "pk")) else None
    if type(atom) is Made and not atom.taint:
        return True if _is_object(atom.dotted) else None
    return None


def _is_object(dotted: str) -> bool:
    """Was it made by a class or a maker of the frameworks? What a method of such an object gives may be nothing."""
    parts = dotted.split(".")
    made = parts[-1][:1].isupper() or parts[-1] in _MAKERS
    return made and parts[0] in ("fastapi", "starlette", "sqlalchemy", "sqlmodel")


def holds_tools(atom: Made) -> bool:
    """Is it what an MCP server hands out of its own tools? Which of them it is, the caller says by a name."""
    return _OF_SERVER.search(atom.dotted) is not None
