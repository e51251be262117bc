"""What the interpreter knows of libraries: what verifies a token, what checks a password, what only passes values on.

The tables at the top are the knowledge; a call to anything that stands in none of them is opaque.
"""

import re
import sys
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call, Name
from constitution_lint.facts.location import Location
from constitution_lint.model.flow import (
    attributes,
    containers,
    context,
    crud,
    database,
    decoding,
    expressions,
    injection,
    inversion,
    loaded,
    patterns,
    presenting,
    providers,
    records,
    sealing,
    sockets,
    spilling,
    standard,
    threads,
    writing,
)
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    TRUE,
    Atom,
    Body,
    Claims,
    ClassRef,
    Dump,
    External,
    Failure,
    FunctionValue,
    Instance,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Partial,
    Reply,
    Row,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.tools import LIBRARIES

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine
    from constitution_lint.model.flow.passing import Arguments

Pairs = list[tuple[State, Value]]

UNVERIFIED = frozenset(
    {"jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims", "jwt.get_unverified_claims"}
)
PASSWORD_CHECKS = frozenset(
    {"verify", "verify_password", "checkpw", "check_password_hash", "verify_and_update", "check_password"}
)
EXCHANGES = {
    "set_cookie": "cookie",
    "delete_cookie": "cookie",
    "hash": "password",
    "hashpw": "password",
    "encode_token": "token",
    "sign_in_with_password": "password",
    "sign_up": "password",
    "authorize_access_token": "token",
    "fetch_token": "token",
}
"""Methods of libraries by which credentials change hands, and what they concern."""
DIGEST_COMPARES = frozenset({"secrets.compare_digest", "hmac.compare_digest"})
SCHEMES = frozenset(
    {"HTTPBearer", "HTTPBasic", "HTTPDigest", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer", "OAuth2",
     "APIKeyHeader", "APIKeyCookie", "APIKeyQuery", "OpenIdConnect", "HTTPAuthorizationCredentials"}
)  # fmt: skip
PASSING = frozenset(
    [
        "str",
        "int",
        "float",
        "uuid.UUID",
        "UUID",
        "bytes",
        "repr",
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
        "frozenset",
        "enumerate",
        "iter",
        "aiter",
        "urllib.parse.unquote",
        "html.escape",
        "bleach.clean",
        "copy.copy",
        "copy.deepcopy",
    ]
)
RESPONSES = re.compile(r"^(?:fastapi|starlette)\.responses?\.(\w*Response)$|^fastapi\.Response$")
HARMLESS = re.compile(
    r"(?:fastapi|starlette|pydantic\w*|sqlalchemy|sqlmodel|loguru|structlog|httpx|requests|aiohttp|cachetools|limits|slowapi"
    r"|passlib|bcrypt|sentry_sdk|opentelemetry|prometheus_client|typing_extensions|orjson|password|digest|jwt|jose)\b"
)
"""Libraries that verify nothing by themselves, or whose verifying calls stand in the tables above."""
_MODELS = re.compile(
    r"(?:openai|anthropic|google\.(?:genai|generativeai|adk)|vertexai|groq|mistralai|cohere|litellm|langchain\w*|langgraph|agents"
    r"|ollama|together|fireworks|huggingface_hub|transformers|llama_index|pydantic_ai|crewai|instructor|autogen\w*"
    r"|semantic_kernel|dashscope|zhipuai|replicate|cerebras)\b"
)
"""Language models: what one makes of the user's rows is no key of theirs, but whatever the conversation asks for."""
_DECODER_CLASSES = ("jwt.PyJWT", "jwt.JWT", "authlib.jose.JsonWebToken", "jwt.PyJWKClient")
_IGNORED_HTTP = frozenset({"get", "post", "put", "patch", "delete", "request", "send"})


