"""Methods of objects that libraries made, of rows, and of classes to which a library gives methods."""

from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call
from constitution_lint.model.flow import spilling
from constitution_lint.model.flow.fastapi import responses, websockets
from constitution_lint.model.flow.identity import principals, signed_values, token_decoding
from constitution_lint.model.flow.language import (
    attributes,
    container_methods,
    context_variables,
    dicts,
    lazy_attributes,
    loaded_modules,
    regular_expressions,
    threads,
)
from constitution_lint.model.flow.libraries import callbacks, dependency_injector, injection, library, task_queues
from constitution_lint.model.flow.queries import fastcrud, writes
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_credential
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    Body,
    Claims,
    ClassRef,
    Dump,
    External,
    Failure,
    FunctionValue,
    Instance,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Reply,
    Row,
    Scalar,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_DECODER_CLASSES = ("jwt.PyJWT", "jwt.JWT", "authlib.jose.JsonWebToken", "jwt.PyJWKClient")
_IGNORED_HTTP = frozenset({"get", "post", "put", "patch", "delete", "request", "send"})


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`atom.name(...)` on what a library made; None leaves it to the project's own classes."""
    if isinstance(atom, (ModuleRef, FunctionValue)):
        return None
    if name in library.EXCHANGES:
        machine.watch.exchange(library.EXCHANGES[name])
    if type(atom) is ClassRef:
        return _class_method(machine, atom, name, arguments, state, frame, node)
    queued = task_queues.by_name(machine, atom, name, arguments, state, frame, node)
    if queued is not None:
        return queued
    if isinstance(atom, (External, Made, Opaque)):
        aside = threads.call_method(machine, atom, name, arguments, state, frame, node)
        if aside is not None:
            return aside
    if type(atom) is External:
        return library.call(machine, External(f"{atom.dotted}.{name}"), arguments, state, frame, node)
    if type(atom) is Instance and (
        machine.names.member(atom.definition, name) is not None
        or machine.heap(state, atom.number, name) is not None
        or attributes.hook_of(machine, atom, name, state) is not None
    ):
        return None
    if loaded_modules.is_open(atom, name):
        machine.record.leave_unclear(loaded_modules.UNKNOWN, frame.at(node.span))
    if isinstance(atom, (Made, Instance)):
        found = fastcrud.call_method(machine, atom, name, arguments, state, frame, node)
        if found is not None:
            return found
    if type(atom) is Made:
        return _made_method(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, (Opaque, Scalar)) and name == "add_task" and library.is_given_function(arguments):
        return library.call_later(machine, arguments, state, frame, node)
    if type(atom) is Row:
        return _row_method(machine, atom, name, arguments, state, frame, node)
    if name in library.PASSWORD_CHECKS and isinstance(atom, (Opaque, Instance)):
        return [(state, (library.password_checked(arguments, machine, state),))]
    if type(atom) is Reply:
        return [(responses.put(machine, atom, arguments.all, state), NONE)]
    if type(atom) is Instance:
        callbacks.called_back(machine, atom, arguments, state, frame, node)
    if isinstance(atom, (Opaque, Instance)):
        return _unknown_method(machine, atom, name, arguments, state, frame, node)
    return None


