"""What holds on one path of a request: variables, what was proven, and which rows still owe a proof.

Of what may differ from one way to a piece of code to the next, a path is asked by methods alone: they keep in mind what
was asked (`seen`), so that `summaries` knows on what an outcome rests. An attribute with evidence is asked whether
there is any; who needs to know how it is put asks `words`.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from constitution_lint.model.flow import variables
from constitution_lint.model.flow.traits import is_plain, says
from constitution_lint.model.flow.values import Value
from constitution_lint.model.flow.variables import Attributes, Evidence, Heap

Env = dict[str, Value]
Question = int | str | tuple[int, str] | tuple[str, int]
"""Of what a path was asked: a row's standing by its number, a client's key, an attribute of request or object."""
ALL = ""
"""In place of an attribute's name it is asked for all that an object has."""
SHARED = 0
"""The heap's number for what belongs to the request, not to an object: results of dependencies, context variables."""
REQUEST_STATE = 1
"""The heap's number for `request.state`."""
EVIDENCE = 2
"""Under this number it is asked whether there is some evidence."""
WORDS = 3
"""Under this number it is asked how a piece of evidence is put."""
HANDED = 4
"""The heap's number for what a function made of lists that it was given, between its end and its caller."""
SPILLED = 5
"""Under this number it is asked which rows were written into buffers and files of a library; "" asks for all."""
RESERVED = SPILLED
"""Numbers up to this are those of no row and no object."""
BELOW = -1
"""Under this number it is asked what is known of a client's key and of all that stands below it."""
EVERY = (0, "")
"""The question for all proven rows."""
MOST_STATES = 16
"""So many paths through one block are kept apart."""
FEW_STATES = 4
"""So many of a request that would take too many steps otherwise."""
_MOST_GROUPS = 4
"""So many of those that have proven different keys are kept apart beyond that."""
_TOLD_APART = frozenset({"verified", "bare", "admin", "ranked", "maybe"})
"""Evidence by which paths are not taken together."""
_OF_REQUEST = (SHARED, REQUEST_STATE)
_NOTHING: Attributes = {}


class Change(NamedTuple):
    """How a path left a piece of code, against the path that entered it: its evidence, and what else came to it.

    `evidence` names what is put in other words than before, "" what is there no more.
    """

    evidence: tuple[tuple[str, str], ...]
    objects: tuple[tuple[int, Attributes], ...]
    equal: frozenset[str]
    owned_keys: frozenset[str]
    proven: frozenset[int]
    pending: frozenset[int]
    refuted: frozenset[int]
    spilled: frozenset[tuple[str, int]]


