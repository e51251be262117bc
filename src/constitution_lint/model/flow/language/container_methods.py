"""Methods of dicts, lists, strings, claims and request bodies. A changed list is stored back under its name."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Attribute
from constitution_lint.model.flow import aliases, elements
from constitution_lint.model.flow.fastapi.request_texts import Requested
from constitution_lint.model.flow.identity import bearer_tokens, roles
from constitution_lint.model.flow.language import attributes, dicts, expressions, indexing, module_caches
from constitution_lint.model.flow.libraries import external_data
from constitution_lint.model.flow.queries import client_keys
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import listed, union
from constitution_lint.model.flow.values import (
    EMPTY,
    NONE,
    Atom,
    Body,
    Claims,
    Dump,
    Instance,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Row,
    Scalar,
    Sequence,
    Value,
    overridden,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
DUMPS = frozenset({"model_dump", "dict", "model_dump_json", "json", "copy", "model_copy"})


def call_method(
    machine: "Machine",
    atom: Atom,
    func: Attribute,
    arguments: "Arguments",
    state: State,
    frame: "Frame",
) -> Pairs | None:
    """`atom.name(...)` when the atom is a plain value; None leaves it to others."""
    name = func.attr
    if name in client_keys.OF_SETS and (other := arguments.get(0)) is not None:
        told = client_keys.of_sets(machine, name, (atom,), other, state)
        if told is not None:
            return [(state, told)]
    if type(atom) is Sequence:
        return _sequence(machine, atom, func, arguments, state, frame)
    if name in _TAKING and isinstance(atom, Scalar) and (name != "pop" or not _names_a_key(arguments.get(0))):
        rest = elements.part_of((atom,))
        taken = aliases.changed(machine, func.value, (atom,), rest, state, frame) if rest != (atom,) else [state]
        return [(after, (elements.at(atom, None),)) for after in taken]
    if name in _OF_DICTS and arguments.all and (sent := _sent_dict(atom)) is not None:
        return _mapping(machine, sent, func, arguments, state, frame)
    if isinstance(atom, (Mapping, Dump)):
        return _mapping(machine, atom, func, arguments, state, frame)
    if type(atom) is ModuleRef and name == "get" and arguments.positional:
        return [(state, indexing.item_of(machine, (atom,), arguments.positional[0], state))]
    if type(atom) is Claims:
        return _claims(machine, atom, name, arguments, state)
    if type(atom) is Body:
        return _body(machine, atom, name, arguments, state)
    if type(atom) is Row and name in ("model_dump", "dict"):
        return [(state, _row_dump(machine, atom, arguments, state))]
    if type(atom) is Row and name in DUMPS | {"model_dump_json"}:
        return [(state, (Opaque(f"{name} of a row", frozenset({atom.number})),))]
    if type(atom) is Instance and name in DUMPS and machine.names.member(atom.definition, name) is None:
        return [(state, _instance_dump(atom, arguments, state))]
    if type(atom) is Made and atom.dotted.startswith("request."):
        part = _part_of_request(machine, atom, name, arguments, state)
        if part is not None:
            return [(state, part)]
    if name in ("get", "pop") and isinstance(atom, (Made, Opaque)):
        answered = _answered(atom, arguments)
        if answered is not None:
            return [(state, answered)]
    if isinstance(atom, Requested) or (isinstance(atom, Known) and isinstance(atom.value, str)):
        return _text(atom, name, arguments, state)
    if type(atom) is Scalar:
        return _scalar(atom, name, arguments, state)
    return None


def _part_of_request(machine: "Machine", atom: Made, name: str, arguments: "Arguments", state: State) -> Value | None:
    """`request.headers.get(key, default)` and the like; None for other methods."""
    key = arguments.get(0, "key")
    if atom.dotted == "request.scope" and name in ("get", "getlist", "get_all", "setdefault"):
        return indexing.item_of(machine, (atom,), key or NONE, state)
    if name not in ("get", "getlist", "get_all") or atom.dotted not in _PARTS_OF_REQUEST:
        return None
    known = key[0].value if key and isinstance(key[0], Known) else "?"
    default = arguments.get(1, "default")
    part = indexing.request_part(machine, atom, str(known))
    certain = atom.dotted == "request.path_params" and isinstance(known, str) and known != "?"
    if default == EMPTY:  # what is not there, and what is there and empty, are told apart by nobody
        return part or default
    return (part or default or NONE) if certain else union(part, default or NONE)


_PARTS_OF_REQUEST = frozenset({"request.headers", "request.cookies", "request.query_params", "request.path_params"})
_OF_DICTS = frozenset({"pop", "update", "setdefault"})
_TAKING = frozenset({"pop", "popleft", "remove", "discard", "clear"})
"""Methods of lists that leave them with fewer elements."""


def _names_a_key(value: Value | None) -> bool:
    """`data.pop("title")` takes a key out of a dict, `keys.pop()` and `keys.pop(0)` an element out of a list."""
    return value is not None and not (
        len(value) == 1 and isinstance(value[0], Known) and isinstance(value[0].value, int)
    )


def _sent_dict(atom: Atom) -> Dump | None:
    """What a client sent, where a method is called on it that only dicts have; None for anything else."""
    if isinstance(atom, Body) and atom.definition is None:
        return Dump(atom.key, None, (), atom.overrides)
    is_plain = isinstance(atom, Scalar) and atom.origin == "client" and not atom.credential
    return Dump(atom.key, None) if isinstance(atom, Scalar) and is_plain else None


def _answered(atom: Made | Opaque, arguments: "Arguments") -> Value | None:
    key = arguments.get(0, "key")
    answered = external_data.client_part(atom, key[0].value if key and isinstance(key[0], Known) else None)
    return None if answered is None else union((answered,), arguments.get(1, "default") or NONE)


_GROWING = frozenset({"append", "add", "insert", "appendleft", "extend", "update", "extendleft"})


def _sequence(
    machine: "Machine", atom: Sequence, func: Attribute, arguments: "Arguments", state: State, frame: "Frame"
) -> Pairs:
    added = arguments.get(0)
    if func.attr in _GROWING and added is not None:
        if func.attr == "insert":
            added = arguments.get(1) or added
        if func.attr in ("extend", "update", "extendleft"):
            rounds, is_open = expressions.rounds_of(machine, added, state, frame.at(func.span))
            rounds = [elements.collected(one, added) for one in rounds]
            changed = _extended(atom, rounds, is_open)
        else:
            changed = (listed((*atom.items, added), atom.open),)
        return [(after, NONE) for after in aliases.changed(machine, func.value, (atom,), changed, state, frame)]
    held = roles.common_roles(machine, func.attr, (atom,), added, state) if added is not None else None
    if held is not None:
        return [(state, (held,))]
    if func.attr in _TAKING and (rest := elements.part_of((atom,))) != (atom,):
        taken = aliases.changed(machine, func.value, (atom,), rest, state, frame)
        return [(after, union(*(elements.of_items(item, None) for item in atom.items))) for after in taken]
    if func.attr in ("pop", "popleft"):
        return [(state, union(*atom.items) if atom.items else (Opaque("an item of a list"),))]
    if func.attr in ("copy", "sort", "reverse", "remove", "clear", "discard"):
        return [(state, (atom,) if func.attr == "copy" else NONE)]
    return [(state, (Opaque(f"{func.attr} of a list", taint((atom,)), is_credential((atom,)), is_client((atom,))),))]


def _extended(atom: Sequence, added: list[Value], is_open: bool) -> Value:
    """A list with more at its end; of items that may be missing there is a list without them too."""
    whole = listed((*atom.items, *added), atom.open or (is_open and not atom.items))
    return (atom, whole) if is_open and atom.items else (whole,)


def _mapping(
    machine: "Machine", atom: Mapping | Dump, func: Attribute, arguments: "Arguments", state: State, frame: "Frame"
) -> Pairs:
    name = func.attr
    key = arguments.get(0, "key")
    if name in ("get", "pop", "setdefault") and key is not None:
        kept = module_caches.item_under_proof(machine, (atom,), key, state)
        if kept is not None:
            return [kept, (state, arguments.get(1, "default") or NONE)]
        held = indexing.item_at(machine, func.value, (atom,), key, state)
        known = key[0].value if isinstance(key[0], Known) else None
        value = _got(atom, known, held, arguments.get(1, "default") or NONE)
        if name == "setdefault" and isinstance(known, str):
            changed = dicts.with_item((atom,), key, value)
            return [(after, value) for after in aliases.changed(machine, func.value, (atom,), changed, state, frame)]
        if name == "pop" and isinstance(known, str):
            left: Value = (dicts.without(atom, known),)
            return [(after, value) for after in aliases.changed(machine, func.value, (atom,), left, state, frame)]
        return [(state, value)]
    if name == "__setitem__" and key is not None:
        changed = dicts.with_item((atom,), key, arguments.get(1) or NONE)
        return [(after, NONE) for after in aliases.changed(machine, func.value, (atom,), changed, state, frame)]
    if name == "items":
        return [(state, _items(atom))]
    if name == "values":
        return [(state, (Sequence(_held(atom), True),))]
    if name == "keys" and isinstance(atom, Dump):
        return [(state, (atom,))]
    if name == "keys":
        names = tuple((Known(item),) for item, _ in getattr(atom, "items", ()))
        return [(state, (Sequence(names, bool(getattr(atom, "rest", ()))),))]
    if name == "update":
        changed = (atom,)
        for value in (*arguments.positional, *((arguments.rest,) if arguments.rest else ())):
            changed = dicts.with_items(changed, tuple(spread(machine, one) for one in value))
        for item, value in arguments.keywords.items():
            changed = dicts.with_item(changed, (Known(item),), value)
        return [(after, NONE) for after in aliases.changed(machine, func.value, (atom,), changed, state, frame)]
    if name == "copy":
        return [(state, (atom,))]
    return [(state, (Opaque(f"{name} of a dict", taint((atom,)), is_credential((atom,)), is_client((atom,))),))]


def _held(atom: Mapping | Dump) -> tuple[Value, ...]:
    if isinstance(atom, Dump):
        return ((Scalar("client", f"{atom.key}.*"),), *(value for _, value in atom.overrides))
    return (*(value for _, value in atom.items), *((atom.rest,) if atom.rest else ()))


def _got(atom: Mapping | Dump, known: object, held: Value, default: Value) -> Value:
    """What `.get(key, default)` gives: the default alone where the dict cannot have the key."""
    if isinstance(atom, Mapping) and known is not None:
        if any(item == known for item, _ in atom.items):
            return held
        if not atom.rest:
            return default
    if isinstance(atom, Dump) and dicts.overriding(atom, known) is not None:
        return held
    if isinstance(atom, Dump) and known in atom.excluded:
        return default
    return union(held, default)


def _items(atom: Mapping | Dump) -> Value:
    """Key and value pairs; those of a client's dict are kept together as one pair that stands for all its fields."""
    if isinstance(atom, Dump):
        return (Sequence(_pairs_of(atom), True),)
    pairs = tuple((Sequence(((Known(name),), value)),) for name, value in atom.items)
    sent = tuple(item for one in atom.rest if isinstance(one, Dump) for item in _pairs_of(one))
    others = tuple(one for one in atom.rest if not isinstance(one, Dump))
    if others:
        pairs = (*pairs, (Sequence(((Opaque("a computed key"),), others)),))
    return (Sequence((*pairs, *sent), bool(atom.rest)),)


