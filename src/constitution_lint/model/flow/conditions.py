"""Conditions: which paths go on when a test holds or fails, and what each outcome proves."""

import re
import sys
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import (
    Attribute,
    BoolOp,
    Call,
    Compare,
    Expr,
    Name,
    Unary,
    Walrus,
)
from constitution_lint.model.flow import memberships
from constitution_lint.model.flow.requested import Requested
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Claims,
    ColumnRef,
    Condition,
    Dump,
    Instance,
    Known,
    Made,
    Mapping,
    Opaque,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
    is_client,
    is_literal,
    overridden,
    truth,
    union,
)
from constitution_lint.model.names import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Branches = tuple[list[State], list[State]]
_ROLE = re.compile(r"admin|super_?user|staff|role|permission|scope|privilege|is_owner|is_root|moderator", re.I)
_COMMON_ROLE = re.compile(r"^(?:user|member|guest|customer|client|viewer|reader|basic|normal|regular|active)$", re.I)
_OK_STATUS = frozenset({"status_code", "is_success", "ok", "status"})


def branch(machine: "Machine", test: Expr, state: State, frame: "Frame") -> Branches:
    """The states in which a test is true, and those in which it is false."""
    if isinstance(test, Unary) and test.op == "not":
        true, false = branch(machine, test.operand, state, frame)
        return false, true
    if isinstance(test, BoolOp):
        return _boolean(machine, test, state, frame)
    if isinstance(test, Compare):
        return _compare(machine, test, state, frame)
    if isinstance(test, Call) and dotted_name(test.func) == "isinstance" and len(test.args) == 2:
        return _isinstance(machine, test, state, frame)
    true, false = [], []
    for after, value in machine.evaluate(test, state, frame):
        yes, no = by_truth(machine, test, value, after, frame)
        true.extend(yes)
        false.extend(no)
    return true, false


def _boolean(machine: "Machine", test: BoolOp, state: State, frame: "Frame") -> Branches:
    going, decided = [state], []
    for operand in test.values:
        following: list[State] = []
        for one in going:
            true, false = branch(machine, operand, one, frame)
            following.extend(true if test.op == "and" else false)
            decided.extend(false if test.op == "and" else true)
        going = following
    return (going, decided) if test.op == "and" else (decided, going)


def limited(value: Value, to_true: bool) -> Value:
    """The atoms of a value that can be true (or false)."""
    return tuple(atom for atom in value if truth(atom) is not (not to_true))


