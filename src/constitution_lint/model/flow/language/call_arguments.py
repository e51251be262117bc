"""The arguments of a call, evaluated from left to right and spread where they are starred."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import container_methods, dicts, expressions
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    ClassRef,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

_MOST_SPREAD = 4


def arguments_of(machine: "Machine", node: Call, state: State, frame: "Frame") -> list[tuple[State, Arguments]]:
    if not node.args:
        return [(state, Arguments())]
    found: list[tuple[State, Arguments]] = []
    for after, whole in expressions.evaluate_all(machine, tuple(arg.value for arg in node.args), state, frame):
        found.extend((after, _given(machine, node, values, after, frame)) for values in _each_list(node, whole))
    return found


def _each_list(node: Call, values: list[Value]) -> list[list[Value]]:
    """A list or dict that was built up differently on several paths is spread in each of its forms."""
    if not any(arg.name in ("*", "**") for arg in node.args):
        return [values]
    ways: list[list[Value]] = [[]]
    for arg, value in zip(node.args, values, strict=True):
        several = 1 < len(value) <= _MOST_SPREAD and (
            dicts.have_other_names(value)
            if arg.name == "**"
            else arg.name == "*" and all(isinstance(atom, Sequence) for atom in value)
        )
        forms = [(atom,) for atom in value] if several else [value]
        ways = [[*way, form] for way in ways for form in forms]
    return ways


def _given(machine: "Machine", node: Call, values: list[Value], after: State, frame: "Frame") -> Arguments:
    """The values of the arguments, spread where they are starred."""
    arguments = Arguments()
    for arg, value in zip(node.args, values, strict=True):
        if arg.name == "*":
            _spread(machine, arguments, value, after, frame.at(node.span))
        elif arg.name == "**":
            _spread_items(arguments, tuple(container_methods.spread(machine, atom) for atom in value))
        elif arg.name is not None:
            arguments.keywords[arg.name] = value
        else:
            arguments.positional.append(value)
    return arguments


def _spread(machine: "Machine", arguments: Arguments, value: Value, state: State, location: Location) -> None:
    """`*value`; the columns of a table stand for the table (`select(*Task.__table__.columns)`)."""
    if len(value) == 1 and isinstance(value[0], Sequence):
        arguments.positional.extend(value[0].items)
        return
    if all(isinstance(atom, ClassRef) and machine.ownership.find(atom.definition) for atom in value):
        arguments.positional.append(value)
        return
    rounds, is_open = expressions.rounds_of(machine, value, state, location)
    if is_open and not all(isinstance(atom, Sequence) for atom in value):
        arguments.star = union(*rounds) if rounds else NONE
    else:
        arguments.positional.extend(rounds)


def _spread_items(arguments: Arguments, value: Value) -> None:
    """`**value`: what it surely has are keywords; of several forms it may have what any of them has."""
    forms = [dicts.spread(atom) for atom in value]
    for name in dict.fromkeys(name for items, _ in forms for name in items):
        held = [items[name] for items, _ in forms if name in items]
        sent = [dicts.named(one, name) for items, rest in forms if name not in items for one in rest]
        arguments.keywords[name] = union(*held, *sent)
    rests = [rest for _, rest in forms if rest]
    if rests:
        arguments.rest = union(*([arguments.rest] if arguments.rest else []), *rests)