def _pairs_of(atom: Dump) -> tuple[Value, ...]:
    key = Made("dump.key", (("dump", (atom,)),), client=True)
    put = tuple((Sequence(((Known(name),), value)),) for name, value in atom.overrides)
    return ((Sequence(((key,), (Scalar("client", f"{atom.key}.*"),))),), *put)


def _claims(machine: "Machine", atom: Claims, name: str, arguments: "Arguments", state: State) -> Pairs:
    if name == "get":
        key = arguments.get(0, "key")
        found = indexing.item_of(machine, (atom,), key or NONE, state)
        if key and isinstance(key[0], Known) and key[0].value in atom.required:
            return [(state, found)]
        return [(state, union(found, arguments.get(1, "default") or NONE))]
    if name in ("validate", "validate_exp"):
        return [(state, NONE)]
    return [(state, (atom,))]


def _body(machine: "Machine", atom: Body, name: str, arguments: "Arguments", state: State) -> Pairs | None:
    if atom.definition is not None and machine.names.member(atom.definition, name) is not None:
        return None
    if name in ("copy", "model_copy"):
        return [(state, (_changed(atom, arguments.keywords.get("update", ())),))]
    if name in DUMPS:
        return [(state, (_dump(machine, atom, arguments),))]
    if name in ("get", "pop"):
        key = arguments.get(0, "key")
        known = key[0].value if key and isinstance(key[0], Known) else "?"
        return [(state, union((Scalar("client", f"{atom.key}.{known}"),), arguments.get(1, "default") or NONE))]
    if name == "items":
        return [(state, _items(Dump(atom.key, None)))]
    return [(state, (Scalar("client", f"{atom.key}.{name}()"),))]


