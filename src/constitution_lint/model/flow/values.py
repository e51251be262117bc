"""What the interpreter computes with: a value is a small union of atoms, each saying what is known and from where."""

from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from constitution_lint.facts.code import FunctionDef, Lambda
from constitution_lint.model.api import Seal
from constitution_lint.model.names import Definition

Origin = Literal["principal", "row", "client", "server"]


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
    label: str = ""
    """The name that the statement gives it, by which a subquery has it."""


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


class Overwriting(Atom, frozen=True):
    """What an INSERT does with a row that is there already: it is found by these columns, and changed under conditions.

    Without columns it is found by a constraint that has a name.
    """

    found_by: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


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
    overwrites: "Overwriting | None" = None
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


class Method(Atom, frozen=True):
    """A method of a list, a dict, a statement or a session that is kept to be called later: `add = out.append`."""

    holder: Atom
    name: str


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
    """An exception: the class's name ("HTTPException") and the HTTP status it carries, 0 when none.

    `taint` are the rows whose content it tells.
    """

    name: str
    status: int = 0
    definition: Definition | None = None
    taint: frozenset[int] = frozenset()


class Reply(Atom, frozen=True):
    """A response object with a known status."""

    status: int
    taint: frozenset[int] = frozenset()


class Opaque(Atom, frozen=True):
    """Something that could not be followed, with the reason; of SQL text, what is known of it (`sql_fragments`)."""

    reason: str
    taint: frozenset[int] = frozenset()
    credential: bool = False
    client: bool = False
    template: str = ""


class Kept(Opaque, frozen=True):
    """What is put into a dict or list that a module, a class, or an object that outlives requests begins."""

    file: str = ""
    name: str = ""
    of_object: bool = False


Value: TypeAlias = tuple[Atom, ...]
"""A non-empty union of atoms in order of appearance."""

WRITTEN = "written"
"""The `column` of a parameter as it stands in the path: a text that is never empty."""
ANSWERED = "answered"
"""The `column` of what another service answered with a client's words inside."""
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


def overridden(atom: Atom, name: str, value: Value) -> Atom:
    """A client's object after `body.name = value`."""
    if not isinstance(atom, Body):
        return atom
    kept = tuple(pair for pair in atom.overrides if pair[0] != name)
    return msgspec.structs.replace(atom, overrides=(*kept, (name, value)))
