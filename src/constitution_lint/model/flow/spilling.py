"""Rows written into what is no value of their own: buffers, files, sheets and documents of libraries.

`csv.writer(out).writerow(…)` leaves no trace in any variable. A path keeps what was written by the library it was
written into, and a value in which such a thing stands shows it (`Machine.exposed`).
"""

import re
import sys
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import held as held_in
from constitution_lint.model.flow.traits import is_plain
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Atom, Instance, Made, Mapping, Opaque, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine

_MAY_HOLD = (Sequence, Mapping, Made, Opaque, Instance)
NOWHERE = "?"
"""Under this name stands what was put into something that could not be followed."""
INTO = "into"
"""The argument of a library's object in which it keeps what it writes into."""
_STANDARD = frozenset(
    {"io", "csv", "json", "open", "tempfile", "zipfile", "tarfile", "gzip", "bz2", "lzma", "pickle", "xml", "queue",
     "asyncio", "array", "codecs", "collections", "pathlib", "heapq", "shelve", "string", "itertools", "sqlite3"}
)  # fmt: skip
"""What of Python's own keeps what is put into it."""
_ELSEWHERE = re.compile(
    r"(?:request|response|scheme|middleware|password|credentials|dump|dynamic|module|fastapi|starlette|pydantic\w*|sqlalchemy"
    r"|sqlmodel|loguru|structlog|httpx|requests|aiohttp|urllib3|cachetools|limits|slowapi|passlib|bcrypt|sentry_sdk"
    r"|opentelemetry|prometheus_client|jwt|jose|redis|aioredis|boto3|botocore|aioboto3|stripe|twilio|sendgrid|celery|pika"
    r"|aio_pika|kafka|aiokafka|firebase_admin|elasticsearch|pymongo|motor|typing\w*|digest|providers?)\b"
)
"""Services and frameworks: what is sent to them does not come back by itself."""


def spill(state: State, into: str, rows: frozenset[int]) -> State:
    """The path behind a place where the content of rows is written into something."""
    state = state.copy()
    state.spill(into, rows)
    return state


def put(state: State, holder: Atom, rows: frozenset[int]) -> None:
    """`sheet["A1"] = …`, `cell.value = …`: what an object of a library holds from here on, and what it belongs to."""
    for name in sorted(set(_roots((holder,)))) if rows else ():
        state.spill(name, rows)


def kept_by(atom: Instance, rows: frozenset[int], state: State) -> State:
    """An object whose class has a base in a library: a method of that keeps in it what it is given."""
    if not rows:
        return state
    state = state.copy()
    known = state.attribute(atom.number, NOWHERE)
    written: Value = (Opaque("what was written", rows),)
    state.store(atom.number, NOWHERE, union(known, written) if known else written)
    return state


def written(made: Made, arguments: "Arguments", receiver: Value, state: State) -> State:
    """The path behind a call of a library: rows that went in may stand in any object that it was given."""
    if not made.taint:
        return state
    for name in sorted({one for value in (receiver, *arguments.all) for one in _roots(value)}):
        state = spill(state, name, made.taint)
    return state


def linked(arguments: "Arguments") -> tuple[tuple[str, Value], ...]:
    """What an object writes into, kept among its arguments: `csv.writer(out)`."""
    found = tuple(atom for value in arguments.positional for atom in value if _is_keeping(atom))
    return ((INTO, found),) if found else ()


def held(value: Value, state: State) -> frozenset[int]:
    """The rows that were written into what stands in a value."""
    return frozenset().union(*map(state.spilled, dict.fromkeys(_roots(value))))


def _is_keeping(atom: object) -> bool:
    return isinstance(atom, Made) and next(_roots((atom,)), None) is not None


def _roots(value: Value) -> Iterator[str]:
    """The libraries whose objects stand in a value, those they write into included."""
    for atom in value:
        if type(atom) is Made:
            root = atom.dotted.partition(".")[0].removesuffix("()")
            if _keeps(root):
                yield root
            for name, inner in atom.arguments:
                if name == INTO or any(type(one) is Made for one in inner):
                    yield from _roots(inner)
        elif type(atom) is Sequence:
            for inner in atom.items:
                yield from _roots(inner)
        elif type(atom) is Mapping:
            for _, inner in atom.items:
                yield from _roots(inner)


def _keeps(root: str) -> bool:
    if root in sys.stdlib_module_names or root == "open":
        return root in _STANDARD
    return root.isidentifier() and not _ELSEWHERE.match(root)


def _is_full(atom: Atom) -> bool:
    """Stands something in every list and dict in it? What is put out of sight into one that was empty leaves it so."""
    if not isinstance(atom, Sequence | Mapping):
        return True
    return bool(atom.items) and all(map(_is_full, chain.from_iterable(held_in(atom))))


def left_behind(machine: "Machine", value: Value, state: State) -> None:
    """A request ends with an answer that may hold what was put where it could not be followed."""
    found = state.spilled(NOWHERE)
    if found and any(isinstance(atom, _MAY_HOLD) and not (is_plain((atom,)) and _is_full(atom)) for atom in value):
        for number in sorted(found):
            machine.record.leave_undecided(number, "its content is put where it could not be followed")
        machine.record.disclose(found, state)
