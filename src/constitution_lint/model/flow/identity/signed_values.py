"""Signed values that travel in links: how each is signed, and what comes back out of one.

A token that a guard takes from a header or cookie says who is calling. One that stands in the path, the query or the
body is a capability: its bearer may do what its signer allowed, so whoever signs has to prove what is signed. What a
request signs is kept in `Watch.signed` and judged where the request ends well.
"""

from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import Seal
from constitution_lint.model.flow.identity import principals
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Claims,
    Dump,
    Failure,
    Known,
    Made,
    Mapping,
    Opaque,
    Scalar,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
NO_SALT = "none"


class Signed(NamedTuple):
    """A value that a request signs: how, what it is ("" names the whole), and the way to the place."""

    seal: Seal
    claims: tuple[tuple[str, Value], ...]
    location: Location
    chain: tuple[Related, ...]


class Handed(NamedTuple):
    """What a request that ends well has signed of one claim: `proven`, or by which word of the client's, or neither."""

    seal: Seal
    location: Location
    chain: tuple[Related, ...]
    proven: bool
    word: str
    literals: tuple[tuple[str, str], ...]
    """The claims that are written in the source: they tell kinds of token apart."""


# --- signers ---------------------------------------------------------------------------------------------------------


def signer(dotted: str, arguments: "Arguments") -> Made | None:
    """An instance of a signing class with its key and salt; None for any other class."""
    if dotted.startswith("itsdangerous.") and dotted.endswith(("Serializer", "Signer")):
        secret, salt = arguments.get(0, "secret_key") or (), arguments.get(1, "salt") or (Known(NO_SALT),)
        return Made(dotted, (("secret_key", secret), ("salt", salt)))
    if dotted.endswith("fernet.Fernet"):
        return Made(dotted, (("secret_key", arguments.get(0, "key") or ()), ("salt", (Known(NO_SALT),))))
    return None


