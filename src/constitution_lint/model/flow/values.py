"""What the interpreter computes with: a value is a small union of atoms, each saying what is known and from where."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, TypeAlias

import msgspec

from constitution_lint.facts.code import FunctionDef, Lambda
from constitution_lint.model.api import Seal
from constitution_lint.model.names import Definition

Origin = Literal["principal", "row", "client", "server"]
_WIDEST = 8
_MOST_STATEMENTS = 3
_MOST_LISTS = 3
_LONGEST_LIST = 40
_MOST_CALLED = 64
"""Functions, classes and objects kept apart in one value: a call of what is folded away would not be followed."""
_FEW = min(_MOST_STATEMENTS, _MOST_LISTS, _WIDEST)
"""So few atoms are kept apart, whatever they are."""
_MOST_KINDS = 100
_SWITCH = re.compile(r"admin|super|staff|role|perm|scope|active|verified|enabled|is_", re.I)


class Atom(msgspec.Struct, frozen=True, cache_hash=True):
    """The base of all atoms; equal atoms are interchangeable."""


class Known(Atom, frozen=True):
    """A literal of the source. `setting` names the setting it was read from, empty for one written in place."""

    value: str | int | float | bool | None
    setting: str = ""
    stands_in: bool = False
    """Does a guard hand it over in the place of whom the token names?"""


class Scalar(Atom, frozen=True):
    """A plain value of which only the origin is known.

    `key` names it ("path user_id", "sub"); a row's column carries the row's number and the column. `credential` marks
    what a client presents to prove who it is: the Authorization header, a cookie, a scheme's token.
    """

    origin: Origin
    key: str = ""
    row: int = 0
    column: str = ""
    credential: bool = False
    seal: Seal | None = None
    """Of a claim: how the link that it came in was signed."""


class Claims(Atom, frozen=True):
    """The payload of a token. Unverified claims are the client's; those of a link are as good as who signed it."""

    verified: bool
    seal: Seal | None = None
    required: tuple[str, ...] = ()
    """Claims without which the token is refused."""


class Row(Atom, frozen=True):
    """One row of a table, by table key and the number of the access that loaded or made it."""

    table: str
    number: int


class Rows(Atom, frozen=True):
    """Several rows loaded by one access; the elements share its number."""

    table: str
    number: int


class Result(Atom, frozen=True):
    """What executing a statement gave before `.all()`, `.first()` and the like are called on it.

    `parts` is empty when whole rows of one table are selected; else what each row holds, in order.
    """

    table: str
    number: int
    parts: "tuple[Part, ...]" = ()


class Part(Atom, frozen=True):
    """One member of a selected tuple: a whole row (`column` is ""), or a column of one; `number` is its access's."""

    table: str
    column: str
    number: int


class ColumnRef(Atom, frozen=True):
    """`Task.user_id` on a table class; `of` is the subquery it is a column of (`mine.c.user_id`)."""

    table: str
    column: str
    of: "Query | None" = None


class Condition(Atom, frozen=True):
    """One comparison inside a statement: `column op value`; `alternatives` for `or_` (each a conjunction).

    Of the operators "has" (a relationship leads to a row of the query in `value`), "exists" (the query in `value` finds
    rows), "not", "true" and "unclear" have no counterpart in Python.
    """

    column: ColumnRef | None
    op: str
    value: "tuple[Atom, ...]" = ()
    alternatives: "tuple[tuple[Condition, ...], ...]" = ()
    all_of: "tuple[Condition, ...]" = ()


class Query(Atom, frozen=True):
    """A statement under construction: `tables` are selected, the first being the one it is about.

    `shape` lists what is selected (a column "" is the whole row). `joined` are further tables, those of `implied` by
    their foreign key alone; `outer` are tables of outer joins with their conditions, which bind nothing but these.
    """

    kind: str
    tables: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    shape: tuple[ColumnRef, ...] = ()
    joined: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    outer: "tuple[tuple[str, tuple[Condition, ...]], ...]" = ()
    values: "tuple[tuple[str, tuple[Atom, ...]], ...]" = ()
    session: bool = False
    """Made by `session.query`: its own methods execute it."""
    unclear: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    """Of SQL as text: what it lists, in order, where rows come as tuples."""