class Evident:
    """An attribute of a path: some evidence in words, "" when there is none. Whether there is any is kept as asked."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._question = EVIDENCE, name

    def __get__(self, path: "State", owner: type) -> str:
        path.seen[self._question] = None
        return path._evidence.get(self._name, "")

    def __set__(self, path: "State", words: str) -> None:
        path.seen[self._question] = None
        path._evidence = variables.with_words(path._evidence, {self._name: words})


class State:
    """One path. Copied at every branch; facts only grow along a path and are intersected where paths meet.

    `verified`, `admin`, `maybe` hold the evidence ("" when absent): a verification happened, a role was checked, a call
    that could not be followed may have verified; `entrusted` that such a call was given the whole request; `ranked`
    that a role was checked of somebody who could not be followed. `switched` says what the source or the environment
    decided on the way here ("DEBUG is set"), `served` that a websocket exchanged something, `bare` that the request
    brings no bearer token. Behind methods alone stand the objects of the heap; client keys proven to be the principal's
    (`_equal`), or to name rows of the principal (`_owned_keys`); and rows, by the numbers of their accesses, that are
    proven, owe a proof, were changed without one, or were written into something of a library (`_spilled`).
    """

    __slots__ = (
        "_equal",
        "_evidence",
        "_heap",
        "_owned_keys",
        "_pending",
        "_proven",
        "_refuted",
        "_spilled",
        "env",
        "seen",
    )

    def __init__(self) -> None:
        self.env: Env = {}
        self._heap: Heap = {}
        self._evidence: Evidence = {}
        self._equal: frozenset[str] = frozenset()
        self._owned_keys: frozenset[str] = frozenset()
        self._proven: frozenset[int] = frozenset()
        self._pending: frozenset[int] = frozenset()
        self._refuted: frozenset[int] = frozenset()
        self._spilled: frozenset[tuple[str, int]] = frozenset()
        self.seen: dict[Question, None] = {}

    def copy(self) -> "State":
        return self.within(dict(self.env))

    def within(self, env: Env) -> "State":
        """The same path with other variables: those of a function that is entered or left."""
        new = State.__new__(State)
        new.env = env
        new._heap = self._heap
        new._evidence = self._evidence
        new._equal, new._owned_keys = self._equal, self._owned_keys
        new._proven, new._pending, new._refuted = self._proven, self._pending, self._refuted
        new._spilled = self._spilled
        new.seen = self.seen
        return new

    def aside(self) -> "State":
        """The path as it is now, to be kept: without variables, and what it will be asked is nobody's concern."""
        new = self.within({})
        new.seen = {}
        return new

    # --- objects ---------------------------------------------------------------------------------------------------

    def store(self, number: int, attribute: str, value: Value) -> None:
        """Set an attribute of an object; the heap is shared until written."""
        self.store_all(number, {attribute: value})

    def store_all(self, number: int, attributes: Attributes) -> None:
        if not attributes:
            return
        self._ask(number, attributes)
        self._heap = {**self._heap, number: {**self._heap.get(number, _NOTHING), **attributes}}

    def attribute(self, number: int, name: str) -> Value | None:
        self._ask(number, (name,))
        return self._heap.get(number, _NOTHING).get(name)

    def attributes(self, number: int) -> Attributes:
        """All that was set on an object, not to be changed."""
        self.seen[ALL, number] = None
        return self._heap.get(number, _NOTHING)

    def _ask(self, number: int, names: Collection[str]) -> None:
        if number in _OF_REQUEST:
            self.seen.update([((number, name), None) for name in names])
        else:
            self.seen.update([((name, number), None) for name in names])

    # --- rows and keys ---------------------------------------------------------------------------------------------

    def holds(self, number: int) -> bool:
        """Is a row proven on this path? Negative numbers are rows that were proven inside a loop (`Record.twin`)."""
        return number < 0 or self.has_proven(number)

    def has_proven(self, number: int) -> bool:
        self.seen[number] = None
        return number in self._proven

    def all_proven(self) -> frozenset[int]:
        """Every proven row: an outcome that asks for all rests on all."""
        self.seen[EVERY] = None
        return self._proven

    def unproven(self, numbers: frozenset[int]) -> frozenset[int]:
        self.seen.update(dict.fromkeys(numbers))
        return numbers - self._proven

    def prove(self, numbers: Collection[int]) -> None:
        self._proven = self._proven.union(numbers)
        self.seen.update(dict.fromkeys(numbers))

    def owe(self, number: int) -> None:
        """A row was loaded that owes a proof; also the number of something that was signed."""
        self._pending |= {number}
        self.seen[number] = None

    def owes(self, number: int) -> bool:
        self.seen[number] = None
        return number in self._pending

    def disprove(self, numbers: frozenset[int]) -> None:
        """Rows of which one was shown to be the principal's: the others need not be."""
        self._proven -= numbers
        self.seen.update(dict.fromkeys(numbers))

    def without_proofs(self, before: "State", doubt: str) -> "State":
        """The path with no more proven than an earlier one had; whether what was is so is open."""
        shown = {"verified", "admin"}.intersection(self._evidence).difference(before._evidence)
        known = self._proven, self._equal, self._owned_keys
        had = before._proven, before._equal, before._owned_keys
        if not shown and known == had:
            return self
        after = self.copy()
        after._proven, after._equal, after._owned_keys = had
        words = dict.fromkeys(shown, "") | {"ranked": self._evidence.get("ranked") or doubt}
        if "verified" in shown:
            words["maybe"] = self._evidence.get("maybe") or doubt
        after._evidence = variables.with_words(self._evidence, words)
        return after

    def refute(self, number: int) -> None:
        self._refuted |= {number}
        self.seen[number] = None

    def has_refuted(self, number: int) -> bool:
        self.seen[number] = None
        return number in self._refuted

    def is_equal(self, key: str) -> bool:
        """Is a client's value the principal's own?"""
        key = key.replace("[*]", "")
        self.seen[key] = None
        return key in self._equal

    def equate(self, key: str) -> None:
        self._equal |= {key}
        self.seen[key] = None

    def owns(self, key: str) -> bool:
        """Does a client's value name a row of the principal?"""
        key = key.replace("[*]", "")
        self.seen[key] = None
        return key in self._owned_keys

    def own(self, keys: Collection[str]) -> None:
        self._owned_keys = self._owned_keys.union(keys)
        self.seen.update(dict.fromkeys(keys))

    def owns_below(self, key: str) -> bool:
        """Does anything that stands below a client's key name a row of the principal?"""
        return bool(self.keys_below(key)[0])

    def keys_below(self, key: str) -> "tuple[frozenset[str], frozenset[str]]":
        """The keys that name rows of the principal, and those that are the principal's own: one, and all below it."""
        self.seen[BELOW, key] = None
        return self._below(key)

    def _below(self, key: str) -> "tuple[frozenset[str], frozenset[str]]":
        return _beginning_with(key, self._owned_keys), _beginning_with(key, self._equal)

    def without_keys(self, keys: Collection[str]) -> "State":
        """The path where nothing is known of some keys and all below them."""
        known = [one for key in keys for found in self._below(key) for one in found]
        if not known:
            return self
        new = self.copy()
        new._owned_keys, new._equal = self._owned_keys.difference(known), self._equal.difference(known)
        return new

    # --- rows in what a library keeps ------------------------------------------------------------------------------

    def spill(self, into: str, rows: frozenset[int]) -> None:
        """Rows are written into something of this library; nothing is asked for that."""
        self._spilled |= {(into, number) for number in rows}

    def spilled(self, into: str = "") -> frozenset[int]:
        """The rows that were written into something of a library, or of any."""
        self.seen[SPILLED, into] = None
        return self._spilled_into(into)

    def take_spilled(self, other: "State") -> None:
        """What was written on another path is written on this one."""
        self._spilled |= other._spilled

    def _spilled_into(self, into: str) -> frozenset[int]:
        return frozenset(number for name, number in self._spilled if not into or name == into)

    # --- evidence --------------------------------------------------------------------------------------------------

    verified = Evident()
    admin = Evident()
    ranked = Evident()
    maybe = Evident()
    entrusted = Evident()
    switched = Evident()
    served = Evident()
    bare = Evident()

    def words(self, evidence: str) -> str:
        """How a piece of evidence is put, for who needs to know more than whether there is any."""
        self.seen[WORDS, evidence] = None
        return self._evidence.get(evidence, "")

    def is_verified(self) -> bool:
        """For telling the paths of one piece of code apart, whatever was known when it was entered."""
        return "verified" in self._evidence

    def answer(self, question: Question) -> object:
        """What the path says to a question: equal answers to all that was asked mean an equal outcome."""
        if isinstance(question, int):
            return (question in self._proven) + 2 * (question in self._pending) + 4 * (question in self._refuted)
        if isinstance(question, str):
            return (question in self._equal) + 2 * (question in self._owned_keys)
        if question == EVERY:
            return self._proven
        if isinstance(question[0], str):
            return self._held_by(*question)
        number, name = question
        if number == EVIDENCE:
            return name in self._evidence
        if number == WORDS:
            return self._evidence.get(name, "")
        if number == SPILLED:
            return self._spilled_into(name)
        if number == BELOW:
            return self._below(name)
        return self._heap.get(number, _NOTHING).get(name)

    def _held_by(self, name: str, number: int) -> Value | Attributes | None:
        held = self._heap.get(number, _NOTHING)
        return held.get(name) if name else held

    # --- against an earlier path -----------------------------------------------------------------------------------

    def since(self, before: "State") -> Change:
        """What came to this path after an earlier one."""
        return Change(
            tuple(variables.other_words(before._evidence, self._evidence)),
            tuple(self.objects_since(before)),
            self._equal - before._equal,
            self._owned_keys - before._owned_keys,
            self._proven - before._proven,
            self._pending - before._pending,
            self._refuted - before._refuted,
            self._spilled - before._spilled,
        )

    def objects_since(self, before: "State") -> Iterator[tuple[int, Attributes]]:
        """What this path set on objects, against an earlier one."""
        if self._heap is before._heap:
            return
        for number, attributes in self._heap.items():
            known = before._heap.get(number)
            if known is None:
                yield number, attributes
            elif known is not attributes:
                yield number, {name: value for name, value in attributes.items() if known.get(name) is not value}

    def after(self, change: Change) -> "State":
        """This path where the same came to it, with its own variables."""
        new = self.within(self.env)
        if change.evidence:
            new._evidence = variables.with_words(self._evidence, dict(change.evidence))
        if change.objects:
            new._heap = dict(self._heap)
            for number, attributes in change.objects:
                known = new._heap.get(number)
                new._heap[number] = {**known, **attributes} if known is not None else attributes
        new._equal = self._equal | change.equal
        new._owned_keys = self._owned_keys | change.owned_keys
        new._proven = self._proven | change.proven
        new._pending = self._pending | change.pending
        new._refuted = self._refuted | change.refuted
        new._spilled = self._spilled | change.spilled
        return new

    def objects(self) -> Iterator[tuple[int, Attributes]]:
        """All objects with what was set on them; what belongs to the request is none."""
        return ((number, held) for number, held in self._heap.items() if number > RESERVED)

    def hand(self, values: Env) -> None:
        """Leave lists that a function changed to its caller; nothing takes what was left before for its own."""
        heap = {number: held for number, held in self._heap.items() if number != HANDED}
        self._heap = {**heap, HANDED: values} if values else heap

    def handed(self) -> Env:
        """What the function that was just called has left, not to be changed."""
        return self._heap.get(HANDED, _NOTHING)

    @property
    def proven_keys(self) -> tuple[frozenset[str], frozenset[str]]:
        """The client's keys that are the principal's, and those that name rows of the principal."""
        return self._equal, self._owned_keys

    @property
    def facts(self) -> tuple[object, ...]:
        """What must agree for two paths to be taken together without losing anything but variables."""
        return (
            _TOLD_APART.intersection(self._evidence),
            self._equal,
            self._owned_keys,
            self._proven,
            self._pending,
            self._refuted,
        )

    def is_akin(self, other: "State") -> bool:
        """Does it agree with another path on all that both know, and is no variable a flag that tells them apart?

        A path that has shown more (a role; that a client's keys name the principal's rows, as it met none) is akin if
        nothing rests on that: what follows is judged by the one that has shown less.
        """
        kept_apart = ("verified" in self._evidence, "bare" in self._evidence, self._equal)
        if kept_apart != ("verified" in other._evidence, "bare" in other._evidence, other._equal):
            return False
        if self._knows_otherwise(other) or other._knows_otherwise(self):
            return False
        differing: list[tuple[Value, Value]] = []
        for pair in chain(variables.differing(self.env, other.env), self._differing_objects(other)):
            if says(pair[0]) or says(pair[1]):
                return False
            differing.append(pair)
        if self._roles() != other._roles() and (differing or self._spilled != other._spilled):
            return False
        shown, its = self._owned_keys | self._roles(), other._owned_keys | other._roles()
        if shown == its:
            return True
        if not (shown < its or shown > its):
            return False
        return all(is_plain(pair[shown < its]) for pair in differing)

    def _knows_otherwise(self, other: "State") -> bool:
        """Is there a row that it knows in a way in which the other, which has met it too, does not?"""
        mine, its = self._statuses(), other._statuses()
        for index in range(len(mine)):
            if mine[index] is not its[index]:
                more = mine[index] - its[index]
                if more and not all(more.isdisjoint(known) for known in its):
                    return True
        return False

    def _roles(self) -> frozenset[str]:
        """What was asked of the caller's role, by its words; who has one needs no doubt about it."""
        ranks = {"admin": ("the role is held", "the role is asked"), "ranked": ("the role is asked",)}
        return frozenset(rank for name, implied in ranks.items() if name in self._evidence for rank in implied)

    def _statuses(self) -> tuple[frozenset[int], ...]:
        return self._proven, self._pending, self._refuted

    def _differing_objects(self, other: "State") -> Iterator[tuple[Value, Value]]:
        for number, held in self._heap.items():
            known = other._heap.get(number)
            if known is not None and known is not held:
                yield from variables.differing(held, known)


