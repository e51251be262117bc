"""Writes to tables: rows made, changed and deleted, each judged where it happens, and who owns a new row."""

import re
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import AccessVerdict
from constitution_lint.model.flow import elements
from constitution_lint.model.flow.identity import principals
from constitution_lint.model.flow.queries import client_keys, scoping
from constitution_lint.model.flow.record import NOT_ALWAYS, Loaded
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    Body,
    Dump,
    Made,
    Mapping,
    Opaque,
    Query,
    Result,
    Row,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.tables import OwnedTable

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine


Pairs = list[tuple[State, Value]]
_DRAWING = frozenset(
    {
        "uuid",
        "secrets",
        "random",
        "uuid6",
        "uuid_utils",
        "uuid_extensions",
        "ulid",
        "nanoid",
        "shortuuid",
        "cuid",
        "cuid2",
    }
)
"""Modules whose functions make identifiers that were never there before."""


_OF_CREDENTIALS = re.compile(r"token|session|verif|reset|otp|code|credential|login|audit|log$|invit|attempt", re.I)
"""Tables whose rows are about signing in."""


def change(machine: "Machine", row: Row, kind: str, state: State, frame: "Frame", place: Location) -> None:
    """A row is deleted or changed: it has to be proven by now."""
    machine.record.write(place)
    if row.number > 0 and machine.record.is_made(row.number):
        return
    table = machine.ownership.tables.get(row.table)
    at = (place, row.table, kind)
    if table is None or not table.owned:
        machine.record.settle(at, AccessVerdict.NOT_OWNED, "the table belongs to nobody", "", frame.chain)
    elif machine.record.holds(row.number, state):
        machine.record.settle(at, AccessVerdict.ISOLATED, "the row was proven before", "", frame.chain)
    elif state.admin:
        machine.record.settle(at, AccessVerdict.ADMIN, state.words("admin"), "", frame.chain)
    else:
        loaded = machine.record.loaded(row.number)
        why = (loaded.why if loaded is not None else "") or NOT_ALWAYS
        state.refute(row.number)
        fault = loaded.fault if loaded is not None and loaded.fault != "unscoped-read" else "unscoped-write"
        unclear = (loaded.unclear if loaded is not None else "") or state.words("ranked")
        if unclear:
            machine.record.settle(at, AccessVerdict.UNPROVEN, unclear, "", frame.chain)
        else:
            machine.record.blame(at, row.number, why, fault, frame.chain)


def assign(
    machine: "Machine", row: Row, name: str, value: Value, state: State, place: Location, frame: "Frame"
) -> None:
    """`row.name = value`. What the class gives no meaning to is kept in memory alone."""
    if machine.record.is_made(row.number):
        return
    table = machine.ownership.tables.get(row.table)
    if table is None or name.startswith("_"):
        return
    if name and table.attributes is not None and name not in table.attributes:
        return
    change(machine, row, "update", state, frame, place)
    if name in table.owners and _named_by_client(machine, value, state):
        at = (place, row.table, "update")
        why = f"{name} is set from {_client_key(machine, value, state)}"
        _refuse(machine, at, why, "mass-assigned-owner", state, frame.chain)
    elif name in {parent.column for parent in table.parents}:
        _judge_references(machine, table, {name: value}, state, place, frame.chain)


def update_statement(
    machine: "Machine", table: OwnedTable, query: Query, state: State, place: Location, chain: tuple[Related, ...]
) -> None:
    """`update(Table).values(...)`: whose the rows are from now on, and what they hang on."""
    for name, value in dict(query.values).items():
        if name in table.owners and _named_by_client(machine, value, state):
            why = f"{name} is set from {_client_key(machine, value, state)}"
            _refuse(machine, (place, table.key, "update"), why, "mass-assigned-owner", state, chain)
    _judge_references(machine, table, dict(query.values), state, place, chain)


def _judge_references(
    machine: "Machine",
    table: OwnedTable,
    values: dict[str, Value],
    state: State,
    place: Location,
    chain: tuple[Related, ...],
) -> None:
    """A row that hangs on another parent from now on: the parent must be the user's, as that of a new row must."""
    if table.owned and not table.is_user and not state.admin:
        foreign = _foreign_reference(machine, table, values, state)
        if foreign:
            at = (place, table.key, "update")
            _refuse(machine, at, foreign, "foreign-reference", state, chain)


