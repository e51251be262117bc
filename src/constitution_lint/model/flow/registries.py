"""Beside the interpreter: what stands in a dict that functions are put into by decorators and calls at import.

Which keys they have is not told: whoever takes one out may get any of them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Assign, Attribute, Call, ClassDef, Expr, ExprStmt, FunctionDef, Name, Subscript
from constitution_lint.model.flow import remembering
from constitution_lint.model.flow.values import ClassRef, FunctionValue, Instance, Kept, Value
from constitution_lint.model.names import dotted_name
from constitution_lint.model.walk import walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Fillers = frozenset[tuple[str, str]]
"""Functions and methods that put something into the dict, by file and name."""


def registered(machine: "Machine", kept: Kept) -> Value:
    """The functions and classes of the project that may stand in a dict; nothing if none is seen to be put there."""
    known = machine.shared.registered
    if kept not in known:
        known[kept] = ()
        fillers = frozenset(
            (file, f"{owner.name}.{function.name}" if owner is not None else function.name)
            for file, function, owner in remembering.filling(machine, kept)
        )
        found = (atom for file in machine.names.code for atom in _put_by(machine, file, kept, fillers))
        known[kept] = tuple(dict.fromkeys(found))
    return known[kept]


def _put_by(machine: "Machine", file: str, kept: Kept, fillers: Fillers) -> Iterator[FunctionValue | ClassRef]:
    """What the code of a file puts in, as it is imported or set up."""
    for node in walk_statements(machine.names.code[file].body):
        if isinstance(node, FunctionDef | ClassDef):
            callees = (one.func if isinstance(one, Call) else one for one in node.decorators)
            if any(_is_filler(machine, file, callee, fillers) for callee in callees):
                yield from _meant(machine, file, Name(node.span, node.name))
        elif isinstance(node, ExprStmt) and isinstance(node.value, Call):
            if _is_filler(machine, file, node.value.func, fillers):
                for argument in node.value.args:
                    yield from _meant(machine, file, argument.value)
        elif isinstance(node, Assign) and any(_is_item_of(target, kept) for target in node.targets):
            yield from _meant(machine, file, node.value)


def _meant(machine: "Machine", file: str, expression: Expr) -> Iterator[FunctionValue | ClassRef]:
    found = machine.names.resolve_expression(file, expression)
    for atom in machine.meaning(found) if found is not None and found.kind in ("function", "class") else ():
        if isinstance(atom, FunctionValue | ClassRef):
            yield atom


def _is_filler(machine: "Machine", file: str, callee: Expr, fillers: Fillers) -> bool:
    found = machine.names.resolve_expression(file, callee)
    if found is not None:
        return (found.file, found.name) in fillers
    holder = machine.names.resolve_expression(file, callee.value) if isinstance(callee, Attribute) else None
    if holder is None or holder.kind != "value" or not isinstance(callee, Attribute):
        return False
    methods = (
        machine.names.member(atom.definition, callee.attr)
        for atom in machine.meaning(holder)
        if isinstance(atom, Instance)
    )
    return any(method is not None and (method.file, method.name) in fillers for method in methods)


def _is_item_of(target: Expr, kept: Kept) -> bool:
    own = kept.name.rpartition(".")[2]
    return isinstance(target, Subscript) and dotted_name(target.value).rpartition(".")[2] == own
