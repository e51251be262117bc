"""Expressions over abstract values: names, attributes, items, displays and comprehensions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    ClassDef,
    Collection,
    Compare,
    Comprehension,
    Conditional,
    Const,
    DictDisplay,
    Expr,
    FunctionDef,
    JoinedStr,
    Lambda,
    Name,
    Node,
    Starred,
    Subscript,
    Unary,
    Walrus,
    Yield,
)
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.flow import (
    answers,
    calls,
    comprehensions,
    conditions,
    database,
    memberships,
    predicates,
    records,
    remembering,
    results,
    sealing,
    texts,
)
from constitution_lint.model.flow.requested import METHOD, PATH, Requested, joined
from constitution_lint.model.flow.state import REQUEST_STATE, State
from constitution_lint.model.flow.values import (
    FALSE,
    NONE,
    TRUE,
    WRITTEN,
    Atom,
    Body,
    Claims,
    ClassRef,
    ColumnRef,
    Condition,
    Dump,
    External,
    FunctionValue,
    Instance,
    Known,
    Made,
    Mapping,
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
    is_bool,
    is_client,
    is_credential,
    is_literal,
    literal,
    taint,
    union,
)
from constitution_lint.model.names import Definition, dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_MOST_ROUNDS = 12
_MOST_FUNCTIONS = 8
UNSET = "is not set in the class"


def evaluate(machine: "Machine", node: Expr, state: State, frame: "Frame") -> Pairs:
    """All values an expression can have from a state, each with the state after it; raising paths go to the frame."""
    method = _EXPRESSIONS.get(type(node))
    if method is None:
        return [(state, (Opaque("an expression that is not followed"),))]
    found: Pairs = method(machine, node, state, frame)
    return found


def evaluate_all(
    machine: "Machine", nodes: tuple[Expr, ...], state: State, frame: "Frame"
) -> list[tuple[State, list[Value]]]:
    """Several expressions from left to right."""
    paths: list[tuple[State, list[Value]]] = [(state, [])]
    for node in nodes:
        if len(paths) == 1:
            one, values = paths[0]
            paths = [(after, [*values, value]) for after, value in evaluate(machine, node, one, frame)]
            continue
        paths = [
            (after, [*values, value]) for one, values in paths for after, value in evaluate(machine, node, one, frame)
        ]
        if len(paths) > 24:
            paths = paths[:24]
    return paths


def _attribute(machine: "Machine", node: Attribute, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, holder in evaluate(machine, node.value, state, frame):
        values: list[Value] = []
        for atom in holder:
            if is_literal(atom, None) and len(holder) > 1:
                continue
            getter = property_of(machine, atom, node.attr)
            if getter is not None:
                values.extend(
                    named_switch(value, done, node.attr)
                    for done, value in calls.call_function(machine, getter, calls.Arguments(), after, frame, node.span)
                )
            else:
                values.append(attribute_of(machine, atom, node.attr, after))
        present = [value for value in values if value]
        if present:
            found.append((after, union(*present)))
    return found


def named_switch(value: Value, state: State, name: str) -> Value:
    """True or false as the environment decides it is a setting by the name it is kept in."""
    if state.switched and len(value) == 1 and is_bool(value[0]):
        return (msgspec.structs.replace(value[0], setting=name),)
    return value


def property_of(machine: "Machine", atom: Atom, name: str) -> FunctionValue | None:
    """The getter behind `object.name` when the class declares it as a property."""
    if isinstance(atom, Instance):
        member = machine.names.member(atom.definition, name)
    elif isinstance(atom, Row):
        table = machine.ownership.tables.get(atom.table)
        member = (
            None
            if table is None or name in table.columns or name in table.relationships
            else _row_member(machine, atom, name)
        )
    else:
        return None
    if member is None or not isinstance(member.node, FunctionDef):
        return None
    names = {dotted_name(decorator).rsplit(".", 1)[-1] for decorator in member.node.decorators}
    if not names & {"property", "cached_property", "hybrid_property", "computed_field"}:
        return None
    return FunctionValue(
        member.file, member.name, member.node, atom, 0, machine.names.resolve(member.file, member.name.split(".")[0])
    )


def _row_member(machine: "Machine", atom: Row, name: str) -> Definition | None:
    file, _, class_name = atom.table.partition(":")
    definition = machine.names.resolve(file, class_name)
    return machine.names.member(definition, name) if definition is not None and definition.kind == "class" else None


def attribute_of(machine: "Machine", atom: Atom, name: str, state: State) -> Value:
    """`atom.name` as a value, empty where it would raise; methods of library objects are met at their call."""
    if isinstance(atom, Row):
        return _of_row(machine, atom, name, state)
    if isinstance(atom, Rows | Result):
        return (Opaque(f".{name} of a result", taint((atom,))),)
    if isinstance(atom, Instance):
        return _of_instance(machine, atom, name, state)
    if isinstance(atom, ClassRef):
        return _of_class(machine, atom, name)
    if isinstance(atom, ModuleRef):
        return _of_module(machine, atom, name)
    if isinstance(atom, External):
        return external(f"{atom.dotted}.{name}")
    if isinstance(atom, Claims):
        return (sealing.claim(atom, name),)
    if isinstance(atom, Scalar):
        return attribute_of_scalar(atom, name)
    if isinstance(atom, Body):
        held = next((value for key, value in atom.overrides if key == name), None)
        return held if held is not None else (_of_body(machine, atom, name),)
    if isinstance(atom, Mapping):
        return next(
            (value for key, value in atom.items if key == name),
            atom.rest or (Opaque(f".{name} of a dict", taint((atom,))),),
        )
    if isinstance(atom, Made):
        return _of_made(machine, atom, name, state)
    if isinstance(atom, Known):
        return (atom,) if name == "value" else (Opaque(f".{name} of a literal"),)
    if isinstance(atom, Query):
        return _of_query(atom, name)
    if isinstance(atom, Reply):
        return (Made("response.attribute"),)
    return (Opaque(f".{name} of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,))),)


def _of_query(atom: Query, name: str) -> Value:
    """A column of a subquery; `.c` is the subquery itself."""
    if name in ("c", "columns") or not atom.tables:
        return (atom,)
    named = next((column.table for column in atom.shape if column.column == name and column.table), atom.tables[0])
    return (ColumnRef(named, name, atom),)


def _of_row(machine: "Machine", atom: Row, name: str, state: State) -> Value:
    held = machine.heap(state, atom.number, name)
    if held is not None and machine.record.is_made(atom.number):
        return held
    table = machine.ownership.tables.get(atom.table)
    if table is not None and name in table.relationships:
        target = table.relationships[name]
        annotation = machine.record.shape_of(table, name)
        return (Rows(target, atom.number),) if annotation == "many" else (Row(target, atom.number),)
    scalar = (Scalar("row", f"{atom.table}.{name}", atom.number, name),)
    if held is not None:
        return union(held, scalar)
    if table is not None and name not in table.columns:
        member = _row_member(machine, atom, name)
        if member is not None and isinstance(member.node, FunctionDef):
            return (FunctionValue(member.file, member.name, member.node, atom),)
    return scalar


def _of_instance(machine: "Machine", atom: Instance, name: str, state: State) -> Value:
    held = machine.heap(state, atom.number, name)
    if held is not None:
        return held
    member = machine.names.member(atom.definition, name)
    if member is None:
        closed = machine.names.is_subclass(atom.definition, "BaseModel", "SQLModel")
        return () if closed else (Opaque(f"{atom.name}.{name} {UNSET}"),)
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    if isinstance(member.node, FunctionDef):
        if "staticmethod" in {dotted_name(decorator) for decorator in member.node.decorators}:
            return (FunctionValue(member.file, member.name, member.node, None, 0, owner),)
        return (FunctionValue(member.file, member.name, member.node, atom, 0, owner),)
    return _member_value(machine, member, atom)


def _member_value(machine: "Machine", member: Definition, atom: Instance) -> Value:
    if member.kind == "class":
        return (ClassRef(member.file, member.name, member),)
    value = _default_of(getattr(member.node, "value", None))
    if value is None:
        if is_settings(machine, atom.definition):
            return (Scalar("server", f"setting {member.name.split('.')[-1]}"),)
        return (Opaque(f"{member.name} has no value that can be read"),)
    found = machine.shared.constant(machine, member)
    if value is not getattr(member.node, "value", None):
        pairs = machine.evaluate(value, State(), _frame_of(member))
        found = union(*(given for _, given in pairs)) if pairs else found
    if is_settings(machine, atom.definition):
        setting = member.name.split(".")[-1]
        known = tuple(Known(one.value, setting) for one in found if isinstance(one, Known))
        if all(isinstance(one, Sequence) and one.items for one in found):
            return found
        return known or (Scalar("server", f"setting {setting}"),)
    return found


def _default_of(value: Expr | None) -> Expr | None:
    """What a field is when nobody gives it: `Field(None, description="…")` stands for its default."""
    if not isinstance(value, Call) or dotted_name(value.func).rsplit(".", 1)[-1] not in ("Field", "field"):
        return value
    return value.argument(0, "default") or value


def _frame_of(member: Definition) -> "Frame":
    from constitution_lint.model.flow.machine import Frame

    return Frame(member.file, "<class>")


def is_settings(machine: "Machine", definition: Definition) -> bool:
    return machine.names.is_subclass(definition, "BaseSettings")


def _of_class(machine: "Machine", atom: ClassRef, name: str) -> Value:
    table = machine.ownership.find(atom.definition)
    if table is not None:
        if name in table.columns or name in table.relationships:
            return (ColumnRef(table.key, name),)
        if name in ("__table__", "c", "columns"):
            return (atom,)
    member = machine.names.member(atom.definition, name)
    if member is None:
        if name == "__name__":
            return (Known(atom.name),)
        return (Opaque(f"{atom.name}.{name} is not in the class"),)
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    if isinstance(member.node, FunctionDef):
        decorators = {dotted_name(decorator) for decorator in member.node.decorators}
        bound = atom if "classmethod" in decorators else None
        return (FunctionValue(member.file, member.name, member.node, bound, 0, owner),)
    if member.kind == "class":
        return (ClassRef(member.file, member.name, member),)
    if isinstance(member.node, FunctionDef | ClassDef):
        return (Opaque("a member that is not followed"),)
    return machine.shared.constant(machine, member)


def functions_of(machine: "Machine", holder: Value) -> Value | None:
    """`getattr(module, name)`: any function of the project with a name there; None for other holders or for many."""
    if not all(isinstance(atom, ModuleRef) and atom.file in machine.names.code for atom in holder):
        return None
    found = [
        meant
        for atom in holder
        if isinstance(atom, ModuleRef)
        for name in sorted(machine.names.scope(atom.file).bound)
        if (known := machine.names.resolve(atom.file, name)) is not None and isinstance(known.node, FunctionDef)
        for meant in (machine.meaning(known),)
    ]
    functions = tuple(dict.fromkeys(atom for meant in found for atom in meant))
    return functions if 0 < len(functions) <= _MOST_FUNCTIONS else None


def _of_module(machine: "Machine", atom: ModuleRef, name: str) -> Value:
    found = machine.names.resolve(atom.file, name) if atom.file in machine.names.code else None
    if found is None:
        inner = machine.names.submodule(atom.dotted, name)
        return machine.meaning(inner) if inner is not None else (Opaque(f"{atom.dotted} has no {name}"),)
    return machine.meaning(found)


def attribute_of_scalar(atom: Scalar, name: str) -> Value:
    if name in ("value", "hex", "credentials") or atom.origin == "server":
        return (atom,)
    if atom.origin == "row":
        return (atom,)
    return (Scalar(atom.origin, name if atom.origin == "principal" else f"{atom.key}.{name}", 0, "", atom.credential),)


def _of_body(machine: "Machine", atom: Body, name: str) -> Atom:
    if atom.definition is not None:
        member = machine.names.member(atom.definition, name)
        annotation = getattr(member.node, "annotation", None) if member is not None else None
        inner = (
            machine.names.resolve_expression(member.file, annotation)
            if member is not None and annotation is not None
            else None
        )
        if inner is not None and inner.kind == "class" and not machine.names.is_subclass(inner, "Enum", "StrEnum"):
            return Body(f"{atom.key}.{name}", inner)
        if member is not None and isinstance(member.node, FunctionDef):
            return FunctionValue(member.file, member.name, member.node, atom)
    return Scalar("client", f"{atom.key}.{name}")


_REQUEST_PARTS = {"headers": True, "cookies": True, "query_params": False, "path_params": False}


def _of_made(machine: "Machine", atom: Made, name: str, state: State) -> Value:
    if atom.dotted == "request":
        if name == "state":
            return (Made("request.state"),)
        if name in _REQUEST_PARTS:
            return (Made(f"request.{name}", credential=_REQUEST_PARTS[name], client=True),)
        if name == "url":
            return (Made("request.url"),)
        if name == "method":
            return machine.requested(METHOD) or (Opaque("the request's method"),)
        if name == "scope":
            return (Made("request.scope"),)
        found = machine.heap(state, REQUEST_STATE, f"request.{name}")
        if found is not None:
            return found
        if name in ("user", "auth", "session"):
            return (Opaque(f"request.{name} is set by a middleware", client=False, credential=True),)
        return (Made(f"request.{name}", client=True),)
    if atom.dotted == "request.state":
        found = machine.heap(state, REQUEST_STATE, name)
        return (
            found
            if found is not None
            else (Opaque(f"request.state.{name} is set nowhere that was followed", credential=True),)
        )
    if atom.dotted == "request.url" and name == "path":
        return machine.requested(PATH) or (Opaque("the request's path"),)
    argument = next((value for key, value in atom.arguments if key == name), None)
    if argument is not None:
        return argument
    return (
        Made(
            f"{atom.dotted}.{name}",
            atom.arguments if atom.dotted.startswith("response") else (),
            taint((atom,)),
            is_credential((atom,)),
            is_client((atom,)),
        ),
    )


_STATUS = {"HTTP_": 5}


def external(dotted: str) -> Value:
    """A library thing by name; HTTP status constants are their number."""
    last = dotted.rsplit(".", 1)[-1]
    if last.startswith(("HTTP_", "WS_")) and last[5:8].isdigit():
        return (Known(int(last[5:8])),)
    if dotted.startswith("http.HTTPStatus.") and last in _HTTP_STATUS:
        return (Known(_HTTP_STATUS[last]),)
    return (External(dotted),)


_HTTP_STATUS = {
    "OK": 200, "CREATED": 201, "ACCEPTED": 202, "NO_CONTENT": 204, "BAD_REQUEST": 400, "UNAUTHORIZED": 401,
    "FORBIDDEN": 403, "NOT_FOUND": 404, "CONFLICT": 409, "UNPROCESSABLE_ENTITY": 422, "INTERNAL_SERVER_ERROR": 500,
}  # fmt: skip


# --- composed expressions --------------------------------------------------------------------------------------------


def _tests(machine: "Machine", node: Expr, state: State, frame: "Frame") -> Pairs:
    """A comparison or `not`: a statement's condition where a column is in it, else both outcomes with their proofs."""
    if isinstance(node, Compare):
        pairs = conditions.comparison(machine, node, state, frame)
        if pairs is not None:
            return pairs
    elif isinstance(node, Unary):
        operand = evaluate(machine, node.operand, state, frame) if node.op != "not" else None
        if operand is not None:
            return [(after, _negated(node.op, value)) for after, value in operand]
    true, false = conditions.branch(machine, node, state, frame)
    return [*((after, TRUE) for after in true), *((after, FALSE) for after in false)]


