"""For values: which lists and dicts are inside them, by identity; the same object twice is an alias."""

from typing import Any

from constitution_lint.model.flow.known import KnownOf
from constitution_lint.model.flow.traits import held
from constitution_lint.model.flow.values import Mapping, Method, Partial, Sequence, Value

LISTS = frozenset({Sequence, Mapping})
LEADING = frozenset({*LISTS, Method, Partial})
"""What a list or dict can be reached from: `out.append` leads to `out`."""
_AROUND = frozenset({tuple, dict, *LEADING})
_NONE: frozenset[int] = frozenset()


def lists_in(value: Value) -> frozenset[int]:
    """The lists and dicts in a value, at any depth."""
    found = _NONE
    for atom in value:
        if type(atom) in LEADING:
            found = found | _within(atom) if found else _within(atom)
    return found


def add_lists(thing: Any, found: set[int]) -> None:
    """The same for values, tuples of them at any depth, and tables of attributes."""
    kind = type(thing)
    if kind in LEADING:
        found.update(_within(thing))
    elif kind is tuple or kind is dict:
        for one in thing if kind is tuple else thing.values():
            if type(one) in _AROUND:
                add_lists(one, found)


def _found(atom: Any) -> frozenset[int]:
    kind = type(atom)
    if kind is Method:
        return lists_in((atom.holder,))
    if kind is Partial:
        return _NONE.union(*map(lists_in, atom.positional), *(lists_in(value) for _, value in atom.keywords))
    return frozenset({id(atom)}).union(*map(lists_in, held(atom)))


_within = KnownOf(_found)
