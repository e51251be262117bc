"""Accesses to tables: statements built, executed and changed through sessions, each judged where it runs."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.api import AccessVerdict
from constitution_lint.model.flow import conditions, scoping, statements
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    Body,
    ClassRef,
    ColumnRef,
    Condition,
    Dump,
    Made,
    Mapping,
    Opaque,
    Query,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Session,
    Value,
    union,
)
from constitution_lint.model.tables import OwnedTable

if TYPE_CHECKING:
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
SESSION = Session()
_EXECUTE = frozenset(
    {
        "exec",
        "execute",
        "scalars",
        "scalar",
        "stream",
        "stream_scalars",
        "fetch_one",
        "fetch_all",
        "fetchrow",
        "fetch",
        "fetchval",
    }
)
_ONE = frozenset({"first", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "fetchone", "scalar", "get"})
_MANY = frozenset(
    {"all", "fetchall", "scalars", "unique", "mappings", "fetchmany", "partitions", "tuples", "yield_per", "columns"}
)
_CERTAIN = frozenset({"one", "scalar_one"})
_FACTORIES = ("sessionmaker", "async_sessionmaker", "scoped_session", "async_scoped_session")
_SESSION_CLASSES = (
    "Session",
    "AsyncSession",
    "scoped_session",
    "Connection",
    "AsyncConnection",
    "async_scoped_session",
)


def is_session(atom: Atom) -> bool:
    return isinstance(atom, Session)


def is_session_class(dotted: str) -> bool:
    """Is a library class one whose instances are database sessions?"""
    return dotted.split(".")[0] in ("sqlmodel", "sqlalchemy") and dotted.rsplit(".", 1)[-1] in _SESSION_CLASSES


def is_session_factory(atom: Made) -> bool:
    return atom.dotted.rsplit(".", 1)[-1] in _FACTORIES


def call_external(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Functions of SQLModel and SQLAlchemy: sessions, statements, expressions over columns."""
    if is_session_class(dotted):
        return [(state, (SESSION,))]
    return statements.call(machine, dotted, arguments, state)


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Methods of sessions, statements, results and columns; None when the receiver is none of these."""
    if isinstance(atom, Query):
        return _on_query(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, Result | Rows):
        return _on_result(machine, atom, name, arguments, state)
    if isinstance(atom, ColumnRef):
        return [(state, statements.on_column(atom, name, arguments))]
    if isinstance(atom, Condition):
        return [(state, (atom,))]
    if isinstance(atom, Made) and atom.dotted in ("dynamic.column", "func.expression"):
        return [(state, (Condition(None, "unclear"),) if name not in ("label", "desc", "asc") else (atom,))]
    if isinstance(atom, Session) or (
        isinstance(atom, Opaque | Made | Scalar) and _acts_as_session(machine, name, arguments)
    ):
        return _on_session(machine, name, arguments, state, frame, node)
    return None


def _acts_as_session(machine: "Machine", name: str, arguments: "Arguments") -> bool:
    """An object nothing is known of does what only sessions do: it executes a statement, or takes a table or a row."""
    first = arguments.get(0)
    if first is None:
        return False
    if name in _EXECUTE:
        return any(isinstance(atom, Query) for atom in first)
    if name in ("query", "get", "get_one"):
        return any(isinstance(atom, ClassRef) and machine.ownership.find(atom.definition) for atom in first)
    return name in ("add", "delete", "merge", "refresh") and any(isinstance(atom, Row) for atom in first)


def _on_session(
    machine: "Machine", name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    place = frame.at(node.span)
    first = arguments.get(0) or NONE
    if name in _EXECUTE:
        return _execute(machine, name, first, arguments, state, frame, place)
    if name == "query":
        query = statements.select(machine, arguments)
        return [(state, (statements.with_session(query),))]
    if name in ("get", "get_one"):
        return _get(machine, first, arguments, state, frame, place)
    if name in ("add", "add_all", "merge", "bulk_save_objects"):
        for row in _rows_in(first):
            state = state.copy()
            _insert(machine, row, state, frame, place)
        return [(state, first)]
    if name == "delete":
        state = state.copy()
        for atom in first:
            if isinstance(atom, Row | Rows):
                change(machine, Row(atom.table, atom.number), "delete", state, frame, place)
        return [(state, NONE)]
    if name in ("begin", "begin_nested", "connection"):
        return [(state, (SESSION,))]
    if name == "run_sync" or name in (
        "flush",
        "commit",
        "rollback",
        "close",
        "refresh",
        "expire",
        "expire_all",
        "expunge",
    ):
        return [(state, NONE)]
    return [(state, (Opaque(f"session.{name}"),))]


def _rows_in(value: Value) -> list[Row]:
    rows = [atom for atom in value if isinstance(atom, Row)]
    for atom in value:
        if isinstance(atom, Sequence):
            rows.extend(row for item in atom.items for row in _rows_in(item))
    return rows


# --- reading ---------------------------------------------------------------------------------------------------------


def _execute(
    machine: "Machine",
    name: str,
    statement: Value,
    arguments: "Arguments",
    state: State,
    frame: "Frame",
    place: Location,
) -> Pairs:
    found: list[Atom] = []
    state = state.copy()
    for atom in statement:
        if isinstance(atom, Query):
            atom = statements.with_parameters(machine, atom, arguments.get(1, "params"), arguments)
            found.append(executed(machine, atom, state, place, frame))
        else:
            machine.unclear.setdefault("a statement that could not be followed", place)
            found.append(Opaque("the result of a statement that could not be followed"))
    value = tuple(dict.fromkeys(found))
    if name in ("scalar", "fetch_one", "fetchrow", "fetchval"):
        return [
            pair
            for atom in value
            for pair in (
                _on_result(machine, atom, "first", arguments, state) if isinstance(atom, Result) else [(state, (atom,))]
            )
        ]
    return [(state, value)]


def executed(machine: "Machine", query: Query, state: State, place: Location, frame: "Frame | None" = None) -> Atom:
    """Run a statement: judge it, note the access, and give its result."""
    chain = frame.chain if frame is not None else ()
    if query.kind == "insert":
        return _insert_statement(machine, query, state, place, chain)
    table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
    if query.kind in ("update", "delete", "insert"):
        machine.record.writes.append(place)
    if table is None:
        if query.unclear:
            machine.unclear.setdefault(query.unclear, place)
        return Opaque("rows of no known table")
    number = machine.number()
    scope = scoping.judge(machine, query, state)
    kind = "raw" if query.sql else query.kind
    _note(machine, table, query, kind, scope, number, state, place, chain)
    columns = tuple(column.column for column in query.columns) or (("count",) if query.aggregate else ())
    return Result(table.key, number, columns)


def _note(
    machine: "Machine",
    table: OwnedTable,
    query: Query,
    kind: str,
    scope: scoping.Scope,
    number: int,
    state: State,
    place: Location,
    chain: tuple[Location, ...],
) -> None:
    record = machine.record
    at = (place, table.key, kind)
    fault = "unscoped-sql" if query.sql and scope.fault == "unscoped-read" else scope.fault
    record.load(
        number, Loaded(table.key, place, kind, chain, scope.keys, scope.why, fault, scope.unclear, scope.token_keyed)
    )
    if not table.owned:
        record.settle(at, AccessVerdict.NOT_OWNED, f"{table.name} belongs to nobody", "", chain)
        state.proven |= {number}
    elif scope.by:
        record.settle(at, AccessVerdict.ISOLATED, f"{scope.by} is bound to the token's user", "", chain, scope.by)
        state.proven |= {number}
    elif query.kind in ("update", "delete"):
        _unscoped_write(record, at, "sql" if query.sql else "write", scope, state, chain)
    else:
        record.settle(at, AccessVerdict.ISOLATED, "compared with the token's user before it is used", "", chain)
        state.pending |= {number}


def _unscoped_write(
    record: "object",
    at: tuple[Location, str, str],
    form: str,
    scope: scoping.Scope,
    state: State,
    chain: tuple[Location, ...],
) -> None:
    from constitution_lint.model.flow.record import Record

    assert isinstance(record, Record)
    fault = f"unscoped-{form}" if scope.fault == "unscoped-read" else scope.fault
    if state.admin:
        record.settle(at, AccessVerdict.ADMIN, state.admin, "", chain)
    elif scope.unclear:
        record.settle(at, AccessVerdict.UNPROVEN, scope.unclear, "", chain)
    else:
        record.settle(at, AccessVerdict.LEAK, scope.why, fault, chain)


def element(atom: Atom) -> Value:
    """One element of a result: a row, or plain values of one."""
    if isinstance(atom, Rows):
        return (Row(atom.table, atom.number),)
    if isinstance(atom, Result):
        if not atom.columns:
            return (Row(atom.table, atom.number),)
        return (Scalar("row", f"{atom.table}.{atom.columns[0]}", atom.number, atom.columns[0]),)
    return (Opaque("an element of something unknown"),)


def _on_result(machine: "Machine", atom: Result | Rows, name: str, arguments: "Arguments", state: State) -> Pairs:
    """`.all()`, `.first()` and the like; one row may be absent unless the method insists."""
    if name in _CERTAIN:
        state = state.copy()
        machine.record.exists(Row(atom.table, atom.number), state)
        return [(state, element(atom))]
    if name in ("scalar_one_or_none", "first", "one_or_none", "fetchone", "scalar"):
        return [(state, union(NONE, element(atom)))]
    if name in _MANY:
        if isinstance(atom, Result) and atom.columns:
            return [(state, (atom,))]
        return [(state, (Rows(atom.table, atom.number),))]
    if name == "rowcount":
        return [(state, SERVER)]
    return [(state, (Opaque(f"{name} of a result", frozenset({atom.number})),))]


def _on_query(
    machine: "Machine", atom: Query, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    built = statements.refine(machine, atom, name, arguments, state)
    if built is not None:
        return [(state, built)]
    if not atom.session:
        return [(state, (atom,))]
    place = frame.at(node.span)
    state = state.copy()
    if name in ("update", "delete"):
        changed = statements.of_kind(atom, name)
        executed(machine, changed, state, place, frame)
        return [(state, SERVER)]
    if name == "get":
        table = machine.ownership.tables.get(atom.tables[0]) if atom.tables else None
        if table is not None:
            return _got(machine, table, arguments.get(0) or NONE, state, frame, place)
    result = executed(machine, atom, state, place, frame)
    if name == "count" and isinstance(result, Result):
        return [(state, (Scalar("row", f"{result.table}.count", result.number, "count"),))]
    if isinstance(result, Result):
        return _on_result(machine, result, name, arguments, state)
    return [(state, (result,))]


def _get(
    machine: "Machine", first: Value, arguments: "Arguments", state: State, frame: "Frame", place: Location
) -> Pairs:
    found: Pairs = []
    for atom in first:
        table = machine.ownership.find(atom.definition) if isinstance(atom, ClassRef) else None
        if table is not None:
            found.extend(_got(machine, table, arguments.get(1, "ident") or NONE, state, frame, place))
        else:
            machine.unclear.setdefault("session.get of a class that could not be followed", place)
            found.append((state, (Opaque("a row of a class that could not be followed"),)))
    return found


def _got(machine: "Machine", table: OwnedTable, key: Value, state: State, frame: "Frame", place: Location) -> Pairs:
    """`session.get(Table, key)` is a select on the primary key."""
    state = state.copy()
    condition = Condition(ColumnRef(table.key, table.primary), "==", key)
    query = Query("get", (table.key,), (condition,))
    result = executed(machine, query, state, place, frame)
    return [(state, union(NONE, element(result)))]


# --- writing ---------------------------------------------------------------------------------------------------------


def change(machine: "Machine", row: Row, kind: str, state: State, frame: "Frame", place: Location) -> None:
    """A row is deleted or changed: it has to be proven by now."""
    machine.record.writes.append(place)
    if row.number in machine.record.made:
        return
    table = machine.ownership.tables.get(row.table)
    at = (place, row.table, kind)
    if table is None or not table.owned:
        machine.record.settle(at, AccessVerdict.NOT_OWNED, "the table belongs to nobody", "", frame.chain)
    elif row.number in state.proven:
        machine.record.settle(at, AccessVerdict.ISOLATED, "the row was proven before", "", frame.chain)
    elif state.admin:
        machine.record.settle(at, AccessVerdict.ADMIN, state.admin, "", frame.chain)
    else:
        loaded = machine.record.loaded(row.number)
        why = loaded.why if loaded is not None else "the row is not proven to be the user's"
        state.refuted |= {row.number}
        fault = loaded.fault if loaded is not None and loaded.fault != "unscoped-read" else "unscoped-write"
        if loaded is not None and loaded.unclear:
            machine.record.settle(at, AccessVerdict.UNPROVEN, loaded.unclear, "", frame.chain)
        else:
            machine.record.settle(at, AccessVerdict.LEAK, why, fault, frame.chain)


def assign(
    machine: "Machine", row: Row, name: str, value: Value, state: State, place: Location, frame: "Frame"
) -> None:
    """`row.name = value`."""
    if row.number in machine.record.made:
        return
    table = machine.ownership.tables.get(row.table)
    if table is None or name.startswith("_"):
        return
    change(machine, row, "update", state, frame, place)
    if name in table.owners and _named_by_client(machine, value, state):
        at = (place, row.table, "update")
        machine.record.settle(
            at, AccessVerdict.LEAK, f"{name} is set from {_client_key(value)}", "mass-assigned-owner", frame.chain
        )


def assign_many(
    machine: "Machine", row: Row, dumps: tuple[Dump, ...], state: State, place: Location, frame: "Frame"
) -> None:
    """Every field a client sends is set on a row: the owner must not be among them."""
    assign(machine, row, "", SERVER, state, place, frame)
    table = machine.ownership.tables.get(row.table)
    if table is None or row.number in machine.record.made:
        return
    for dump in dumps:
        sent = [name for name in table.owners if dump.fields is None or name in dump.fields]
        sent = [name for name in sent if name not in dump.excluded and name not in dict(dump.overrides)]
        if sent and not state.admin:
            why = f"{sent[0]} is copied from {dump.key}"
            machine.record.settle(
                (place, row.table, "update"), AccessVerdict.LEAK, why, "mass-assigned-owner", frame.chain
            )


def _named_by_client(machine: "Machine", value: Value, state: State) -> bool:
    return any(
        isinstance(atom, Scalar) and atom.origin == "client" and not conditions.is_principal(machine, atom, state)
        for atom in value
    )


def _client_key(value: Value) -> str:
    return next((atom.key for atom in value if isinstance(atom, Scalar) and atom.origin == "client"), "the client")


def construct(
    machine: "Machine", table: OwnedTable, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> tuple[State, Value]:
    """`Table(...)`: a row that stands nowhere yet; its values are judged when it is added."""
    number = machine.number()
    machine.record.made.add(number)
    machine.shared.numbers[number] = Loaded(table.key, frame.at(node.span), "insert", frame.chain)
    state = state.copy()
    state.proven |= {number}
    for atom in arguments.rest or ():
        for name, value in _copied(table, atom):
            state.store(number, name, value)
    for name, value in arguments.keywords.items():
        state.store(number, name, value)
    return state, (Row(table.key, number),)


def construct_from(
    machine: "Machine", table: OwnedTable, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> tuple[State, Value]:
    """`Table.model_validate(body, update={...})`."""
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.containers import body_fields

    source: list[Atom] = [
        Dump(atom.key, body_fields(machine, atom)) if isinstance(atom, Body) else atom
        for atom in arguments.get(0, "obj") or NONE
    ]
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


def _copied(table: OwnedTable, atom: Atom) -> list[tuple[str, Value]]:
    """What `**source` may set: only the table's own columns matter."""
    if isinstance(atom, Dump):
        names = [
            name for name in table.columns if (atom.fields is None or name in atom.fields) and name not in atom.excluded
        ]
        return [
            *((name, (Scalar("client", f"{atom.key}.{name}", column="copied"),)) for name in names),
            *atom.overrides,
        ]
    if isinstance(atom, Opaque | Made):
        relevant = (*table.owners, *(parent.column for parent in table.parents))
        return [(name, (atom,)) for name in relevant]
    return []


