"""Accesses to tables: statements built, executed and changed through sessions, each judged where it runs."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.api import AccessVerdict
from constitution_lint.model.flow import scoping, statements, writing
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.results import element, on_result
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    ClassRef,
    ColumnRef,
    Condition,
    Made,
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
        return on_result(machine, atom, name, arguments, state)
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
            writing.insert(machine, row, state, frame, place)
        return [(state, first)]
    if name == "delete":
        state = state.copy()
        for atom in first:
            if isinstance(atom, Row | Rows):
                writing.change(machine, Row(atom.table, atom.number), "delete", state, frame, place)
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
                on_result(machine, atom, "first", arguments, state) if isinstance(atom, Result) else [(state, (atom,))]
            )
        ]
    return [(state, value)]


def executed(machine: "Machine", query: Query, state: State, place: Location, frame: "Frame | None" = None) -> Atom:
    """Run a statement: judge it, note the access, and give its result."""
    chain = frame.chain if frame is not None else ()
    if query.kind == "insert":
        return writing.insert_statement(machine, query, state, place, chain)
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
        return on_result(machine, result, name, arguments, state)
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