def _dump(machine: "Machine", atom: Body, arguments: "Arguments") -> Dump:
    fields = None if atom.definition is None else body_fields(machine, atom)
    excluded = tuple(_names(arguments.keywords.get("exclude")))
    included = tuple(_names(arguments.keywords.get("include")))
    if included and fields is not None:
        fields = tuple(name for name in fields if name in included)
    return Dump(atom.key, included if included and fields is None else fields, excluded, atom.overrides)


def _changed(atom: Atom, update: Value) -> Atom:
    """`body.model_copy(update={…})`."""
    for one in update:
        for name, value in one.items if isinstance(one, Mapping) else ():
            atom = overridden(atom, name, value)
    return atom


def sent(machine: "Machine", atom: Body) -> Dump:
    """All that a client's object holds, as `**body` hands it on."""
    return Dump(atom.key, body_fields(machine, atom), (), atom.overrides)


def spread(machine: "Machine", atom: Atom) -> Atom:
    """What `**atom` hands on of something the client sent: the fields of its model, or whatever there may be."""
    if isinstance(atom, Body):
        return sent(machine, atom)
    return Dump(atom.key, None) if isinstance(atom, Scalar) and atom.origin == "client" else atom


def body_fields(machine: "Machine", atom: Body) -> tuple[str, ...] | None:
    """The fields a client can send in a body; None when the model lets any field in."""
    from constitution_lint.model.flow.language.instantiation import field_names

    if atom.definition is None:
        return None
    if machine.names.is_subclass(atom.definition, "RootModel"):
        return None
    return tuple(field_names(machine, atom.definition))


