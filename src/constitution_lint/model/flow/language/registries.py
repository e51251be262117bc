"""Dicts and lists filled by decorators and calls, as plugin registries are, and what they hold.

Which keys or places they have is not told: whoever takes one out may get any of them.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import (
    Assign,
    Attribute,
    Call,
    ClassDef,
    Const,
    Expr,
    ExprStmt,
    FunctionDef,
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.model.flow.language import module_caches
from constitution_lint.model.flow.values import Atom, ClassRef, FunctionValue, Instance, Kept, Opaque, Value
from constitution_lint.model.module_mutations import PUTTING
from constitution_lint.model.walk import dotted_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine


class Fillers(NamedTuple):
    """Functions and methods that put something in, by file and name; and what their parameters are called."""

    functions: frozenset[tuple[str, str]]
    parameters: frozenset[str]

    def may_be(self, attribute: str) -> bool:
        """May a method of this name be one of them?"""
        return any(name.rpartition(".")[2] == attribute for _, name in self.functions)


def registered_values(machine: "Machine", kept: Kept) -> Value:
    """The functions, classes and objects of the project that may stand there; nothing if none is seen to be put in."""
    known = machine.shared.registered
    if kept not in known:
        known[kept] = ()
        filling = list(module_caches.filling_functions(machine, kept))
        fillers = Fillers(
            frozenset(
                (file, f"{owner.name}.{function.name}" if owner is not None else function.name)
                for file, function, owner in filling
            ),
            frozenset(name for _, function, _ in filling for name in _parameters(function)),
        )
        found = dict.fromkeys(atom for file in machine.names.code for atom in _put_by(machine, file, kept, fillers))
        known[kept] = tuple(found) if any(type(atom) is not Opaque for atom in found) else ()
    return known[kept]


def _put_by(machine: "Machine", file: str, kept: Kept, fillers: Fillers) -> Iterator[Atom]:
    """What the code of a file puts in, as it is imported or set up."""
    for node in _may_put(machine, file):
        if isinstance(node, (FunctionDef, ClassDef)):
            callees = (one.func if type(one) is Call else one for one in node.decorators)
            if any(_is_filler(machine, file, callee, fillers) for callee in callees):
                yield from _meant(machine, file, Name(node.span, node.name))
        elif type(node) is ExprStmt and type(node.value) is Call:
            if _is_filler(machine, file, node.value.func, fillers) or _puts_directly(node.value, kept):
                given = [argument.value for argument in node.value.args if type(argument.value) is not Const]
                yield from _meant_by_any(machine, file, given, kept, fillers)
        elif type(node) is Assign and any(_is_item_of(target, kept) for target in node.targets):
            yield from _meant_by_any(machine, file, [node.value], kept, fillers)


def _may_put(machine: "Machine", file: str) -> tuple[Stmt, ...]:
    """The statements of a file by which anything may come into any dict or list."""
    known = machine.shared.putting.get(file)
    if known is None:
        found = (
            node
            for node in walk_statements(machine.names.code[file].body)
            if (isinstance(node, (FunctionDef, ClassDef)) and node.decorators)
            or (type(node) is ExprStmt and type(node.value) is Call and node.value.args)
            or (type(node) is Assign and any(type(target) is Subscript for target in node.targets))
        )
        known = machine.shared.putting[file] = tuple(found)
    return known


def _meant_by_any(machine: "Machine", file: str, given: Iterable[Expr], kept: Kept, fillers: Fillers) -> Iterator[Atom]:
    """What is put in by a call with these arguments; something unknown if none of them can be told.

    What a filler is given is told where it is called.
    """
    found = [atom for one in given for atom in _meant(machine, file, one)]
    handed_on = any(isinstance(one, Name) and one.id in fillers.parameters for one in given)
    unknown: list[Atom] = [] if handed_on else [Opaque(f"what is put into {kept.name}")]
    yield from found or unknown


def _parameters(function: FunctionDef) -> Iterator[str]:
    """Of a function and of those defined in it."""
    for one in (function, *walk_statements(function.body)):
        if isinstance(one, FunctionDef):
            yield from (param.name for param in one.params)


def _meant(machine: "Machine", file: str, expression: Expr) -> Iterator[Atom]:
    """The function or class that a name means, or the object that is made of a class on the spot."""
    callee = expression.func if isinstance(expression, Call) else expression
    found = machine.names.resolve_expression(file, callee)
    if found is None or found.kind not in ("function", "class"):
        return
    if isinstance(expression, Call):
        made = machine.shared.registered_object(machine, file, expression) if found.kind == "class" else ()
        yield from (atom for atom in made if isinstance(atom, Instance))
        return
    yield from (atom for atom in machine.meaning(found) if isinstance(atom, FunctionValue | ClassRef))


def _is_filler(machine: "Machine", file: str, callee: Expr, fillers: Fillers) -> bool:
    if type(callee) is Attribute and not fillers.may_be(callee.attr):
        return False
    found = machine.names.resolve_expression(file, callee)
    if found is not None:
        return (found.file, found.name) in fillers.functions
    holder = machine.names.resolve_expression(file, callee.value) if type(callee) is Attribute else None
    if holder is None or holder.kind != "value" or type(callee) is not Attribute:
        return False
    methods = (
        machine.names.member(atom.definition, callee.attr) for atom in machine.meaning(holder) if type(atom) is Instance
    )
    return any(method is not None and (method.file, method.name) in fillers.functions for method in methods)


def _puts_directly(call: Call, kept: Kept) -> bool:
    """`hooks.append(audit)`, wherever it stands."""
    func = call.func
    own = kept.name.rpartition(".")[2]
    return type(func) is Attribute and func.attr in PUTTING and dotted_name(func.value).rpartition(".")[2] == own


def registered_methods(machine: "Machine", kept: Kept, name: str) -> Value:
    """What may stand there and has a method of this name, or may have one."""
    return tuple(
        atom
        for atom in registered_values(machine, kept)
        if isinstance(atom, Opaque)
        or (isinstance(atom, Instance) and machine.names.member(atom.definition, name) is not None)
    )


def _is_item_of(target: Expr, kept: Kept) -> bool:
    own = kept.name.rpartition(".")[2]
    return isinstance(target, Subscript) and dotted_name(target.value).rpartition(".")[2] == own
