"""Data from outside that contains a client's words: a model's tool arguments, JSON, other services' answers.

Whoever chose the question may have chosen the answer, so a named part of it is the client's.
"""

from constitution_lint.model.flow.traits import is_client, is_credential
from constitution_lint.model.flow.values import ANSWERED, Atom, Body, Dump, Known, Made, Mapping, Opaque, Scalar, Value


def client_part(atom: Atom, name: object) -> Scalar | None:
    """`answer["user_id"]`: the client's, by the name it is asked for; None for anything that is no such answer."""
    if not isinstance(atom, Made | Opaque) or not isinstance(name, str):
        return None
    if not is_client((atom,)) or is_credential((atom,)):
        return None
    where = atom.dotted.rsplit(".", 1)[-1] if isinstance(atom, Made) else "the input"
    return Scalar("client", f"{where}.{name}", column=ANSWERED)


def parse_json(value: Value | None) -> Value | None:
    """`json.loads(text)` of a client's text: a dict with whatever fields the client likes."""
    if not value or not is_client(value) or is_credential(value):
        return None
    return tuple(Dump(_name(atom), None) for atom in value if is_client((atom,)))


def default_json(value: Value | None) -> Value | None:
    """`json.loads("{}")`, alone or as what stands in for a text that is not there."""
    if not value or not any(_is_empty(atom) for atom in value):
        return None
    others = tuple(atom for atom in value if not _is_empty(atom))
    rest = parse_json(others) if others else ()
    return None if rest is None else (Mapping(()), *rest)


def _is_empty(atom: Atom) -> bool:
    return isinstance(atom, Known) and isinstance(atom.value, str) and atom.value.strip() == "{}"


def _name(atom: Atom) -> str:
    if isinstance(atom, Scalar | Body | Dump):
        return atom.key
    return atom.dotted.rsplit(".", 1)[-1] if isinstance(atom, Made) else "the input"
