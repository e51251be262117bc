"""Dicts as values: looking up, adding, merging and spreading. Several atoms stand for alternatives.

What is put in last stands. Where it cannot be told whether it was put under a name, both may stand there.
"""

import msgspec

from constitution_lint.model.flow.identity import signed_values
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Claims,
    Dump,
    Known,
    Made,
    Mapping,
    Opaque,
    Row,
    Scalar,
    Sequence,
    Value,
)

_CHOSEN = "a key that is chosen at run time"


def named(atom: Atom, name: str) -> Value:
    """What `**atom` has under a name."""
    if isinstance(atom, Dump):
        put = overriding(atom, name)
        return put if put is not None else (Scalar("client", f"{atom.key}.{name}"),)
    if isinstance(atom, Body):
        put = next((value for held, value in atom.overrides if held == name), None)
        return put if put is not None else (Scalar("client", f"{atom.key}.{name}"),)
    if isinstance(atom, Row):
        return (Scalar("row", f"{atom.table}.{name}", atom.number, name),)
    if isinstance(atom, Claims) and atom.seal is not None:
        return (signed_values.claim(atom, name),)
    return (atom,)


def overriding(atom: Dump, name: object) -> Value | None:
    """What the server has put under a name of a client's dict; None where it put nothing there."""
    return next((value for held, value in atom.overrides if held == name), None)


# --- one item --------------------------------------------------------------------------------------------------------


def with_item(holder: Value, key: Value, value: Value) -> Value:
    """The holder after `holder[key] = value`."""
    name = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
    return union(*(_with_item(atom, name, key, value) for atom in holder))


def _with_item(atom: Atom, name: object, key: Value, value: Value) -> Value:
    if type(atom) is Sequence:
        return (Sequence((*atom.items, value), True),)
    if isinstance(name, str):
        return (_put(atom, name, value),)
    return (_put_somewhere(atom, key, value),)


def _put(atom: Atom, name: str, value: Value) -> Atom:
    if type(atom) is Mapping:
        kept = tuple((old, held) for old, held in atom.items if old != name)
        return Mapping((*kept, (name, value)), atom.rest)
    if type(atom) is Dump:
        kept = tuple((old, held) for old, held in atom.overrides if old != name)
        return Dump(atom.key, atom.fields, atom.excluded, (*kept, (name, value)))
    if type(atom) is Body and atom.definition is None:
        return _put(Dump(atom.key, None, (), atom.overrides), name, value)
    if type(atom) is Scalar and _may_be_dict(atom):
        return Dump(atom.key, None, (), ((name, value),))
    return Mapping(((name, value),), (atom,)) if _may_be_dict(atom) else _holding(atom, taint(value))


def _holding(atom: Atom, rows: frozenset[int]) -> Atom:
    """Something of which only the origin is known, with the content of rows put in."""
    if isinstance(atom, Made) and not rows <= atom.taint:
        return msgspec.structs.replace(atom, taint=atom.taint | rows)
    return Opaque("something computed, with rows put in", rows) if isinstance(atom, Scalar) and rows else atom


def _may_be_dict(atom: Atom) -> bool:
    """Something unknown, or that came with a client's words inside, the request itself not being meant."""
    if isinstance(atom, Scalar):
        return atom.origin == "client" and not atom.credential
    if isinstance(atom, Made):
        return not atom.dotted.startswith("request.") and is_client((atom,)) and not is_credential((atom,))
    return isinstance(atom, Opaque)


def _put_somewhere(atom: Atom, key: Value, value: Value) -> Atom:
    """`holder[key] = value` under a key that is not known: it may be any that is there, if the client chooses it."""
    if isinstance(atom, Body) and atom.definition is None:
        atom = Dump(atom.key, None, (), atom.overrides)
    if not isinstance(atom, Mapping | Dump):
        rows = taint(value)
        return Mapping((), union((atom,), value)) if _may_be_dict(atom) and rows else _holding(atom, rows)
    sent = tuple(dump for one in key if isinstance(one, Made) for dump in _dumps(one))
    if sent:
        return _merged(atom, sent[0])
    if is_client(key):
        atom = _perhaps_everywhere(atom, value)
    elif is_client(value):
        atom = _perhaps_everywhere(atom, (Opaque(_CHOSEN),))
    if isinstance(atom, Mapping):
        return Mapping(atom.items, union(atom.rest, value) if atom.rest else value)
    if not taint(value):
        return atom
    return Mapping(atom.overrides, union((msgspec.structs.replace(atom, overrides=()),), value))


def sent_under(key: Value) -> tuple[Dump, ...]:
    """The client's dicts of which a key is any field; none where it may be another key."""
    found = [_dumps(one) if isinstance(one, Made) else () for one in key]
    return tuple(dump for dumps in found for dump in dumps) if all(found) else ()


def _dumps(key: Made) -> tuple[Dump, ...]:
    """The client's object of which a key is any field: `for key, value in body.items()`."""
    if key.dotted != "dump.key":
        return ()
    return tuple(atom for _, value in key.arguments for atom in value if isinstance(atom, Dump))