class Session(Atom, frozen=True):
    """A database session or connection; a cursor has a number, under which the state keeps its last result."""

    number: int = 0


class ClassRef(Atom, frozen=True):
    file: str
    name: str
    definition: Definition


class FunctionValue(Atom, frozen=True):
    """A function with the object it is bound to and the environment it closes over, a number of `Closures`."""

    file: str
    qualname: str
    node: FunctionDef | Lambda
    bound: "Atom | None" = None
    closure: int = 0
    owner: Definition | None = None


class Partial(Atom, frozen=True):
    """`functools.partial(function, …)`: a function with some of its arguments already given."""

    function: Atom
    positional: "tuple[tuple[Atom, ...], ...]" = ()
    keywords: "tuple[tuple[str, tuple[Atom, ...]], ...]" = ()


class ModuleRef(Atom, frozen=True):
    file: str
    dotted: str


class External(Atom, frozen=True):
    """A thing of a library by its dotted name ("sqlmodel.select")."""

    dotted: str


class Made(Atom, frozen=True):
    """What calling an external gave: an instance of a library class, with the arguments that matter.

    `taint` are the rows whose content may be inside, `credential` that a client's proof went in, `client` that any
    client value did.
    """

    dotted: str
    arguments: "tuple[tuple[str, tuple[Atom, ...]], ...]" = ()
    taint: frozenset[int] = frozenset()
    credential: bool = False
    client: bool = False


class Instance(Atom, frozen=True):
    """An object of a project class; its attributes stand in the state's heap under its number."""

    file: str
    name: str
    number: int
    definition: Definition


class Body(Atom, frozen=True):
    """An object the client sent: `definition` is its model class, None when untyped. `key` names the parameter.

    `overrides` are attributes that the server has set on it since.
    """

    key: str
    definition: Definition | None = None
    overrides: "tuple[tuple[str, tuple[Atom, ...]], ...]" = ()


class Dump(Atom, frozen=True):
    """A client's object as a dict. `fields` None means whatever the client sends; `excluded` are left out."""

    key: str
    fields: tuple[str, ...] | None
    excluded: tuple[str, ...] = ()
    overrides: "tuple[tuple[str, tuple[Atom, ...]], ...]" = ()


class Mapping(Atom, frozen=True):
    """A dict with known keys; `rest` is what unpacked or computed keys may add."""

    items: "tuple[tuple[str, tuple[Atom, ...]], ...]"
    rest: "tuple[Atom, ...]" = ()


class Sequence(Atom, frozen=True):
    """A list, tuple or set display, or one built up; `open` when more items of the same kinds may be in it."""

    items: "tuple[tuple[Atom, ...], ...]"
    open: bool = False


class Failure(Atom, frozen=True):
    """An exception: the class's name ("HTTPException") and the HTTP status it carries, 0 when none."""

    name: str
    status: int = 0
    definition: Definition | None = None


class Reply(Atom, frozen=True):
    """A response object with a known status."""

    status: int
    taint: frozenset[int] = frozenset()


class Opaque(Atom, frozen=True):
    """Something that could not be followed, with the reason; of a text that is SQL, what is known of it (`texts`)."""

    reason: str
    taint: frozenset[int] = frozenset()
    credential: bool = False
    client: bool = False
    template: str = ""


class Kept(Opaque, frozen=True):
    """What is put into a dict that a module, a class, or an object that outlives requests begins empty."""

    file: str = ""
    name: str = ""
    of_object: bool = False


Value: TypeAlias = tuple[Atom, ...]
"""A non-empty union of atoms in order of appearance."""

WRITTEN = "written"
"""The `column` of a parameter as it stands in the path: a text that is never empty."""
MESSAGE = "body message"
"""The key of what a websocket receives."""

NONE: Value = (Known(None),)
TRUE: Value = (Known(True),)
FALSE: Value = (Known(False),)
EMPTY: Value = (Known(""),)
SERVER: Value = (Scalar("server"),)


@lru_cache(maxsize=4096, typed=True)
def literal(value: str | int | float | bool | None) -> Value:
    """A literal written in place; of the same text there is one, so that comparing values costs little."""
    return (Known(value),)


