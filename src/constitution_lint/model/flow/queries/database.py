"""Accesses to tables: statements built, executed and changed through sessions, each judged where it runs."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import UNSHOWN, AccessVerdict
from constitution_lint.model.flow.identity import roles
from constitution_lint.model.flow.queries import (
    bulk_writes,
    drivers,
    predicates,
    preset_rows,
    raw_sql,
    scoping,
    statements,
    writes,
)
from constitution_lint.model.flow.queries.binding import VISIBLE, flattened
from constitution_lint.model.flow.queries.results import element, on_result
from constitution_lint.model.flow.record import Loaded, Record
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    ClassRef,
    ColumnRef,
    Condition,
    External,
    Instance,
    Made,
    Mapping,
    Opaque,
    Part,
    Query,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Session,
    Value,
)
from constitution_lint.model.tables import OwnedTable

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
SESSION = Session()
_KEPT = frozenset({"scalar", "all", "first", "one", "mappings", "scalars"})
"""Methods by which a cursor or its like gives what it executed."""
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
    """Is a library class one whose instances are database sessions or connections?"""
    named = dotted.split(".")[0] in ("sqlmodel", "sqlalchemy") and dotted.rsplit(".", 1)[-1] in _SESSION_CLASSES
    return named or drivers.is_connection(dotted)


def is_session_factory(atom: Made) -> bool:
    return atom.dotted.rsplit(".", 1)[-1] in _FACTORIES


def call_external(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Functions of SQLModel and SQLAlchemy: sessions, statements, expressions over columns."""
    if is_session_class(dotted):
        return [(state, (SESSION,))]
    if dotted.rsplit(".", 1)[-1] == "aliased" and dotted.startswith("sqlalchemy"):
        return [(state, _aliased(machine, arguments, frame.at(node.span)))]
    if dotted.split(".")[0] == "fastapi_pagination" and dotted.rsplit(".", 1)[-1] in ("paginate", "apaginate"):
        return _paginated(machine, arguments, state, frame, node)
    return statements.call(machine, dotted, arguments, state)