def _names(value: Value | None) -> list[str]:
    found: list[str] = []
    for atom in value or ():
        items = atom.items if isinstance(atom, Sequence) else ()
        found.extend(str(item[0].value) for item in items if isinstance(item[0], Known))
        if isinstance(atom, Mapping):
            found.extend(name for name, _ in atom.items)
    return found


def _row_dump(machine: "Machine", atom: Row, arguments: "Arguments", state: State) -> Value:
    """The columns of a row by name; what else its dict may hold is told by no name."""
    table = machine.ownership.tables.get(atom.table)
    excluded = _names(arguments.keywords.get("exclude"))
    included = _names(arguments.keywords.get("include"))
    names = [name for name in (table.columns if table is not None else ()) if name not in excluded]
    names = [name for name in names if name in included] if included else names
    if not names:
        return (Opaque("a row as a dict", frozenset({atom.number})),)
    return (Mapping(tuple((name, attributes.attribute_of(machine, atom, name, state)) for name in names)),)


def _instance_dump(atom: Instance, arguments: "Arguments", state: State) -> Value:
    items = tuple(
        sorted(
            state.attributes(atom.number).items(),
            key=lambda pair: pair[0],
        )
    )
    excluded = set(_names(arguments.keywords.get("exclude")))
    return (Mapping(tuple(pair for pair in items if pair[0] not in excluded)),)