def assign_many(
    machine: "Machine", row: Row, dumps: tuple[Dump, ...], state: State, place: Location, frame: "Frame"
) -> None:
    """Every field a client sends is set on a row: the owner must not be among them."""
    assign(machine, row, "", SERVER, state, place, frame)
    table = machine.ownership.tables.get(row.table)
    if table is None:
        return
    if machine.record.is_made(row.number):
        state.store_all(row.number, {name: value for dump in dumps for name, value in _copied(machine, table, dump)})
        return
    for dump in dumps:
        sent = [name for name in table.owners if dump.fields is None or name in dump.fields]
        sent = [name for name in sent if name not in dump.excluded and name not in dict(dump.overrides)]
        if sent and not state.admin:
            why = f"{sent[0]} is copied from {dump.key}"
            _refuse(machine, (place, row.table, "update"), why, "mass-assigned-owner", state, frame.chain)
        else:
            _judge_references(machine, table, dict(_copied(machine, table, dump)), state, place, frame.chain)


def _named_by_client(machine: "Machine", value: Value, state: State) -> bool:
    return any(_is_sent(atom) and not principals.is_principal(machine, atom, state) for atom in value)


def _is_sent(atom: Atom) -> bool:
    return isinstance(atom, Body | Dump) or (isinstance(atom, Scalar) and atom.origin == "client")


def _client_key(machine: "Machine", value: Value, state: State) -> str:
    """The client's value that got through, by its name."""
    named = (atom for atom in value if isinstance(atom, Body | Dump | Scalar) and _is_sent(atom))
    return next(
        (elements.spelled(atom.key) for atom in named if not principals.is_principal(machine, atom, state)),
        "the client",
    )


