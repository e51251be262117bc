"""Tokens: what decodes and verifies them, and what only reads them."""

import re
from itertools import chain
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.model.flow.identity import principals, signed_values
from constitution_lint.model.flow.libraries import library
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_credential, is_literal
from constitution_lint.model.flow.values import (
    EMPTY,
    MESSAGE,
    NONE,
    TRUE,
    Body,
    Claims,
    Failure,
    Known,
    Made,
    Mapping,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
JWT_DECODE = frozenset(
    {"jwt.decode", "jwt.api_jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode", "joserfc.jwt.decode",
     "jwt.decode_complete", "python_jwt.verify_jwt", "jwcrypto.jwt.JWT", "jwt.JWT.decode", "jwt.PyJWT.decode"}
)  # fmt: skip
"""Signature-checking decodes: PyJWT, python-jose, authlib, joserfc. Key and options are looked at on each call."""
HEADER = "token header"
"""The key of what stands in the header of a token that nobody verified."""
_FETCHING = frozenset({"httpx", "requests", "aiohttp", "urllib", "urllib3"})
JWT_ENCODE = frozenset({"jwt.encode", "jose.jwt.encode", "authlib.jose.jwt.encode", "joserfc.jwt.encode"})
SIGNED = "the token's signature is verified"
_OF_KEYS = re.compile(r"(?:cryptography|nacl|Crypto|Cryptodome|ecdsa)\.")
"""Libraries whose keys raise unless a signature is right."""
VERIFIERS = frozenset(
    {"firebase_admin.auth.verify_id_token", "google.oauth2.id_token.verify_oauth2_token",
     "google.oauth2.id_token.verify_token", "google.oauth2.id_token.verify_firebase_token", "jose.jws.verify",
     "stripe.Webhook.construct_event", "svix.webhooks.Webhook.verify"}
)  # fmt: skip
"""Calls that raise unless what the client presents is genuine."""


def call(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    if dotted in JWT_DECODE:
        return decode(machine, arguments, state, frame, node)
    if dotted in JWT_ENCODE or dotted.startswith("secrets.token_"):
        machine.watch.exchange("token")
    if dotted in JWT_ENCODE:
        signed = signed_values.encode(machine, dotted, arguments, state, frame, node)
        return [(signed, (library.made_of(machine, dotted, arguments, state),))]
    signer = signed_values.signer(dotted, arguments)
    if signer is not None:
        return [(state, (signer,))]
    if dotted in library.UNVERIFIED:
        machine.watch.present()
        machine.watch.note(
            frame.at(node.span), "guard-never-rejects", f"{last} reads the token without verifying its signature"
        )
        return [(state, (Claims(False),))]
    if dotted in VERIFIERS:
        return [(principals.verified(state, f"{dotted} accepts it"), (Claims(True),))]
    if dotted in library.DIGEST_COMPARES:
        credential = any(is_credential(value) for value in arguments.all)
        rows = frozenset(number for value in arguments.all for number in machine.exposed(value, state))
        if rows:
            return [(state, (Made("password.verified", (), rows),))]
        return [(state, (Made("digest.equal", (), frozenset(), credential),))]
    if dotted in ("jwt.get_unverified_header", "jose.jwt.get_unverified_header"):
        return [(state, (Mapping((), (Scalar("client", HEADER),)),))]
    if dotted in ("base64.urlsafe_b64decode", "base64.b64decode") and any(
        is_credential(value) for value in arguments.all
    ):
        return [(state, (Scalar("client", "decoded without verification", credential=True),))]
    if dotted in ("json.loads", "orjson.loads") and all(map(_of_message, arguments.all)):
        return [(state, (Body(MESSAGE),))]
    if dotted in ("json.loads", "orjson.loads") and any(is_credential(value) for value in arguments.all):
        if state.words("verified") == SIGNED:
            return [(state, (Claims(True),))]
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
    if any(isinstance(atom, Scalar) and atom.origin == "client" for atom in key or ()):
        machine.watch.note(place, "guard-never-rejects", "the token is decoded with a key that the client may send")
        return [(state, (Claims(False),))]
    if key == EMPTY:
        machine.watch.note(place, "guard-never-rejects", "the token is decoded with an empty key, which anybody has")
        return [(state, (Claims(False),))]
    frame.raises.append((state, Failure("InvalidTokenError")))
    given = tuple(atom for atom in options or () if not principals.is_none((atom,)))
    doubt = _doubt(given, key or NONE, arguments.get(2, "algorithms") or NONE)
    if doubt:
        unclear = state.copy()
        unclear.maybe = unclear.maybe or doubt
        return [(unclear, (Claims(False),))]
    token = arguments.get(0, "jwt") or arguments.get(0, "token") or NONE
    is_link = signed_values.is_capability(token) and not _of_message(token)
    seal = signed_values.of_jwt(key, arguments.get(2, "algorithms")) if is_link else None
    claims = Claims(True, seal, _required(options if len(given) == len(options or ()) else None))
    if _from_body(token):
        return [(state, (claims,))]
    return [(principals.verified(state, SIGNED), (claims,))]


def checked_by_key(atom: Made, arguments: "Arguments", state: State, frame: "Frame") -> Pairs | None:
    """`public_key.verify(signature, signed)` of what the client presents; None where the key is no library's."""
    if not _OF_KEYS.match(atom.dotted) or not any(is_credential(value) for value in arguments.all):
        return None
    frame.raises.append((state, Failure("InvalidSignature")))
    return [(principals.verified(state, SIGNED), NONE)]


def _doubt(options: Value, key: Value, algorithms: Value) -> str:
    """Why it is open whether a decode verifies anything that the client did not choose; "" where it does."""
    for atom in options:
        if not isinstance(atom, Mapping) or atom.rest:
            return "the options of the decode are computed"
        switch = dict(atom.items).get("verify_signature", TRUE)
        if not all(is_literal(one, True) and isinstance(one, Known) and not one.setting for one in switch):
            return "whether the signature is verified is decided elsewhere"
    named = chain.from_iterable(atom.items if isinstance(atom, Sequence) else ((atom,),) for atom in algorithms)
    if any(isinstance(one, Scalar) and one.key.startswith(HEADER) for one in chain.from_iterable(named)):
        return "the token itself says by which algorithm it is verified"
    if any(isinstance(atom, Made) and atom.client and atom.dotted.partition(".")[0] in _FETCHING for atom in key):
        return "the key is fetched from where the token says"
    return ""


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