_OF_TEXT = {
    "lower": 0, "upper": 0, "title": 0, "casefold": 0, "strip": 1, "rstrip": 1, "lstrip": 1, "removeprefix": 1,
    "removesuffix": 1, "replace": 2,
}  # fmt: skip
"""Methods that make a text of a text, with how many other texts they may be given."""


def _text(atom: Known, name: str, arguments: "Arguments", state: State) -> Pairs | None:
    first = arguments.get(0)
    if name in ("startswith", "endswith") and first is not None:
        choices = [item for one in first for item in (one.items if isinstance(one, Sequence) else ((one,),))]
        texts = [item[0].value for item in choices if isinstance(item[0], Known) and isinstance(item[0].value, str)]
        if len(texts) == len(choices) and isinstance(atom, Requested):
            return [(state, (Known(atom.is_any(name, *texts)),))]
        if len(texts) == len(choices) and isinstance(atom.value, str):
            test = atom.value.startswith if name == "startswith" else atom.value.endswith
            return [(state, (Known(any(test(text) for text in texts)),))]
    if name == "join" and first is not None and isinstance(atom.value, str):
        strung = [_strung(atom.value, one) for one in first]
        if all(text is not None for text in strung):
            return [(state, tuple(Known(text) for text in dict.fromkeys(strung)))]
    if name in _OF_TEXT:
        given = [one[0].value for one in arguments.positional if len(one) == 1 and isinstance(one[0], Known)]
        if len(given) == len(arguments.all) == _OF_TEXT[name] and all(isinstance(one, str) for one in given):
            return [(state, (Known(getattr(atom.value, name)(*given), atom.setting),))]
        if not arguments.all:
            return [(state, (Known(getattr(atom.value, name)(), atom.setting),))]
    if name == "encode":
        return [(state, (atom,))]
    return [(state, expressions.mixed(f"{name} of a text", (atom,), *arguments.all))]


def _strung(between: str, items: Atom) -> str | None:
    """`", ".join(items)` of a list of which every item is a known text."""
    if not isinstance(items, Sequence) or items.open:
        return None
    texts = [item[0].value for item in items.items if len(item) == 1 and type(item[0]) is Known]
    known = [text for text in texts if isinstance(text, str)]
    return between.join(known) if len(known) == len(items.items) else None


_KEPT = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "encode",
        "decode",
        "split",
        "replace",
        "removeprefix",
        "removesuffix",
        "partition",
        "rsplit",
        "hex",
        "isoformat",
        "title",
    ]
)


def _scalar(atom: Scalar, name: str, arguments: "Arguments", state: State) -> Pairs | None:
    """Methods of a plain value give a value of the same origin; its case or prefix does not change whose it is."""
    if name in _KEPT:
        return [(state, (atom,))]
    if name in ("startswith", "endswith", "isdigit", "isalnum"):
        first = arguments.get(0) or NONE
        begun = bearer_tokens.begins(atom, first[0].value if isinstance(first[0], Known) else None)
        return [(state, begun if begun and name == "startswith" else (Opaque(f"{name} of a text"),))]
    if name == "get" and atom.origin != "row":
        key = arguments.get(0)
        known = key[0].value if key and isinstance(key[0], Known) else "?"
        return [(state, attributes.attribute_of_scalar(atom, str(known)))]
    return None
