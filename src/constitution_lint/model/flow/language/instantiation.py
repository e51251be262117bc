"""What calling a class of the project makes: a row, an exception, or an object with its fields."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Attribute, Call, ClassDef, Expr, FunctionDef, Name
from constitution_lint.facts.location import Span
from constitution_lint.findings import Related
from constitution_lint.model.flow import aliases
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import responses
from constitution_lint.model.flow.language import calls, dicts
from constitution_lint.model.flow.queries import writes
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.summaries import Outcome, recall
from constitution_lint.model.flow.values import (
    ClassRef,
    Failure,
    FunctionValue,
    Instance,
    Known,
    Opaque,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]


def instantiate(
    machine: "Machine", atom: ClassRef, arguments: Arguments, state: State, frame: "Frame", node: Call
) -> Pairs:
    """`Class(...)`: a new row, an exception, or an object whose constructor is run."""
    table = machine.ownership.find(atom.definition)
    if table is not None:
        made = writes.construct(machine, table, arguments, state, frame, node)
        return _constructed(machine, atom, made, arguments, frame, node)
    failure = _as_failure(machine, atom, arguments, state)
    if failure is not None:
        return [(state, (failure,))]
    if machine.names.is_subclass(atom.definition, "Enum", "StrEnum", "IntEnum"):
        return [(state, arguments.get(0) or (Opaque("an enum member"),))]
    return constructed(machine, atom, arguments, state, frame, node.span)


def constructed(
    machine: "Machine", atom: ClassRef, arguments: Arguments, state: State, frame: "Frame", span: Span
) -> Pairs:
    """An object of a project class, its constructor run."""
    member = machine.names.member(atom.definition, "__init__")
    name = member.name if member is not None else atom.name
    chain = (*frame.chain, Related(frame.at(span), f"{name} is called here"))

    def made(started: State) -> Outcome:
        instance = Instance(atom.file, atom.name, machine.number(), atom.definition)
        if member is None or not isinstance(member.node, FunctionDef):
            return Outcome([(_with_fields(machine, instance, arguments, started), (instance,))], [])
        owner = machine.names.resolve(member.file, member.name.split(".")[0])
        function = FunctionValue(member.file, member.name, member.node, instance, 0, owner)
        returns, raises = calls.run(machine, function, arguments, started, chain)
        returns = [(aliases.taken(function, arguments, after, frame), (instance,)) for after, _ in returns]
        return Outcome(returns, raises)

    outcome = recall(machine, ("new", atom, *arguments.frozen), state, chain, made)
    frame.raises.extend(outcome.raises)
    return outcome.returns


def _constructed(
    machine: "Machine",
    atom: ClassRef,
    made: tuple[State, Value],
    arguments: Arguments,
    frame: "Frame",
    node: Call,
) -> Pairs:
    """A new row of a table whose class has a constructor of its own: what that sets on it."""
    member = machine.names.member(atom.definition, "__init__")
    if member is None or not isinstance(member.node, FunctionDef):
        return [made]
    state, (row, *_) = made
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    function = FunctionValue(member.file, member.name, member.node, row, 0, owner)
    states = [after for after, _ in calls.call_function(machine, function, arguments, state, frame, node.span)]
    return [(after, (row,)) for after in states]


def _with_fields(machine: "Machine", instance: Instance, arguments: Arguments, state: State) -> State:
    """A dataclass or pydantic model: keywords are its fields, positional arguments its annotated names in order.

    Of what the constructor of a library gets beyond them it is not known under which name it is kept.
    """
    after = state.copy()
    fields = field_names(machine, instance.definition)
    names = [*fields, *(f"{place}" for place in range(len(fields), len(arguments.positional)))]
    after.store_all(instance.number, dict(zip(names, arguments.positional, strict=False)) | arguments.keywords)
    for atom in arguments.rest or ():
        for name in fields:
            if name not in arguments.keywords:
                after.store(instance.number, name, dicts.named(atom, name))
    return after


def field_names(machine: "Machine", definition: Definition) -> list[str]:
    """Annotated names of a class and its bases, the bases' first."""
    found: dict[str, None] = {}
    for owner in reversed(machine.names.ancestors(definition)):
        if type(owner.node) is ClassDef:
            for statement in owner.node.body:
                target = getattr(statement, "target", None)
                if type(target) is Name and getattr(statement, "annotation", None) is not None:
                    found[target.id] = None
    return list(found)


def _as_failure(machine: "Machine", atom: ClassRef, arguments: Arguments, state: State) -> Failure | None:
    bases = machine.names.ancestors(atom.definition)
    ends = {base.name for base in bases if base.kind == "external"}
    builtin = {dotted_name(base) for owner in bases if isinstance(owner.node, ClassDef) for base in owner.node.bases}
    if not any(name.endswith(("Exception", "Error")) for name in ends | builtin):
        return None
    status = arguments.keywords.get("status_code") or _declared_status(machine, bases)
    value = status[0].value if status and isinstance(status[0], Known) else 0
    failure = Failure(atom.name, value if isinstance(value, int) else 0, atom.definition)
    return responses.with_content(machine, failure, arguments.all, state)


def _declared_status(machine: "Machine", bases: tuple[Definition, ...]) -> Value | None:
    """The status a class hands to `super().__init__` or keeps as `status_code`."""
    from constitution_lint.model.flow.machine import Frame

    for owner in bases:
        if not isinstance(owner.node, ClassDef):
            continue
        for expression in _status_expressions(owner.node):
            pairs = machine.evaluate(expression, State(), Frame(owner.file, owner.name))
            if pairs and isinstance(pairs[0][1][0], Known):
                return pairs[0][1]
    return None


def _status_expressions(node: ClassDef) -> list[Expr]:
    from constitution_lint.model.walk import calls as calls_in

    found: list[Expr] = []
    for statement in node.body:
        name = getattr(getattr(statement, "target", None) or (getattr(statement, "targets", (None,))[0]), "id", "")
        value = getattr(statement, "value", None)
        if name == "status_code" and value is not None:
            found.append(value)
    for call in calls_in(node.body):
        if isinstance(call.func, Attribute) and call.func.attr == "__init__":
            status = call.argument(0, "status_code")
            if status is not None:
                found.append(status)
    return found