def says(value: Value) -> bool:
    """Is there a flag in it, in a list or under a key too: true, false, none, a word, the number of a kind?"""
    for atom in value:
        if isinstance(atom, Known):
            if _is_flag(atom):
                return True
        elif type(atom) in _HOLDING and any(map(says, _held(atom))):
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
        or (type(atom) in _HOLDING and not getattr(atom, "rest", ()) and all(map(is_plain, _held(atom))))
        for atom in value
    )


def is_literal(atom: Atom, what: bool | None) -> bool:
    """Is it this literal and no other? What a text of the request says is not looked up for that."""
    return type(atom) is Known and atom.value is what


def is_bool(atom: Atom) -> bool:
    return type(atom) is Known and isinstance(atom.value, bool)


def union(*values: Value) -> Value:
    """All atoms of several values, each once; one opaque atom when there are too many to keep apart."""
    if len(values) == 1 and len(values[0]) == 1:
        return values[0]
    atoms = tuple(dict.fromkeys(chain.from_iterable(values)))
    if len(atoms) <= _FEW:
        return atoms or NONE
    if sum(isinstance(atom, Query) for atom in atoms) > _MOST_STATEMENTS:
        atoms = _statements_together(atoms)
    if sum(isinstance(atom, Sequence) for atom in atoms) > _MOST_LISTS:
        atoms = _lists_together(atoms)
    if sum(isinstance(atom, Mapping) for atom in atoms) > _MOST_LISTS:
        atoms = _dicts_together(atoms)
    return atoms if len(atoms) <= _WIDEST else _folded(atoms)


def _folded(atoms: Value) -> Value:
    """Too many atoms: what can be called or asked stays, the others become one of which only the origin is known."""
    called = tuple(atom for atom in atoms if isinstance(atom, _CALLED))[:_MOST_CALLED]
    kept = frozenset(called)
    others = tuple(atom for atom in atoms if atom not in kept)
    if len(others) <= _WIDEST:
        return (*called, *others)
    return (*called, Opaque("too many possible values", taint(others), is_credential(others), is_client(others)))


def listed(items: Iterable[Value], is_open: bool = False) -> Sequence:
    """A list of these; of a long one the last item stands for all from there on."""
    items = tuple(items)
    if len(items) <= _LONGEST_LIST:
        return Sequence(items, is_open)
    return Sequence((*items[: _LONGEST_LIST - 1], union(*items[_LONGEST_LIST - 1 :])), True)


def _statements_together(atoms: Value) -> Value:
    """Many spellings of one statement become the one that holds only the conditions common to all of them."""
    groups: dict[tuple[object, ...], list[Query]] = {}
    for atom in atoms:
        if isinstance(atom, Query):
            groups.setdefault((atom.kind, atom.tables, atom.shape, atom.session, atom.sql), []).append(atom)
    joined = [
        msgspec.structs.replace(
            group[0],
            conditions=tuple(one for one in group[0].conditions if all(one in other.conditions for other in group)),
            joined=tuple(one for one in group[0].joined if all(one in other.joined for other in group)),
            implied=tuple(one for one in group[0].implied if all(one in other.implied for other in group)),
            outer=tuple(dict.fromkeys(one for other in group for one in other.outer)),
            unclear=next((query.unclear for query in group if query.unclear), ""),
        )
        for group in groups.values()
    ]
    return (*joined, *(atom for atom in atoms if not isinstance(atom, Query)))


def _lists_together(atoms: Value) -> Value:
    """Many forms of one list become two: what is in all of them, and what may be in any of them.

    Those of one length are one list first, place by place: tuples that a function returns on several ways.
    """
    lists = [atom for atom in atoms if isinstance(atom, Sequence)]
    others = tuple(atom for atom in atoms if not isinstance(atom, Sequence))
    alike: dict[tuple[int, bool], list[Sequence]] = {}
    for one in lists:
        alike.setdefault((len(one.items), one.open), []).append(one)
    if len(alike) <= _MOST_LISTS:
        return (*(_place_by_place(group) for group in alike.values()), *others)
    common = tuple(item for item in lists[0].items if all(item in other.items for other in lists))
    whole = tuple(dict.fromkeys(item for one in lists for item in one.items))
    return (Sequence(common, any(one.open for one in lists)), listed(whole, True), *others)


