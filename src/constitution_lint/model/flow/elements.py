"""Beside the interpreter: elements of the lists that a client sends. What is proven of one says nothing of the others.

An element is known by its list's key with `[]` behind it, for as long as its round of a loop lasts. A loop that went
through the whole list, and was not left by a `break`, has shown of every element what it showed of each. A list with
one thing for every element of another (`[UUID(one) for one in body.ids]`) has `[*]` in the keys of its items.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeGuard

import msgspec

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Atom, Body, Scalar, Sequence, Value

EACH = "[]"
ALL = "[*]"
_MARK = re.compile(r"\[(?!\d+\])[^\]]*\]")


def of_list(atom: Atom, state: State) -> Atom:
    """The element of a list that a round is about; of one that was proven to its end the list's own key."""
    if type(atom) is Sequence:
        items = tuple(tuple(of_list(one, state) if _is_of_all(one) else one for one in item) for item in atom.items)
        return atom if items == atom.items else msgspec.structs.replace(atom, items=items)
    if not is_sent(atom):
        return atom
    whole = whole_of(atom.key)
    if state.is_equal(whole) or state.owns(whole) or state.owns_below(whole):
        return atom if whole == atom.key else msgspec.structs.replace(atom, key=whole)
    if ALL in atom.key:
        return msgspec.structs.replace(atom, key=atom.key.replace(ALL, EACH))
    return atom if atom.key.endswith(EACH) else msgspec.structs.replace(atom, key=atom.key + EACH)


def whole_of(key: str) -> str:
    """The key under which it is known what is proven of every element."""
    return key.replace(ALL, "") if ALL in key else key


def spelled(key: str) -> str:
    """A key as the source writes it: of a list, whichever of its elements is meant."""
    return _MARK.sub("", key) if "[" in key else key


def at(atom: Atom, place: object) -> Atom:
    """The element at an index, which may be any where that is not known: no proof of it is one of another."""
    if not is_sent(atom):
        return atom
    where = f"[{place}]" if isinstance(place, int) and not isinstance(place, bool) else "[?]"
    if ALL in atom.key:
        return msgspec.structs.replace(atom, key=atom.key.replace(ALL, where))
    return msgspec.structs.replace(atom, key=atom.key + where)


def of_items(value: Value, place: object) -> Value:
    """The same of an item of a list that was made of a client's."""
    return tuple(at(atom, place) if _is_of_all(atom) else atom for atom in value)


def part_of(value: Value) -> Value:
    """A list that something was taken out of: it has no longer an item for every element."""
    return tuple(_partly(atom) for atom in value)


def _partly(atom: Atom) -> Atom:
    if type(atom) is Sequence:
        return msgspec.structs.replace(atom, items=tuple(part_of(item) for item in atom.items))
    if not is_sent(atom):
        return atom
    key = atom.key.replace(ALL, "[:]") if ALL in atom.key else f"{atom.key}[:]"
    return msgspec.structs.replace(atom, key=key)


def collected(value: Value, iterable: Value, line: int = 0) -> Value:
    """What a comprehension keeps of each round: of every element, or (with a line) of those that met conditions."""
    for key in lists_in(iterable):
        value = tuple(_renamed(atom, f"{key}{EACH}", f"{key}{_kept(line)}") for atom in value)
    return value


def _kept(line: int) -> str:
    return f"[line {line}]" if line else ALL


def shown_by(rounds: list[State], iterable: Value, line: int, state: State) -> State:
    """The path after a comprehension: what all its rounds show of an element, they show of what it keeps of each."""
    for key in lists_in(iterable) if rounds else ():
        each = f"{key}{EACH}"
        known = [one.keys_below(each) for one in rounds]
        owned, equal = (frozenset.intersection(*(one[place] for one in known)) for place in (0, 1))
        state = _known_of(f"{key}{_kept(line) if line else ''}", each, owned, equal, state)
    return state


def _renamed(atom: Atom, old: str, new: str) -> Atom:
    if type(atom) is Sequence:
        items = tuple(tuple(_renamed(one, old, new) for one in item) for item in atom.items)
        return atom if items == atom.items else msgspec.structs.replace(atom, items=items)
    if not is_sent(atom) or not _is_below(atom.key, old):
        return atom
    return msgspec.structs.replace(atom, key=new + atom.key[len(old) :])


def lists_in(iterable: Value) -> list[str]:
    """The keys of the lists that a loop over a value goes through to their end."""
    found: list[str] = []
    for atom in iterable:
        if type(atom) is Sequence:
            items = (one for item in atom.items for one in item) if atom.open else ()
            found.extend(one.key.split(ALL, 1)[0] for one in _within(items) if _is_of_all(one))
        elif is_sent(atom):
            found.append(atom.key)
    return list(dict.fromkeys(found))


def _within(atoms: Iterable[Atom]) -> Iterator[Atom]:
    """Atoms, and what stands beside others in their pairs (`enumerate`)."""
    for atom in atoms:
        if type(atom) is Sequence:
            yield from (one for item in atom.items for one in item)
        else:
            yield atom


def begin(elements: Iterable[Value], state: State) -> State:
    """A loop begins: what was known of elements of the same lists was known of others."""
    keys = {
        atom.key.rpartition(EACH)[0] + EACH
        for element in elements
        for atom in _within(element)
        if is_sent(atom) and EACH in atom.key
    }
    return state.without_keys(keys) if keys else state


def gone_through(keys: list[str], ended: list[State]) -> list[State]:
    """The paths on which a loop came to the end of lists: what they show of the element, they show of all."""
    return [_lifted(keys, state) for state in ended]


def _lifted(keys: list[str], state: State) -> State:
    for key in keys:
        each = f"{key}{EACH}"
        state = _known_of(key, each, *state.keys_below(each), state.without_keys((each,)))
    return state


def _known_of(whole: str, each: str, owned: frozenset[str], equal: frozenset[str], state: State) -> State:
    if not owned and not equal:
        return state
    state = state.copy()
    state.own([whole + one[len(each) :] for one in owned])
    for one in equal:
        state.equate(whole + one[len(each) :])
    return state


def left(keys: list[str], broken: list[State]) -> list[State]:
    """The paths that leave a loop before its end: nothing is said of any other element."""
    return [state.without_keys([f"{key}{EACH}" for key in keys]) for state in broken]


def none_at_all(keys: list[str], empty: State, ended: list[State]) -> State:
    """A list without elements is as all elements of others are."""
    for key in keys:
        for state in ended:
            empty = _known_of(key, key, *state.keys_below(key), empty)
    return empty


def _is_below(key: str, whole: str) -> bool:
    return key.startswith(whole) and key[len(whole) : len(whole) + 1] in ("", ".", "[")


def _is_of_all(atom: Atom) -> TypeGuard[Body | Scalar]:
    return is_sent(atom) and ALL in atom.key


def is_sent(atom: Atom) -> TypeGuard[Body | Scalar]:
    """Did a client send it, and not to say who it is?"""
    return type(atom) is Body or (type(atom) is Scalar and atom.origin == "client" and not atom.credential)
