"""Accesses without an ORM: statements handed to a driver's connection or cursor as text (PEP 249, asyncpg, aiosqlite).

Parameters without names (`%s`, `?`, `$1`) are numbered in the order in which they stand, and bound by position.
"""

import re
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call
from constitution_lint.model.flow import database, raw_sql
from constitution_lint.model.flow.results import on_result
from constitution_lint.model.flow.state import SHARED, State
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    Known,
    Made,
    Mapping,
    Opaque,
    Query,
    Result,
    Scalar,
    Sequence,
    Value,
    taint,
    union,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_DRIVERS = frozenset(
    {"psycopg", "psycopg2", "psycopg_pool", "asyncpg", "aiopg", "sqlite3", "aiosqlite", "databases", "pymysql",
     "aiomysql", "MySQLdb", "mysql"}
)  # fmt: skip
_RUNS = {
    "execute": "", "executemany": "", "execute_fetchall": "all", "fetch": "all", "fetch_all": "all",
    "fetchrow": "first", "fetch_one": "first", "fetchval": "scalar", "fetch_val": "scalar", "iterate": "all",
}  # fmt: skip
"""Methods that run a statement, with the one of a result that gives the same."""
_FETCHES = {"fetchone": "first", "fetchall": "all", "fetchmany": "all"}
_STATEMENT = re.compile(r"\s*(?:select|insert|update|delete|with)\b", re.I)
_PLACEHOLDER = re.compile(r"%s|\$(\d+)|(?<![:\w?])\?(?![?|&])")


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """A method of a driver's object, or of one nothing is known of that is handed a statement; None for any other."""
    if not isinstance(atom, Made | Opaque | Scalar):
        return None
    is_driver = isinstance(atom, Made) and atom.dotted.split(".")[0] in _DRIVERS
    if name in _FETCHES and is_driver:
        return _fetched(machine, atom, name, state)
    text = arguments.get(0) or ()
    if name not in _RUNS or not text or not all(map(_is_statement, text)):
        return None
    return _run(machine, atom, name, text, arguments, state, frame, node)


def _is_statement(atom: Atom) -> bool:
    return _STATEMENT.match(_text_of(atom)) is not None


def _text_of(atom: Atom) -> str:
    if isinstance(atom, Known):
        return atom.value if isinstance(atom.value, str) else ""
    return atom.template if isinstance(atom, Opaque) else ""


def _run(
    machine: "Machine",
    atom: Atom,
    name: str,
    text: Value,
    arguments: "Arguments",
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs:
    state = state.copy()
    given = _given(arguments)
    found = [
        database.executed(machine, raw_sql.bound(query, given), state, frame.at(node.span), frame)
        for query in raw_sql.parsed(machine, tuple(map(_numbered, text)))
        if isinstance(query, Query)
    ]
    result = tuple(dict.fromkeys(found))
    state.store(SHARED, _key(atom), result)
    if _RUNS[name]:
        return _of_results(machine, result, _RUNS[name], state)
    rows = taint(result)
    cursor = msgspec.structs.replace(atom, taint=atom.taint | rows) if isinstance(atom, Made | Opaque) else atom
    target = getattr(node.func, "value", None)
    states = machine.rebind(target, (cursor,), state, frame) if target is not None else [state]
    return [(after, (cursor,)) for after in states]


def _fetched(machine: "Machine", atom: Atom, name: str, state: State) -> Pairs:
    last = state.attribute(SHARED, _key(atom))
    return _of_results(machine, last, _FETCHES[name], state) if last is not None else [(state, NONE)]


def _of_results(machine: "Machine", result: Value, name: str, state: State) -> Pairs:
    pairs = [
        pair
        for one in result
        for pair in (on_result(machine, one, name, state) if isinstance(one, Result) else [(state, (one,))])
    ]
    return pairs if name != "all" or len(pairs) == 1 else [(state, union(*(value for _, value in pairs)))]


def _key(atom: Atom) -> str:
    """Connections and cursors of one driver are not told apart: what ran last is what is fetched."""
    return f"run by {atom.dotted.split('.')[0] if isinstance(atom, Made) else 'a connection'}"


def _numbered(atom: Atom) -> Atom:
    """`WHERE id = %s AND owner = %s` as `:p1` and `:p2`."""
    count = 0

    def named(match: "re.Match[str]") -> str:
        nonlocal count
        count += 1
        return f":p{match[1] or count}"

    text = _PLACEHOLDER.sub(named, _text_of(atom))
    if isinstance(atom, Known):
        return Known(text, atom.setting)
    return msgspec.structs.replace(atom, template=text) if isinstance(atom, Opaque) else atom


def _given(arguments: "Arguments") -> dict[str, Value]:
    values = list(arguments.positional[1:])
    first = values[0] if values else arguments.keywords.get("values", arguments.keywords.get("params", ()))
    if len(first) == 1 and isinstance(first[0], Mapping):
        return dict(first[0].items)
    if len(first) == 1 and isinstance(first[0], Sequence):
        values = list(first[0].items)
    return {f"p{position}": value for position, value in enumerate(values, 1)}
