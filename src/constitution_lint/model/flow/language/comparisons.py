"""Comparisons in conditions: what equality, membership and a test for None prove on the paths where they hold."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import (
    Attribute,
    BoolOp,
    Call,
    ClassDef,
    Compare,
    Expr,
    Name,
)
from constitution_lint.model.flow.fastapi.request_texts import Requested
from constitution_lint.model.flow.identity import bearer_tokens, principals, roles
from constitution_lint.model.flow.language import conditions, dicts
from constitution_lint.model.flow.queries import client_keys
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, truth
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Claims,
    ClassRef,
    ColumnRef,
    Condition,
    Dump,
    Instance,
    Known,
    Made,
    Mapping,
    Opaque,
    Row,
    Scalar,
    Sequence,
    Value,
    overridden,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Branches = tuple[list[State], list[State]]


def comparison(machine: "Machine", node: Compare, state: State, frame: "Frame") -> list[tuple[State, Value]] | None:
    """A comparison with a column of a table as the condition of a statement; None when no column is in it."""
    if len(node.ops) != 1:
        return None
    found: list[tuple[State, Value]] = []
    for after, left in machine.evaluate(node.left, state, frame):
        for done, right in machine.evaluate(node.comparators[0], after, frame):
            condition = as_condition(left, node.ops[0], right)
            if condition is None:
                if not _dynamic_column(left) and not _dynamic_column(right):
                    return None
                condition = Condition(None, "unclear", right)
            found.append((done, (condition,)))
    return found or None


def _dynamic_column(value: Value) -> bool:
    return any(isinstance(atom, Made) and atom.dotted in ("dynamic.column", "func.expression") for atom in value)


def as_condition(left: Value, op: str, right: Value) -> Condition | None:
    """`column op value`, whichever side the column stands on."""
    for column, other in ((left, right), (right, left)):
        if len(column) == 1 and isinstance(column[0], ColumnRef):
            return Condition(column[0], op, other)
    return None


def compared(machine: "Machine", test: Compare, state: State, frame: "Frame") -> Branches:
    if len(test.ops) != 1:
        return machine.branch(_one_by_one(test), state, frame)
    true: list[State] = []
    false: list[State] = []
    op = test.ops[0]
    for after, left in machine.evaluate(test.left, state, frame):
        for done, right in machine.evaluate(test.comparators[0], after, frame):
            yes, no = _outcomes(machine, test, op, left, right, done, frame)
            true.extend(yes)
            false.extend(no)
    return true, false


def _one_by_one(test: Compare) -> BoolOp:
    """`a == b == c` as `a == b and b == c`."""
    operands = (test.left, *test.comparators)
    pairs = zip(operands, test.ops, test.comparators, strict=False)
    return BoolOp(test.span, "and", tuple(Compare(test.span, left, (op,), (right,)) for left, op, right in pairs))


def _outcomes(
    machine: "Machine", test: Compare, op: str, left: Value, right: Value, state: State, frame: "Frame"
) -> Branches:
    if op in ("is", "is not", "==", "!=") and principals.is_none(right):
        narrowed = _by_none(machine, test.left, left, state, frame)
        return narrowed if op in ("is", "==") else (narrowed[1], narrowed[0])
    if op in ("==", "!=") and principals.is_none(left):
        narrowed = _by_none(machine, test.comparators[0], right, state, frame)
        return narrowed if op == "==" else (narrowed[1], narrowed[0])
    if op in ("==", "!=", "is", "is not"):
        equal, different = _by_equality(machine, test, left, right, state, frame)
        different = bearer_tokens.of_other_schemes(left, right, different)
        return (equal, different) if op in ("==", "is") else (different, equal)
    if op in ("in", "not in"):
        inside, outside = _by_membership(machine, test, left, right, state, frame)
        return (inside, outside) if op == "in" else (outside, inside)
    if op in ("<=", ">="):
        within = state.copy()
        client_keys.within(machine, *((left, right) if op == "<=" else (right, left)), within)
        return [within], [state]
    if op in ("<", ">"):
        not_less = state.copy()
        client_keys.equal(machine, left, right, not_less)
        return [state], [not_less]
    return [state], [state]


def _by_none(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> Branches:
    nones = tuple(atom for atom in value if principals.is_none((atom,)))
    others = tuple(atom for atom in value if not principals.is_none((atom,)))
    absent: list[State] = []
    present: list[State] = []
    maybe = tuple(
        atom
        for atom in others
        if isinstance(atom, Opaque | Scalar | Made) and truth(atom) is None and not _is_present(machine, atom)
    )
    if nones or maybe:
        without = conditions.narrowed_by(machine, test, value, nones or (Known(None),), state, frame)
        client_keys.names_none(machine, value, without)
        bearer_tokens.without(value, without)
        absent.append(without)
    if others:
        after = conditions.narrowed_by(machine, test, value, others, state, frame)
        conditions.granted(machine, tuple(atom for atom in others if not _weak(atom)), after)
        present.append(after)
    return absent, present


def _is_present(machine: "Machine", atom: Atom) -> bool:
    """What is never None: a part of the path, what a scheme insisted on, a column that cannot be null."""
    if not isinstance(atom, Scalar):
        return False
    if atom.origin == "client":
        return atom.key.startswith("path ") or (atom.key == "token" and atom.credential)
    table = machine.ownership.tables.get(machine.record.table_of(atom)) if atom.origin == "row" else None
    column = table.columns.get(atom.column) if table is not None else None
    return column is not None and not column.nullable and bool(column.annotation)


def _weak(atom: Atom) -> bool:
    """Being there proves nothing of a client's value or of a principal's attribute."""
    return isinstance(atom, Scalar)


def _by_equality(
    machine: "Machine", test: Compare, left: Value, right: Value, state: State, frame: "Frame"
) -> Branches:
    decided = _decided(left, right)
    if decided is not None:
        return ([state], []) if decided else ([], [state])
    _objects_compared(machine, left, right, state)
    equal = state.copy()
    proven_by_equality(machine, left, right, equal, frame)
    client_keys.equal(machine, left, right, equal)
    _keep_equal(test.left, left, right, equal)
    if roles.privileged(machine, right):
        conditions.ranked(machine, test.left, left, equal)
    _keep_equal(test.comparators[0], right, left, equal)
    different = state.copy()
    _keep_different(test.left, left, right, different)
    conditions.decided_by(equal, _chosen(left, right, "is"))
    conditions.decided_by(different, _chosen(left, right, "is not"))
    _role_refused(machine, left, right, different)
    _field_names(test.left, left, right, equal, different)
    return [equal], [different]


def _chosen(left: Value, right: Value, verb: str) -> str:
    """ "ENV is dev" of a comparison of a setting with a literal; the same of a token with a word of the source."""
    for one, other in ((left, right), (right, left)):
        literals = [atom.value for atom in other if isinstance(atom, Known) and not atom.setting]
        if not literals or len(literals) != len(other):
            continue
        if setting := conditions.switch_of(one):
            return f"{setting} {verb} {' or '.join(map(repr, literals))}"
        if verb == "is" and len(one) == 1 and isinstance(one[0], Scalar) and one[0].credential:
            return "the presented token is a word that stands in the source"
    return ""


def _decided(left: Value, right: Value) -> bool | None:
    if len(left) != 1 or len(right) != 1:
        return None
    first, second = left[0], right[0]
    if isinstance(first, Known) and isinstance(second, Known):
        if first.setting or second.setting:
            return None
        return _same(first, second)
    return None


def _objects_compared(machine: "Machine", left: Value, right: Value, state: State) -> None:
    """Objects that hold rows are compared by what their class says: whether that proves the rows is left open."""
    if not any(isinstance(atom, Instance) for atom in left) or _fields_compared(machine, left, right, state):
        return
    for number in machine.exposed(left, state) | machine.exposed(right, state):
        if not state.holds(number):
            machine.record.leave_undecided(number, "objects made of it are compared")


def _same(first: Known, second: Known) -> bool:
    if isinstance(first, Requested):
        return first == second or first.is_any("in", second.value)
    return second.is_any("in", first.value) if isinstance(second, Requested) else first.value == second.value


def _keep_equal(test: Expr, left: Value, right: Value, state: State) -> None:
    """On the equal branch a name compared with a literal is that literal, with a claim of a link that claim."""
    if isinstance(test, Name) and right and all(isinstance(atom, Scalar | Claims) and atom.seal for atom in right):
        state.env[test.id] = right
    if len(left) > 1 and len(right) == 1 and isinstance(right[0], Known) and isinstance(test, Name):
        kept = tuple(atom for atom in left if not isinstance(atom, Known) or atom.value == right[0].value)
        state.env[test.id] = kept or right


def _keep_different(test: Expr, left: Value, right: Value, state: State) -> None:
    """On the other branch a name that was compared with a literal is not that literal."""
    literal = right[0].value if len(right) == 1 and isinstance(right[0], Known) and not right[0].setting else None
    if isinstance(test, Name) and literal is not None:
        kept = tuple(atom for atom in left if not (isinstance(atom, Known) and atom.value == literal))
        if kept and len(kept) < len(left):
            state.env[test.id] = kept


def proven_by_equality(machine: "Machine", left: Value, right: Value, state: State, frame: "Frame") -> None:
    """What `left == right` proves on the path where it holds."""
    for one, other in _fields_compared(machine, left, right, state):
        proven_by_equality(machine, one, other, state, frame)
    for one, other in ((left, right), (right, left)):
        if one and all(principals.is_fixed(atom) for atom in one):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "row":
                    machine.record.compared(atom, state)
        if principals.principal(machine, one, state):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "client" and len(other) == 1:
                    state.equate(atom.key)
                elif isinstance(atom, Scalar) and atom.origin == "row":
                    machine.record.compared(atom, state)
                elif isinstance(atom, Row) and _is_user_row(machine, atom):
                    machine.record.prove(atom.number, state)
        elif principals.owned_value(machine, one, state):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "row" and machine.record.leads_up(atom):
                    machine.record.prove(atom.row, state)
            _names_owned_row(machine, one, other, state)
        machine.record.doubt(one, other)
        if _is_own(machine, one, state):
            machine.record.doubt_made(other)
        _presented_key(one, other, state)
        if roles.are_held(machine, one, state) and roles.privileged(machine, other) and not is_client(other):
            state.admin = state.admin or "a role is checked"
        if _names_administrators(other) and _is_own(machine, one, state):
            state.admin = state.admin or "the caller is who the settings name"


def _fields_compared(machine: "Machine", left: Value, right: Value, state: State) -> list[tuple[Value, Value]]:
    """What two equal tuples hold, and two equal objects under the same names, where these hold equal values."""
    if len(left) != 1 or len(right) != 1:
        return []
    one, other = left[0], right[0]
    if isinstance(one, Sequence) and isinstance(other, Sequence) and len(one.items) == len(other.items):
        return [] if one.open or other.open else list(zip(one.items, other.items, strict=True))
    if not isinstance(one, Instance) or not isinstance(other, Instance) or one.definition != other.definition:
        return []
    if one.number == other.number or not _is_of_values(machine, one.definition):
        return []
    held = state.attributes(other.number)
    return [(value, held[name]) for name, value in state.attributes(one.number).items() if name in held]


def _is_of_values(machine: "Machine", definition: Definition) -> bool:
    """Dataclasses and models of pydantic are compared by their fields, unless they say otherwise."""
    member = machine.names.member(definition, "__eq__")
    if member is not None:
        return False
    line = machine.names.ancestors(definition)
    made = {
        dotted_name(decorator.func if isinstance(decorator, Call) else decorator).rpartition(".")[2]
        for owner in line
        if isinstance(owner.node, ClassDef)
        for decorator in owner.node.decorators
    }
    return bool(made & {"dataclass", "define", "frozen"}) or machine.names.is_subclass(
        definition, "BaseModel", "NamedTuple"
    )


def _names_owned_row(machine: "Machine", keys: Value, compared: Value, state: State) -> None:
    """A client's value that equals the key of a proven row, or of its parent, names that row from here on."""
    record = machine.record
    if all(isinstance(atom, Scalar) and (record.is_key(atom) or record.leads_up(atom)) for atom in keys):
        client = [atom.key for atom in compared if isinstance(atom, Scalar) and atom.origin == "client"]
        if len(client) == len(compared):
            state.own(client)


