"""Comprehensions, `filter` and `map`: the body runs once per kind of element, and what it proves is kept."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call, Comprehension, Generator
from constitution_lint.model.flow import elements
from constitution_lint.model.flow.language import dicts, expressions
from constitution_lint.model.flow.nested_lists import LISTS
from constitution_lint.model.flow.state import State, merged
from constitution_lint.model.flow.traits import taint, truth
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Dump,
    Known,
    Made,
    Mapping,
    Opaque,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_MOST_ROUNDS = 12


def comprehension(machine: "Machine", node: Comprehension, state: State, frame: "Frame") -> Pairs:
    """The values of a comprehension for each outcome of its first iterable; names it binds do not leave it."""
    first, *others = node.generators
    found: Pairs = []
    for after, iterable in machine.evaluate(first.iterable, state, frame):
        states = _bound(machine, first, iterable, after, frame)
        for generator in others:
            within = [
                inner
                for one in states
                for done, inside in machine.evaluate(generator.iterable, one, frame)
                for inner in _bound(machine, generator, inside, done, frame)
            ]
            states = within if len(within) <= _MOST_ROUNDS else merged(within, _MOST_ROUNDS)
        made = [pair for one in states for pair in _elements(machine, node, one, frame)]
        is_open = bool(others or first.conditions) or not _is_closed(iterable)
        items = [item for _, _, item in made]
        if not others:
            line = node.span.line if first.conditions else 0
            items = [elements.collected(item, iterable, line) for item in items]
            after = elements.shown_by([done for done, _, _ in made], iterable, line, after)
        value = (Sequence(tuple(items), is_open),) if node.kind != "dict" else _dict(made)
        found.append((_with_effects(machine, after, [done for done, _, _ in made]), value))
    return found


def _with_effects(machine: "Machine", state: State, bodies: list[State]) -> State:
    """Objects that a body made leave it with what they hold, a new row also under the number it has outside.

    So do lists of the surroundings into which it put rows, and what it wrote into objects of libraries.
    """
    after = state.copy()
    for body in bodies:
        after.take_spilled(body)
        for number, held in body.objects_since(state):
            left = {name: settled(machine, body, value) for name, value in held.items()}
            known = {name: found for name in left if (found := after.attribute(number, name)) is not None}
            left = {name: union(known[name], value) if name in known else value for name, value in left.items()}
            after.store_all(number, left)
            if number > 0 and machine.record.is_made(number):
                after.store_all(machine.record.twin(number), left)
        for name, value in _grown(state, body):
            after.env[name] = union(after.env[name], settled(machine, body, value))
    return after


def _grown(state: State, body: State) -> Iterator[tuple[str, Value]]:
    """The lists and dicts in variables into which a body put rows."""
    for name, value in body.env.items():
        known = state.env.get(name)
        if known is not None and known is not value and type(value[0]) in LISTS and taint(value) - taint(known):
            yield name, value


def _bound(machine: "Machine", generator: Generator, iterable: Value, state: State, frame: "Frame") -> list[State]:
    """The states in which an element is bound and passes the conditions."""
    rounds, _ = expressions.rounds_of(machine, iterable, state, frame.at(generator.iterable.span))
    found: list[State] = []
    for element in rounds:
        kept = machine.bind(generator.target, element, state, frame)
        for condition in generator.conditions:
            kept = [true for inner in kept for true in machine.branch(condition, inner, frame)[0]]
        found.extend(kept)
    return found if len(found) <= _MOST_ROUNDS else merged(found, _MOST_ROUNDS)


def _elements(
    machine: "Machine", node: Comprehension, state: State, frame: "Frame"
) -> list[tuple[State, Value, Value]]:
    """The element on each path behind its key; what is in no dict is its own key."""
    found: list[tuple[State, Value, Value]] = []
    for after, key in machine.evaluate(node.element, state, frame):
        pairs = machine.evaluate(node.value, after, frame) if node.value is not None else [(after, key)]
        found.extend((done, key, settled(machine, done, held)) for done, held in pairs)
    return found


def _is_closed(iterable: Value) -> bool:
    """Is every element written down?"""
    return len(iterable) == 1 and isinstance(iterable[0], Sequence) and not iterable[0].open


def _dict(made: list[tuple[State, Value, Value]]) -> Value:
    """A dict by its keys, the last word standing: the fields of another dict that stay what they were stay together."""
    built: Value = (Mapping(()),)
    for _, key, value in made:
        names = [atom for atom in key if isinstance(atom, Known) and isinstance(atom.value, str)]
        if len(names) == len(key):
            built = union(*(dicts.with_item(built, (name,), value) for name in names))
        elif whole := _kept_whole(key, value):
            built = union(*(dicts.with_items(built, (dump,)) for dump in whole))
        else:
            built = dicts.with_item(built, key, value)
    return built


def _kept_whole(key: Value, value: Value) -> tuple[Dump, ...]:
    """The client's dicts of which `key: value` is any pair; a value changed on the way is still the client's."""
    is_client_s = all(isinstance(atom, Scalar) and atom.origin == "client" for atom in value)
    return dicts.sent_under(key) if is_client_s else ()


def filtered(machine: "Machine", test: Value, items: Value, state: State, frame: "Frame", node: Call) -> Pairs:
    """`filter(test, items)`: the items for which the test can be true, with what it proves of them."""
    found: list[Value] = []
    line = node.span.line
    for element in expressions.rounds_of(machine, items, state, frame.at(node.span))[0]:
        for after, said in _applied(machine, test, element, state, frame, node):
            if any(truth(atom) is not False for atom in said):
                found.append(elements.collected(settled(machine, after, element), items, line))
    return [(state, (Sequence(tuple(found), True),))]


def mapped(machine: "Machine", function: Value, items: Value, state: State, frame: "Frame", node: Call) -> Pairs:
    """`map(function, items)`: what the function makes of each item."""
    rounds = expressions.rounds_of(machine, items, state, frame.at(node.span))[0]
    pairs = [pair for element in rounds for pair in _applied(machine, function, element, state, frame, node)]
    made = Sequence(tuple(elements.collected(settled(machine, after, value), items) for after, value in pairs), True)
    return [(_with_effects(machine, state, [after for after, _ in pairs]), (made,))]


def _applied(machine: "Machine", function: Value, element: Value, state: State, frame: "Frame", node: Call) -> Pairs:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.language.calls import call_atom

    return [pair for atom in function for pair in call_atom(machine, atom, Arguments([element]), state, frame, node)]


def settled(machine: "Machine", state: State, value: Value) -> Value:
    """What was proven of rows inside the body stays proven outside of it: such rows become rows of their own."""
    return tuple(_settled(machine, state, atom) for atom in value)


def _settled(machine: "Machine", state: State, atom: Atom) -> Atom:
    if isinstance(atom, (Row, Rows)) and state.has_proven(atom.number):
        return msgspec.structs.replace(atom, number=machine.record.twin(atom.number))
    if type(atom) is Scalar and state.has_proven(atom.row):
        return msgspec.structs.replace(atom, row=machine.record.twin(atom.row))
    if type(atom) is Made and atom.arguments:
        held = tuple((name, settled(machine, state, value)) for name, value in atom.arguments)
        return msgspec.structs.replace(atom, arguments=held, taint=state.unproven(atom.taint))
    if isinstance(atom, (Opaque, Made)) and (left := state.unproven(atom.taint)) != atom.taint:
        return msgspec.structs.replace(atom, taint=left)
    if isinstance(atom, (Body, Dump)) and atom.overrides:
        put = tuple((name, settled(machine, state, value)) for name, value in atom.overrides)
        return msgspec.structs.replace(atom, overrides=put)
    if type(atom) is Sequence:
        return Sequence(tuple(settled(machine, state, item) for item in atom.items), atom.open)
    if type(atom) is Mapping:
        items = tuple((name, settled(machine, state, held)) for name, held in atom.items)
        return Mapping(items, settled(machine, state, atom.rest))
    return atom
