"""Module-level dicts and lists that code fills at run time, such as caches of verified tokens.

What is found under the very proof that a client presents was verified if it was so wherever anything is put in.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.facts.code import Assign, Attribute, ClassDef, FunctionDef, Stmt, Subscript
from constitution_lint.model.flow.limits import BudgetExceeded
from constitution_lint.model.flow.state import State, merged
from constitution_lint.model.flow.traits import is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Atom, Claims, Instance, Kept, Made, Mapping, Scalar, Sequence, Value
from constitution_lint.model.module_mutations import PUTTING
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import calls, last_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Pairs = list[tuple[State, Value]]
_MOST_STATES = 8
_PUTTING = PUTTING | {"setdefault", "__setitem__"}
_MADE_EMPTY = frozenset({"OrderedDict", "defaultdict", "TTLCache", "LRUCache", "LFUCache", "Cache"})


class Remembered(NamedTuple):
    """What a dict holds for those who were verified, and the rows in it that are proven to be theirs."""

    value: Value
    proven: frozenset[int]


def initial_value(machine: "Machine", value: Value, file: str, name: str, of_object: bool = False) -> Value:
    """What a module, a class or an object that outlives requests begins with, as a request may find it.

    An empty dict or cache is there to be filled; so is a list into which any code puts something. What is put in is
    not known.
    """
    if not any(_is_empty(atom) or type(atom) is Sequence for atom in value):
        return value
    kept = Kept("what is kept in memory", file=file, name=name, of_object=of_object)
    listed = any(type(atom) is Sequence for atom in value) and machine.shared.is_filled(file, name)
    return tuple(_begun(atom, kept, listed) for atom in value)


def _begun(atom: Atom, kept: Kept, listed: bool) -> Atom:
    if isinstance(atom, Sequence):
        return Sequence((*atom.items, (kept,)), True) if listed else atom
    return Mapping((), (kept,)) if _is_empty(atom) else atom


def _is_empty(atom: object) -> bool:
    return atom == Mapping(()) or (isinstance(atom, Made) and atom.dotted.rsplit(".", 1)[-1] in _MADE_EMPTY)


def item_under_proof(machine: "Machine", holder: Value, key: Value, state: State) -> tuple[State, Value] | None:
    """`kept[token]`: what is found under what the client presents; None for any other item of any other holder."""
    rest = [one for atom in holder if isinstance(atom, Mapping) for one in atom.rest]
    kept = next((one for one in rest if isinstance(one, Kept) and not one.of_object), None)
    if kept is None or len(holder) > 1 or not is_credential(key):
        return None
    found = _found(machine, kept)
    after = state.copy()
    if found is None:
        after.maybe = after.maybe or "what is presented is looked up in memory, and who chose its key is not known"
        return after, (Claims(True),)
    after.verified = after.verified or "what is presented was verified before, and is remembered"
    after.prove(found.proven)
    return after, found.value


def _found(machine: "Machine", kept: Kept) -> Remembered | None:
    remembered = machine.shared.remembered
    if kept not in remembered:
        remembered[kept] = None
        remembered[kept] = _put_in(machine, kept)
    return remembered[kept]


def _put_in(machine: "Machine", kept: Kept) -> Remembered | None:
    """What the functions that fill a dict put in; None if any of them may do so without a verification."""
    from constitution_lint.model.flow.machine import Machine

    stored: list[tuple[State, Value]] = []
    for file, function, owner in filling_functions(machine, kept):
        inner = Machine(machine.names, machine.ownership, machine.shared, machine.shared.rows)
        inner.stored = {kept: []}
        try:
            _run(inner, file, function, owner)
        except (BudgetExceeded, RecursionError):
            return None
        found = inner.stored[kept]
        if not found or not all(state.verified for state, _ in found):
            return None
        stored += found
    if not stored:
        return None
    for state, _ in stored:
        machine.shared.keep(state)
    value = union(*(value for _, value in stored))
    proven = [taint(one) - state.unproven(taint(one)) for state, one in stored]
    return Remembered(value, frozenset().union(*proven))


def _run(machine: "Machine", file: str, function: FunctionDef, owner: Definition | None) -> None:
    """Run a function that fills the dict; whatever plain values it is given may be what a client presents."""
    from constitution_lint.model.flow.fastapi.requests import solve
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(file, function.name if owner is None else f"{owner.name}.{function.name}")
    frame.owner = owner
    states = [State()]
    for position, param in enumerate(function.params):
        following = []
        for state in states:
            if position == 0 and owner is not None:
                pairs: Pairs = [(state, (Instance(file, owner.name, machine.number(), owner),))]
            else:
                pairs = solve(machine, param, state, frame, frozenset())
            for after, value in pairs:
                after = after.copy()
                after.env = {**state.env, param.name: tuple(_presented(atom) for atom in value)}
                following.append(after)
        states = merged(following, _MOST_STATES)
    machine.block(function.body, states, frame)


def _presented(atom: Atom) -> Atom:
    if isinstance(atom, Scalar) and atom.origin == "client":
        return msgspec.structs.replace(atom, credential=True)
    return atom


def note_item(machine: "Machine", holder: Value, key: Value, value: Value, state: State) -> None:
    """`kept[key] = value` while it is asked what is put in: nobody else's key may lead to it."""
    if machine.stored is None:
        return
    for atom in holder:
        for one in atom.rest if isinstance(atom, Mapping) else ():
            if isinstance(one, Kept) and one in machine.stored:
                if not is_credential(key):
                    state = State()
                machine.stored[one].append((state, value))


def filling_functions(machine: "Machine", kept: Kept) -> Iterator[tuple[str, FunctionDef, Definition | None]]:
    """The functions and methods by which anything may come into a dict or list, with their files."""
    for file, facts in machine.names.code.items():
        if kept.name.rsplit(".", 1)[-1] not in machine.names.scope(file).bound and file != kept.file:
            continue
        for node in facts.body:
            if isinstance(node, FunctionDef) and _fills(node, kept.name):
                yield file, node, None
            elif isinstance(node, ClassDef):
                owner = machine.names.resolve(file, node.name)
                methods = (one for one in node.body if isinstance(one, FunctionDef) and _fills(one, kept.name))
                yield from ((file, method, owner) for method in methods)


def _fills(function: FunctionDef, name: str) -> bool:
    """Is something put into the list, or under a key of the dict, or may it be in ways that are not followed?"""
    name = name.rsplit(".", 1)[-1]
    return any(_puts(statement, name) for statement in walk_statements(function.body)) or any(
        isinstance(call.func, Attribute) and call.func.attr in _PUTTING and last_name(call.func.value) == name
        for call in calls(function.body)
    )


def _puts(statement: Stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, Assign) else ()
    return any(isinstance(target, Subscript) and last_name(target.value) == name for target in targets)