def _unknown_method(
    machine: "Machine",
    atom: Opaque | Instance,
    name: str,
    arguments: "Arguments",
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs:
    """A method nobody can see: it may reach rows, verify what it is given, and answer with what went in."""
    if isinstance(atom, Opaque) and _may_hold_rows(atom.reason):
        machine.record.leave_unclear(atom.reason, frame.at(node.span))
    made = library.made_of(machine, name, arguments, state, (atom,))
    if type(atom) is Instance:
        state = spilling.kept_by(atom, made.taint, state)
    if isinstance(atom, Opaque) and atom.reason.endswith(injection.PROVIDED) and not state.verified:
        state = state.copy()
        state.maybe = state.maybe or atom.reason
    reason = f"{name} could not be followed"
    state = library.entrusted(state, arguments, reason) if isinstance(atom, Opaque) else state
    return [(state, (Opaque(reason, made.taint, made.credential, made.client),))]


def _may_hold_rows(reason: str) -> bool:
    """Is an unknown object one of the project, which may well lead to the database?"""
    if reason.endswith((attributes.UNSET, attributes.ON_FUNCTION, lazy_attributes.SET_LATER)):
        return True
    return reason.endswith(injection.PROVIDED) and not reason.endswith(injection.OF_LIBRARY)


def _class_method(
    machine: "Machine", atom: ClassRef, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Class methods that pydantic and SQLModel give: validation of input, reading from attributes."""
    if machine.names.member(atom.definition, name) is not None:
        return None
    if name in (
        "model_validate",
        "from_orm",
        "parse_obj",
        "validate",
        "model_construct",
        "model_validate_json",
        "parse_raw",
    ):
        table = machine.ownership.find(atom.definition)
        if (table is not None and name != "from_orm") or table is not None:
            return [writes.construct_from(machine, table, arguments, state, frame, node)]
        return [(state, _validated(machine, atom, arguments, state))]
    return None


def _validated(machine: "Machine", atom: ClassRef, arguments: "Arguments", state: State) -> Value:
    source = arguments.get(0, "obj") or NONE
    whole = container_methods.spread(machine, source[0]) if len(source) == 1 else None
    if isinstance(whole, Dump):
        return (Body(whole.key, atom.definition, whole.overrides),)
    if any(isinstance(one, Claims) for one in source):
        return source
    made = library.made_of(machine, atom.name, arguments, state)
    if len(source) == 1 and isinstance(source[0], Row):
        made = msgspec.structs.replace(made, arguments=((attributes.READ_FROM, source), *made.arguments))
    return (made,)


def _row_method(
    machine: "Machine", atom: Row, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if name == "sqlmodel_update" or (name == "update" and arguments.positional):
        state = state.copy()
        last = arguments.keywords.get("update") or ()
        for value in (*arguments.positional, *arguments.keywords.values()):
            for one in value:
                sent = container_methods.sent(machine, one) if isinstance(one, Body) else one
                if isinstance(sent, Dump):
                    changed = dicts.with_items((sent,), last) if last else (sent,)
                    fields = tuple(dump for dump in changed if isinstance(dump, Dump))
                    writes.assign_many(machine, atom, fields, state, frame.at(node.span), frame)
                elif isinstance(one, Mapping):
                    for key, held in one.items:
                        machine.set_attribute(atom, key, held, state, frame.at(node.span), frame)
        return [(state, (atom,))]
    return None


def _made_method(
    machine: "Machine", atom: Made, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    if name == "add_task" and library.is_given_function(arguments):
        return library.call_later(machine, arguments, state, frame, node)
    given = injection.resolved(machine, atom, name, arguments)
    if given is not None:
        return [(state, given)]
    if dependency_injector.is_provider(atom):
        provider = dependency_injector.attribute(machine, atom, name, state)
        return library.call_value(machine, provider, arguments, state, frame, node, skip=0)
    if atom.dotted == "request":
        answered = _request_method(machine, name, arguments, state, frame)
        if answered is not None:
            return answered
    if atom.dotted == context_variables.CLASS:
        held = context_variables.call(atom, name, arguments.get(0, "value"), state)
        if held is not None:
            return held
    if atom.dotted == "re.pattern" and name in ("match", "search", "fullmatch"):
        return [(state, regular_expressions.match_pattern(atom, name, arguments.get(0, "string")))]
    if atom.dotted in _DECODER_CLASSES or (atom.dotted.endswith("JsonWebToken") and name == "decode"):
        if name == "decode":
            return token_decoding.decode(machine, arguments, state, frame, node)
        return [(state, SERVER)]
    if atom.dotted.startswith("scheme.") and name == "__call__":
        return library.scheme(atom, state, frame)
    sealed = signed_values.call_method(machine, atom, name, arguments, state, frame, node)
    if sealed is not None:
        return sealed
    if name == "verify" and (checked := token_decoding.checked_by_key(atom, arguments, state, frame)) is not None:
        return checked
    if name in library.PASSWORD_CHECKS:
        return [(state, (library.password_checked(arguments, machine, state),))]
    if name == "raise_for_status" and atom.credential:
        frame.raises.append((state, Failure("HTTPStatusError")))
        return [(principals.verified(state, "the session is confirmed by another service"), (atom,))]
    if name == "json" and atom.credential and state.verified:
        return [(state, (Claims(True),))]
    dotted = f"{atom.dotted}.{name}"
    if name in ("verify_id_token", "get_user", "verify_token", "authenticate_request") and _trusted_service(
        atom, arguments
    ):
        return [(principals.verified(state, f"{atom.dotted}.{name} accepts it"), (Claims(True),))]
    responses.sent(machine, dotted, arguments, state)
    if name in _IGNORED_HTTP and atom.dotted.split(".")[0] in ("httpx", "requests", "aiohttp"):
        return [(state, (library.made_of(machine, f"{atom.dotted}.{name}", arguments, state),))]
    if responses.is_of_answer(atom):
        state = responses.put(machine, atom, arguments.all, state)
    made = library.set_off_by(machine, dotted, arguments, (atom,), state, frame, node)
    library.note_session(machine, dotted, arguments, frame.at(node.span))
    perhaps = library.called_perhaps(machine, dotted, arguments, state, frame, node)
    found = library.of_unknown(dotted, made, arguments, spilling.written(made, arguments, (atom,), state))
    return [*found, *perhaps]


def _request_method(
    machine: "Machine", name: str, arguments: "Arguments", state: State, frame: "Frame"
) -> Pairs | None:
    """What a request brings in its body, and what is sent over a websocket; None for other methods."""
    if name.startswith(("send", "close")):
        for value in arguments.all:
            machine.record.disclose(machine.exposed(value, state), state)
    exchanged = websockets.call(machine, name, state, frame) if machine.is_websocket else None
    if exchanged is None and name in ("json", "form", "body"):
        return [(state, (Body("body"),))]
    return exchanged


def _trusted_service(atom: Made, arguments: "Arguments") -> bool:
    known = ("firebase", "supabase", "clerk", "google", "auth0", "okta", "descope", "workos", "propelauth", "stytch")
    return any(word in atom.dotted.lower() for word in known) and any(is_credential(value) for value in arguments.all)
