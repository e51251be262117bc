"""Beside the interpreter: what assigning means to names, attributes and items. A write to a row is judged."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    Attribute,
    Collection,
    Expr,
    Name,
    Starred,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.flow import aliases, spilling
from constitution_lint.model.flow.fastapi import application_state, responses
from constitution_lint.model.flow.language import dicts, indexing, module_caches, starting
from constitution_lint.model.flow.libraries import subscriptions, tools
from constitution_lint.model.flow.queries import writes
from constitution_lint.model.flow.state import REQUEST_STATE, State
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Instance,
    Known,
    Made,
    Mapping,
    Row,
    Rows,
    Sequence,
    Value,
    overridden,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine


def bind(machine: "Machine", target: Expr, value: Value, state: State, frame: "Frame") -> list[State]:
    """Assign a value to a target: a name, an attribute, an item, or several unpacked."""
    if type(target) is Name:
        state = state.copy()
        state.env[target.id] = value
        if machine.noted is not None and target.id in machine.names.scope(frame.file).bound:
            starting.note(machine, (frame.file, target.id), value, state)
        return [state]
    if type(target) is Starred:
        return machine.bind(target.value, (Sequence((value,), True),), state, frame)
    if type(target) is Collection:
        states = [state]
        for item, key in zip(target.items, indexing.keys_of(target.items), strict=True):
            part = indexing.item_of(machine, value, key, state)
            states = [done for one in states for done in machine.bind(item, part, one, frame)]
        return states
    if type(target) is Attribute:
        return _bind_attribute(machine, target, value, state, frame)
    if type(target) is Subscript:
        return _bind_item(machine, target, value, state, frame)
    return [state]


def _bind_attribute(machine: "Machine", target: Attribute, value: Value, state: State, frame: "Frame") -> list[State]:
    found = []
    for after, holder in machine.evaluate(target.value, state, frame):
        after = after.copy()
        for atom in holder:
            machine.set_attribute(atom, target.attr, value, after, frame.at(target.span), frame)
        application_state.note(machine, target.value, target.attr, value, after)
        machine.override(target, holder, value, after)
        found.append(after)
    return found


def override(machine: "Machine", target: Attribute, holder: Value, value: Value, state: State) -> None:
    """What the server sets on a client's object, or as an agent's tools, stays under the object's name."""
    if isinstance(target.value, Name) and any(isinstance(atom, Body | Made) for atom in holder):
        state.env[target.value.id] = tuple(
            tools.equipped(atom, target.attr, value) if isinstance(atom, Made) else overridden(atom, target.attr, value)
            for atom in holder
        )


def set_attribute(
    machine: "Machine", atom: Atom, name: str, value: Value, state: State, location: Location, frame: "Frame"
) -> None:
    """`holder.name = value`: a write to a row is judged, an object remembers it."""
    if isinstance(atom, Row):
        writes.assign(machine, atom, name, value, state, location, frame)
        state.store(atom.number, name, value)
    elif isinstance(atom, Instance):
        state.store(atom.number, name, value)
    elif isinstance(atom, Made) and atom.dotted == "request.state":
        state.store(REQUEST_STATE, name, value)
    elif responses.is_of_answer(atom):
        state.spill(responses.ANSWER, responses.told(machine, value, state))
    elif isinstance(atom, Made):
        spilling.put(state, atom, machine.exposed(value, state))
    elif isinstance(atom, Rows):
        writes.assign(machine, Row(atom.table, atom.number), name, value, state, location, frame)


def _bind_item(machine: "Machine", target: Subscript, value: Value, state: State, frame: "Frame") -> list[State]:
    found = []
    for after, holder in machine.evaluate(target.value, state, frame):
        for done, key in machine.evaluate(target.index, after, frame):
            subscriptions.kept_by_item(machine, target, value, done, frame)
            module_caches.note_item(machine, holder, key, value, done)
            done = _in_scope(machine, holder, key, value, done)
            if any(isinstance(atom, Made) for atom in holder):
                done = done.copy()
                for atom in holder:
                    spilling.put(done, atom, machine.exposed(value, done))
                    done = responses.put(machine, atom, (value,), done)
            changed = dicts.with_item(holder, key, value)
            found.extend(aliases.changed(machine, target.value, holder, changed, done, frame))
    return found


def _in_scope(machine: "Machine", holder: Value, key: Value, value: Value, state: State) -> State:
    """`scope["user"] = …`, `scope["state"]["user_id"] = …`: what an ASGI middleware hands on with the request."""
    name = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
    places = {atom.dotted for atom in holder if isinstance(atom, Made)} & {"request.scope", "request.state"}
    if not places or not isinstance(name, str):
        return state
    state = state.copy()
    if "request.state" in places:
        state.store(REQUEST_STATE, name, value)
    elif name == "state":
        for held, given in (pair for atom in value if isinstance(atom, Mapping) for pair in atom.items):
            state.store(REQUEST_STATE, held, given)
    else:
        state.store(REQUEST_STATE, f"request.{name}", value)
    return state