def call(machine: "Machine", atom: External, arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """A call of a library function or class by its dotted name."""
    dotted = atom.dotted.removeprefix("builtins.")
    last = dotted.rsplit(".", 1)[-1]
    found = database.call_external(machine, dotted, arguments, state, frame, node)
    if found is not None:
        return found
    module = loaded.of_library(machine, atom.dotted, arguments, frame, node)
    if module is not None:
        return [(state, module)]
    for table in (decoding.of_tokens, standard.of_python, _web):
        found = table(machine, dotted, last, arguments, state, frame, node)
        if found is not None:
            return found
    kept = crud.made(dotted, arguments)
    if kept is not None:
        return [(state, (kept,))]
    provider = providers.declared(dotted, arguments)
    if provider is not None:
        return [(state, (provider,))]
    if dotted == context.CLASS:
        return [(state, (context.made(arguments.get(0, "name"), arguments.get(1, "default")),))]
    if last in EXCHANGES:
        machine.watch.exchange(EXCHANGES[last])
    if last in PASSWORD_CHECKS and (HARMLESS.match(dotted) or not any(map(is_credential, arguments.all))):
        return [(state, (_password(arguments, machine, state),))]
    made = _set_off(machine, dotted, arguments, (), state, frame, node)
    _note_session(machine, dotted, arguments, frame.at(node.span))
    return _unknown(dotted, made, arguments, spilling.written(made, arguments, (), state))


def _note_session(machine: "Machine", dotted: str, arguments: "Arguments", place: Location) -> None:
    """A library that nobody knows and that gets the session reads and writes what it likes."""
    if HARMLESS.match(dotted) or not is_foreign(dotted):
        return
    if any(database.is_session(atom) for value in arguments.all for atom in value):
        machine.record.leave_unclear(f"{dotted} gets the session, and is not known", place)


def _set_off(
    machine: "Machine",
    dotted: str,
    arguments: "Arguments",
    receiver: Value,
    state: State,
    frame: "Frame",
    node: Call,
) -> Made:
    """What a call to a library makes, with the tools run that the call sets off."""
    from constitution_lint.model.flow import tools

    made = made_of(machine, dotted, arguments, state, receiver)
    if made.taint and _MODELS.match(dotted):
        made = msgspec.structs.replace(made, client=True)
    if not machine.module_level:
        tools.set_off(machine, made, arguments, receiver, state, tools.Place(frame, node.span))
    return made


def _unknown(dotted: str, made: Made, arguments: "Arguments", state: State) -> Pairs:
    """A call of a library nobody here knows: one that gets the client's proof may have verified it, or raised."""
    if HARMLESS.match(dotted) or not is_foreign(dotted):
        return [(state, (made,))]
    if made.credential and not state.verified and not state.maybe:
        state = state.copy()
        state.maybe = f"{dotted} gets what is presented, and is not known"
        return [(state, (made,))]
    return [(entrusted(state, arguments, f"{dotted} gets the request, and is not known"), (made,))]


def entrusted(state: State, arguments: "Arguments", reason: str) -> State:
    """The path after a call that cannot be followed: with the whole request it gets whatever a client presents."""
    if not any(_is_request(atom) for value in arguments.all for atom in value) or state.verified or state.entrusted:
        return state
    state = state.copy()
    state.entrusted = reason
    return state


def _is_request(atom: Atom) -> bool:
    return type(atom) is Made and atom.dotted == "request"


def is_foreign(dotted: str) -> bool:
    """Is it neither Python's own, nor part of the request?"""
    return dotted.split(".")[0] not in sys.stdlib_module_names | {"request", "credentials", "builtins", "response"}


def made_of(machine: "Machine", dotted: str, arguments: "Arguments", state: State, receiver: Value = ()) -> Made:
    rows: set[int] = set(machine.exposed(receiver, state))
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    kept = tuple((name, value) for name, value in arguments.keywords.items() if len(arguments.keywords) < 12)
    kept += spilling.linked(arguments)
    is_of_tools = dotted.partition(".")[0] in LIBRARIES
    kept += tuple(
        ("tools", value)
        for value in arguments.positional
        if _holds_functions(value) or (is_of_tools and any(isinstance(atom, FunctionValue | Partial) for atom in value))
    )
    credential = any(is_credential(value) for value in arguments.all) or is_credential(receiver)
    client = any(is_client(value) for value in arguments.all) or is_client(receiver)
    return Made(dotted, kept, frozenset(rows), credential, client)


def _holds_functions(value: Value) -> bool:
    """A list of functions, or of the tools a library makes of them, as agents take it."""
    items = [atom for one in value if isinstance(one, Sequence) for item in one.items for atom in item]
    return any(
        isinstance(atom, FunctionValue | Partial)
        or (isinstance(atom, Made) and atom.dotted.partition(".")[0] in LIBRARIES)
        for atom in items
    )


def _password(arguments: "Arguments", machine: "Machine", state: State) -> Made:
    rows: set[int] = set()
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    machine.watch.exchange("password")
    return Made("password.verified", (), frozenset(rows), any(map(is_credential, arguments.all)))


# --- callables ------------------------------------------------------------------------------------------------------


def call_value(
    machine: "Machine", callee: Value, arguments: "Arguments", state: State, frame: "Frame", node: Call, skip: int
) -> Pairs:
    """A function handed over to be called with the remaining arguments."""
    from constitution_lint.model.flow.calls import call_atom
    from constitution_lint.model.flow.passing import Arguments

    rest = Arguments(arguments.positional[skip:], dict(arguments.keywords), arguments.star, arguments.rest)
    return [pair for atom in callee for pair in call_atom(machine, atom, rest, state, frame, node)]


def failure_of(name: str, arguments: "Arguments") -> Failure:
    status = (
        arguments.get(0, "status_code")
        if name in ("HTTPException", "WebSocketException")
        else arguments.keywords.get("status_code")
    )
    known = status[0].value if status and isinstance(status[0], Known) else 0
    return Failure(name, known if isinstance(known, int) else 0)


# --- web frameworks --------------------------------------------------------------------------------------------------


def _web(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if RESPONSES.match(dotted) or (
        dotted.startswith(("fastapi.", "starlette.", "sse_starlette")) and last.endswith("Response")
    ):
        return [(state, (_reply(machine, last, arguments, state),))]
    if last == "HTTPException":
        return [(state, (failure_of(last, arguments),))]
    if last == "get_authorization_scheme_param":
        token = Scalar("client", "token", credential=True)
        return [(state, (Sequence(((Scalar("client", presenting.SCHEME),), (token,))),))]
    if last in SCHEMES:
        made = made_of(machine, dotted, arguments, state)
        return [(state, (Made(f"scheme.{last}", made.arguments),))]
    if last == "add_task" and _is_given_function(arguments):
        return None
    if dotted in ("fastapi.Depends", "fastapi.Security"):
        return [(state, (made_of(machine, dotted, arguments, state),))]
    return None


def _reply(machine: "Machine", last: str, arguments: "Arguments", state: State) -> Reply:
    position = 0 if last == "Response" else 1
    status = arguments.keywords.get("status_code") or (arguments.get(1) if len(arguments.positional) > 1 else None)
    known = status[0].value if status and isinstance(status[0], Known) else (307 if "Redirect" in last else 200)
    rows: set[int] = set()
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    if last == "FileResponse":
        rows |= spilling.everything(state)
    del position
    return Reply(known if isinstance(known, int) else 200, frozenset(rows))


def call_made(
    machine: "Machine", atom: Made, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """Calling an instance of a library class: a scheme reads the request, a session factory makes a session."""
    if atom.dotted.startswith("scheme."):
        machine.watch.present()
        return scheme(atom, state, frame)
    if atom.dotted == "middleware.next":
        machine.watch.hand_on(state)
        if not state.verified:
            machine.watch.lapse(frame.at(node.span))
        return [(state, (Made("response"),))]
    if database.is_session_factory(atom):
        return [(state, (database.SESSION,))]
    if atom.dotted == records.CLASS:
        return [(state, (records.made(atom, arguments),))]
    if providers.is_provider(atom):
        return [(state, machine.shared.provided(machine, atom, arguments))]
    if loaded.is_open(atom):
        machine.record.leave_unclear(loaded.UNKNOWN, frame.at(node.span))
    if atom.dotted.startswith("tenacity.") and threads.is_function(arguments.get(0)):
        return call_value(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
    return [(state, (made_of(machine, f"{atom.dotted}()", arguments, state, (atom,)),))]


def scheme(atom: Made, state: State, frame: "Frame | None") -> Pairs:
    """What a security scheme hands over: something presented, nothing verified; None where it may be absent."""
    automatic = next((value for name, value in atom.arguments if name == "auto_error"), TRUE)
    token: Value = (Scalar("client", "token", credential=True),)
    is_bare = atom.dotted.removeprefix("scheme.") in presenting.BEARERS and bool(state.bare)
    if all(isinstance(one, Known) and one.value is False for one in automatic):
        return [(state, NONE if is_bare else union(NONE, token))]
    if frame is not None:
        frame.raises.append((state, Failure("HTTPException", 403)))
    if is_bare and all(isinstance(one, Known) and one.value is True for one in automatic):
        return []
    return [(state, union(NONE, token) if is_bare else token)]


def call_super(
    machine: "Machine",
    owner: Definition | None,
    this: Atom | None,
    name: str,
    arguments: "Arguments",
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs:
    """`super().name()` that leaves the project: a security scheme's `__call__`, or nothing of interest."""
    if owner is not None and name == "__call__":
        schemes = [base.name for base in machine.names.ancestors(owner) if base.name in SCHEMES]
        if schemes and isinstance(this, Instance):
            held = machine.heap(state, this.number, "auto_error")
            machine.watch.present()
            return scheme(Made(f"scheme.{schemes[0]}", (("auto_error", held or TRUE),)), state, frame)
    if name == "__init__" and isinstance(this, Instance):
        after = state.copy()
        after.store_all(this.number, {**_named_alike(node, arguments), **arguments.keywords})
        return [(after, NONE)]
    return [(state, expressions.mixed(f"super().{name} leaves the project", *arguments.all))]


def _named_alike(node: Call, arguments: "Arguments") -> dict[str, Value]:
    """`super().__init__(store)`: a library most likely keeps what it is given under the same name."""
    written = [arg.value for arg in node.args if arg.name is None]
    return {one.id: value for one, value in zip(written, arguments.positional, strict=False) if isinstance(one, Name)}


# --- methods of library objects --------------------------------------------------------------------------------------


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`atom.name(...)` on what a library made; None leaves it to the project's own classes."""
    if isinstance(atom, ModuleRef | FunctionValue):
        return None
    if name in EXCHANGES:
        machine.watch.exchange(EXCHANGES[name])
    if isinstance(atom, ClassRef):
        return _class_method(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, External | Made | Opaque):
        aside = threads.call_method(machine, atom, name, arguments, state, frame, node)
        if aside is not None:
            return aside
    if isinstance(atom, External):
        return call(machine, External(f"{atom.dotted}.{name}"), arguments, state, frame, node)
    if isinstance(atom, Instance) and (
        machine.names.member(atom.definition, name) is not None or machine.heap(state, atom.number, name) is not None
    ):
        return None
    if loaded.is_open(atom, name):
        machine.record.leave_unclear(loaded.UNKNOWN, frame.at(node.span))
    if isinstance(atom, Made | Instance):
        found = crud.called(machine, atom, name, arguments, state, frame, node)
        if found is not None:
            return found
    if isinstance(atom, Made):
        return _made_method(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, Opaque | Scalar) and name == "add_task" and _is_given_function(arguments):
        return call_value(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
    if isinstance(atom, Row):
        return _row_method(machine, atom, name, arguments, state, frame, node)
    if name in PASSWORD_CHECKS and isinstance(atom, Opaque | Instance):
        return [(state, (_password(arguments, machine, state),))]
    if isinstance(atom, Reply):
        return [(state, NONE)]
    if isinstance(atom, Instance):
        inversion.called_back(machine, atom, arguments, state, frame, node)
    if isinstance(atom, Opaque | Instance):
        if isinstance(atom, Opaque) and _may_hold_rows(atom.reason):
            machine.record.leave_unclear(atom.reason, frame.at(node.span))
        made = made_of(machine, name, arguments, state, (atom,))
        if isinstance(atom, Instance):
            state = spilling.kept_by(atom, made.taint, state)
        if isinstance(atom, Opaque) and atom.reason.endswith(injection.PROVIDED) and not state.verified:
            state = state.copy()
            state.maybe = state.maybe or atom.reason
        reason = f"{name} could not be followed"
        state = entrusted(state, arguments, reason) if isinstance(atom, Opaque) else state
        return [(state, (Opaque(reason, made.taint, made.credential, made.client),))]
    return None


def _is_given_function(arguments: "Arguments") -> bool:
    """`tasks.add_task(function, …)`: what a background task runs, where others add a task to a list."""
    return any(isinstance(atom, FunctionValue | Partial | Instance) for atom in arguments.get(0) or ())


def _may_hold_rows(reason: str) -> bool:
    """Is an unknown object one of the project, which may well lead to the database?"""
    if reason.endswith((attributes.UNSET, attributes.ON_FUNCTION)):
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
            return [writing.construct_from(machine, table, arguments, state, frame, node)]
        return [(state, _validated(machine, atom, arguments, state))]
    return None


def _validated(machine: "Machine", atom: ClassRef, arguments: "Arguments", state: State) -> Value:
    source = arguments.get(0, "obj") or NONE
    whole = containers.spread(machine, source[0]) if len(source) == 1 else None
    if isinstance(whole, Dump):
        return (Body(whole.key, atom.definition, whole.overrides),)
    if any(isinstance(one, Claims) for one in source):
        return source
    made = made_of(machine, atom.name, arguments, state)
    if len(source) == 1 and isinstance(source[0], Row):
        made = msgspec.structs.replace(made, arguments=((attributes.READ_FROM, source), *made.arguments))
    return (made,)


def _row_method(
    machine: "Machine", atom: Row, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if name == "sqlmodel_update" or (name == "update" and arguments.positional):
        state = state.copy()
        for value in (*arguments.positional, *arguments.keywords.values()):
            for one in value:
                if isinstance(one, Dump):
                    writing.assign_many(machine, atom, (one,), state, frame.at(node.span), frame)
                elif isinstance(one, Mapping):
                    for key, held in one.items:
                        machine.set_attribute(atom, key, held, state, frame.at(node.span), frame)
                elif isinstance(one, Body):
                    fields = (containers.sent(machine, one),)
                    writing.assign_many(machine, atom, fields, state, frame.at(node.span), frame)
        return [(state, (atom,))]
    return None


def _made_method(
    machine: "Machine", atom: Made, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    if name == "add_task" and _is_given_function(arguments):
        return call_value(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
    if providers.is_provider(atom):
        provider = providers.attribute(machine, atom, name, state)
        return call_value(machine, provider, arguments, state, frame, node, skip=0)
    if atom.dotted == "request" and name.startswith("send"):
        for value in arguments.all:
            machine.record.disclose(machine.exposed(value, state), state)
    if atom.dotted == context.CLASS:
        held = context.call(atom, name, arguments.get(0, "value"), state)
        if held is not None:
            return held
    if atom.dotted == "re.pattern" and name in ("match", "search", "fullmatch"):
        return [(state, patterns.matched(machine, atom, name, arguments.get(0, "string")))]
    if atom.dotted == "request" and machine.is_websocket:
        exchanged = sockets.call(machine, name, state, frame)
        if exchanged is not None:
            return exchanged
    if atom.dotted == "request" and name in ("json", "form", "body"):
        return [(state, (Body("body"),))]
    if atom.dotted in _DECODER_CLASSES or (atom.dotted.endswith("JsonWebToken") and name == "decode"):
        if name == "decode":
            return decoding.decode(machine, arguments, state, frame, node)
        return [(state, SERVER)]
    if atom.dotted.startswith("scheme.") and name == "__call__":
        return scheme(atom, state, frame)
    sealed = sealing.call_method(machine, atom, name, arguments, state, frame, node)
    if sealed is not None:
        return sealed
    if name in PASSWORD_CHECKS:
        return [(state, (_password(arguments, machine, state),))]
    if name == "raise_for_status" and atom.credential:
        frame.raises.append((state, Failure("HTTPStatusError")))
        return [(decoding.verified(state, "the session is confirmed by another service"), (atom,))]
    if name == "json" and atom.credential and state.verified:
        return [(state, (Claims(True),))]
    if name in ("verify_id_token", "get_user", "verify_token", "authenticate_request") and _trusted_service(
        atom, arguments
    ):
        return [(decoding.verified(state, f"{atom.dotted}.{name} accepts it"), (Claims(True),))]
    if name in _IGNORED_HTTP and atom.dotted.split(".")[0] in ("httpx", "requests", "aiohttp"):
        return [(state, (made_of(machine, f"{atom.dotted}.{name}", arguments, state),))]
    dotted = f"{atom.dotted}.{name}"
    made = _set_off(machine, dotted, arguments, (atom,), state, frame, node)
    _note_session(machine, dotted, arguments, frame.at(node.span))
    return _unknown(dotted, made, arguments, spilling.written(made, arguments, (atom,), state))


def _trusted_service(atom: Made, arguments: "Arguments") -> bool:
    known = ("firebase", "supabase", "clerk", "google", "auth0", "okta", "descope", "workos", "propelauth", "stytch")
    return any(word in atom.dotted.lower() for word in known) and any(is_credential(value) for value in arguments.all)