def _beginning_with(key: str, keys: frozenset[str]) -> frozenset[str]:
    if not keys:
        return keys
    return frozenset(one for one in keys if one.startswith(key) and one[len(key) : len(key) + 1] in ("", ".", "["))


def is_of_evidence(question: object) -> bool:
    return isinstance(question, tuple) and question[0] == EVIDENCE


def merged(states: Iterable[State], most: int) -> list[State]:
    """Paths that agree on all facts become one, and no more than `most` are left."""
    return at_most(alike(states), most)


def alike(states: Iterable[State]) -> list[State]:
    """Paths that agree on all facts become one."""
    states = list(states)
    if len(states) < 2:
        return states
    groups: dict[tuple[object, ...], list[State]] = {}
    for state in states:
        groups.setdefault(state.facts, []).append(state)
    return akin([joined(group) for group in groups.values()])


def at_most(states: list[State], most: int) -> list[State]:
    """When more than `most` are left, all paths that verified become one (default deny).

    So do those that did not: a refusal further on may still part them.
    """
    return states if len(states) <= most else [joined(group) for group in parted(states, most > 1)]


def akin(states: list[State]) -> list[State]:
    """Paths that only rows part which the other has not met, taken together."""
    found: list[State] = []
    for state in states:
        place = next((index for index, known in enumerate(found) if known.is_akin(state)), None)
        if place is None:
            found.append(state)
        else:
            found[place] = joined([found[place], state])
    return found


def parted(states: list[State], apart: bool = True) -> list[list[State]]:
    """States in few groups: those that verified apart from the others, and within them by the keys they have proven."""
    if not apart:
        return [states]
    groups: dict[tuple[object, ...], list[State]] = {}
    for state in states:
        groups.setdefault((state.is_verified(), *state.proven_keys), []).append(state)
    if len(groups) <= _MOST_GROUPS:
        return list(groups.values())
    found = [[state for state in states if state.is_verified() is verified] for verified in (True, False)]
    return [group for group in found if group]


def joined(states: list[State]) -> State:
    """One state that holds what all of them hold."""
    if len(states) == 1:
        return states[0]
    rest = states[1:]
    first = states[0].within(variables.together([state.env for state in states]))
    if any(state._proven is not first._proven for state in rest):
        owing = frozenset().union(*(state._pending - state._proven for state in states))
        first._proven = frozenset().union(*(state._proven for state in states)) - owing
    first._heap = variables.heaps_together([state._heap for state in states])
    first._evidence = variables.evidence_together([state._evidence for state in states])
    for state in rest:
        first._equal &= state._equal
        first._owned_keys &= state._owned_keys
        first._pending |= state._pending
        first._refuted |= state._refuted
        first._spilled |= state._spilled
    return first