def _perhaps_everywhere(atom: Mapping | Dump, value: Value) -> Mapping | Dump:
    if isinstance(atom, Mapping):
        return Mapping(tuple((name, union(held, value)) for name, held in atom.items), atom.rest)
    overrides = tuple((name, union(held, value)) for name, held in atom.overrides)
    return msgspec.structs.replace(atom, overrides=overrides)


def without(atom: Atom, name: str) -> Atom:
    """A dict after `del holder[name]`."""
    if isinstance(atom, Mapping):
        return Mapping(tuple(pair for pair in atom.items if pair[0] != name), atom.rest)
    if isinstance(atom, Dump):
        kept = tuple(pair for pair in atom.overrides if pair[0] != name)
        return Dump(atom.key, atom.fields, (*atom.excluded, name), kept)
    return atom


# --- several items ---------------------------------------------------------------------------------------------------


def with_items(left: Value, right: Value) -> Value:
    """Two dicts merged, the right one standing."""
    if len(left) == 1 and len(right) == 1:
        return (_merged(left[0], right[0]),)
    return union(*((_merged(one, other),) for one in left for other in right))


def _merged(left: Atom, right: Atom) -> Atom:
    if isinstance(left, Body) and left.definition is None:
        left = Dump(left.key, None, (), left.overrides)
    if isinstance(right, Body):
        right = Dump(right.key, None, (), right.overrides)
    if isinstance(right, Known):
        return left
    if isinstance(right, Sequence):
        return _with_pairs(left, right)
    if isinstance(right, Mapping):
        for one in right.rest:
            left = _merged(left, one)
        for name, value in right.items:
            left = _put(left, name, value)
        return left
    if isinstance(left, Mapping):
        return _over_mapping(left, right)
    if isinstance(left, Dump):
        return _over_dump(left, right)
    return _over_mapping(Mapping((), (left,)), right)


def _with_pairs(left: Atom, right: Sequence) -> Atom:
    """`holder.update([(key, value), …])`."""
    for pair in (one for item in right.items for one in item):
        key, value = pair.items if isinstance(pair, Sequence) and len(pair.items) == 2 else ((pair,), (pair,))
        left = with_item((left,), key, value)[0]
    return left


def _over_mapping(left: Mapping, right: Atom) -> Atom:
    """`{"user_id": …, **body.model_dump()}`: what the client sends stands over the earlier items."""
    kept = tuple((name, _beneath(held, right, name)) for name, held in left.items)
    if not isinstance(right, Dump):
        return Mapping(kept, union(left.rest, (right,)) if left.rest else (right,))
    overrides = (*((name, held) for name, held in kept if overriding(right, name) is None), *right.overrides)
    if not left.rest:
        return Dump(right.key, right.fields, right.excluded, overrides)
    return Mapping(overrides, union(left.rest, (msgspec.structs.replace(right, overrides=()),)))


def _over_dump(left: Dump, right: Atom) -> Atom:
    kept = tuple((name, _beneath(held, right, name)) for name, held in left.overrides)
    if not isinstance(right, Dump):
        return Mapping(kept, union((msgspec.structs.replace(left, overrides=()),), (right,)))
    overrides = (*((name, held) for name, held in kept if overriding(right, name) is None), *right.overrides)
    both = None if left.fields is None or right.fields is None else tuple(dict.fromkeys(left.fields + right.fields))
    excluded = tuple(name for name in left.excluded if not may_have(right, name))
    excluded += tuple(name for name in right.excluded if not may_have(left, name) and name not in excluded)
    return Dump(right.key, both, excluded, overrides)


def _beneath(held: Value, right: Atom, name: str) -> Value:
    """What stands under a name after something that may have it was put over it."""
    if isinstance(right, Dump) and not may_have(right, name):
        return held
    if isinstance(right, Dump) and overriding(right, name) is None:
        return union(held, (Scalar("client", f"{right.key}.{name}", column="copied"),))
    return union(held, named(right, name))


def lacks(atom: Atom, name: str) -> bool:
    """Has a client's dict no field of that name, and was nothing put there since?"""
    return isinstance(atom, Dump) and not may_have(atom, name) and overriding(atom, name) is None


def may_have(dump: Dump, name: str) -> bool:
    """Can the client send a field of that name?"""
    return (dump.fields is None or name in dump.fields) and name not in dump.excluded


def spread(atom: Atom) -> tuple[dict[str, Value], Value]:
    """`**atom`: what it surely has by name, and what may add more."""
    if isinstance(atom, Mapping):
        return dict(atom.items), atom.rest
    if isinstance(atom, Dump):
        return dict(atom.overrides), (atom,)
    return {}, (atom,)


def have_other_names(value: Value) -> bool:
    """Does one form of a dict surely have names that another form may lack?"""
    return len({frozenset(spread(atom)[0]) for atom in value}) > 1