def construct(
    machine: "Machine", table: OwnedTable, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> tuple[State, Value]:
    """`Table(...)`: a row that stands nowhere yet; its values are judged when it is added."""
    number = machine.number()
    machine.record.make(number, Loaded(table.key, frame.at(node.span), "insert", frame.chain))
    state = state.copy()
    state.prove((number,))
    for atom in arguments.rest or ():
        for name, value in _copied(machine, table, atom):
            state.store(number, name, value)
    state.store_all(number, arguments.keywords)
    return state, (Row(table.key, number),)


def construct_from(
    machine: "Machine", table: OwnedTable, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> tuple[State, Value]:
    """`Table.model_validate(body, update={...})`."""
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.language.container_methods import spread

    source: list[Atom] = [spread(machine, atom) for atom in arguments.get(0, "obj") or NONE]
    keywords: dict[str, Value] = {}
    for atom in source:
        if isinstance(atom, Mapping):
            keywords.update(dict(atom.items))
        elif isinstance(atom, Dump):
            keywords.update(dict(atom.overrides))
    for atom in arguments.keywords.get("update", ()):
        if isinstance(atom, Mapping):
            keywords.update(dict(atom.items))
    return construct(machine, table, Arguments([], keywords, None, tuple(source)), state, frame, node)


def _copied(machine: "Machine", table: OwnedTable, atom: Atom) -> list[tuple[str, Value]]:
    """What `**source` may set: only the table's own columns matter."""
    from constitution_lint.model.flow.language.container_methods import spread

    atom = spread(machine, atom)
    if isinstance(atom, Dump):
        names = [
            name for name in table.columns if (atom.fields is None or name in atom.fields) and name not in atom.excluded
        ]
        return [
            *((name, (Scalar("client", f"{atom.key}.{name}", column="copied"),)) for name in names),
            *atom.overrides,
        ]
    if isinstance(atom, Opaque | Made | Scalar):
        relevant = (*table.owners, *(parent.column for parent in table.parents))
        return [(name, (atom,)) for name in relevant]
    return []


def objects_in(value: Value) -> list[Row | Body]:
    """Rows, and objects the client sent, alone or in a list."""
    found = [atom for atom in value if isinstance(atom, Row | Body)]
    for atom in value:
        if isinstance(atom, Sequence):
            found.extend(one for item in atom.items for one in objects_in(item))
    return found


def insert(machine: "Machine", made: Row | Body, state: State, frame: "Frame", place: Location) -> None:
    """`session.add(row)`: of a new row the owner and the references are judged; adding a loaded row changes nothing.

    A table class as the body is a new row with all that the client sent.
    """
    table, values = _new(machine, made, state)
    if table is not None:
        machine.record.write(place)
        _judge_insert(machine, table, values, state, place, frame.chain)


def merge(machine: "Machine", made: Row | Body, state: State, frame: "Frame", place: Location) -> None:
    """`session.merge(row)`: a new row, or another in the place of the one that has its key."""
    insert(machine, made, state, frame, place)
    table, values = _new(machine, made, state)
    key = values.get(table.primary) if table is not None else None
    if table is None or key is None or not table.owned or principals.owned_value(machine, key, state):
        return
    if not _named_by_client(machine, key, state):
        return
    at = (place, table.key, "update")
    why = f"the row that {_client_key(machine, key, state)} names is overwritten, whoever it belongs to"
    _refuse(machine, at, why, "unscoped-write", state, frame.chain)


def _refuse(
    machine: "Machine",
    at: tuple[Location, str, str],
    why: str,
    fault: str,
    state: State,
    chain: tuple[Related, ...],
) -> None:
    """What would be a leak, but for a role that was checked before, or perhaps was."""
    if state.admin:
        machine.record.settle(at, AccessVerdict.ADMIN, state.words("admin"), "", chain)
    elif state.ranked:
        machine.record.settle(at, AccessVerdict.UNPROVEN, state.words("ranked"), "", chain)
    else:
        machine.record.settle(at, AccessVerdict.LEAK, why, fault, chain)


def _new(machine: "Machine", made: Row | Body, state: State) -> tuple[OwnedTable | None, dict[str, Value]]:
    """The table an object is new in, with the values known of it; no table when it was loaded, or belongs to none."""
    if isinstance(made, Body):
        table = machine.ownership.find(made.definition) if made.definition is not None else None
        return table, dict(_copied(machine, table, made)) if table is not None else {}
    if not machine.record.is_made(made.number):
        return None, {}
    return machine.ownership.tables.get(made.table), state.attributes(made.number)


def _judge_overwriting(
    machine: "Machine",
    table: OwnedTable,
    query: Query,
    state: State,
    place: Location,
    chain: tuple[Related, ...],
) -> None:
    """`on_conflict_do_update`: the row that is there may be anybody's, if the client names what it is found by."""
    over = query.overwrites
    if over is None or not table.owned or table.is_user or not set(over.found_by).isdisjoint(table.owners):
        return
    conditions = (one for one in over.conditions if one.column is not None and one.column.column in table.owners)
    if any(one.op == "==" and principals.principal(machine, one.value, state) for one in conditions):
        return
    values = dict(query.values)
    keys = [values[name] for name in over.found_by or (table.primary,) if name in values]
    named = [key for key in keys if _named_by_client(machine, key, state)]
    if not named or any(principals.owned_value(machine, key, state) for key in keys):
        return
    why = f"the row that {_client_key(machine, named[0], state)} names is overwritten, whoever it belongs to"
    _refuse(machine, (place, table.key, "update"), why, "unscoped-write", state, chain)


def insert_statement(
    machine: "Machine", query: Query, state: State, place: Location, chain: tuple[Related, ...]
) -> Atom:
    machine.record.write(place)
    table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
    if table is not None:
        _judge_insert(machine, table, dict(query.values), state, place, chain)
        _judge_overwriting(machine, table, query, state, place, chain)
    number = machine.number()
    state.prove((number,))
    return Result(table.key if table is not None else "", number)


def _judge_insert(
    machine: "Machine",
    table: OwnedTable,
    values: dict[str, Value],
    state: State,
    place: Location,
    chain: tuple[Related, ...],
) -> None:
    at = (place, table.key, "insert")
    settle = machine.record.settle
    if not table.owned or table.is_user:
        settle(at, AccessVerdict.NOT_OWNED, f"a new row of {table.name} belongs to nobody else", "", chain)
        return
    verdict, why, fault = _owner_of_insert(machine, table, values, state)
    if verdict is not AccessVerdict.LEAK:
        foreign = _foreign_reference(machine, table, values, state)
        if foreign:
            verdict, why, fault = AccessVerdict.LEAK, foreign, "foreign-reference"
    if verdict is AccessVerdict.LEAK:
        _refuse(machine, at, why, fault, state, chain)
    else:
        settle(at, verdict, why, fault, chain)


def _owner_of_insert(
    machine: "Machine", table: OwnedTable, values: dict[str, Value], state: State
) -> tuple[AccessVerdict, str, str]:
    relations = [name for name, key in table.relationships.items() if machine.ownership.tables.get(key, table).is_user]
    for name in (*table.owners[:1], *relations, *table.owners[1:]):
        value = values.get(name)
        if value is None:
            continue
        stand_in = principals.stand_in(machine, value, state)
        if stand_in is not None:
            return AccessVerdict.LEAK, scoping.told_of_stand_in(name, stand_in), "unscoped-write"
        if principals.principal(machine, value, state) or principals.owned_value(machine, value, state):
            return AccessVerdict.ISOLATED, f"{name} is the token's user", ""
        if table.is_link and _is_in_proven_group(machine, table, values, state):
            return AccessVerdict.ISOLATED, "a member is taken into a group that was proven", ""
        if _named_by_client(machine, value, state):
            copied = any(isinstance(atom, Scalar) and atom.column == "copied" for atom in value)
            fault = "mass-assigned-owner" if copied else "client-named-owner"
            return (
                AccessVerdict.LEAK,
                f"{name} is set from {_client_key(machine, value, state)}, which the client chooses",
                fault,
            )
        if key := _key_of_row(machine, table, value, state):
            why = f"{name} is that of the row which {key} names, and nothing compares it with the token's user"
            return AccessVerdict.LEAK, why, "client-named-owner"
        if any(isinstance(atom, Opaque | Made) and not _is_drawn(atom) for atom in value):
            return AccessVerdict.UNPROVEN, f"where {name} comes from could not be followed", ""
        if principals.is_one_for_all(machine, value, state):
            return AccessVerdict.UNPROVEN, scoping.told_of_one_for_all(name, value), ""
        return AccessVerdict.ISOLATED, f"{name} is chosen by the server", ""
    return AccessVerdict.ISOLATED, "the new row hangs on a parent that was proven", ""


def _is_in_proven_group(machine: "Machine", table: OwnedTable, values: dict[str, Value], state: State) -> bool:
    """Does a new row of a link table say who else is in a group of the principal's?"""
    groups = [values.get(parent.column) for parent in table.parents]
    return bool(groups) and all(one is not None and principals.owned_value(machine, one, state) for one in groups)


def _key_of_row(machine: "Machine", table: OwnedTable, value: Value, state: State) -> str:
    """The client's key that chose the row a value is of, "" for rows that are proven or that no client chose.

    Whoever asks for a new password is named by an e-mail, and whom one takes into a group.
    """
    for atom in value:
        number = atom.row if isinstance(atom, Scalar) else atom.number if isinstance(atom, Row) else 0
        loaded = None if number == 0 or machine.record.holds(number, state) else machine.record.loaded(number)
        if loaded is None or loaded.unclear or machine.record.is_made(number):
            continue
        is_for_others = loaded.answered or table.is_link or _OF_CREDENTIALS.search(table.name)
        if keys := loaded.keys or (() if is_for_others else loaded.accounts):
            return elements.spelled(keys[0])
    return ""


def _is_drawn(atom: Atom) -> bool:
    """A fresh identifier into which nothing of the request or the database went: it is nobody else's."""
    drawn = isinstance(atom, Made) and atom.dotted.partition(".")[0] in _DRAWING
    return drawn and not is_client((atom,)) and not is_credential((atom,)) and not taint((atom,))


def _foreign_reference(machine: "Machine", table: OwnedTable, values: dict[str, Value], state: State) -> str:
    for parent in table.parents:
        value = values.get(parent.column)
        if value is None or principals.owned_value(machine, value, state):
            continue
        if _named_by_client(machine, value, state):
            if client_keys.is_none_named(value, state):
                continue
            owner, key = parent.table.rsplit(":", 1)[-1], _client_key(machine, value, state)
            return f"{parent.column} is taken from {key} and that {owner} is never proven to be the user's"
        if _of_unproven_row(machine, value, state):
            owner = parent.table.rsplit(":", 1)[-1]
            return f"{parent.column} is taken from a row of {owner} that is never proven to be the user's"
    return ""


def _of_unproven_row(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value the column of a loaded row that the server did not choose, and that was never shown to be theirs?"""
    for atom in value:
        if not isinstance(atom, Scalar) or atom.origin != "row":
            continue
        if not machine.record.holds(atom.row, state) and not machine.record.is_made(atom.row):
            loaded = machine.record.loaded(atom.row)
            if loaded is not None and not loaded.unclear and not loaded.preset:
                return True
    return False
