"""Database drivers and thin layers over them: what takes SQL text, with which parameters, and what a cursor holds.

asyncpg, psycopg, sqlite3, databases, aiosqlite and the like differ in little but how they spell parameters. Whatever
executes a text that is SQL is taken as one of them. Stores whose queries cannot be read are named, not passed over.
"""

import re
from typing import TYPE_CHECKING

from constitution_lint.facts.location import Location
from constitution_lint.model.flow.queries import raw_sql, sql_fragments
from constitution_lint.model.flow.traits import is_client
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    ClassRef,
    Dump,
    External,
    Instance,
    Known,
    Made,
    Mapping,
    Opaque,
    Query,
    Row,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.sql_text import POSITION

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine

EXECUTING = frozenset(
    {"exec", "execute", "executemany", "execute_many", "execute_fetchall", "scalars", "scalar", "stream", "iterate",
     "stream_scalars", "fetch_one", "fetch_all", "fetch_val", "fetchrow", "fetch", "fetchval", "fetchone", "fetchall"}
)  # fmt: skip
FIRST = {
    "scalar": "scalar", "fetch_one": "first", "fetchrow": "first", "fetchone": "first", "fetchval": "scalar",
    "fetch_val": "scalar",
}  # fmt: skip
"""What gives one row, or the first column of one, instead of a result."""
_STATEMENT_WORDS = ("query", "statement", "sql", "operation", "clauseelement")
_PARAMETER_WORDS = ("params", "parameters", "values", "args", "vars", "seq_of_parameters")
_CONNECTIONS = re.compile(
    r"^(?:asyncpg|psycopg2?|psycopg_pool|sqlite3|aiosqlite|aiomysql|pymysql|asyncmy|aiopg|databases|MySQLdb|mysql)\b"
    r".*\.(?:Database|\w*Connection(?:Pool)?|connection|cursor|\w*Cursor|Pool|connect)$"
)
_STORES = re.compile(
    r"^(?:motor|pymongo|beanie|odmantic|mongoengine|tortoise|peewee|pony|ormar|piccolo|prisma|gino|edgedb|aiosql|tinydb"
    r"|cassandra|neo4j|supabase|google\.cloud\.firestore|firebase_admin\.firestore)\b"
)


def is_connection(dotted: str) -> bool:
    return _CONNECTIONS.match(dotted) is not None


def statement(arguments: "Arguments") -> Value | None:
    """What is to be executed: the first argument, or the one that is named so."""
    found = arguments.get(0)
    return found or next((arguments.keywords[word] for word in _STATEMENT_WORDS if word in arguments.keywords), None)


def as_query(machine: "Machine", atom: Atom) -> Atom:
    """A text that is SQL as a statement; anything else as it is."""
    text = atom.value if isinstance(atom, Known) else atom.template if isinstance(atom, Opaque) else ""
    if isinstance(text, str) and sql_fragments.is_sql(text):
        return raw_sql.parsed(machine, (atom,))[0]
    return atom


def executes(name: str, value: Value | None) -> bool:
    """Does a call run a statement, whoever is called? It is named so, and takes a statement or a text that is one."""
    if name not in EXECUTING or value is None:
        return False
    known = [
        atom.value if isinstance(atom, Known) else atom.template for atom in value if isinstance(atom, Known | Opaque)
    ]
    return any(isinstance(atom, Query) for atom in value) or any(
        isinstance(one, str) and sql_fragments.is_sql(one) for one in known
    )


def given(passed: list[Value], keywords: dict[str, Value]) -> dict[str, Value]:
    """The parameters of a statement by name; those without one by their place."""
    found: dict[str, Value] = {}
    places: list[Value] = []
    named = [keywords[word] for word in _PARAMETER_WORDS if word in keywords]
    for value in (*passed, *named):
        atom = value[0] if len(value) == 1 else None
        if isinstance(atom, Sequence) and not atom.open and not places:
            places.extend(atom.items)
        elif any(isinstance(one, Mapping | Dump) for one in value):
            found.update(_in_any_form([_named(one) for one in value if isinstance(one, Mapping | Dump)]))
        else:
            places.append(value)
    plain = {word: value for word, value in keywords.items() if word not in _PARAMETER_WORDS}
    return {**found, **{f"{POSITION}{number}": value for number, value in enumerate(places, 1)}, **plain}


def _in_any_form(forms: list[dict[str, Value]]) -> dict[str, Value]:
    """Parameters that were put together differently on several paths."""
    names = dict.fromkeys(name for form in forms for name in form)
    return {name: union(*(form[name] for form in forms if name in form)) for name in names}


def _named(atom: Mapping | Dump) -> dict[str, Value]:
    if isinstance(atom, Mapping):
        return {name: value for name, value in atom.items if isinstance(name, str)}
    sent = {name: (Scalar("client", f"{atom.key}.{name}"),) for name in atom.fields or () if name not in atom.excluded}
    return {**sent, **dict(atom.overrides)}


def inserted(arguments: "Arguments") -> Value | None:
    """The row, or the rows, that an INSERT without values of its own is executed with."""
    if len(arguments.positional) > 1:
        return arguments.positional[1]
    return next((arguments.keywords[word] for word in _PARAMETER_WORDS if word in arguments.keywords), None)


def note_store(machine: "Machine", atom: Atom, arguments: "Arguments", place: Location) -> None:
    """A call into a store of which no tables are known: whose rows it reaches stays open."""
    dotted = _of_library(machine, atom)
    if dotted and not machine.module_level and _may_reach(arguments):
        machine.record.leave_unclear(f"what {dotted.split('.')[0]} keeps could not be told", place)


def _of_library(machine: "Machine", atom: Atom) -> str:
    if isinstance(atom, (Made, External)):
        return atom.dotted if _STORES.match(atom.dotted) else ""
    if isinstance(atom, (ClassRef, Instance)):
        ends = (base.dotted for base in machine.names.ancestors(atom.definition) if base.kind == "external")
        return next((dotted for dotted in ends if _STORES.match(dotted)), "")
    return ""


def _may_reach(arguments: "Arguments") -> bool:
    """Is anything asked with a value of the request's in it, or a row's?"""
    return any(is_client(value) or any(isinstance(atom, Row | Scalar) for atom in value) for value in arguments.all)
