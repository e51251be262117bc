"""For the interpreter: joins several values into one, of as few atoms as are kept apart.

What is folded away is named by one opaque atom with the rows, the proof and the client's words inside.
"""

from collections.abc import Iterable
from itertools import chain

import msgspec

from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.values import (
    NONE,
    ClassRef,
    Dump,
    FunctionValue,
    Instance,
    Mapping,
    Method,
    Opaque,
    Partial,
    Query,
    Scalar,
    Sequence,
    Value,
)

_WIDEST = 8
_MOST_STATEMENTS = 3
_MOST_LISTS = 3
_LONGEST_LIST = 40
_MOST_CALLED = 64
"""Functions, classes and objects kept apart in one value: a call of what is folded away would not be followed."""
_FEW = min(_MOST_STATEMENTS, _MOST_LISTS, _WIDEST)
"""So few atoms are kept apart, whatever they are."""
_CALLED = (FunctionValue, Partial, Method, ClassRef, Instance)


def union(*values: Value) -> Value:
    """All atoms of several values, each once; one opaque atom when there are too many to keep apart."""
    if len(values) == 1 and len(values[0]) == 1:
        return values[0]
    atoms = tuple(dict.fromkeys(chain.from_iterable(values)))
    if len(atoms) <= _FEW:
        return atoms or NONE
    if sum(type(atom) is Query for atom in atoms) > _MOST_STATEMENTS:
        atoms = _statements_together(atoms)
    if sum(type(atom) is Sequence for atom in atoms) > _MOST_LISTS:
        atoms = _lists_together(atoms)
    if sum(type(atom) is Mapping for atom in atoms) > _MOST_LISTS:
        atoms = _dicts_together(atoms)
    if sum(type(atom) is Dump for atom in atoms) > _MOST_LISTS:
        atoms = _dumps_together(atoms)
    return atoms if len(atoms) <= _WIDEST else _folded(atoms)


def _folded(atoms: Value) -> Value:
    """Too many atoms: what can be called or asked stays, the others become one of which only the origin is known."""
    called = tuple(atom for atom in atoms if isinstance(atom, _CALLED))[:_MOST_CALLED]
    kept = frozenset(called)
    others = tuple(atom for atom in atoms if atom not in kept)
    if len(others) <= _WIDEST:
        return (*called, *others)
    return (*called, Opaque("too many possible values", taint(others), is_credential(others), is_client(others)))


def listed(items: Iterable[Value], is_open: bool = False) -> Sequence:
    """A list of these; of a long one the last item stands for all from there on."""
    items = tuple(items)
    if len(items) <= _LONGEST_LIST:
        return Sequence(items, is_open)
    return Sequence((*items[: _LONGEST_LIST - 1], union(*items[_LONGEST_LIST - 1 :])), True)


def _statements_together(atoms: Value) -> Value:
    """Many spellings of one statement become the one that holds only the conditions common to all of them."""
    groups: dict[tuple[object, ...], list[Query]] = {}
    for atom in atoms:
        if isinstance(atom, Query):
            groups.setdefault((atom.kind, atom.tables, atom.shape, atom.session, atom.sql), []).append(atom)
    joined = [
        msgspec.structs.replace(
            group[0],
            conditions=tuple(one for one in group[0].conditions if all(one in other.conditions for other in group)),
            joined=tuple(one for one in group[0].joined if all(one in other.joined for other in group)),
            implied=tuple(one for one in group[0].implied if all(one in other.implied for other in group)),
            outer=tuple(dict.fromkeys(one for other in group for one in other.outer)),
            unclear=next((query.unclear for query in group if query.unclear), ""),
        )
        for group in groups.values()
    ]
    return (*joined, *(atom for atom in atoms if not isinstance(atom, Query)))


def _lists_together(atoms: Value) -> Value:
    """Many forms of one list become two: what is in all of them, and what may be in any of them.

    Those of one length are one list first, place by place: tuples that a function returns on several ways.
    """
    lists = [atom for atom in atoms if isinstance(atom, Sequence)]
    others = tuple(atom for atom in atoms if not isinstance(atom, Sequence))
    alike: dict[tuple[int, bool], list[Sequence]] = {}
    for one in lists:
        alike.setdefault((len(one.items), one.open), []).append(one)
    if len(alike) <= _MOST_LISTS:
        return (*(_place_by_place(group) for group in alike.values()), *others)
    common = tuple(item for item in lists[0].items if all(item in other.items for other in lists))
    whole = tuple(dict.fromkeys(item for one in lists for item in one.items))
    return (Sequence(common, any(one.open for one in lists)), listed(whole, True), *others)


def _place_by_place(lists: list[Sequence]) -> Sequence:
    return Sequence(tuple(union(*each) for each in zip(*(one.items for one in lists), strict=True)), lists[0].open)


def _dumps_together(atoms: Value) -> Value:
    """Many forms of one dict of the client become one: what only some have set may still be the client's."""
    groups: dict[str, list[Dump]] = {}
    for atom in atoms:
        if isinstance(atom, Dump):
            groups.setdefault(atom.key, []).append(atom)
    joined = (group[0] if len(group) == 1 else _one_dump(key, group) for key, group in groups.items())
    return (*joined, *(atom for atom in atoms if not isinstance(atom, Dump)))


def _one_dump(key: str, dumps: list[Dump]) -> Dump:
    fields: dict[str, None] | None = {}
    for one in dumps:
        fields = None if fields is None or one.fields is None else fields | dict.fromkeys(one.fields)
    excluded = tuple(name for name in dumps[0].excluded if all(name in one.excluded for one in dumps))
    held = [dict(one.overrides) for one in dumps]
    names = dict.fromkeys(name for one in held for name in one)
    overrides = tuple(
        (name, union(*(one.get(name, (Scalar("client", f"{key}.{name}"),)) for one in held))) for name in names
    )
    return Dump(key, None if fields is None else tuple(fields), excluded, overrides)


def _dicts_together(atoms: Value) -> Value:
    """Many forms of one dict become one: under a key that all have any of their values, the others under no key."""
    dicts = [atom for atom in atoms if isinstance(atom, Mapping)]
    held: dict[str, list[Value]] = {}
    for one in dicts:
        for name, value in one.items:
            held.setdefault(name, []).append(value)
    items = tuple((name, union(*values)) for name, values in held.items() if len(values) == len(dicts))
    left = [value for values in held.values() if len(values) < len(dicts) for value in values]
    rests = [one.rest for one in dicts if one.rest]
    rest = union(*left, *rests) if left or rests else ()
    return (Mapping(items, rest), *(atom for atom in atoms if not isinstance(atom, Mapping)))