def _insert(machine: "Machine", row: Row, state: State, frame: "Frame", place: Location) -> None:
    """`session.add(row)`: of a new row the owner and the references are judged; adding a loaded row changes nothing."""
    if row.number not in machine.record.made:
        return
    machine.record.writes.append(place)
    table = machine.ownership.tables.get(row.table)
    if table is None:
        return
    values = {name: value for (number, name), value in state.heap.items() if number == row.number}
    _judge_insert(machine, table, values, state, place, frame.chain)


def _insert_statement(
    machine: "Machine", query: Query, state: State, place: Location, chain: tuple[Location, ...]
) -> Atom:
    machine.record.writes.append(place)
    table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
    if table is not None:
        _judge_insert(machine, table, dict(query.values), state, place, chain)
    number = machine.number()
    state.proven |= {number}
    return Result(table.key if table is not None else "", number)


def _judge_insert(
    machine: "Machine",
    table: OwnedTable,
    values: dict[str, Value],
    state: State,
    place: Location,
    chain: tuple[Location, ...],
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
    if verdict is AccessVerdict.LEAK and state.admin:
        verdict, why, fault = AccessVerdict.ADMIN, state.admin, ""
    settle(at, verdict, why, fault, chain)


def _owner_of_insert(
    machine: "Machine", table: OwnedTable, values: dict[str, Value], state: State
) -> tuple[AccessVerdict, str, str]:
    relations = [name for name, key in table.relationships.items() if machine.ownership.tables.get(key, table).is_user]
    for name in (*table.owners[:1], *relations, *table.owners[1:]):
        value = values.get(name)
        if value is None:
            continue
        if conditions.principal(machine, value, state) or conditions.owned_value(machine, value, state):
            return AccessVerdict.ISOLATED, f"{name} is the token's user", ""
        if _named_by_client(machine, value, state):
            copied = any(isinstance(atom, Scalar) and atom.column == "copied" for atom in value)
            fault = "mass-assigned-owner" if copied else "client-named-owner"
            return AccessVerdict.LEAK, f"{name} is set from {_client_key(value)}, which the client chooses", fault
        if any(isinstance(atom, Opaque | Made) for atom in value):
            return AccessVerdict.UNPROVEN, f"where {name} comes from could not be followed", ""
        return AccessVerdict.ISOLATED, f"{name} is chosen by the server", ""
    return AccessVerdict.ISOLATED, "the new row hangs on a parent that was proven", ""


def _foreign_reference(machine: "Machine", table: OwnedTable, values: dict[str, Value], state: State) -> str:
    for parent in table.parents:
        value = values.get(parent.column)
        if value is None or conditions.owned_value(machine, value, state):
            continue
        if _named_by_client(machine, value, state):
            owner = parent.table.rsplit(":", 1)[-1]
            return (
                f"{parent.column} is taken from {_client_key(value)} and that {owner} is never proven to be the user's"
            )
    return ""
