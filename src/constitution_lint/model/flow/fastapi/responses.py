"""Beside the requests: ways out of an answer other than its body. Headers, cookies, and what an exception tells.

What is put into a response's headers or cookies leaves with the answer: a path keeps it (`spilling`) till its end.
The detail of an HTTPException leaves where that is raised and nobody takes it; an exception of the project's own tells
what the handler that the application has for it answers.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.model.flow.queries import client_keys
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    Atom,
    Failure,
    FunctionValue,
    Made,
    Mapping,
    Reply,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

ANSWER = "response"
"""Under this name a path keeps the rows that stand in the headers and cookies of its answer."""
SENT = Scalar("client", "the client's own word")
_OF_ANSWER = ("fastapi.Response", "response.attribute")
_SENDING = frozenset({"smtplib", "aiosmtplib", "httpx", "requests", "aiohttp", "urllib3", "fastapi_mail", "sendgrid",
                      "resend", "twilio", "yagmail", "mailjet_rest", "postmarker"})  # fmt: skip
"""Libraries by which something is sent to whoever is named."""
_ADDRESSED = frozenset({"to", "recipients", "to_emails", "to_email", "to_addrs", "recipient", "url", "cc", "bcc"})
_ADDRESS_AT = {"sendmail": 1, "request": 1, "stream": 1, "get": 0, "post": 0, "put": 0, "patch": 0}
"""Where the address stands among the arguments of a method."""


def is_of_answer(atom: Atom) -> bool:
    """Is it the response that a handler fills in, or something of it?"""
    return isinstance(atom, Reply) or (isinstance(atom, Made) and atom.dotted.startswith(_OF_ANSWER))


def put(machine: "Machine", holder: Atom, values: Iterable[Value], state: State) -> State:
    """The path behind `response.set_cookie(…)`, `response.headers[…] = …`."""
    rows = frozenset().union(*(told(machine, value, state) for value in values))
    if not rows or not is_of_answer(holder):
        return state
    state = state.copy()
    state.spill(ANSWER, rows)
    return state


def told(machine: "Machine", value: Value, state: State) -> frozenset[int]:
    """The rows whose content a value tells beyond what the client named itself to find them."""
    if not machine.exposed(value, state):
        return frozenset()
    return frozenset().union(*(_told(machine, atom, state) for atom in value))


def _told(machine: "Machine", atom: Atom, state: State) -> frozenset[int]:
    if _echoes(machine, atom):
        return frozenset()
    if isinstance(atom, Sequence):
        return frozenset().union(*(told(machine, item, state) for item in atom.items))
    if isinstance(atom, Mapping):
        return frozenset().union(
            *(told(machine, held, state) for _, held in atom.items), told(machine, atom.rest, state)
        )
    return machine.exposed((atom,), state)


def without_echoes(machine: "Machine", value: Value) -> Value:
    """A value where what only says which rows the client itself has named is the client's own word."""
    found = tuple(SENT if _echoes(machine, atom) else atom for atom in value)
    return value if found == value else found


def _echoes(machine: "Machine", atom: Atom) -> bool:
    """Is it the key by which the client found a row, read from the row, or how many of the named rows are there?"""
    if type(atom) is Scalar:
        return bool(atom.row) and machine.record.echoes(atom)
    if type(atom) is Made and atom.dotted == client_keys.LENGTH and atom.taint:
        rows = [machine.record.loaded(number) for number in sorted(atom.taint)]
        return all(row is not None and (row.keys or row.listed) for row in rows)
    return False


# --- exceptions ------------------------------------------------------------------------------------------------------


def with_content(machine: "Machine", failure: Failure, values: Iterable[Value], state: State) -> Failure:
    """An exception with what it was given."""
    rows = frozenset().union(*(told(machine, value, state) for value in values))
    return msgspec.structs.replace(failure, taint=failure.taint | rows) if rows else failure


def refused(machine: "Machine", raises: list[tuple[State, Failure]], frame: "Frame") -> None:
    """A request ends with an exception: what that tells the client."""
    for state, failure in tuple(raises):
        if not failure.taint or machine.is_websocket or not state.unproven(failure.taint):
            continue
        if _is_shown(machine, failure):
            machine.record.disclose(failure.taint, state)
        else:
            handler = machine.shared.answering(_names_of(machine, failure))
            if handler is not None:
                _answered(machine, handler, failure, state, frame)


def _is_shown(machine: "Machine", failure: Failure) -> bool:
    if failure.definition is None:
        return failure.name == "HTTPException"
    return machine.names.is_subclass(failure.definition, "HTTPException")


def _names_of(machine: "Machine", failure: Failure) -> Iterator[str]:
    """The class of an exception, and those it comes of, nearest first."""
    yield failure.name
    if failure.definition is not None:
        yield from (base.name for base in machine.names.ancestors(failure.definition)[1:])
    yield "Exception"


def _answered(machine: "Machine", handler: Definition, failure: Failure, state: State, frame: "Frame") -> None:
    """What the application's handler of an exception answers."""
    from constitution_lint.facts.code import FunctionDef
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.language.calls import call_function

    if isinstance(handler.node, FunctionDef):
        function = FunctionValue(handler.file, handler.name, handler.node)
        arguments = Arguments([(Made("request"),), (failure,)])
        for after, value in call_function(machine, function, arguments, state, frame, handler.node.head):
            machine.record.disclose(machine.exposed(value, after), after)


# --- messages --------------------------------------------------------------------------------------------------------


def sent(machine: "Machine", dotted: str, arguments: "Arguments", state: State) -> None:
    """A mail, a message or a request that the client has sent to an address of its own."""
    if dotted.partition(".")[0].removesuffix("()") not in _SENDING or not arguments.all:
        return
    at = _ADDRESS_AT.get(dotted.rpartition(".")[2])
    named = [value for name, value in arguments.keywords.items() if name in _ADDRESSED]
    if at is not None and len(arguments.positional) > at:
        named.append(arguments.positional[at])
    if any(_is_client_s_own(atom, state) for value in named for atom in value):
        machine.record.disclose(frozenset().union(*(told(machine, one, state) for one in arguments.all)), state)


def _is_client_s_own(atom: Atom, state: State) -> bool:
    """An address that the client chose: alone, or in a list of them."""
    if isinstance(atom, Sequence):
        return any(_is_client_s_own(one, state) for item in atom.items for one in item)
    return isinstance(atom, Scalar) and atom.origin == "client" and not state.is_equal(atom.key)