def _is_user_row(machine: "Machine", atom: Row) -> bool:
    table = machine.ownership.tables.get(atom.table)
    return table is not None and table.is_user


def _presented_key(presented: Value, expected: Value, state: State) -> None:
    if not any(principals.is_none((atom,)) for atom in expected):
        presented = tuple(atom for atom in presented if not principals.is_none((atom,)))
    if len(presented) == 1 and isinstance(presented[0], Scalar) and presented[0].credential:
        servers = all(
            (isinstance(atom, Scalar) and atom.origin == "server")
            or (isinstance(atom, Known) and atom.setting)
            or (isinstance(atom, Made) and atom.dotted in ("os.getenv", "os.environ") and not atom.client)
            for atom in expected
        )
        if servers:
            state.verified = state.verified or "the presented key equals the server's"
            state.admin = state.admin or "a shared key is presented"
    for atom in presented:
        if not (isinstance(atom, Made) and atom.credential):
            continue
        answered = atom.dotted.rsplit(".", 1)[-1] in ("status_code", "status")
        if answered and all(isinstance(other, Known) and other.value == 200 for other in expected):
            state.verified = state.verified or "the session is confirmed by another service"


def _is_own(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value the principal's identity, or made of the principal's own rows?"""
    return principals.principal(machine, value, state) or principals.owned_value(machine, value, state)


def _names_administrators(value: Value) -> bool:
    """Is it a setting that says who may do everything, by the name it is kept under?"""
    return bool(value) and all(roles.ROLE.search(_kept_as(atom)) for atom in value)


def _kept_as(atom: Atom) -> str:
    if isinstance(atom, Known):
        return atom.setting
    return atom.key if isinstance(atom, Scalar) and atom.origin == "server" else ""


def _field_names(test: Expr, left: Value, right: Value, inside: State, outside: State) -> None:
    """The name of a client's field compared with literals: inside only they are set, outside they are not."""
    if not isinstance(test, Name) or len(left) != 1:
        return
    key = left[0]
    literals = [atom for one in right for atom in (_members(one) if isinstance(one, Sequence | Mapping) else (one,))]
    if not isinstance(key, Made) or key.dotted != "dump.key" or not all(isinstance(atom, Known) for atom in literals):
        return
    inside.env[test.id] = tuple(dict.fromkeys(literals)) or inside.env[test.id]
    names = tuple(str(atom.value) for atom in literals if isinstance(atom, Known))
    dumps = tuple(
        msgspec.structs.replace(dump, excluded=(*dump.excluded, *names)) if isinstance(dump, Dump) else dump
        for _, value in key.arguments
        for dump in value
    )
    outside.env[test.id] = (Made("dump.key", (("dump", dumps),), client=True),)


def _members(collection: Sequence | Mapping) -> tuple[Atom, ...]:
    if isinstance(collection, Mapping):
        return tuple(Known(name) for name, _ in collection.items)
    return tuple(atom for item in collection.items for atom in item)


def _role_refused(machine: "Machine", left: Value, right: Value, state: State) -> None:
    """`if user.role == "user": raise` leaves the others."""
    for one, other in ((left, right), (right, left)):
        if roles.are_held(machine, one, state) and not roles.privileged(machine, other):
            state.admin = state.admin or "a role is checked"


def _without_name(holder: Expr, names: Value, sent: Value, state: State) -> None:
    """`"user_id" not in arguments`: a client's dict without that name."""
    name = names[0].value if len(names) == 1 and isinstance(names[0], Known) else None
    if not isinstance(name, str) or not all(isinstance(atom, Dump) for atom in sent):
        return
    if isinstance(holder, Name) and holder.id in state.env:
        state.env[holder.id] = tuple(dicts.without(atom, name) for atom in sent)


def _by_membership(
    machine: "Machine", test: Compare, left: Value, right: Value, state: State, frame: "Frame"
) -> Branches:
    inside, outside = state.copy(), state.copy()
    _field_names(test.left, left, right, inside, outside)
    client_keys.not_sent(machine, left, right, outside)
    literal = [item for atom in right if isinstance(atom, Sequence) for item in atom.items]
    known = bool(literal) and all(isinstance(atom, Sequence) and not atom.open for atom in right)
    if known and all(len(item) == 1 and isinstance(item[0], Known) for item in literal):
        values = [item[0].value for item in literal if isinstance(item[0], Known)]
        if len(left) == 1 and isinstance(left[0], Known) and not left[0].setting:
            among = left[0].is_any("in", *values) if isinstance(left[0], Requested) else left[0].value in values
            return ([inside], []) if among else ([], [outside])
        _narrow_to(machine, test.left, union(*literal), inside, frame)
    if not known or any(roles.privileged(machine, item) for item in literal):
        conditions.ranked(machine, test.left, left, inside)
    conditions.ranked(machine, test.comparators[0], right, inside)
    _without_name(test.comparators[0], left, right, outside)
    if _names_administrators(right) and _is_own(machine, left, state):
        inside.admin = inside.admin or "the caller is among those the settings name"
    for mine, wanted in ((left, right), (right, left)):
        if roles.are_held(machine, mine, state) and roles.named_by_source(machine, wanted):
            inside.admin = inside.admin or "a role is checked"
    for item in literal:
        machine.record.doubt(left, item)
    _objects_compared(machine, left, right, state)
    if literal and principals.principal(machine, tuple(atom for item in literal for atom in item), state):
        proven_by_equality(machine, left, literal[0], inside, frame)
    elif known and principals.principal(machine, left, state):
        _owns_by_any(machine, literal, inside)
    elif literal and all(isinstance(atom, Sequence) for atom in right):
        keys = tuple(atom for item in literal for atom in item)
        if principals.owned_value(machine, keys, state):
            _names_owned_row(machine, keys, left, inside)
    else:
        client_keys.among(machine, left, right, inside)
    holds = _is_part(_only_known(left), _only_known(right))
    if holds is None:
        holds = _is_column(machine, _only_known(left), right)
    if holds is not None:
        return ([inside], []) if holds else ([], [outside])
    return [inside], [outside]


def _owns_by_any(machine: "Machine", items: list[Value], state: State) -> None:
    """`user.id in (task.owner_id, task.assignee_id)`: whichever it is, the row is the principal's."""
    columns = [item[0] for item in items if len(item) == 1]
    scalars = [atom for atom in columns if isinstance(atom, Scalar) and machine.record.says_whose(atom)]
    if len(scalars) == len(items) and len({atom.row for atom in scalars}) == 1:
        machine.record.prove(scalars[0].row, state)


def _only_known(value: Value) -> Known | None:
    """The one literal that a value can be."""
    return value[0] if len(value) == 1 and isinstance(value[0], Known) else None


def _is_part(part: Known | None, whole: Known | None) -> bool | None:
    """Does one literal string stand inside another? None where either can be something else."""
    if part is None or whole is None or not isinstance(part.value, str):
        return None
    if isinstance(whole, Requested):
        return whole.is_any("contains", part.value)
    return part.value in whole.value if isinstance(whole.value, str) else None


def _is_column(machine: "Machine", name: Known | None, whole: Value) -> bool | None:
    """Has a table a column of that name? `"deleted" in Task.__table__.columns`."""
    if name is None or len(whole) != 1 or not isinstance(whole[0], ClassRef):
        return None
    table = machine.ownership.find(whole[0].definition)
    return name.value in table.columns if table is not None and not table.partial else None


def _narrow_to(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> None:
    """On this path a name, or a field of a client's object, is one of the values."""
    if isinstance(test, Name):
        state.env[test.id] = value
    elif isinstance(test, Attribute) and isinstance(test.value, Name):
        holder = machine.lookup(test.value.id, state, frame)
        if all(isinstance(atom, Body) for atom in holder):
            state.env[test.value.id] = tuple(overridden(atom, test.attr, value) for atom in holder)
