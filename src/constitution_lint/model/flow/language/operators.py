"""Beside the expressions: operators on objects of the project's classes are methods: `found + rows`, `found[0]`."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import FunctionDef
from constitution_lint.facts.location import Span
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import FunctionValue, Instance, Opaque, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_METHODS = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "%": "__mod__", "|": "__or__", "&": "__and__",
    ">>": "__rshift__", "<<": "__lshift__", "@": "__matmul__", "[]": "__getitem__",
}  # fmt: skip


def applied(
    machine: "Machine", op: str, left: Value, right: Value, state: State, frame: "Frame", span: Span
) -> Pairs | None:
    """What an object's own method makes of an operand; None where the left side is none, or leaves it to Python."""
    from constitution_lint.model.flow.language.calls import call_function

    atom = left[0] if len(left) == 1 else None
    if type(atom) is not Instance or op not in _METHODS:
        return None
    member = machine.names.member(atom.definition, _METHODS[op])
    if member is None or not isinstance(member.node, FunctionDef):
        return None
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    function = FunctionValue(member.file, member.name, member.node, atom, 0, owner)
    return call_function(machine, function, Arguments([right]), state, frame, span)


def held(machine: "Machine", value: Value, state: State) -> Value:
    """A value as text: an object may tell whatever it holds."""
    if not any(type(atom) is Instance for atom in value):
        return value
    return (*value, Opaque("an object as text", machine.exposed(value, state)))