def by_truth(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> Branches:
    """Split a state by the truth of a value; a name or attribute tested is narrowed to the atoms that remain."""
    true: list[State] = []
    false: list[State] = []
    yes, no = limited(value, True), limited(value, False)
    switch = _switch(value) if yes and no else ""
    if yes:
        after = _narrowed(machine, test, value, yes, state, frame)
        _decided_by(after, switch and f"{switch} is set")
        granted(machine, yes, after, value, frame)
        _ranked(test, yes, after)
        true.append(after)
    if no:
        after = _narrowed(machine, test, value, no, state, frame)
        _decided_by(after, switch and f"{switch} is not set")
        memberships.none_left(value, after)
        false.append(after)
    return true, false


def _switch(value: Value) -> str:
    """The setting or environment variable that decides a test; "" when it is something of the request."""
    named = {_setting(atom) for atom in value}
    return named.pop() if len(named) == 1 else ""


def _setting(atom: Atom) -> str:
    if isinstance(atom, Known):
        return atom.setting
    kind, _, name = atom.key.partition(" ") if isinstance(atom, Scalar) and atom.origin == "server" else ("", "", "")
    return name if kind in ("environment", "setting") else ""


def _decided_by(state: State, condition: str) -> None:
    """Keep in mind what outside the request chose an unverified path; the first such choice is the one to name."""
    if condition and not state.verified and not state.switched:
        state.switched = condition


def _narrowed(machine: "Machine", test: Expr, whole: Value, part: Value, state: State, frame: "Frame") -> State:
    state = state.copy()
    if isinstance(test, Walrus):
        state.env[test.target] = part
    elif isinstance(test, Name):
        if part != whole:
            state.env[test.id] = part
    elif isinstance(test, Attribute) and isinstance(test.value, Name):
        for holder in machine.lookup(test.value.id, state, frame):
            if isinstance(holder, Instance) and part != whole:
                state.store(holder.number, test.attr, part)
    return state


def granted(machine: "Machine", value: Value, state: State, whole: Value, frame: "Frame") -> None:
    """What follows from a value being true: a row exists, a role is held, a call that may verify said yes."""
    if len(value) != 1:
        rows = [atom for atom in value if isinstance(atom, Row)]
        if len(rows) == len(value):
            for row in rows:
                machine.record.exists(row, state)
        for atom in value:
            _granted_perhaps(atom, state)
        return
    atom = value[0]
    if isinstance(atom, Row):
        machine.record.exists(atom, state)
        machine.record.look_up(atom, state)
    elif isinstance(atom, Sequence) and not atom.open:
        for row in (one for item in atom.items if len(item) == 1 for one in item if isinstance(one, Row)):
            machine.record.exists(row, state)
            machine.record.look_up(row, state)
    elif isinstance(atom, Rows | Result):
        machine.record.look_up(Row(atom.table, atom.number), state)
    elif isinstance(atom, Scalar):
        if _ROLE.search(atom.column or atom.key) and is_principal(machine, atom, state, any_column=True):
            state.admin = state.admin or f"{atom.column or atom.key} is checked"
    elif isinstance(atom, Made):
        _granted_by_library(atom, state)
    else:
        _granted_perhaps(atom, state)


def _granted_perhaps(atom: Atom, state: State) -> None:
    """Something that a credential went into said yes, and what it is could not be followed."""
    if state.verified or state.maybe:
        return
    if isinstance(atom, Opaque) and atom.credential:
        state.maybe = atom.reason
    elif isinstance(atom, Made) and atom.credential and not _plain(atom.dotted):
        state.maybe = f"{atom.dotted} is not known"


def _ranked(test: Expr, value: Value, state: State) -> None:
    """A role is held by somebody who could not be followed: whether it excuses what comes is open, not refused."""
    written = test.func if isinstance(test, Call) else test.operand if isinstance(test, Unary) else test
    name = written.attr if isinstance(written, Attribute) else written.id if isinstance(written, Name) else ""
    followed = not all(isinstance(atom, Opaque | Made) and not is_client((atom,)) for atom in value)
    if not followed and _ROLE.search(name):
        state.ranked = state.ranked or f"{name} is checked, and whose it is could not be followed"


def _granted_by_library(atom: Made, state: State) -> None:
    if atom.dotted == "password.verified":
        state.prove(atom.taint)
        if atom.taint and atom.credential:
            state.verified = state.verified or "the presented password is checked against the stored one"
    elif atom.dotted == "digest.equal" and atom.credential:
        state.verified = state.verified or "the presented key is compared with the server's"
        state.admin = state.admin or "a shared key is presented"
    elif atom.dotted == "principal.permitted":
        state.admin = state.admin or "a permission is checked"
    elif atom.credential and atom.dotted.rsplit(".", 1)[-1] in _OK_STATUS:
        state.verified = state.verified or "the session is confirmed by another service"
    else:
        _granted_perhaps(atom, state)


def _plain(dotted: str) -> bool:
    """Parts of the request and the standard library verify nothing."""
    return dotted.split(".")[0] in sys.stdlib_module_names | {"request", "credentials", "builtins", "response"}


def _isinstance(machine: "Machine", test: Call, state: State, frame: "Frame") -> Branches:
    true: list[State] = []
    false: list[State] = []
    for after, value in machine.evaluate(test.args[0].value, state, frame):
        known = {_class_of(atom) for atom in value}
        wanted = dotted_name(test.args[1].value).rsplit(".", 1)[-1]
        if known == {"None"} and wanted:
            false.append(after)
        elif None in known or not wanted:
            true.append(after)
            false.append(after)
        else:
            (true if wanted in known else false).append(after)
            if wanted in known and len(known) > 1:
                false.append(after)
    return true, false


def _class_of(atom: Atom) -> str | None:
    if isinstance(atom, Known):
        return type(atom.value).__name__.replace("NoneType", "None")
    if isinstance(atom, Instance):
        return atom.name
    if isinstance(atom, Row):
        return atom.table.rsplit(":", 1)[-1]
    return {Mapping: "dict", Sequence: None}.get(type(atom))


# --- comparisons -----------------------------------------------------------------------------------------------------


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


def _compare(machine: "Machine", test: Compare, state: State, frame: "Frame") -> Branches:
    if len(test.ops) != 1:
        return [state], [state]
    true: list[State] = []
    false: list[State] = []
    op = test.ops[0]
    for after, left in machine.evaluate(test.left, state, frame):
        for done, right in machine.evaluate(test.comparators[0], after, frame):
            yes, no = _outcomes(machine, test, op, left, right, done, frame)
            true.extend(yes)
            false.extend(no)
    return true, false


def _outcomes(
    machine: "Machine", test: Compare, op: str, left: Value, right: Value, state: State, frame: "Frame"
) -> Branches:
    if op in ("is", "is not", "==", "!=") and is_none(right):
        narrowed = _by_none(machine, test.left, left, state, frame)
        return narrowed if op in ("is", "==") else (narrowed[1], narrowed[0])
    if op in ("==", "!=") and is_none(left):
        narrowed = _by_none(machine, test.comparators[0], right, state, frame)
        return narrowed if op == "==" else (narrowed[1], narrowed[0])
    if op in ("==", "!=", "is", "is not"):
        equal, different = _by_equality(machine, test, left, right, state, frame)
        return (equal, different) if op in ("==", "is") else (different, equal)
    if op in ("in", "not in"):
        inside, outside = _by_membership(machine, test, left, right, state, frame)
        return (inside, outside) if op == "in" else (outside, inside)
    if op in ("<", ">"):
        not_less = state.copy()
        memberships.equal(machine, left, right, not_less)
        return [state], [not_less]
    return [state], [state]


def is_none(value: Value) -> bool:
    """Is a value None, and can be nothing else?"""
    return len(value) == 1 and is_literal(value[0], None)


def _by_none(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> Branches:
    nones = tuple(atom for atom in value if is_none((atom,)))
    others = tuple(atom for atom in value if not is_none((atom,)))
    absent: list[State] = []
    present: list[State] = []
    maybe = tuple(
        atom
        for atom in others
        if isinstance(atom, Opaque | Scalar | Made) and truth(atom) is None and not _is_present(machine, atom)
    )
    if nones or maybe:
        absent.append(_narrowed(machine, test, value, nones or (Known(None),), state, frame))
    if others:
        after = _narrowed(machine, test, value, others, state, frame)
        granted(machine, tuple(atom for atom in others if not _weak(atom)), after, value, frame)
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
    memberships.equal(machine, left, right, equal)
    _keep_equal(machine, test.left, left, right, equal, frame)
    if _privileged(right):
        _ranked(test.left, left, equal)
    _keep_equal(machine, test.comparators[0], right, left, equal, frame)
    different = state.copy()
    _keep_different(test.left, left, right, different)
    _decided_by(equal, _chosen(left, right, "is"))
    _decided_by(different, _chosen(left, right, "is not"))
    _role_refused(machine, left, right, different)
    _field_names(test.left, left, right, equal, different)
    return [equal], [different]


def _chosen(left: Value, right: Value, verb: str) -> str:
    """ "ENV is dev" of a comparison of a setting with a literal; the same of a token with a word of the source."""
    for one, other in ((left, right), (right, left)):
        literals = [atom.value for atom in other if isinstance(atom, Known) and not atom.setting]
        if not literals or len(literals) != len(other):
            continue
        if setting := _switch(one):
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
    if not any(isinstance(atom, Instance) for atom in left):
        return
    for number in machine.exposed(left, state) | machine.exposed(right, state):
        if not state.holds(number):
            machine.record.leave_undecided(number, "objects made of it are compared")


def _same(first: Known, second: Known) -> bool:
    if isinstance(first, Requested):
        return first == second or first.is_any("in", second.value)
    return second.is_any("in", first.value) if isinstance(second, Requested) else first.value == second.value


def _keep_equal(machine: "Machine", test: Expr, left: Value, right: Value, state: State, frame: "Frame") -> None:
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
    for one, other in ((left, right), (right, left)):
        if one and all(_is_fixed(atom) for atom in one):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "row":
                    machine.record.compared(atom, state)
        if principal(machine, one, state):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "client" and len(other) == 1:
                    state.equate(atom.key)
                elif isinstance(atom, Scalar) and atom.origin == "row":
                    machine.record.compared(atom, state)
                elif isinstance(atom, Row) and _is_user_row(machine, atom):
                    machine.record.prove(atom.number, state)
        elif owned_value(machine, one, state):
            for atom in other:
                if isinstance(atom, Scalar) and atom.origin == "row" and machine.record.leads_up(atom):
                    machine.record.prove(atom.row, state)
            _names_owned_row(machine, one, other, state)
        machine.record.doubt(one, other)
        if _is_own(machine, one, state):
            machine.record.doubt_made(other)
        _presented_key(one, other, state)
        if _role_value(machine, one, state) and _privileged(other):
            state.admin = state.admin or "a role is checked"
        if _names_administrators(other) and _is_own(machine, one, state):
            state.admin = state.admin or "the caller is who the settings name"


def _names_owned_row(machine: "Machine", keys: Value, compared: Value, state: State) -> None:
    """A client's value that equals the key of a proven row names that row from here on."""
    if all(isinstance(atom, Scalar) and machine.record.is_key(atom) for atom in keys):
        client = [atom.key for atom in compared if isinstance(atom, Scalar) and atom.origin == "client"]
        if len(client) == len(compared):
            state.own(client)


def _is_fixed(atom: Atom) -> bool:
    return is_account(atom) and isinstance(atom, Known) and not atom.setting and not atom.stands_in


def is_account(atom: Atom) -> bool:
    """An account the source itself names: whoever it is, the client does not choose it."""
    return isinstance(atom, Known) and isinstance(atom.value, str | int) and not isinstance(atom.value, bool)


def _is_user_row(machine: "Machine", atom: Row) -> bool:
    table = machine.ownership.tables.get(atom.table)
    return table is not None and table.is_user


def _presented_key(presented: Value, expected: Value, state: State) -> None:
    if not any(is_none((atom,)) for atom in expected):
        presented = tuple(atom for atom in presented if not is_none((atom,)))
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
    return principal(machine, value, state) or owned_value(machine, value, state)


def _names_administrators(value: Value) -> bool:
    """Is it a setting that says who may do everything, by the name it is kept under?"""
    return bool(value) and all(_ROLE.search(_kept_as(atom)) for atom in value)


def _kept_as(atom: Atom) -> str:
    if isinstance(atom, Known):
        return atom.setting
    return atom.key if isinstance(atom, Scalar) and atom.origin == "server" else ""


def _role_value(machine: "Machine", value: Value, state: State) -> bool:
    return bool(value) and all(
        isinstance(atom, Scalar)
        and _ROLE.search(atom.column or atom.key) is not None
        and is_principal(machine, atom, state, any_column=True)
        for atom in value
    )


def _privileged(value: Value) -> bool:
    return not all(
        isinstance(atom, Known) and isinstance(atom.value, str) and _COMMON_ROLE.match(atom.value) for atom in value
    )


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
        if _role_value(machine, one, state) and not _privileged(other):
            state.admin = state.admin or "a role is checked"


def _by_membership(
    machine: "Machine", test: Compare, left: Value, right: Value, state: State, frame: "Frame"
) -> Branches:
    inside, outside = state.copy(), state.copy()
    _field_names(test.left, left, right, inside, outside)
    literal = [item for atom in right if isinstance(atom, Sequence) for item in atom.items]
    known = bool(literal) and all(isinstance(atom, Sequence) and not atom.open for atom in right)
    if known and all(len(item) == 1 and isinstance(item[0], Known) for item in literal):
        values = [item[0].value for item in literal if isinstance(item[0], Known)]
        if len(left) == 1 and isinstance(left[0], Known) and not left[0].setting:
            among = left[0].is_any("in", *values) if isinstance(left[0], Requested) else left[0].value in values
            return ([inside], []) if among else ([], [outside])
        _narrow_to(machine, test.left, union(*literal), inside, frame)
    _ranked(test.left, left, inside)
    _ranked(test.comparators[0], right, inside)
    if _names_administrators(right) and _is_own(machine, left, state):
        inside.admin = inside.admin or "the caller is among those the settings name"
    if _role_value(machine, left, state) or _role_value(machine, right, state):
        roles = [atom for item in literal for atom in item] if _role_value(machine, left, state) else list(left)
        if not roles or not any(_is_common(atom) for atom in roles):
            inside.admin = inside.admin or "a role is checked"
    for item in literal:
        machine.record.doubt(left, item)
    _objects_compared(machine, left, right, state)
    if literal and principal(machine, tuple(atom for item in literal for atom in item), state):
        proven_by_equality(machine, left, literal[0], inside, frame)
    elif known and principal(machine, left, state):
        _owns_by_any(machine, literal, inside)
    elif literal and all(isinstance(atom, Sequence) for atom in right):
        keys = tuple(atom for item in literal for atom in item)
        if owned_value(machine, keys, state):
            _names_owned_row(machine, keys, left, inside)
    else:
        memberships.among(machine, left, right, inside)
    holds = _is_part(_only_known(left), _only_known(right))
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


def _narrow_to(machine: "Machine", test: Expr, value: Value, state: State, frame: "Frame") -> None:
    """On this path a name, or a field of a client's object, is one of the values."""
    if isinstance(test, Name):
        state.env[test.id] = value
    elif isinstance(test, Attribute) and isinstance(test.value, Name):
        holder = machine.lookup(test.value.id, state, frame)
        if all(isinstance(atom, Body) for atom in holder):
            state.env[test.value.id] = tuple(overridden(atom, test.attr, value) for atom in holder)


def _is_common(atom: Atom) -> bool:
    return isinstance(atom, Known) and isinstance(atom.value, str) and _COMMON_ROLE.match(atom.value) is not None


# --- whose value it is -----------------------------------------------------------------------------------------------


def principal(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value, on every way it can have come about, the principal's own identity?"""
    atoms = tuple(atom for atom in value if not is_none((atom,)))
    return bool(atoms) and all(is_principal(machine, atom, state) for atom in atoms)


def is_principal(machine: "Machine", atom: Atom, state: State, any_column: bool = False) -> bool:
    """A verified claim, the user row's own columns, an owner column of a proven row, a key compared before."""
    if isinstance(atom, Scalar):
        if atom.origin == "principal":
            return True
        if atom.origin == "client":
            return state.is_equal(atom.key)
        if atom.origin == "row" and state.holds(atom.row):
            table = machine.ownership.tables.get(machine.record.table_of(atom))
            if table is None:
                return False
            if table.key.startswith("sql:"):
                return table.is_user or machine.record.is_token_keyed(atom.row)
            return (
                (table.is_user and state.holds(atom.row))
                or atom.column in table.owners
                or (any_column and table.is_user)
            )
    if isinstance(atom, Row):
        table = machine.ownership.tables.get(atom.table)
        return table is not None and table.is_user and state.holds(atom.number)
    return isinstance(atom, Claims) and atom.verified


def stand_in(machine: "Machine", value: Value, state: State) -> Known | None:
    """The fixed account that a value falls back to where a token verifies and names nobody: all such tokens share it.

    Without a verification the guard is at fault, not the query; an empty or negative key is nobody's.
    """
    fixed = [atom for atom in value if isinstance(atom, Known) and is_account(atom) and _is_somebody(atom)]
    others = [atom for atom in value if not isinstance(atom, Known)]
    if not state.verified or not fixed:
        return None
    flagged = next((atom for atom in fixed if atom.stands_in), None)
    return flagged or (fixed[0] if others and all(_is_identity(machine, atom, state) for atom in others) else None)


def _is_somebody(atom: Known) -> bool:
    return bool(atom.value) and not (isinstance(atom.value, int) and atom.value < 0)


def _is_identity(machine: "Machine", atom: Atom, state: State) -> bool:
    """Does a value say who is calling? A column of a row other than the user's says whose that row is."""
    if isinstance(atom, Scalar) and atom.origin == "row":
        table = machine.ownership.tables.get(machine.record.table_of(atom))
        return table is not None and table.is_user and state.holds(atom.row)
    return is_principal(machine, atom, state)


def standing_in(machine: "Machine", solved: "list[tuple[State, Value]]") -> "list[tuple[State, Value]]":
    """What a dependency hands over, the literals marked that some of its ways give instead of whom the token names."""
    if not any(_is_identity(machine, atom, state) for state, value in solved for atom in value):
        return solved
    return [(state, tuple(map(_marked, value)) if state.verified else value) for state, value in solved]


def _marked(atom: Atom) -> Atom:
    if isinstance(atom, Known) and is_account(atom) and _is_somebody(atom):
        return msgspec.structs.replace(atom, stands_in=True)
    return atom


def owned_value(machine: "Machine", value: Value, state: State) -> bool:
    """Is a value a column of a row proven to be the principal's, or a client key that names such a row?

    A literal among others is a default: no client chooses it.
    """
    told = [atom for atom in value if not _is_fixed(atom)]
    return bool(told) and all(_is_owned(machine, atom, state) for atom in told)


def _is_owned(machine: "Machine", atom: Atom, state: State) -> bool:
    if isinstance(atom, Scalar):
        if atom.origin == "row":
            return state.holds(atom.row)
        return atom.origin == "client" and state.owns(atom.key)
    if isinstance(atom, Row | Rows | Result):
        return state.holds(atom.number)
    if isinstance(atom, Sequence):
        return bool(atom.items) and all(
            owned_value(machine, item, state) or principal(machine, item, state) for item in atom.items
        )
    if isinstance(atom, Opaque | Made) and atom.taint and not atom.client:
        return all(map(state.holds, atom.taint))
    return False
