"""Tools in use: what a model may pass to them, and which of them a request runs through an agent or a server."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from constitution_lint.facts.code import FunctionDef, Param, Subscript
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import calls, context_variables
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.summaries import Outcome, recall
from constitution_lint.model.flow.traits import holds_tools
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    Dump,
    FunctionValue,
    Instance,
    Made,
    Mapping,
    Opaque,
    Partial,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine
    from constitution_lint.model.tools import Tool

Pairs = list[tuple[State, Value]]


class Place(NamedTuple):
    """Where a call stands: its frame and its span."""

    frame: "Frame"
    span: Span


RUNS = frozenset(
    {"run", "run_sync", "run_streamed", "run_stream", "arun", "invoke", "ainvoke", "stream", "astream", "kickoff",
     "astream_events", "acall", "achat", "chat", "predict", "execute", "generate_content", "generate_content_stream",
     "generate_content_async", "send_message", "send_message_stream", "send_message_async", "initiate_chat",
     "a_initiate_chat"}
)  # fmt: skip
_CONTEXT = re.compile(
    r"^(?:Run|Tool|Agent|Mcp|MCP)?Context(?:Wrapper)?$|^ToolRuntime$|^RunnableConfig$|^InjectedState$"
)
_OFFERING = frozenset(
    {"tools", "functions", "handoffs", "agents", "sub_agents", "team", "agent", "starting_agent", "config"}
)
_WRAPPED = frozenset({"func", "fn", "function", "coroutine", "callable"})
"""Under which words a tool of a library is given the function that it wraps."""
_SERVERS = re.compile(r"(?:^|\.)(?:MCPServer\w*|MultiServerMCPClient|MCPToolset|McpToolset|MCPTools|HostedMCPTool)$")
UNKNOWN_CONTEXT: Value = (Opaque("the context of the run is set by its caller"),)


def entered(machine: "Machine", tool: "Tool", frame: "Frame") -> None:
    """A tool as a way in of its own: everything that is passed to it is the model's."""
    head = tool.definition.head
    for state, value in called(
        machine, function(machine, tool), context_variables.by_caller(State()), frame, UNKNOWN_CONTEXT, (), head
    ):
        machine.record.disclose(machine.exposed(value, state), state)
        machine.hand_out(state)


def function(machine: "Machine", tool: "Tool") -> FunctionValue:
    """The tool as a value, with what it closes over and the object it is a method of."""
    from constitution_lint.model.flow.language.closures import closure_of
    from constitution_lint.model.routing.types import Handler

    handler = Handler(tool.file, tool.qualname, tool.definition, (), tool.enclosing)
    params = [param for enclosing in tool.enclosing for param in enclosing.params]
    env = {param.name: _by_annotation(machine, tool.file, param) for param in params}
    if tool.holder is not None and "self" in env:
        env["self"] = (Instance(tool.file, tool.holder.name, machine.number(), tool.holder),)
    closure = machine.closures.number(tool.definition, {**env, **closure_of(machine, handler)})
    bound = None
    if tool.owner is not None and tool.definition.params[:1] and tool.definition.params[0].name in ("self", "cls"):
        bound = Instance(tool.file, tool.owner.name, machine.number(), tool.owner)
    return FunctionValue(tool.file, tool.qualname, tool.definition, bound, closure, tool.owner)


def _by_annotation(machine: "Machine", file: str, param: Param) -> Value:
    found = machine.names.resolve_expression(file, param.annotation)
    if found is not None and found.kind == "external" and database.is_session_class(found.dotted):
        return (database.SESSION,)
    if found is not None and found.kind == "class":
        return (Instance(found.file, found.name, machine.number(), found),)
    return (Opaque(f"{param.name} is given by whoever registers the tool"),)


def called(
    machine: "Machine", atom: Atom, state: State, frame: "Frame", context: Value, given: Value, span: Span
) -> Pairs:
    """Call a tool with what the model says; `given` are arguments that the caller puts in by name."""
    inner, before = (atom.function, atom) if isinstance(atom, Partial) else (atom, None)
    if not isinstance(inner, FunctionValue) or not isinstance(inner.node, FunctionDef):
        return []
    params = list(inner.node.params)[1 if inner.bound is not None else 0 :]
    words = {param.name: _said(machine, inner.file, param, context, given) for param in params if _is_named(param)}
    if before is not None:
        words |= dict(before.keywords)
        words |= {param.name: value for param, value in zip(params, before.positional, strict=False)}
    return calls.call_function(machine, inner, Arguments([], words), state, frame, span)


def _is_named(param: Param) -> bool:
    return param.kind not in ("args", "kwargs")