def _place_by_place(lists: list[Sequence]) -> Sequence:
    return Sequence(tuple(union(*each) for each in zip(*(one.items for one in lists), strict=True)), lists[0].open)


def _dicts_together(atoms: Value) -> Value:
    """Many forms of one dict become one: under a key that all have any of their values, the others under no key."""
    dicts = [atom for atom in atoms if isinstance(atom, Mapping)]
    held: dict[str, list[Value]] = {}
    for one in dicts:
        for name, value in one.items:
            held.setdefault(name, []).append(value)
    items = tuple((name, union(*values)) for name, values in held.items() if len(values) == len(dicts))
    left = [value for values in held.values() if len(values) < len(dicts) for value in values]
    rests = [one.rest for one in dicts if one.rest]
    rest = union(*left, *rests) if left or rests else ()
    return (Mapping(items, rest), *(atom for atom in atoms if not isinstance(atom, Mapping)))


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


def _of_tainted(atom: Opaque | Reply, found: set[int]) -> None:
    found.update(atom.taint)


def _of_made(atom: Made, found: set[int]) -> None:
    found.update(atom.taint)
    for _, value in atom.arguments:
        found.update(taint(value))


def _of_mapping(atom: Mapping, found: set[int]) -> None:
    for _, value in atom.items:
        found.update(taint(value))
    found.update(taint(atom.rest))


def _of_sequence(atom: Sequence, found: set[int]) -> None:
    for value in atom.items:
        found.update(taint(value))


def _of_sent(atom: Body | Dump, found: set[int]) -> None:
    for _, value in atom.overrides:
        found.update(taint(value))


_CALLED = (FunctionValue, Partial, ClassRef, Instance)
_NO_ROWS: frozenset[int] = frozenset()
_COLLECT: dict[type[Atom], Callable[[Any, set[int]], None]] = {
    Row: _of_rows,
    Rows: _of_rows,
    Result: _of_result,
    Scalar: _of_scalar,
    Opaque: _of_tainted,
    Kept: _of_tainted,
    Reply: _of_tainted,
    Made: _of_made,
    Mapping: _of_mapping,
    Sequence: _of_sequence,
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
        elif kind in _HOLDING and any(map(is_credential, _held(atom))):
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
            or (kind in _HOLDING and any(map(is_client, _held(atom))))
        ):
            return True
    return False


_MAY_PASS_ON = frozenset({Made, Opaque, Kept})
_SENT = frozenset({Body, Dump})
_HOLDING = frozenset({Mapping, Sequence})


def _held(atom: Any) -> Iterable[Value]:
    """What stands in a list or under the keys of a dict."""
    return atom.items if type(atom) is Sequence else (value for _, value in atom.items)


def overridden(atom: Atom, name: str, value: Value) -> Atom:
    """A client's object after `body.name = value`."""
    if not isinstance(atom, Body):
        return atom
    kept = tuple(pair for pair in atom.overrides if pair[0] != name)
    return msgspec.structs.replace(atom, overrides=(*kept, (name, value)))


_ALWAYS_TRUE = frozenset({Row, Claims, Session, ClassRef, FunctionValue, Instance, Failure, Query, ModuleRef, Body})


def truth(atom: Atom) -> bool | None:
    """Whether an atom is true in a condition; None when it can be either. A text of the request is never empty."""
    if isinstance(atom, Known):
        if type(atom) is not Known:
            return True
        return None if atom.setting else bool(atom.value)
    if isinstance(atom, Mapping | Sequence) and not getattr(atom, "open", False):
        if atom.items:
            return True
        return None if isinstance(atom, Mapping) and atom.rest else False
    if type(atom) in _ALWAYS_TRUE:
        return True
    if isinstance(atom, Scalar):
        identity = atom.origin == "principal" and not _SWITCH.search(atom.key)
        identity = identity or (atom.origin == "client" and atom.column == WRITTEN)
        return True if identity or (atom.origin == "row" and atom.column in ("id", "uuid", "pk")) else None
    if isinstance(atom, Made) and not atom.taint:
        return True if atom.dotted.split(".")[0] in ("fastapi", "starlette", "sqlalchemy", "sqlmodel") else None
    return None
