"""Objects that a container makes for a handler (`FromDishka[Service]`), through their constructors.

How a container binds interfaces is not evaluated: where the project has one class that fits, that is the one; else the
object is not known, and it may be what verifies the caller.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Call,
    ClassDef,
    Collection,
    Expr,
    FunctionDef,
    Name,
    Raise,
    Subscript,
)
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import calls
from constitution_lint.model.flow.libraries import container_bindings
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Atom, ClassRef, FunctionValue, Instance, Made, Opaque, Value
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

INJECTED = frozenset({"FromDishka", "FromComponent", "Injected"})
_RESOLVING = frozenset({"resolve", "get", "get_instance", "get_abstract", "aget", "aget_abstract", "make", "provide"})
CONTAINERS = frozenset(
    {"punq", "injector", "lagom", "svcs", "kink", "rodi", "wireup", "antidote", "inject", "pythondi", "that_depends",
     "aioinject", "di", "dishka"}
)  # fmt: skip
"""Libraries that make objects of classes they are told of."""
PROVIDED = "is provided by a container"
OF_LIBRARY = f"of a library {PROVIDED}"
_DEEPEST = 8


def injected_class(annotation: Expr | None) -> Expr | None:
    """The class that `FromDishka[Class]` asks for; None for an annotation that asks no container."""
    if not isinstance(annotation, Subscript) or dotted_name(annotation.value).rsplit(".", 1)[-1] not in INJECTED:
        return None
    return annotation.index.items[0] if isinstance(annotation.index, Collection) else annotation.index


def asked_by(default: Expr | None) -> Expr | None:
    """The class that `Injected(Class)` asks for as a parameter's default; None for any other default."""
    named = dotted_name(default.func).rsplit(".", 1)[-1] in INJECTED if isinstance(default, Call) else False
    return default.positional(0) if named and isinstance(default, Call) else None


def resolved(machine: "Machine", receiver: Made, name: str, arguments: Arguments) -> Value | None:
    """`container.resolve(Class)` of a library: an object of that class, or of what is bound to it."""
    first = arguments.positional[0] if len(arguments.positional) == 1 else ()
    atom = first[0] if len(first) == 1 else None
    if name not in _RESOLVING or not isinstance(atom, ClassRef) or machine.ownership.find(atom.definition) is not None:
        return None
    if receiver.dotted.partition(".")[0] not in CONTAINERS:
        return None
    return made_of(machine, atom)


def made(machine: "Machine", file: str, expression: Expr | None, depth: int = 0) -> Value:
    """An object of the class an annotation names, made with whatever its constructor asks for."""
    found = machine.names.resolve_expression(file, expression)
    if found is not None and found.kind == "external":
        if database.is_session_class(found.dotted):
            return (database.SESSION,)
        if found.name in ("Request", "HTTPConnection"):
            return (Made("request"),)
    fitting = _fitting(machine, found) if found is not None and found.kind == "class" and depth < _DEEPEST else None
    if fitting is None:
        which = OF_LIBRARY if found is not None and found.kind == "external" else PROVIDED
        return (Opaque(f"{dotted_name(expression) or 'an object'} {which}", credential=True),)
    return (_constructed(machine, fitting, depth),)


def made_of(machine: "Machine", atom: Atom) -> Value:
    """An object of a class of the project, or of the one that fills in the interface it is."""
    fitting = _fitting(machine, atom.definition) if isinstance(atom, ClassRef) else None
    if fitting is None:
        return (Opaque(f"{getattr(atom, 'name', 'an object')} {PROVIDED}", credential=True),)
    return (_constructed(machine, fitting, 0),)


def _constructed(machine: "Machine", definition: Definition, depth: int) -> Instance:
    from constitution_lint.model.flow.machine import Frame

    instance = Instance(definition.file, definition.name, machine.number(), definition)
    member = machine.names.member(definition, "__init__")
    if member is not None and isinstance(member.node, FunctionDef):
        words = {one.name: made(machine, member.file, one.annotation, depth + 1) for one in member.node.params[1:]}
        function = FunctionValue(member.file, member.name, member.node, instance, 0, definition)
        frame = Frame(definition.file, definition.name)
        pairs = calls.call_function(machine, function, Arguments([], words), State(), frame, member.node.head)
        for state, _ in pairs[:1]:
            machine.shared.keep(state)
        return instance
    for field in definition.node.body if isinstance(definition.node, ClassDef) else ():
        if isinstance(field, AnnAssign) and isinstance(field.target, Name) and field.value is None:
            held = made(machine, definition.file, field.annotation, depth + 1)
            machine.shared.put(instance.number, {field.target.id: held})
    return instance


def _fitting(machine: "Machine", definition: Definition) -> Definition | None:
    """The class itself, or the one class of the project that fills in an interface."""
    bound = container_bindings.bound(machine, definition)
    if bound is not None:
        return bound
    if not _is_interface(machine, definition):
        return definition
    fitting = [one for one in _classes(machine) if definition in machine.names.ancestors(one)[1:]]
    concrete = [one for one in fitting if not _is_interface(machine, one)]
    return concrete[0] if len(concrete) == 1 else None


def _is_interface(machine: "Machine", definition: Definition) -> bool:
    if any(base is not None and base.name in ("Protocol", "ABC") for base in machine.names.bases(definition)):
        return True
    methods = definition.node.body if isinstance(definition.node, ClassDef) else ()
    return any(isinstance(one, FunctionDef) and _is_left_open(one) for one in methods)


def _is_left_open(method: FunctionDef) -> bool:
    """`raise NotImplementedError`, and nothing else."""
    last = method.body[-1] if method.body else None
    if not isinstance(last, Raise):
        return False
    raised = last.value.func if isinstance(last.value, Call) else last.value
    return dotted_name(raised) == "NotImplementedError"


def _classes(machine: "Machine") -> Iterator[Definition]:
    for file, facts in machine.names.code.items():
        for node in facts.body:
            if isinstance(node, ClassDef):
                yield Definition("class", file, node.name, node, node.name)