def _paginated(machine: "Machine", arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """`paginate(session, statement)`, `paginate(db.query(…))`, `paginate(rows)`: a page of what the statement gives."""
    place, state = frame.at(node.span), state.copy()
    found: list[Value] = []
    for atom in dict.fromkeys(atom for value in arguments.all for atom in value):
        if isinstance(atom, Query):
            result = executed(machine, atom, state, place, frame)
            found += [value for _, value in _first(machine, result, "all", state)]
        elif not isinstance(atom, Session):
            found.append((atom,))
    return [(state, union(*found) if found else NONE)]


def _aliased(machine: "Machine", arguments: "Arguments", place: Location) -> Value:
    """`aliased(Task)`: the same table a second time, apart from the first; of a subquery, the subquery."""
    inner = arguments.get(1, "element")
    if inner is not None:
        return inner
    return tuple(
        msgspec.structs.replace(atom, definition=machine.ownership.alias(atom.definition, _place(place)))
        if isinstance(atom, ClassRef)
        else atom
        for atom in arguments.get(0) or NONE
    )


def _place(place: Location) -> str:
    return f"{place.span.line},{place.span.column}"


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Methods of sessions, statements, results and columns; None when the receiver is none of these."""
    if type(atom) is Query:
        return _on_query(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, (Result, Rows)):
        return on_result(machine, atom, name, state)
    if type(atom) is ColumnRef:
        return [(state, predicates.on_column(machine, atom, name, arguments))]
    if type(atom) is Condition:
        return [(state, (atom,))]
    if type(atom) is Made and atom.dotted in ("dynamic.column", "func.expression"):
        return [(state, (Condition(None, "unclear"),) if name not in ("label", "desc", "asc") else (atom,))]
    built = statements.of_table(machine, atom, name, arguments) if type(atom) is ClassRef else None
    if built is not None:
        return [(state, built)]
    if type(atom) is Session or (_is_loose(machine, atom, name, state) and _acts_as_session(machine, name, arguments)):
        return _on_session(machine, atom, name, arguments, state, frame, node)
    drivers.note_store(machine, atom, arguments, frame.at(node.span))
    return None


def _is_loose(machine: "Machine", atom: Atom, name: str, state: State) -> bool:
    """Is it an object of which nothing is known, or of a project's class that leaves the method to a library?"""
    if type(atom) is Instance:
        known = machine.names.member(atom.definition, name) is not None
        return not known and machine.heap(state, atom.number, name) is None
    return isinstance(atom, (Opaque, Made, Scalar, External))


def _acts_as_session(machine: "Machine", name: str, arguments: "Arguments") -> bool:
    """An object nothing is known of does what only sessions do: it executes a statement, or takes a table or a row."""
    if name == "cursor":
        return not any(map(is_client, arguments.all))
    first = drivers.statement(arguments)
    if name in drivers.EXECUTING or first is None:
        return drivers.executes(name, first)
    if name in ("query", "get", "get_one"):
        return any(isinstance(atom, ClassRef) and machine.ownership.find(atom.definition) for atom in first)
    return name in ("add", "delete", "merge", "refresh") and any(isinstance(atom, Row) for atom in first)


def _on_session(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    place = frame.at(node.span)
    if name == "cursor":
        return [(state, (Session(machine.number()),))]
    first = drivers.statement(arguments)
    if isinstance(atom, Session) and atom.number and (name.startswith("fetch") or name in _KEPT) and first is None:
        held = machine.heap(state, atom.number, "result") or (Opaque("a cursor that executed nothing"),)
        return [pair for one in held for pair in _first(machine, one, name, state)]
    first = first or NONE
    if name in drivers.EXECUTING:
        found = _execute(machine, name, first, arguments, state, frame, place)
        return [(_kept(atom, after, value), value) for after, value in found]
    if name == "query":
        query = statements.select(machine, arguments)
        return [(state, (statements.with_session(query),))]
    if name in ("get", "get_one"):
        return _get(machine, first, arguments, state, frame, place)
    if name in bulk_writes.WRITING:
        return bulk_writes.written(machine, name, first, arguments.get(1, "mappings") or NONE, state, frame, node)
    if name in ("add", "add_all", "merge", "bulk_save_objects"):
        state = state.copy()
        for one in writes.objects_in(first):
            if name == "merge":
                writes.merge(machine, one, state, frame, place)
            else:
                writes.insert(machine, one, state, frame, place)
        return [(state, first)]
    if name == "delete":
        state = state.copy()
        for atom in first:
            if isinstance(atom, Row | Rows):
                writes.change(machine, Row(atom.table, atom.number), "delete", state, frame, place)
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


def _kept(atom: Atom, state: State, value: Value) -> State:
    """A cursor remembers what it executed last."""
    if not isinstance(atom, Session) or not atom.number:
        return state
    state = state.copy()
    state.store(atom.number, "result", value)
    return state


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
    presented = any(is_credential(value) for value in (statement, *arguments.all))
    for atom in statement:
        atom = drivers.as_query(machine, atom)
        if isinstance(atom, Query):
            atom = raw_sql.settled(statements.with_parameters(machine, atom, arguments), presented)
            result = executed(machine, atom, state, place, frame)
            if presented and isinstance(result, Opaque):
                result = msgspec.structs.replace(result, credential=True)
            found.append(result)
        else:
            machine.record.leave_unclear("a statement that could not be followed", place)
            found.append(Opaque("the result of a statement that could not be followed", credential=presented))
    value = tuple(dict.fromkeys(found))
    if name in drivers.FIRST:
        return [pair for atom in value for pair in _first(machine, atom, drivers.FIRST[name], state)]
    return [(state, value)]


def _first(machine: "Machine", atom: Atom, name: str, state: State) -> Pairs:
    return on_result(machine, atom, name, state) if isinstance(atom, Result) else [(state, (atom,))]


def executed(machine: "Machine", query: Query, state: State, place: Location, frame: "Frame | None" = None) -> Atom:
    """Run a statement: judge it, note the access, and give its result."""
    chain = frame.chain if frame is not None else ()
    if query.kind == "other":
        return Opaque("what a statement gives that reads no rows")
    if query.kind == "insert":
        return writes.insert_statement(machine, query, state, place, chain)
    query = raw_sql.settled(query if query.tables else _from_conditions(query))
    table = machine.ownership.tables.get(query.tables[0]) if query.tables else None
    if query.kind in ("update", "delete", "insert"):
        machine.record.write(place)
    if table is None:
        if query.unclear or not (query.sql or query.shape):
            machine.record.leave_unclear(query.unclear or "a statement over a table that is not known", place)
        presented = any(is_credential(one.value) for one in query.conditions)
        return Opaque("rows of no known table", credential=presented)
    if query.kind == "update":
        writes.update_statement(machine, table, query, state, place, chain)
    number = machine.number()
    kind = "raw" if query.sql else query.kind
    _note(machine, table, query, kind, scoping.judge(machine, query, state), number, state, place, chain)
    return Result(table.key, number, _parts(machine, query, table, number, state, place, chain))


def _from_conditions(query: Query) -> Query:
    """`exists().where(…)` is about the tables that its conditions name."""
    columns = (condition.column for condition in flattened(query.conditions))
    return msgspec.structs.replace(query, tables=tuple(dict.fromkeys(one.table for one in columns if one is not None)))


def _parts(
    machine: "Machine",
    query: Query,
    main: OwnedTable,
    number: int,
    state: State,
    place: Location,
    chain: tuple[Related, ...],
) -> tuple[Part, ...]:
    """What each row of the result holds; rows of a second table are an access of their own."""
    if len(query.shape) == 1 and not query.shape[0].column:
        return ()
    numbers = {main.key: number, "": number}
    for one in query.shape:
        table = machine.ownership.tables.get(one.table)
        if table is not None and one.table not in numbers:
            numbers[one.table] = machine.number()
            scope = scoping.judge(machine, query, state, table)
            _note(machine, table, query, query.kind, scope, numbers[one.table], state, place, chain)
    return tuple(Part(one.table or main.key, one.column, numbers.get(one.table, number)) for one in query.shape)


def _note(
    machine: "Machine",
    table: OwnedTable,
    query: Query,
    kind: str,
    scope: scoping.Scope,
    number: int,
    state: State,
    place: Location,
    chain: tuple[Related, ...],
) -> None:
    record = machine.record
    at = (place, table.key, kind)
    others = None if table.owned else _of_others(machine, query, state)
    scope = others or scope
    fault = "unscoped-sql" if query.sql and scope.fault == "unscoped-read" else scope.fault
    loaded = Loaded(
        table.key,
        place,
        kind,
        chain,
        scope.keys,
        scope.why,
        fault,
        scope.unclear,
        scope.token_keyed,
        scope.children,
        scope.listed,
        query.columns or tuple(table.columns),
        roles.role_of_query(machine, table, query, state),
        scoping.accounts_of(query, table),
        scoping.are_answered(query, table),
        preset_rows.is_preset(query, table),
    )
    record.load(number, loaded)
    _judge(machine, table, query, at, scope, number, state, chain, others is not None)


def _judge(
    machine: "Machine",
    table: OwnedTable,
    query: Query,
    at: tuple[Location, str, str],
    scope: scoping.Scope,
    number: int,
    state: State,
    chain: tuple[Related, ...],
    tells_of_others: bool,
) -> None:
    """What the access shows at once: whose the rows are, or that they owe a proof."""
    record = machine.record
    if table.partial and not table.owned:
        reason = f"nothing tells which columns {table.name} has, and so whose its rows are"
        record.settle(at, AccessVerdict.UNPROVEN, reason, "", chain)
        state.prove((number,))
    elif not table.owned and not tells_of_others:
        record.settle(at, AccessVerdict.NOT_OWNED, f"{table.name} belongs to nobody", "", chain)
        state.prove((number,))
    elif scope.by:
        _note_bound(record, at, scope, number, state, chain)
    elif query.kind in ("update", "delete"):
        _unscoped_write(record, at, "sql" if query.sql else "write", scope, state, chain)
    else:
        record.settle(at, AccessVerdict.ISOLATED, UNSHOWN, "", chain)
        state.owe(number)


def _of_others(machine: "Machine", query: Query, state: State) -> scoping.Scope | None:
    """Shared rows found by what links them to a user whom the client names, as somebody's roles: they tell of her."""
    for key in (*query.tables[1:], *query.joined):
        link = machine.ownership.tables.get(key)
        if link is not None and link.is_link and query.kind == "select":
            scope = scoping.judge(machine, query, state, link)
            if not scope.by and scope.fault == "client-named-owner":
                return scope
    return None


def _note_bound(
    record: "Record",
    at: tuple[Location, str, str],
    scope: scoping.Scope,
    number: int,
    state: State,
    chain: tuple[Related, ...],
) -> None:
    if scope.by == VISIBLE:
        record.show(number)
        record.settle(at, AccessVerdict.ISOLATED, "the rows are for everybody to see", "", chain)
        return
    record.settle(
        at, AccessVerdict.ISOLATED, f"{scope.by} is bound to the token's user", "", chain, scope.by, scope.seal
    )
    state.prove((number,))


def _unscoped_write(
    record: "Record",
    at: tuple[Location, str, str],
    form: str,
    scope: scoping.Scope,
    state: State,
    chain: tuple[Related, ...],
) -> None:
    fault = f"unscoped-{form}" if scope.fault == "unscoped-read" else scope.fault
    if state.admin:
        record.settle(at, AccessVerdict.ADMIN, state.words("admin"), "", chain)
    elif scope.unclear or state.ranked:
        record.settle(at, AccessVerdict.UNPROVEN, scope.unclear or state.words("ranked"), "", chain)
    else:
        record.settle(at, AccessVerdict.LEAK, scope.why, fault, chain)


def _on_query(
    machine: "Machine", atom: Query, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    built = statements.refine(machine, atom, name, arguments)
    if built is not None:
        return [(state, built)]
    if not atom.session:
        return [(state, (atom,))]
    place = frame.at(node.span)
    state = state.copy()
    if name in ("update", "delete"):
        changed = statements.changed_by(machine, atom, name, arguments)
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
        return on_result(machine, result, name, state)
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
            machine.record.leave_unclear("session.get of a class that could not be followed", place)
            found.append((state, (Opaque("a row of a class that could not be followed"),)))
    return found


def _keyed(table: OwnedTable, key: Value) -> tuple[Condition, ...]:
    """The conditions of a look-up by primary key; a key of several columns comes as a tuple or a dict."""
    first = key[0] if len(key) == 1 else None
    if isinstance(first, Sequence) and table.primaries and len(first.items) == len(table.primaries):
        pairs = tuple(zip(table.primaries, first.items, strict=True))
    elif isinstance(first, Mapping) and first.items:
        pairs = tuple((str(name), value) for name, value in first.items)
    else:
        pairs = ((table.primary, key),)
    return tuple(Condition(ColumnRef(table.key, name), "==", value) for name, value in pairs)


def _got(machine: "Machine", table: OwnedTable, key: Value, state: State, frame: "Frame", place: Location) -> Pairs:
    """`session.get(Table, key)` is a select on the primary key."""
    state = state.copy()
    query = Query("get", (table.key,), _keyed(table, key))
    result = executed(machine, query, state, place, frame)
    return [(state, union(NONE, element(result)))]