def _negated(op: str, value: Value) -> Value:
    return predicates.negated(value) if op == "~" else value


def _boolean(machine: "Machine", node: BoolOp, state: State, frame: "Frame") -> Pairs:
    """`a or b`, `a and b` as values: the operand that decides, with what its truth proves."""
    found: Pairs = []
    states = [state]
    for position, operand in enumerate(node.values):
        last = position == len(node.values) - 1
        following: list[State] = []
        for one in states:
            if last:
                found.extend(evaluate(machine, operand, one, frame))
                continue
            true, false = conditions.branch(machine, operand, one, frame)
            decided, following_now = (true, false) if node.op == "or" else (false, true)
            for after in decided:
                found.extend(
                    (done, conditions.limited(value, node.op == "or"))
                    for done, value in evaluate(machine, operand, after, frame)
                )
            following.extend(following_now)
        states = following
    return [(after, value) for after, value in found if value]


def _binary(machine: "Machine", node: Binary, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, left in evaluate(machine, node.left, state, frame):
        for done, right in evaluate(machine, node.right, after, frame):
            left_over = memberships.left_over(machine, left, right, done) if node.op == "-" else None
            found.append((done, (left_over,) if left_over is not None else _combined(node.op, left, right)))
    return found


def _combined(op: str, left: Value, right: Value) -> Value:
    if op in ("&", "|") and any(isinstance(atom, Condition | Query) for atom in (*left, *right)):
        both = (predicates.predicate(left), predicates.predicate(right))
        if op == "&":
            return (Condition(None, "and", all_of=both),)
        return (Condition(None, "or", alternatives=((both[0],), (both[1],))),)
    if op == "+" and (statement := texts.appended(left, right)) is not None:
        return statement
    if op == "+" and len(left) == 1 and len(right) == 1:
        first, second = left[0], right[0]
        if isinstance(first, Known) and isinstance(second, Known) and Requested in (type(first), type(second)):
            return joined([first, second])
        if (
            isinstance(first, Known)
            and isinstance(second, Known)
            and isinstance(first.value, str)
            and isinstance(second.value, str)
        ):
            return (Known(first.value + second.value, first.setting or second.setting),)
        if isinstance(first, Sequence) and isinstance(second, Sequence):
            return (Sequence((*first.items, *second.items), first.open or second.open),)
    if op == "|" and any(isinstance(atom, Mapping) for atom in (*left, *right)):
        return with_items(left, right)
    return mixed("a computed value", left, right)


def mixed(reason: str, *values: Value) -> Value:
    joined = union(*values) if values else NONE
    rows = taint(joined)
    if not rows and not is_client(joined):
        return (Scalar("server"),)
    return (Opaque(reason, rows, is_credential(joined), is_client(joined)),)


def _subscript(machine: "Machine", node: Subscript, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, holder in evaluate(machine, node.value, state, frame):
        for done, key in evaluate(machine, node.index, after, frame):
            kept = remembering.by_proof(machine, holder, key, done)
            found.append(kept or (done, item_of(machine, holder, key, done)))
    return found


def item_of(machine: "Machine", holder: Value, key: Value, state: State) -> Value:
    """`holder[key]` for every kind of holder."""
    return union(*(_item(machine, atom, key, state) for atom in holder))


def _item(machine: "Machine", atom: Atom, key: Value, state: State) -> Value:
    known = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
    if isinstance(atom, Rows):
        return (Row(atom.table, atom.number),)
    if isinstance(atom, Result):
        return results.element(atom)
    if isinstance(atom, Sequence):
        if isinstance(known, int) and not isinstance(known, bool) and -len(atom.items) <= known < len(atom.items):
            return atom.items[known]
        return union(*atom.items) if atom.items else (Opaque("an item of a list"),)
    if isinstance(atom, Mapping):
        found = next((value for name, value in atom.items if name == known), None)
        if found is not None:
            return found
        return (
            union(*(value for _, value in atom.items), atom.rest)
            if known is None
            else (atom.rest or (Opaque(f"key {known!r}"),))
        )
    if isinstance(atom, Claims | Body):
        return attribute_of(machine, atom, str(known), state)
    if isinstance(atom, Dump):
        return (Scalar("client", f"{atom.key}.{known}"),)
    if isinstance(atom, Made) and (placed := records.member(atom, known)) is not None:
        return placed
    if isinstance(atom, Made) and atom.dotted == "request.state":
        return _of_made(machine, atom, str(known), state)
    if isinstance(atom, Made) and atom.dotted == "request.scope":
        return _of_scope(machine, str(known))
    if isinstance(atom, Made) and atom.dotted.startswith("request."):
        return request_part(machine, atom, str(known))
    if isinstance(atom, ClassRef) and (table := machine.ownership.find(atom.definition)) and known in table.columns:
        return (ColumnRef(table.key, str(known)),)
    if isinstance(atom, ClassRef) or (isinstance(atom, External) and _is_class_name(atom.dotted)):
        return (atom,)
    if isinstance(atom, Scalar):
        return (atom,)
    if isinstance(atom, Row):
        column = _column_at(machine, atom, known)
        return (Scalar("row", f"{atom.table}.{column}", atom.number, column),)
    answered = answers.part(atom, known)
    if answered is not None:
        return (answered,)
    return (Opaque("an item of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,))),)


def _column_at(machine: "Machine", atom: Row, known: object) -> str:
    """`row["user_id"]`, or `row[1]` where a driver gives rows as tuples."""
    loaded = machine.record.loaded(atom.number)
    if isinstance(known, int) and not isinstance(known, bool) and loaded is not None and known < len(loaded.columns):
        return loaded.columns[known]
    return str(known)


def _is_class_name(dotted: str) -> bool:
    """`FastAPIUsers[User, UUID]` is the class, told what it works with."""
    last = dotted.rsplit(".", 1)[-1]
    return last[:1].isupper() and not last.isupper()


def _of_scope(machine: "Machine", name: str) -> Value:
    """An entry of the ASGI scope (ASGI specification, HTTP connection scope)."""
    if name in ("path", "method", "type"):
        if name == "type":
            return (Known("websocket" if machine.is_websocket else "http"),)
        return machine.requested(PATH if name == "path" else METHOD) or (Known(""),)
    if name == "headers":
        return (Made("request.headers", credential=True, client=True),)
    if name == "state":
        return (Made("request.state"),)
    return (Opaque(f"{name} of the scope"),)


def request_part(machine: "Machine", atom: Made, name: str) -> Value:
    """One header, cookie, query or path parameter of the request; nothing for a parameter that the path has not."""
    part = atom.dotted.removeprefix("request.")
    if part == "path_params":
        return (Scalar("client", f"path {name}", column=WRITTEN),) if _is_in_path(machine, name) else ()
    if part in ("headers", "cookies"):
        machine.watch.note_part(name)
    return (Scalar("client", f"{part} {name}", credential=part in ("headers", "cookies")),)


def _is_in_path(machine: "Machine", name: str) -> bool:
    """Middleware runs before the route is found: no parameter is there yet (Starlette, `Request.path_params`)."""
    return machine.is_in_path(name) or not name.isidentifier()


def with_item(holder: Value, key: Value, value: Value) -> Value:
    """The holder after `holder[key] = value`."""
    name = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
    changed: list[Value] = []
    for atom in holder:
        if isinstance(atom, Mapping) and isinstance(name, str):
            kept = tuple((old, held) for old, held in atom.items if old != name)
            changed.append((Mapping((*kept, (name, value)), atom.rest),))
        elif isinstance(atom, Mapping):
            changed.append((Mapping(atom.items, union(atom.rest, value) if atom.rest else value),))
        elif isinstance(atom, Dump) and isinstance(name, str):
            changed.append((Dump(atom.key, atom.fields, atom.excluded, (*atom.overrides, (name, value))),))
        elif isinstance(atom, Body) and atom.definition is None and isinstance(name, str):
            changed.append((Dump(atom.key, None, (), ((name, value),)),))
        elif isinstance(atom, Opaque) and isinstance(name, str):
            changed.append((Mapping(((name, value),), (atom,)),))
        elif isinstance(atom, Sequence):
            changed.append((Sequence((*atom.items, value), True),))
        else:
            changed.append((atom,))
    return union(*changed)


def with_items(left: Value, right: Value) -> Value:
    """Two dicts merged, the right one standing."""
    merged = left
    for atom in right:
        if isinstance(atom, Mapping):
            for name, value in atom.items:
                merged = with_item(merged, (Known(name),), value)
            if atom.rest:
                merged = tuple(
                    Mapping(one.items, union(one.rest, atom.rest) if one.rest else atom.rest)
                    if isinstance(one, Mapping)
                    else one
                    for one in merged
                )
        elif isinstance(atom, Dump):
            merged = tuple(_over_dump(one, atom) for one in merged)
    return merged


def _over_dump(left: Atom, right: Dump) -> Atom:
    """`{"user_id": …, **body.model_dump()}`: what the client sends stands over the earlier items."""
    if isinstance(left, Mapping):
        kept = tuple(
            (name, value)
            for name, value in left.items
            if right.fields is not None and (name not in right.fields or name in right.excluded)
        )
        return Dump(right.key, right.fields, right.excluded, (*kept, *right.overrides))
    return right


def _display(machine: "Machine", node: Collection, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, values in evaluate_all(machine, node.items, state, frame):
        items: list[Value] = []
        is_open = node.kind == "slice"
        for item, value in zip(node.items, values, strict=True):
            if isinstance(item, Starred):
                rounds, spread_open = rounds_of(machine, value, after, frame.at(item.span))
                items.extend(rounds)
                is_open = is_open or spread_open
            else:
                items.append(value)
        whole = Sequence(tuple(items[:40]), is_open or len(items) > 40)
        certain = tuple(value for item, value in zip(node.items, values, strict=True) if not isinstance(item, Starred))
        found.append((after, (Sequence(certain), Sequence(whole.items)) if is_open and certain else (whole,)))
    return found


def _dict(machine: "Machine", node: DictDisplay, state: State, frame: "Frame") -> Pairs:
    paths: Pairs = [(state, (Mapping(()),))]
    for key, held in node.items:
        following: Pairs = []
        for one, built in paths[:8]:
            for after, value in evaluate(machine, held, one, frame):
                if key is None:
                    following.append(
                        (after, with_items(built, value) if _is_dict(value) else with_item(built, (Opaque(""),), value))
                    )
                else:
                    following.extend(
                        (done, with_item(built, name, value)) for done, name in evaluate(machine, key, after, frame)
                    )
        paths = following
    return paths


def _is_dict(value: Value) -> bool:
    return all(isinstance(atom, Mapping | Dump) for atom in value)


def _text(machine: "Machine", node: JoinedStr, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, values in evaluate_all(machine, node.parts, state, frame):
        if all(len(value) == 1 and isinstance(value[0], Known) for value in values):
            found.append((after, joined([value[0] for value in values])))
        else:
            found.append((after, texts.pieced(values) or mixed("a formatted text", *values)))
    return found


def _conditional(machine: "Machine", node: Conditional, state: State, frame: "Frame") -> Pairs:
    true, false = conditions.branch(machine, node.test, state, frame)
    return [
        *(pair for after in true for pair in evaluate(machine, node.body, after, frame)),
        *(pair for after in false for pair in evaluate(machine, node.orelse, after, frame)),
    ]


def _lambda(machine: "Machine", node: Lambda, state: State, frame: "Frame") -> Pairs:
    closure = machine.shared.closure({**frame.closure, **state.env})
    return [(state, (FunctionValue(frame.file, f"{frame.qualname}.<lambda>", node, None, closure),))]


def _starred(machine: "Machine", node: Starred, state: State, frame: "Frame") -> Pairs:
    return evaluate(machine, node.value, state, frame)


def _walrus(machine: "Machine", node: Walrus, state: State, frame: "Frame") -> Pairs:
    found: Pairs = []
    for after, value in evaluate(machine, node.value, state, frame):
        after = after.copy()
        after.env[node.target] = value
        found.append((after, value))
    return found


def _yield(machine: "Machine", node: Yield, state: State, frame: "Frame") -> Pairs:
    pairs: Pairs = [(state, NONE)] if node.value is None else evaluate(machine, node.value, state, frame)
    frame.yields.extend(value for _, value in pairs)
    if frame.suspended is not None:
        frame.suspended.extend(pairs)
    return [(after, NONE) for after, _ in pairs]


def _name(machine: "Machine", node: Name, state: State, frame: "Frame") -> Pairs:
    return [(state, machine.lookup(node.id, state, frame))]


def _call(machine: "Machine", node: Call, state: State, frame: "Frame") -> Pairs:
    return calls.evaluate_call(machine, node, state, frame)


def _constant(machine: "Machine", node: Const, state: State, frame: "Frame") -> Pairs:
    return [(state, literal(node.value if node.kind == "plain" else "..."))]


_EXPRESSIONS: dict[type[Node], Callable[["Machine", Any, State, "Frame"], Pairs]] = {
    Name: _name,
    Const: _constant,
    Attribute: _attribute,
    Call: _call,
    Compare: _tests,
    Unary: _tests,
    BoolOp: _boolean,
    Binary: _binary,
    Subscript: _subscript,
    Collection: _display,
    DictDisplay: _dict,
    Comprehension: comprehensions.comprehension,
    JoinedStr: _text,
    Conditional: _conditional,
    Lambda: _lambda,
    Starred: _starred,
    Walrus: _walrus,
    Yield: _yield,
}


def rounds_of(machine: "Machine", iterable: Value, state: State, location: Location) -> tuple[list[Value], bool]:
    """What a loop's target is bound to in turn, and whether the loop may run any number of times (also none)."""
    rounds: list[Value] = []
    is_open = False
    for atom in iterable:
        if isinstance(atom, Sequence):
            rounds.extend(atom.items)
            is_open = is_open or atom.open
        elif isinstance(atom, Rows):
            rounds.append((Row(atom.table, atom.number),))
            is_open = True
        elif isinstance(atom, Result):
            rounds.append(results.element(atom))
            is_open = True
        elif isinstance(atom, Query) and atom.session:
            rounds.append(results.element(database.executed(machine, atom, state, location)))
            is_open = True
        elif isinstance(atom, Session) and atom.number:
            inner, _ = rounds_of(machine, machine.heap(state, atom.number, "result") or NONE, state, location)
            rounds.extend(inner)
            is_open = True
        elif isinstance(atom, Mapping):
            rounds.extend((Known(name),) for name, _ in atom.items)
            is_open = is_open or bool(atom.rest)
        else:
            rounds.append((_element(atom),))
            is_open = True
    if len(rounds) > _MOST_ROUNDS:
        return [union(*rounds)], True
    return rounds, is_open or len(iterable) > 1


def _element(atom: Atom) -> Atom:
    if isinstance(atom, Scalar):
        return atom
    if isinstance(atom, Dump):
        return Made("dump.key", (("dump", (atom,)),), client=True)
    if isinstance(atom, Body):
        return Scalar("client", f"{atom.key}[]")
    return Opaque("an element of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,)))


def entered(machine: "Machine", value: Value, state: State, frame: "Frame", span: Span) -> Pairs:
    """What `with value as x` gives: an object of the project is asked, sessions and clients give themselves."""
    found: Pairs = []
    for atom in value:
        entering = _entering(machine, atom)
        if entering is None:
            found.append((state, (atom,)))
        else:
            found.extend(calls.call_function(machine, entering, calls.Arguments(), state, frame, span))
    return calls.limited(found)


def _entering(machine: "Machine", atom: Atom) -> FunctionValue | None:
    if not isinstance(atom, Instance):
        return None
    for name in ("__aenter__", "__enter__"):
        member = machine.names.member(atom.definition, name)
        if member is not None and isinstance(member.node, FunctionDef):
            owner = machine.names.resolve(member.file, member.name.split(".")[0])
            return FunctionValue(member.file, member.name, member.node, atom, 0, owner)
    return None
