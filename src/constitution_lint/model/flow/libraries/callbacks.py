"""Frameworks that call back: a project class overrides methods of a library's base class.

`server.process(body, context)` is the library's; what it calls are the methods that the project wrote on the server and
on the stores it was given, with keys out of the body and with the context handed through.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, ClassDef, Collection, FunctionDef, Name, Param, Subscript
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import calls
from constitution_lint.model.flow.limits import BudgetExceeded
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client
from constitution_lint.model.flow.values import FunctionValue, Instance, Opaque, Scalar, Value
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

_PLAIN_BASES = frozenset(
    {"abc", "typing", "typing_extensions", "enum", "dataclasses", "collections", "contextlib", "builtins", "logging",
     "threading", "types", "json", "pydantic", "pydantic_settings", "sqlalchemy", "sqlmodel", "fastapi", "starlette",
     "unittest", "passlib", "redis", "httpx"}
)  # fmt: skip
"""Modules whose classes call nothing back with what a client sent, or are followed in ways of their own."""
_KEYS = frozenset({"str", "int", "UUID", "uuid.UUID", "bytes", "float"})
_MOST_METHODS = 40
_CONTEXTS = ("context", "ctx")
"""Parameters under which libraries hand through what they were given beside the request."""
_OF_REQUEST = "of the request"
_BY_LIBRARY = "is given by the library that calls back"


def called_back(
    machine: "Machine", atom: Instance, arguments: Arguments, state: State, frame: "Frame", node: Call
) -> None:
    """Run the methods that a library may call when one of its own is called with what the client sent.

    They have a budget of steps of their own: of a long one the guard before it is told all the same.
    """
    if not any(is_client(value) for value in arguments.all) or machine.is_within("a library's calls"):
        return
    handed = _handed(arguments, node)
    steps, within = machine.steps, machine.within
    machine.within, machine.steps = within | {"a library's calls"}, 0
    try:
        for instance in dict.fromkeys((atom, *_held(machine, atom, state))):
            for method in _methods(machine, instance):
                _run(machine, method, handed, state, frame, node)
    except BudgetExceeded:
        reason = f"what a library calls of {atom.name} is not followed to its end"
        machine.record.leave_unclear(reason, frame.at(node.span))
    machine.steps, machine.within = steps, within


def _handed(arguments: Arguments, node: Call) -> dict[str, Value]:
    """What is passed on, by the names under which it is known at the call; beside a request, as its context."""
    written = [arg.value for arg in node.args if arg.name is None]
    named = {one.id: value for one, value in zip(written, arguments.positional, strict=False) if isinstance(one, Name)}
    if len(arguments.positional) == 2:
        named = {**dict.fromkeys(_CONTEXTS, arguments.positional[1]), **named}
    return {**named, **arguments.keywords}


def _held(machine: "Machine", atom: Instance, state: State) -> Iterator[Instance]:
    held = {**machine.kept(atom.number), **state.attributes(atom.number)}
    for value in held.values():
        yield from (one for one in value if isinstance(one, Instance) and _has_foreign_base(machine, one))


def _has_foreign_base(machine: "Machine", atom: Instance) -> bool:
    bases = machine.names.ancestors(atom.definition)
    if not any(one.kind == "external" and one.dotted.split(".")[0] not in _PLAIN_BASES for one in bases):
        return False
    return not any(_is_of_table(machine, one) for one in bases)


def _is_of_table(machine: "Machine", definition: Definition) -> bool:
    """`class Tasks(Repository[Task])`: the base queries the table itself, and calls nothing back."""
    node = definition.node
    for base in node.bases if isinstance(node, ClassDef) else ():
        items = base.index.items if isinstance(base, Subscript) and isinstance(base.index, Collection) else ()
        for one in items or ((base.index,) if isinstance(base, Subscript) else ()):
            named = machine.names.resolve_expression(definition.file, one)
            if named is not None and named.kind == "class" and machine.ownership.find(named) is not None:
                return True
    return False


def _methods(machine: "Machine", atom: Instance) -> list[FunctionValue]:
    """The public methods of a class and of its bases in the project, the nearest of each name."""
    if not _has_foreign_base(machine, atom):
        return []
    found: dict[str, FunctionValue] = {}
    for owner in machine.names.ancestors(atom.definition):
        for one in owner.node.body if isinstance(owner.node, ClassDef) else ():
            if isinstance(one, FunctionDef) and not one.name.startswith("_") and not one.decorators:
                found.setdefault(one.name, FunctionValue(owner.file, f"{owner.name}.{one.name}", one, atom, 0, owner))
    return list(found.values())[:_MOST_METHODS]


def _run(
    machine: "Machine",
    method: FunctionValue,
    handed: dict[str, Value],
    state: State,
    frame: "Frame",
    node: Call,
) -> None:
    params = [one for one in method.node.params[1:] if one.kind not in ("args", "kwargs")]
    words = {param.name: _given(machine, method.file, param, handed) for param in params}
    made = next((value for value in words.values() if value is not None and _is_made(value)), None)
    if made is not None:
        words = {name: made if value is not None and _is_key(value) else value for name, value in words.items()}
    given = Arguments([], {name: value for name, value in words.items() if value is not None})
    for after, value in calls.call_function(machine, method, given, state, frame, node.span):
        machine.record.disclose(machine.exposed(value, after), after)


def _is_made(value: Value) -> bool:
    """Something the library made: it stands where the library has looked at the keys before."""
    return any(isinstance(atom, Opaque) and atom.reason.endswith(_BY_LIBRARY) for atom in value)


def _is_key(value: Value) -> bool:
    return any(isinstance(atom, Scalar) and atom.key.endswith(_OF_REQUEST) for atom in value)


def _given(machine: "Machine", file: str, param: Param, handed: dict[str, Value]) -> Value | None:
    """One argument: handed through by its name, a key out of what the client sent, or something the library made."""
    from constitution_lint.model.flow.fastapi.parameters import parse_annotation

    if param.name in handed:
        return handed[param.name]
    base = parse_annotation(machine, param.annotation, file).base
    found = machine.names.resolve_expression(file, base)
    if found is not None and found.kind == "external" and database.is_session_class(found.dotted):
        return (database.SESSION,)
    if dotted_name(base) in _KEYS:
        return (Scalar("client", f"{param.name} {_OF_REQUEST}"),)
    if param.default is not None:
        return None
    return (Opaque(f"{param.name} {_BY_LIBRARY}"),)
