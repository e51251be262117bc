"""Beside the attributes: those that an object begins without, and that its own methods set when first asked."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Assign, Attribute, ClassDef, Const, Expr, FunctionDef
from constitution_lint.model.flow.language import global_names
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import NONE, Instance, Opaque, Value
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

SET_LATER = "may be set before the request"


def perhaps_set(value: Value, name: str) -> Value:
    """What the module level left at None is there to be set before a request comes, out of sight."""
    return (*value, Opaque(f".{name} {SET_LATER}")) if value == NONE else value


def completed(machine: "Machine", atom: Instance, name: str, value: Value) -> Value:
    """What an object that outlives requests has: what its own methods give it too, if it may have begun with None."""
    if value != NONE:
        return value
    key = (atom.definition.file, atom.definition.name, name)
    known = machine.shared.lazy_attributes
    if key not in known:
        known[key] = ()
        known[key] = _given(machine, atom.definition, name)
    given = known[key]
    return (*value, *given) if given else perhaps_set(value, name)


def _given(machine: "Machine", definition: Definition, name: str) -> Value:
    """What the methods of a class set an attribute to; nothing where that is not known, or nobody sets it."""
    found = [
        _evaluated(machine, owner, method, expression)
        for owner in machine.names.ancestors(definition)
        for method, expression in _assigned(owner, name)
    ]
    is_known = found and not any(isinstance(atom, Opaque) for value in found for atom in value)
    return union(*found) if is_known else ()


def _assigned(owner: Definition, name: str) -> Iterator[tuple[FunctionDef, Expr]]:
    members = owner.node.body if isinstance(owner.node, ClassDef) else ()
    for method in (one for one in members if isinstance(one, FunctionDef)):
        for node in walk_statements(method.body):
            if isinstance(node, Assign) and not isinstance(node.value, Const):
                targets = (one for one in node.targets if isinstance(one, Attribute) and one.attr == name)
                if any(dotted_name(one) in (f"self.{name}", f"cls.{name}") for one in targets):
                    yield method, node.value


def _evaluated(machine: "Machine", owner: Definition, method: FunctionDef, expression: Expr) -> Value:
    from constitution_lint.model.flow.machine import Frame

    frame = Frame(owner.file, f"{owner.name}.{method.name}")

    def work(apart: "Machine") -> list[tuple[State, Value]]:
        return apart.evaluate(expression, global_names.local_values(apart, method, expression, frame), frame)

    return machine.shared.made_before(machine, work)