def call_method(
    machine: "Machine", atom: Made, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`serializer.dumps(…)`, `serializer.loads(…)` and their kin; None for anything else."""
    family = _family(atom.dotted)
    if family and name in ("dumps", "sign", "encrypt"):
        noted = sign(machine, _sealed(atom, family, arguments), arguments.get(0) or (), state, frame, node)
        return [(noted, (Made(f"{atom.dotted}.{name}", client=any(map(is_client, arguments.all))),))]
    token = arguments.get(0) or ()
    if family == "itsdangerous" and name in ("loads", "unsign"):
        frame.raises.append((state, Failure("BadSignature")))
        found = Claims(True, _sealed(atom, family, arguments) if is_capability(token) else None)
        return [(principals.verified(state, "the signed value is verified"), (found,))]
    if family == "fernet" and name == "decrypt" and is_capability(token):
        frame.raises.append((state, Failure("InvalidToken")))
        return [
            (
                principals.verified(state, "the sealed value is decrypted"),
                (Claims(True, _sealed(atom, family, arguments)),),
            )
        ]
    return None


def _family(dotted: str) -> str:
    return "itsdangerous" if dotted.startswith("itsdangerous.") else "fernet" if dotted.endswith("Fernet") else ""


def _sealed(atom: Made, family: str, arguments: "Arguments") -> Seal:
    known = dict(atom.arguments)
    salt = arguments.keywords.get("salt") or known.get("salt", ())
    return Seal(family, _identity(known.get("secret_key", ())), _identity(salt))


def of_jwt(key: Value | None, algorithms: Value | None) -> Seal:
    """The seal of a JSON Web Token. A private key and its public one are spelled apart: only a shared key is told."""
    named = [atom for one in algorithms or () for atom in _members(one)]
    shared = bool(named) and all(isinstance(atom, Known) and str(atom.value).startswith("HS") for atom in named)
    return Seal("jwt", _identity(key or ()) if shared else "", NO_SALT)


def _members(atom: Atom) -> tuple[Atom, ...]:
    items = getattr(atom, "items", None)
    return tuple(inner for item in items for inner in item) if isinstance(items, tuple) else (atom,)


def _identity(value: Value) -> str:
    """The one setting or literal that a key or salt is; "" when it cannot be told."""
    names = set()
    for atom in value:
        if isinstance(atom, Known):
            names.add(atom.setting.lower() or str(atom.value))
        elif isinstance(atom, Scalar) and atom.origin == "server":
            names.add(atom.key.partition(" ")[2].lower())
        else:
            return ""
    return names.pop() if len(names) == 1 else ""


def is_capability(token: Value) -> bool:
    """Does a token come in by path, query or body, where a link or a form brings it?"""
    return is_client(token) and not is_credential(token)


# --- signing ---------------------------------------------------------------------------------------------------------


def encode(machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call) -> State:
    """`jwt.encode(payload, key, algorithm)`; authlib and joserfc put a header first."""
    first = 1 if dotted.startswith(("authlib", "joserfc")) else 0
    payload = arguments.get(first, "payload") or arguments.get(first, "claims") or ()
    algorithm = arguments.get(2, "algorithm") or (Known("HS256"),)
    seal = of_jwt(arguments.get(first + 1, "key"), algorithm if first == 0 else None)
    return sign(machine, seal, payload, state, frame, node)


def sign(machine: "Machine", seal: Seal, payload: Value, state: State, frame: "Frame", node: Call) -> State:
    """Keep in mind that a value is signed on this path."""
    claims = tuple(claim for atom in payload for claim in _claims_of(atom))
    if not claims or machine.module_level:
        return state
    signed = Signed(seal, claims, frame.at(node.span), frame.chain)
    number = machine.number()
    machine.watch.sign(number, signed)
    state = state.copy()
    state.owe(number)
    return state


def _claims_of(atom: Atom) -> tuple[tuple[str, Value], ...]:
    """What a payload says, by name; a plain value and what cannot be told apart have none."""
    if isinstance(atom, Mapping):
        return (*atom.items, *((("", atom.rest),) if atom.rest else ()))
    if isinstance(atom, Dump):
        named = tuple((name, (Scalar("client", f"{atom.key}.{name}"),)) for name in atom.fields or ())
        return (*(claim for claim in named if claim[0] not in dict(atom.overrides)), *atom.overrides)
    return (("", (atom,)),)


def handed_out(machine: "Machine", state: State) -> None:
    """A request ends well: what it signed on this path is judged by what the path has proven."""
    for number, (seal, claims, location, chain) in machine.watch.signed.items():
        if not state.owes(number):
            continue
        literals = tuple((name, word) for name, value in claims if (word := _literal(value)))
        for name, value in claims:
            proven, word = _judged(machine, value, state)
            named = Seal(seal.family, seal.key, seal.salt, name)
            handed = Handed(named, location, chain, proven, word, literals)
            machine.watch.handed.setdefault(handed._replace(chain=()), handed)


def _literal(value: Value) -> str:
    atom = value[0] if len(value) == 1 else None
    return str(atom.value) if isinstance(atom, Known) and not atom.setting else ""


def _judged(machine: "Machine", value: Value, state: State) -> tuple[bool, str]:
    """Is a value the principal's or the server's own? Else the client's word that it is; "" where it cannot be told."""
    proven = principals.principal(machine, value, state) or principals.owned_value(machine, value, state)
    if proven or state.admin:
        return True, ""
    words = [word for atom in value if (word := _unproven(machine, atom, state))]
    if words:
        return False, words[0]
    return not any(
        isinstance(atom, Opaque | Made | Body | Dump) or _is_loose(machine, atom, state) for atom in value
    ), ""


def _is_loose(machine: "Machine", atom: Atom, state: State) -> bool:
    """Is it a column of a row that somebody owns and nothing proved, whoever chose it?"""
    if not isinstance(atom, Scalar) or atom.origin != "row" or state.holds(atom.row):
        return False
    table = machine.ownership.tables.get(machine.record.table_of(atom))
    if table is None or not table.owned or table.is_user:
        return False
    return not machine.record.is_shown(atom.row) and not machine.record.is_made(atom.row)


def _unproven(machine: "Machine", atom: Atom, state: State) -> str:
    """The name of a client's value, or of a column of somebody's row, that nothing proved."""
    if isinstance(atom, Scalar) and atom.origin == "client" and not principals.is_principal(machine, atom, state):
        return "" if state.owns(atom.key) else atom.key
    if not isinstance(atom, Scalar) or not _is_loose(machine, atom, state):
        return ""
    loaded = machine.record.loaded(atom.row)
    return f"{atom.column} of a row that {loaded.keys[0]} chose" if loaded is not None and loaded.keys else ""


# --- reading ---------------------------------------------------------------------------------------------------------


def claim(atom: Claims, name: str) -> Scalar:
    """One claim of a token's payload."""
    if not atom.verified:
        return Scalar("client", f"unverified claim {name}")
    return Scalar("principal", name, seal=atom.seal)


def seal_of(value: Value) -> Seal | None:
    """How a value of a link was signed; None when it is anything else, or also something else."""
    seals = {_seal(atom) for atom in value if not principals.is_none((atom,))}
    return seals.pop() if len(seals) == 1 else None


def _seal(atom: Atom) -> Seal | None:
    if isinstance(atom, Claims) and atom.verified:
        return atom.seal
    if isinstance(atom, Scalar) and atom.seal is not None:
        return Seal(atom.seal.family, atom.seal.key, atom.seal.salt, atom.key)
    return None