def _said(machine: "Machine", file: str, param: Param, context: Value, given: Value) -> Value:
    """One argument: the context of the run, what the caller put in under its name, or the model's word."""
    from constitution_lint.model.flow.fastapi.parameters import parse_annotation

    apart = parse_annotation(machine, param.annotation, file)
    head = apart.base.value if isinstance(apart.base, Subscript) else apart.base
    if head is not None and _CONTEXT.match(dotted_name(head).rsplit(".", 1)[-1]):
        return context
    found = [value for atom in given for value in _put_in(atom, param.name)]
    if found:
        return union(*found)
    known = machine.names.resolve_expression(apart.file, apart.base) if apart.base is not None else None
    if known is not None and known.kind == "external" and database.is_session_class(known.dotted):
        return (database.SESSION,)
    if apart.base is not None and dotted_name(apart.base) in ("dict", "Dict"):
        return (Dump(f"argument {param.name}", None),)
    return (Scalar("client", f"argument {param.name}"),)


def _put_in(atom: Atom, name: str) -> list[Value]:
    pairs = atom.items if isinstance(atom, Mapping) else atom.overrides if isinstance(atom, Dump) else ()
    return [value for key, value in pairs if key == name]


# --- set off by a request --------------------------------------------------------------------------------------------


def set_off(
    machine: "Machine", made: Made, arguments: Arguments, receiver: Value, state: State, place: "Place"
) -> None:
    """Run the tools that a call to a library sets off: those of an agent that is run, of a server that is used."""
    last = made.dotted.rsplit(".", 1)[-1]
    if _SERVERS.search(made.dotted):
        _serve(machine, (), state, place)
    elif last == "call_tool" and len(arguments.all) > 1:
        for tool in machine.shared.served_to(place.frame.file):
            machine.watch.call_tool(tool.location)
        _serve(machine, arguments.get(1, "arguments") or (), state, place)
    elif last in ("run", "fn") and holds_tools(made):
        for tool in machine.shared.served_to(place.frame.file):
            machine.watch.call_tool(tool.location)
        whole = arguments.get(0, "arguments") if last == "run" else None
        _serve(machine, whole or (Mapping(tuple(arguments.keywords.items()), arguments.rest or ()),), state, place)
    elif last in RUNS:
        context = arguments.keywords.get("context") or arguments.keywords.get("deps") or UNKNOWN_CONTEXT
        wrapped: Value = (Made("tool.context", (("context", context), ("deps", context))),)
        for atom in _offered((*receiver, *(one for value in arguments.all for one in value))):
            inner = atom.function if isinstance(atom, Partial) else atom
            if isinstance(inner, FunctionValue) and isinstance(inner.node, FunctionDef):
                machine.watch.call_tool(Location(inner.file, inner.node.head))
            _run(machine, atom, state, place, wrapped, ())


def _serve(machine: "Machine", given: Value, state: State, place: "Place") -> None:
    """Any tool of MCP servers near by may be called; one that sets off others is not entered twice."""
    if machine.is_within("a server's tools"):
        return
    frame = place.frame

    def served(started: State) -> Outcome:
        raised, within = len(frame.raises), machine.within
        machine.within = within | {"a server's tools"}
        for tool in machine.shared.served_to(frame.file):
            if not tool.dispatching:
                _run(machine, function(machine, tool), started, place, UNKNOWN_CONTEXT, given)
        machine.within = within
        raises = frame.raises[raised:]
        del frame.raises[raised:]
        return Outcome([], raises)

    outcome = recall(machine, ("served", frame.file, place.span, given), state, frame.chain, served)
    frame.raises.extend(outcome.raises)


def _run(machine: "Machine", atom: Atom, state: State, place: "Place", context: Value, given: Value) -> None:
    """What a tool gives goes to the model, and from there to the client."""
    for after, value in called(machine, atom, state, place.frame, context, given, place.span):
        machine.record.disclose(machine.exposed(value, after), after)
        machine.hand_out(after)


def equipped(made: Made, name: str, value: Value) -> Made:
    """`agent.tools = […]`."""
    if name not in _OFFERING:
        return made
    kept = tuple(pair for pair in made.arguments if pair[0] != name)
    return msgspec.structs.replace(made, arguments=(*kept, (name, value)))


def _offered(value: Value, named: bool = False, depth: int = 0) -> Iterator[FunctionValue | Partial]:
    """The functions that stand in the `tools=` of what was made, agents that are handed over to included."""
    for atom in value if depth < 8 else ():
        if isinstance(atom, FunctionValue | Partial) and named:
            yield atom
        elif isinstance(atom, Sequence):
            for item in atom.items:
                yield from _offered(item, named, depth + 1)
        elif isinstance(atom, Made | Mapping):
            for name, held in atom.arguments if isinstance(atom, Made) else atom.items:
                if name in _OFFERING or (named and name in _WRAPPED):
                    yield from _offered(held, True, depth + 1)
