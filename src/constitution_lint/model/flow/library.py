"""What the interpreter knows of libraries: what verifies a token, what checks a password, what only passes values on.

The tables at the top are the knowledge; a call to anything that stands in none of them is opaque.
"""

import re
import sys
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, Name
from constitution_lint.model.flow import (
    answers,
    attributes,
    comprehensions,
    context,
    database,
    expressions,
    indexing,
    injection,
    inversion,
    memberships,
    patterns,
    records,
    sealing,
    sockets,
    writing,
)
from constitution_lint.model.flow.state import REQUEST_STATE, State
from constitution_lint.model.flow.values import (
    MESSAGE,
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
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
    is_client,
    is_credential,
    taint,
    truth,
    union,
)
from constitution_lint.model.names import Definition

if TYPE_CHECKING:
    from constitution_lint.model.flow.calls import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]

JWT_DECODE = frozenset(
    {"jwt.decode", "jwt.api_jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode", "joserfc.jwt.decode",
     "jwt.decode_complete", "python_jwt.verify_jwt", "jwcrypto.jwt.JWT", "jwt.JWT.decode", "jwt.PyJWT.decode"}
)  # fmt: skip
"""Signature-checking decodes: PyJWT, python-jose, authlib, joserfc. Key and options are looked at on each call."""
JWT_ENCODE = frozenset({"jwt.encode", "jose.jwt.encode", "authlib.jose.jwt.encode", "joserfc.jwt.encode"})
VERIFIERS = frozenset(
    {"firebase_admin.auth.verify_id_token", "google.oauth2.id_token.verify_oauth2_token",
     "google.oauth2.id_token.verify_token", "google.oauth2.id_token.verify_firebase_token", "jose.jws.verify",
     "stripe.Webhook.construct_event", "svix.webhooks.Webhook.verify"}
)  # fmt: skip
"""Calls that raise unless what the client presents is genuine."""
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
        "typing.cast",
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
_DECODER_CLASSES = ("jwt.PyJWT", "jwt.JWT", "authlib.jose.JsonWebToken", "jwt.PyJWKClient")
_IGNORED_HTTP = frozenset({"get", "post", "put", "patch", "delete", "request", "send"})


