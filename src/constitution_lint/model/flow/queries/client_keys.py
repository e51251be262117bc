"""Lists of keys that a client sends, compared with the rows that were found for them.

As many rows found as keys sent, no key left over, each key among those found: any of these says that all keys named
rows like the ones found, and those are proven.
"""

from typing import TYPE_CHECKING

from constitution_lint.model.flow import elements
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential
from constitution_lint.model.flow.values import Atom, Body, Dump, Known, Made, Result, Scalar, Sequence, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

LENGTH = "builtins.len"
LEFT_OVER = "set.difference"
SUBSET = "set.issubset"
OF_SETS = frozenset({"difference", "intersection", "issubset", "issuperset"})
_FIELDS_SENT = (".model_fields_set", ".__fields_set__")


def length(machine: "Machine", value: Value, state: State) -> Made | None:
    """`len(value)` of rows or of a client's list, so that two lengths can be compared; None for any other."""
    rows = machine.exposed(value, state)
    if is_credential(value) or not (rows or is_client(value)):
        return None
    return Made(LENGTH, (("of", value),) if not rows else (), rows)


def left_over(machine: "Machine", keys: Value, found: Value, state: State) -> Made | None:
    """`set(keys) - {row.id for row in rows}`: empty when every key was found; None when these are something else."""
    if _client_key(keys) and _keys_of(machine, found, state):
        return Made(LEFT_OVER, (("keys", keys), ("found", found)))
    return None


def equal(machine: "Machine", left: Value, right: Value, state: State) -> None:
    """`len(rows) == len(keys)`, `{row.id for row in rows} == set(keys)`: each key names one of the rows."""
    for counted, sent in ((left, right), (right, left)):
        among(machine, sent, counted, state)
        keys = _sent(sent)
        if len(counted) != 1 or not keys or not isinstance(counted[0], Made) or counted[0].dotted != LENGTH:
            continue
        rows = [machine.record.loaded(number) for number in counted[0].taint if state.holds(number)]
        if any(row is not None and keys & set(row.listed) for row in rows):
            state.own(keys)


def none_left(value: Value, state: State) -> None:
    """Nothing is left over of the keys a client sent."""
    atom = value[0] if len(value) == 1 else None
    if isinstance(atom, Made) and atom.dotted == LEFT_OVER:
        state.own(_client_key(dict(atom.arguments)["keys"]))


def names_none(machine: "Machine", value: Value, state: State) -> None:
    """A reference that a client left out: whatever is linked by it is linked to no row."""
    for key in _client_key(tuple(atom for atom in value if not isinstance(atom, Known))):
        if key.rpartition(".")[2].rpartition(" ")[2] in ("*", *machine.ownership.references):
            state.own({f"{key} is nothing"})


def not_sent(machine: "Machine", names: Value, sent: Value, state: State) -> None:
    """`"project_id" not in data`, and not in `body.model_fields_set`."""
    name, whole = names[0] if len(names) == 1 else None, sent[0] if len(sent) == 1 else None
    if type(name) is not Known or name.value not in machine.ownership.references:
        return
    if isinstance(whole, Dump | Body):
        state.own({f"{whole.key}.{name.value} is nothing"})
    elif isinstance(whole, Scalar) and whole.origin == "client" and whole.key.endswith(_FIELDS_SENT):
        state.own({f"{whole.key.rpartition('.')[0]}.{name.value} is nothing"})


def is_none_named(value: Value, state: State) -> bool:
    """Is a value a client's reference on the path where that was left out?"""
    told = tuple(atom for atom in value if not isinstance(atom, Known))
    return any(state.owns(f"{key} is nothing") for key in _client_key(told))


def among(machine: "Machine", key: Value, found: Value, state: State) -> None:
    """`key in {row.id for row in rows}` on the path where it holds."""
    keys = _client_key(key)
    if keys and _keys_of(machine, found, state):
        state.own(keys)


def _sent(value: Value) -> frozenset[str]:
    atom = value[0] if len(value) == 1 else None
    if isinstance(atom, Made) and atom.dotted == LENGTH and atom.arguments:
        return _client_key(dict(atom.arguments)["of"])
    return frozenset()


def _client_key(value: Value) -> frozenset[str]:
    """The one key of a client that a value is, or each element of which it is."""
    atom = value[0] if len(value) == 1 else None
    if type(atom) is Sequence and len(atom.items) == 1 and atom.open:
        return _client_key(atom.items[0])
    is_key = type(atom) is Scalar and atom.origin == "client" and not atom.credential
    return frozenset({elements.whole_of(atom.key)}) if is_key and type(atom) is Scalar else frozenset()


def of_sets(machine: "Machine", name: str, left: Value, right: Value, state: State) -> Value | None:
    """`set(keys).issubset(owned)` and its like, by whose outcome it is known of all keys; None for other sets."""
    if name == "difference":
        over = left_over(machine, left, right, state)
        return None if over is None else (over,)
    if name == "intersection":
        return among_both(machine, left, right, state)
    keys, found = (left, right) if name == "issubset" else (right, left)
    if _client_key(keys) and _keys_of(machine, found, state):
        return (Made(SUBSET, (("keys", keys), ("found", found))),)
    return None


def all_within(value: Value, state: State) -> None:
    """All keys that a client sent are among those found."""
    atom = value[0] if len(value) == 1 else None
    if isinstance(atom, Made) and atom.dotted == SUBSET:
        state.own(_client_key(dict(atom.arguments)["keys"]))


def among_both(machine: "Machine", left: Value, right: Value, state: State) -> Value | None:
    """`set(keys) & owned`: of the keys that a client sent those that rows of the principal have."""
    for sent, found in ((left, right), (right, left)):
        if _client_key(sent) and _keys_of(machine, found, state):
            return found
    return None


def within(machine: "Machine", left: Value, right: Value, state: State) -> None:
    """`set(keys) <= owned` on the path where it holds."""
    if _keys_of(machine, right, state):
        state.own(_client_key(left))


def _keys_of(machine: "Machine", value: Value, state: State) -> bool:
    """Are all of them primary keys of rows that are proven, or of the groups that proven memberships are in?"""
    return bool(value) and all(_are_keys(machine, atom, state) for atom in value)


def _are_keys(machine: "Machine", atom: Atom, state: State) -> bool:
    if isinstance(atom, Sequence):
        return bool(atom.items) and all(_keys_of(machine, item, state) for item in atom.items)
    if isinstance(atom, Result):
        table = machine.ownership.tables.get(atom.table)
        columns = [part.column for part in atom.parts if part.number == atom.number]
        return table is not None and state.holds(atom.number) and columns == [table.primary]
    return _is_key(machine, atom, state)


def _is_key(machine: "Machine", atom: Atom, state: State) -> bool:
    if not isinstance(atom, Scalar) or atom.origin != "row" or not state.holds(atom.row):
        return False
    table = machine.ownership.tables.get(machine.record.table_of(atom))
    if table is None:
        return False
    return atom.column == table.primary or machine.record.names_group(atom)
