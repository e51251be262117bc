"""Calls of libraries: what verifies a token, what checks a password, what only passes values on.

The tables at the top are the knowledge; a call to anything that stands in none of them is opaque.
"""

import re
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call, Name
from constitution_lint.facts.location import Location
from constitution_lint.model.flow import spilling
from constitution_lint.model.flow.fastapi import responses
from constitution_lint.model.flow.identity import bearer_tokens, token_decoding
from constitution_lint.model.flow.language import (
    context_variables,
    expressions,
    loaded_modules,
    named_tuples,
    standard_library,
    threads,
)
from constitution_lint.model.flow.libraries import dependency_injector
from constitution_lint.model.flow.queries import database, fastcrud
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential, is_foreign
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    TRUE,
    Atom,
    External,
    Failure,
    FunctionValue,
    Instance,
    Known,
    Made,
    Partial,
    Reply,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.tools import LIBRARIES

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

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
LEAVES_STATE = re.compile(
    r"CORS|GZip|Brotli|Compress|TrustedHost|HTTPSRedirect|Session|SlowAPI|Prometheus|ProxyHeaders|CorrelationId|Sentry"
)
"""Library middleware that puts nothing into `request.state`, and refuses nobody for who he is."""
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


def call(machine: "Machine", atom: External, arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """A call of a library function or class by its dotted name."""
    dotted = atom.dotted.removeprefix("builtins.")
    last = dotted.rsplit(".", 1)[-1]
    found = database.call_external(machine, dotted, arguments, state, frame, node)
    if found is not None:
        return found
    module = loaded_modules.call(machine, atom.dotted, arguments, frame, node)
    if module is not None:
        return [(state, module)]
    from constitution_lint.model.flow.libraries import task_queues

    for table in (token_decoding.call, task_queues.of_library, standard_library.call, _web):
        found = table(machine, dotted, last, arguments, state, frame, node)
        if found is not None:
            return found
    kept = fastcrud.make(dotted, arguments)
    if kept is not None:
        return [(state, (kept,))]
    provider = dependency_injector.declared(dotted, arguments)
    if provider is not None:
        return [(state, (provider,))]
    if dotted == context_variables.CLASS:
        return [(state, (context_variables.make_variable(arguments.get(0, "name"), arguments.get(1, "default")),))]
    if last in EXCHANGES:
        machine.watch.exchange(EXCHANGES[last])
    if last in PASSWORD_CHECKS and (HARMLESS.match(dotted) or not any(map(is_credential, arguments.all))):
        return [(state, (password_checked(arguments, machine, state),))]
    responses.sent(machine, dotted, arguments, state)
    made = set_off_by(machine, dotted, arguments, (), state, frame, node)
    note_session(machine, dotted, arguments, frame.at(node.span))
    found = of_unknown(dotted, made, arguments, spilling.written(made, arguments, (), state))
    return [*found, *called_perhaps(machine, dotted, arguments, state, frame, node)]


def called_perhaps(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """A function handed to a library that nobody knows, with what looks like its arguments: it may be called with them.

    What it refuses may refuse nobody.
    """
    first, raised = arguments.get(0) or (), len(frame.raises)
    functions = tuple(atom for atom in first if isinstance(atom, FunctionValue) and atom.file)
    if not functions or len(arguments.all) == 1 or machine.module_level or HARMLESS.match(dotted):
        return []
    if not is_foreign(dotted):
        return []
    found = call_value(machine, functions, arguments, state, frame, node, skip=1)
    del frame.raises[raised:]
    return found


def note_session(machine: "Machine", dotted: str, arguments: "Arguments", place: Location) -> None:
    """A library that nobody knows and that gets the session reads and writes what it likes."""
    if HARMLESS.match(dotted) or not is_foreign(dotted):
        return
    if any(database.is_session(atom) for value in arguments.all for atom in value):
        machine.record.leave_unclear(f"{dotted} gets the session, and is not known", place)


def set_off_by(
    machine: "Machine",
    dotted: str,
    arguments: "Arguments",
    receiver: Value,
    state: State,
    frame: "Frame",
    node: Call,
) -> Made:
    """What a call to a library makes, with the tools run that the call sets off."""
    from constitution_lint.model.flow.libraries import tools

    made = made_of(machine, dotted, arguments, state, receiver)
    if made.taint and _MODELS.match(dotted):
        made = msgspec.structs.replace(made, client=True)
    if not machine.module_level:
        tools.set_off(machine, made, arguments, receiver, state, tools.Place(frame, node.span))
    return made


def of_unknown(dotted: str, made: Made, arguments: "Arguments", state: State) -> Pairs:
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
    if not any(is_request(atom) for value in arguments.all for atom in value) or state.verified or state.entrusted:
        return state
    state = state.copy()
    state.entrusted = reason
    return state


def is_request(atom: Atom) -> bool:
    return type(atom) is Made and atom.dotted == "request"


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


def password_checked(arguments: "Arguments", machine: "Machine", state: State) -> Made:
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
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.language.calls import call_atom

    rest = Arguments(arguments.positional[skip:], dict(arguments.keywords), arguments.star, arguments.rest)
    return [pair for atom in callee for pair in call_atom(machine, atom, rest, state, frame, node)]


def call_later(machine: "Machine", arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """`tasks.add_task(function, …)`: the function with what follows it."""
    given = threads.after(arguments, 0 if arguments.positional else -1, "func")
    return call_value(machine, arguments.get(0, "func") or NONE, given, state, frame, node, skip=0)


def failure_of(name: str, arguments: "Arguments", machine: "Machine", state: State) -> Failure:
    """An exception of a library, with what it was given."""
    status = (
        arguments.get(0, "status_code")
        if name in ("HTTPException", "WebSocketException")
        else arguments.keywords.get("status_code")
    )
    known = status[0].value if status and isinstance(status[0], Known) else 0
    return responses.with_content(machine, Failure(name, known if isinstance(known, int) else 0), arguments.all, state)


# --- web frameworks --------------------------------------------------------------------------------------------------


def _web(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if RESPONSES.match(dotted) or (
        dotted.startswith(("fastapi.", "starlette.", "sse_starlette")) and last.endswith("Response")
    ):
        return [(state, (_reply(machine, last, arguments, state),))]
    if last == "HTTPException":
        return [(state, (failure_of(last, arguments, machine, state),))]
    if last == "get_authorization_scheme_param":
        token = Scalar("client", "token", credential=True)
        return [(state, (Sequence(((Scalar("client", bearer_tokens.SCHEME),), (token,))),))]
    if last in SCHEMES:
        made = made_of(machine, dotted, arguments, state)
        return [(state, (Made(f"scheme.{last}", made.arguments),))]
    if last == "add_task" and is_given_function(arguments):
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
        rows |= state.spilled()
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
        return _handed_on(machine, state, frame, node)
    if database.is_session_factory(atom):
        return [(state, (database.SESSION,))]
    if atom.dotted == named_tuples.CLASS:
        return [(state, (named_tuples.make_record(atom, arguments),))]
    if dependency_injector.is_provider(atom):
        return [(state, machine.shared.provided(machine, atom, arguments))]
    if loaded_modules.is_open(atom):
        machine.record.leave_unclear(loaded_modules.UNKNOWN, frame.at(node.span))
    if atom.dotted.startswith("tenacity.") and threads.is_function(arguments.get(0)):
        return call_value(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
    made = made_of(machine, f"{atom.dotted}()", arguments, state, (atom,))
    if made.credential and atom.dotted.startswith("request.app.") and not state.verified and not state.maybe:
        state = state.copy()
        state.maybe = f"{atom.dotted} gets what is presented, and is set nowhere that was followed"
    return [(spilling.written(made, arguments, (atom,), state), (made,))]


def _handed_on(machine: "Machine", state: State, frame: "Frame", node: Call) -> Pairs:
    machine.watch.hand_on(state)
    if not state.verified:
        machine.watch.lapse(frame.at(node.span))
    return [(state, (Made("response"),))]


def scheme(atom: Made, state: State, frame: "Frame | None") -> Pairs:
    """What a security scheme hands over: something presented, nothing verified; None where it may be absent."""
    automatic = next((value for name, value in atom.arguments if name == "auto_error"), TRUE)
    token: Value = (Scalar("client", "token", credential=True),)
    is_bare = atom.dotted.removeprefix("scheme.") in bearer_tokens.BEARERS and bool(state.bare)
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
    if owner is not None and name in ("__call__", "dispatch") and _is_harmless(machine, owner, arguments):
        return _handed_on(machine, state, frame, node)
    if name == "__init__" and isinstance(this, Instance):
        after = state.copy()
        after.store_all(this.number, {**_named_alike(node, arguments), **arguments.keywords})
        return [(after, NONE)]
    return [(state, expressions.mixed(f"super().{name} leaves the project", *arguments.all))]


def _is_harmless(machine: "Machine", owner: Definition, arguments: "Arguments") -> bool:
    """Does a middleware leave the request, its scope or what comes next, to one of a library that refuses nobody?"""
    given = (atom for value in arguments.positional for atom in value if isinstance(atom, Made))
    if not any(atom.dotted in ("request.scope", "middleware.next") for atom in given):
        return False
    return any(LEAVES_STATE.search(base.name) for base in machine.names.ancestors(owner)[1:])


def _named_alike(node: Call, arguments: "Arguments") -> dict[str, Value]:
    """`super().__init__(store)`: a library most likely keeps what it is given under the same name."""
    written = [arg.value for arg in node.args if arg.name is None]
    return {one.id: value for one, value in zip(written, arguments.positional, strict=False) if isinstance(one, Name)}


def is_given_function(arguments: "Arguments") -> bool:
    """`tasks.add_task(function, …)`: what a background task runs, where others add a task to a list."""
    return any(isinstance(atom, FunctionValue | Partial | Instance) for atom in arguments.get(0, "func") or ())