def call(machine: "Machine", atom: External, arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """A call of a library function or class by its dotted name."""
    dotted = atom.dotted.removeprefix("builtins.")
    last = dotted.rsplit(".", 1)[-1]
    found = database.call_external(machine, dotted, arguments, state, frame, node)
    if found is not None:
        return found
    for table in (_tokens, _builtin, _web):
        found = table(machine, dotted, last, arguments, state, frame, node)
        if found is not None:
            return found
    if dotted == context.CLASS:
        return [(state, (context.made(arguments.get(0, "name"), arguments.get(1, "default")),))]
    if last in EXCHANGES:
        machine.watch.exchange(EXCHANGES[last])
    if last in PASSWORD_CHECKS and (HARMLESS.match(dotted) or not any(map(is_credential, arguments.all))):
        return [(state, (_password(arguments, machine, state),))]
    return _unknown(dotted, _set_off(machine, dotted, arguments, (), state, frame, node), state)


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

    made = _made(machine, dotted, arguments, state, receiver)
    if not machine.module_level:
        tools.set_off(machine, made, arguments, receiver, state, tools.Place(frame, node.span))
    return made


def _unknown(dotted: str, made: Made, state: State) -> Pairs:
    """A call of a library nobody here knows: one that gets the client's proof may have verified it, or raised."""
    if not made.credential or state.verified or state.maybe or HARMLESS.match(dotted) or not is_foreign(dotted):
        return [(state, (made,))]
    after = state.copy()
    after.maybe = f"{dotted} gets what is presented, and is not known"
    return [(after, (made,))]


def is_foreign(dotted: str) -> bool:
    """Is it neither Python's own, nor part of the request?"""
    return dotted.split(".")[0] not in sys.stdlib_module_names | {"request", "credentials", "builtins", "response"}


def _made(machine: "Machine", dotted: str, arguments: "Arguments", state: State, receiver: Value = ()) -> Made:
    rows: set[int] = set(taint(receiver))
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    kept = tuple((name, value) for name, value in arguments.keywords.items() if len(arguments.keywords) < 12)
    kept += tuple(("tools", value) for value in arguments.positional if _holds_functions(value))
    credential = any(is_credential(value) for value in arguments.all) or is_credential(receiver)
    client = any(is_client(value) for value in arguments.all) or is_client(receiver)
    return Made(dotted, kept, frozenset(rows), credential, client)


def _holds_functions(value: Value) -> bool:
    """A list of functions, as agents take it."""
    items = [atom for one in value if isinstance(one, Sequence) for item in one.items for atom in item]
    return any(isinstance(atom, FunctionValue | Partial) for atom in items)


def _password(arguments: "Arguments", machine: "Machine", state: State) -> Made:
    rows: set[int] = set()
    for value in arguments.all:
        rows |= machine.exposed(value, state)
    machine.watch.exchange("password")
    return Made("password.verified", (), frozenset(rows), any(map(is_credential, arguments.all)))


# --- tokens ----------------------------------------------------------------------------------------------------------


def _tokens(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if dotted in JWT_DECODE:
        return decode(machine, arguments, state, frame, node)
    if dotted in JWT_ENCODE or dotted.startswith("secrets.token_"):
        machine.watch.exchange("token")
    if dotted in JWT_ENCODE:
        signed = sealing.encode(machine, dotted, arguments, state, frame, node)
        return [(signed, (_made(machine, dotted, arguments, state),))]
    signer = sealing.signer(dotted, arguments)
    if signer is not None:
        return [(state, (signer,))]
    if dotted in UNVERIFIED:
        machine.watch.present()
        machine.watch.note(
            frame.at(node.span), "guard-never-rejects", f"{last} reads the token without verifying its signature"
        )
        return [(state, (Claims(False),))]
    if dotted in VERIFIERS:
        return [(verified(state, f"{dotted} accepts it"), (Claims(True),))]
    if dotted in DIGEST_COMPARES:
        credential = any(is_credential(value) for value in arguments.all)
        rows = frozenset(number for value in arguments.all for number in machine.exposed(value, state))
        if rows:
            return [(state, (Made("password.verified", (), rows),))]
        return [(state, (Made("digest.equal", (), frozenset(), credential),))]
    if dotted in ("jwt.get_unverified_header", "jose.jwt.get_unverified_header"):
        return [(state, (Mapping((), (Scalar("client", "token header"),)),))]
    if dotted in ("base64.urlsafe_b64decode", "base64.b64decode") and any(
        is_credential(value) for value in arguments.all
    ):
        return [(state, (Scalar("client", "decoded without verification", credential=True),))]
    if dotted in ("json.loads", "orjson.loads") and all(map(_of_message, arguments.all)):
        return [(state, (Body(MESSAGE),))]
    if dotted in ("json.loads", "orjson.loads") and any(is_credential(value) for value in arguments.all):
        machine.watch.note(
            frame.at(node.span), "guard-never-rejects", "the token's payload is read without verifying its signature"
        )
        return [(state, (Claims(False),))]
    return None


def decode(machine: "Machine", arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """`jwt.decode(token, key, algorithms)`: claims are verified unless a switch turns the signature check off."""
    options = arguments.keywords.get("options", arguments.get(3) if len(arguments.positional) > 3 else None)
    machine.watch.present()
    machine.watch.exchange("token")
    off = _switched_off(options, "verify_signature") or _is_false(arguments.keywords.get("verify"))
    key = arguments.get(1, "key")
    place = frame.at(node.span)
    if off:
        machine.watch.note(place, "guard-never-rejects", "the token is decoded without verifying its signature")
        return [(state, (Claims(False),))]
    if key is None and arguments.rest is None and arguments.star is None and "key" not in arguments.keywords:
        machine.watch.note(place, "guard-never-rejects", "the token is decoded without a key")
        return [(state, (Claims(False),))]
    frame.raises.append((state, Failure("InvalidTokenError")))
    if options is not None and not all(isinstance(atom, Mapping) and not atom.rest for atom in options):
        unclear = state.copy()
        unclear.maybe = unclear.maybe or "the options of the decode are computed"
        return [(unclear, (Claims(False),))]
    token = arguments.get(0, "jwt") or arguments.get(0, "token") or NONE
    is_link = sealing.is_capability(token) and not _of_message(token)
    seal = sealing.of_jwt(key, arguments.get(2, "algorithms")) if is_link else None
    claims = Claims(True, seal, _required(options))
    if _from_body(token):
        return [(state, (claims,))]
    return [(verified(state, "the token's signature is verified"), (claims,))]


def _of_message(token: Value) -> bool:
    """A websocket has no header of its own: the token may come in its first message."""
    return all(isinstance(atom, Scalar) and atom.key.startswith(MESSAGE) for atom in token)


def _from_body(token: Value) -> bool:
    """A token inside the request's body proves what it says, but it is not how the request is authenticated."""
    return all(
        isinstance(atom, Scalar)
        and atom.origin == "client"
        and not atom.credential
        and not atom.key.startswith(("query ", "path ", MESSAGE))
        for atom in token
    )


def verified(state: State, why: str) -> State:
    state = state.copy()
    state.verified = state.verified or why
    return state


def _switched_off(options: Value | None, name: str) -> bool:
    return any(
        isinstance(atom, Mapping) and any(key == name and _is_false(value) for key, value in atom.items)
        for atom in options or ()
    )


def _required(options: Value | None) -> tuple[str, ...]:
    """The claims of `options={"require": [...]}` (PyJWT), without which the decode raises."""
    lists = [
        value for atom in options or () if isinstance(atom, Mapping) for key, value in atom.items if key == "require"
    ]
    if len(lists) != 1 or len(lists[0]) != 1 or not isinstance(lists[0][0], Sequence):
        return ()
    named = (atom.value for item in lists[0][0].items for atom in item[:1] if isinstance(atom, Known))
    return tuple(name for name in named if isinstance(name, str))


def _is_false(value: Value | None) -> bool:
    return value is not None and any(isinstance(atom, Known) and atom.value is False for atom in value)


# --- builtins --------------------------------------------------------------------------------------------------------


def _builtin(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    first = arguments.get(0)
    if dotted in PASSING or last in ("UUID", "ObjectId", "jsonable_encoder"):
        if dotted == "enumerate" and first is not None:
            rounds, _ = expressions.rounds_of(machine, first, state, frame.at(node.span))
            return [(state, (Sequence(tuple((Sequence((SERVER, one)),) for one in rounds), True),))]
        return [(state, _passed(first) if first is not None else (Sequence(()),))]
    if dotted == "dict":
        value: Value = first if first is not None else (Mapping(()),)
        for name, held in arguments.keywords.items():
            value = indexing.with_item(value, (Known(name),), held)
        return [(state, value)]
    if dotted in ("json.loads", "orjson.loads", "ujson.loads", "ast.literal_eval", "eval", "builtins.eval"):
        parsed = answers.parsed(first)
        return [(state, parsed)] if parsed is not None else None
    if dotted in ("collections.namedtuple", "typing.NamedTuple"):
        return [(state, (records.declared(arguments),))]
    if dotted in ("getattr", "setattr", "hasattr"):
        return _by_name(machine, dotted, arguments, state, frame, node)
    if dotted == "bool" and first is not None and len({truth(atom) for atom in first} | {None}) == 2:
        return [(state, (Known(truth(first[0])),))]
    if dotted in ("any", "all") and first is not None and (decided := _any_or_all(dotted, first)) is not None:
        return [(state, (Known(decided),))]
    if dotted == "re.sub" and (whole := arguments.get(2, "string")) is not None:
        return [(state, whole)]
    if dotted in ("re.compile", "re.match", "re.search", "re.fullmatch") and first is not None:
        return [(state, patterns.called(machine, dotted, first, arguments.get(1, "string")))]
    if dotted in ("any", "all", "bool"):
        return [(state, (Opaque(f"{dotted}(…)", frozenset(), any(is_credential(value) for value in arguments.all)),))]
    if dotted == "len" and first is not None and (counted := memberships.length(machine, first, state)) is not None:
        return [(state, (counted,))]
    if dotted in ("len", "sum", "max", "min", "abs", "round"):
        rows = frozenset(number for value in arguments.all for number in machine.exposed(value, state))
        return [(state, (Opaque(f"{dotted}(…)", rows),) if rows else SERVER)]
    if dotted in ("next", "anext") and first is not None:
        rounds, _ = expressions.rounds_of(machine, first, state, frame.at(node.span))
        return [(state, union(*rounds, *([arguments.get(1) or NONE] if len(arguments.positional) > 1 else [])))]
    if dotted in ("filter", "map") and first is not None:
        over = comprehensions.filtered if dotted == "filter" else comprehensions.mapped
        return over(machine, first, arguments.get(1) or NONE, state, frame, node)
    if dotted in ("print", "isinstance", "issubclass"):
        return [(state, NONE)]
    if dotted in ("os.getenv", "os.environ.get"):
        return [(state, _environment(arguments))]
    if last.endswith(("Error", "Exception")) and last[0].isupper():
        return [(state, (_failure(last, arguments),))]
    if dotted in ("asyncio.gather",):
        return [(state, (Sequence(tuple(arguments.positional)),))]
    if (
        dotted in ("asyncio.create_task", "asyncio.wait_for", "asyncio.shield", "asyncio.run", "anyio.run")
        and first is not None
    ):
        return [(state, first)]
    if last in ("run_in_threadpool", "to_thread", "run_sync") and first is not None:
        return _called(machine, first, arguments, state, frame, node, skip=1)
    if last == "partial" and first is not None:
        further = tuple(arguments.positional[1:]), tuple(arguments.keywords.items())
        return [(state, tuple(Partial(atom, *further) for atom in first))]
    return None


def _any_or_all(dotted: str, value: Value) -> bool | None:
    """The outcome over a display whose elements are all known."""
    if len(value) != 1 or not isinstance(value[0], Sequence) or value[0].open:
        return None
    decided = [truth(item[0]) if len(item) == 1 else None for item in value[0].items]
    if any(one is None for one in decided):
        return None
    return any(decided) if dotted == "any" else all(decided)


def _called(
    machine: "Machine", callee: Value, arguments: "Arguments", state: State, frame: "Frame", node: Call, skip: int
) -> Pairs:
    """A function handed over to be called with the remaining arguments."""
    from constitution_lint.model.flow.calls import Arguments, call_atom

    rest = Arguments(arguments.positional[skip:], dict(arguments.keywords), arguments.star, arguments.rest)
    return [pair for atom in callee for pair in call_atom(machine, atom, rest, state, frame, node)]


def _passed(value: Value) -> Value:
    return tuple(
        Rows(atom.table, atom.number) if isinstance(atom, Result) and not atom.parts else atom for atom in value
    )


def _environment(arguments: "Arguments") -> Value:
    name = arguments.get(0, "key")
    key = str(name[0].value) if name and isinstance(name[0], Known) else "variable"
    default = arguments.get(1, "default")
    known = tuple(Known(atom.value, key) for atom in default or () if isinstance(atom, Known))
    return (
        (Scalar("server", f"environment {key}"), *known)
        if known
        else (Scalar("server", f"environment {key}"), Known(None, key))
    )


def _by_name(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """`getattr`, `setattr`, `hasattr` with a literal name, or with the field names of a client's object."""
    holder, name = arguments.get(0), arguments.get(1)
    if holder is None or name is None:
        return [(state, NONE)]
    literal = name[0].value if len(name) == 1 and isinstance(name[0], Known) else None
    is_set = _is_set(machine, holder, literal, state)
    if dotted == "hasattr":
        return [(state, (Known(True), Known(False)) if is_set is None else (Known(is_set),))]
    if dotted == "getattr" and is_set is False and len(arguments.positional) > 2:
        return [(state, arguments.positional[2])]
    if dotted == "setattr":
        return [(_set_by_name(machine, holder, name, arguments.get(2) or NONE, state, frame, node), NONE)]
    if not isinstance(literal, str):
        if any(isinstance(atom, ClassRef) and machine.ownership.find(atom.definition) for atom in holder):
            return [(state, (Made("dynamic.column"),))]
        functions = attributes.functions_of(machine, holder)
        return [(state, functions or expressions.mixed("an attribute chosen at run time", *arguments.all))]
    found = union(*(attributes.attribute_of(machine, atom, literal, state) for atom in holder))
    default = arguments.get(2)
    return [(state, union(found, default) if default is not None and not _certain(holder) else found)]


def _is_set(machine: "Machine", holder: Value, name: object, state: State) -> bool | None:
    """Has anybody on the way here set an attribute of `request.state`? None where that is not known."""
    if not all(isinstance(atom, Made) and atom.dotted == "request.state" for atom in holder):
        return None
    if machine.heap(state, REQUEST_STATE, str(name)) is not None:
        return True
    return False if machine.is_state_known else None


def _certain(holder: Value) -> bool:
    return all(isinstance(atom, Row | ClassRef) for atom in holder)


def _set_by_name(
    machine: "Machine", holder: Value, name: Value, value: Value, state: State, frame: "Frame", node: Call
) -> State:
    state = state.copy()
    for key in name:
        for atom in holder:
            if isinstance(key, Known) and isinstance(key.value, str):
                machine.set_attribute(atom, key.value, value, state, frame.at(node.span), frame)
            elif isinstance(atom, Row):
                fields = _dumped_fields(key)
                writing.assign_many(machine, atom, fields, state, frame.at(node.span), frame)
    return state


def _dumped_fields(key: Atom) -> tuple[Dump, ...]:
    if isinstance(key, Made) and key.dotted == "dump.key":
        return tuple(atom for _, value in key.arguments for atom in value if isinstance(atom, Dump))
    return (Dump("the client's input", None),) if is_client((key,)) else ()


def _failure(name: str, arguments: "Arguments") -> Failure:
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
        return [(state, (_failure(last, arguments),))]
    if last in SCHEMES:
        made = _made(machine, dotted, arguments, state)
        return [(state, (Made(f"scheme.{last}", made.arguments),))]
    if last == "add_task":
        return None
    if dotted in ("fastapi.Depends", "fastapi.Security"):
        return [(state, (_made(machine, dotted, arguments, state),))]
    return None


def _reply(machine: "Machine", last: str, arguments: "Arguments", state: State) -> Reply:
    position = 0 if last == "Response" else 1
    status = arguments.keywords.get("status_code") or (arguments.get(1) if len(arguments.positional) > 1 else None)
    known = status[0].value if status and isinstance(status[0], Known) else (307 if "Redirect" in last else 200)
    rows: set[int] = set()
    for value in arguments.all:
        rows |= machine.exposed(value, state)
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
    return [(state, (_made(machine, f"{atom.dotted}()", arguments, state, (atom,)),))]


def scheme(atom: Made, state: State, frame: "Frame | None") -> Pairs:
    """What a security scheme hands over: something presented, nothing verified; None where it may be absent."""
    automatic = next((value for name, value in atom.arguments if name == "auto_error"), TRUE)
    token: Value = (Scalar("client", "token", credential=True),)
    if all(isinstance(one, Known) and one.value is False for one in automatic):
        return [(state, union(NONE, token))]
    if frame is not None:
        frame.raises.append((state, Failure("HTTPException", 403)))
    return [(state, token)]


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
    if isinstance(atom, External):
        return call(machine, External(f"{atom.dotted}.{name}"), arguments, state, frame, node)
    if isinstance(atom, Instance) and (
        machine.names.member(atom.definition, name) is not None or machine.heap(state, atom.number, name) is not None
    ):
        return None
    if isinstance(atom, Made):
        return _made_method(machine, atom, name, arguments, state, frame, node)
    if isinstance(atom, Opaque | Scalar) and name == "add_task":
        return _called(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
    if isinstance(atom, Row):
        return _row_method(machine, atom, name, arguments, state, frame, node)
    if name in PASSWORD_CHECKS and isinstance(atom, Opaque | Instance):
        return [(state, (_password(arguments, machine, state),))]
    if isinstance(atom, Reply):
        return [(state, NONE)]
    if isinstance(atom, Instance):
        inversion.called_back(machine, atom, arguments, state, frame, node)
    if isinstance(atom, Opaque | Instance):
        if isinstance(atom, Opaque) and atom.reason.endswith(attributes.UNSET):
            machine.record.leave_unclear(atom.reason, frame.at(node.span))
        made = _made(machine, name, arguments, state, (atom,))
        if isinstance(atom, Opaque) and atom.reason.endswith(injection.PROVIDED) and not state.verified:
            state = state.copy()
            state.maybe = state.maybe or atom.reason
        return [(state, (Opaque(f"{name} could not be followed", made.taint, made.credential, made.client),))]
    return None


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
    if len(source) == 1 and isinstance(source[0], Body | Dump):
        return (Body(source[0].key, atom.definition),)
    if any(isinstance(one, Claims) for one in source):
        return source
    return (_made(machine, atom.name, arguments, state),)


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
                    fields = (Dump(one.key, None),)
                    writing.assign_many(machine, atom, fields, state, frame.at(node.span), frame)
        return [(state, (atom,))]
    return None


def _made_method(
    machine: "Machine", atom: Made, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    if name == "add_task":
        return _called(machine, arguments.get(0) or NONE, arguments, state, frame, node, skip=1)
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
            return decode(machine, arguments, state, frame, node)
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
        return [(verified(state, "the session is confirmed by another service"), (atom,))]
    if name == "json" and atom.credential and state.verified:
        return [(state, (Claims(True),))]
    if name in ("verify_id_token", "get_user", "verify_token", "authenticate_request") and _trusted_service(
        atom, arguments
    ):
        return [(verified(state, f"{atom.dotted}.{name} accepts it"), (Claims(True),))]
    if name in _IGNORED_HTTP and atom.dotted.split(".")[0] in ("httpx", "requests", "aiohttp"):
        return [(state, (_made(machine, f"{atom.dotted}.{name}", arguments, state),))]
    dotted = f"{atom.dotted}.{name}"
    return _unknown(dotted, _set_off(machine, dotted, arguments, (atom,), state, frame, node), state)


def _trusted_service(atom: Made, arguments: "Arguments") -> bool:
    known = ("firebase", "supabase", "clerk", "google", "auth0", "okta", "descope", "workos", "propelauth", "stytch")
    return any(word in atom.dotted.lower() for word in known) and any(is_credential(value) for value in arguments.all)
