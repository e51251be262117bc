"""Beneath the summaries: values apart from the numbers of the rows and objects in them.

Every run numbers its rows and objects anew. Two values have one form when they differ in numbers alone; what a piece of
a run came to with one is told again for the other with the numbers exchanged (`Exchange`).
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, NamedTuple

import msgspec

from constitution_lint.model.flow.captured import Closures
from constitution_lint.model.flow.record import Loaded
from constitution_lint.model.flow.state import RESERVED, Change
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    ColumnRef,
    Condition,
    Dump,
    Failure,
    FunctionValue,
    Instance,
    Kept,
    Known,
    Made,
    Mapping,
    Method,
    Opaque,
    Overwriting,
    Part,
    Partial,
    Query,
    Reply,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Session,
)

HOLDING: dict[type[Atom], tuple[str, ...]] = {
    Scalar: ("row",),
    Row: ("number",),
    Rows: ("number",),
    Result: ("number", "parts"),
    Part: ("number",),
    ColumnRef: ("of",),
    Condition: ("column", "value", "alternatives", "all_of"),
    Overwriting: ("conditions",),
    Query: ("conditions", "shape", "outer", "values", "overwrites"),
    Session: ("number",),
    Failure: ("taint",),
    FunctionValue: ("bound", "closure"),
    Method: ("holder",),
    Partial: ("function", "positional", "keywords"),
    Made: ("arguments", "taint"),
    Instance: ("number",),
    Body: ("overrides",),
    Dump: ("overrides",),
    Mapping: ("items", "rest"),
    Sequence: ("items",),
    Reply: ("taint",),
    Opaque: ("taint",),
    Kept: ("taint",),
}
"""The fields of each kind of atom that are numbers, or in which there may be any."""


class Form(NamedTuple):
    """A value apart from its numbers: equal `shape` means that nothing else differs."""

    shape: int
    numbers: tuple[int, ...] = ()
    """As they stand in it, without their signs, each as often as it does."""


class Numbering:
    """The forms of values. `fixed` are the numbers of what the module level made: there is one of each."""

    def __init__(self, closures: Closures) -> None:
        self.fixed: set[int] = set()
        self.closures = closures
        self._shapes: dict[Hashable, Form] = {}
        self._atoms: dict[Atom, Form] = {}
        self._kept: dict[int, tuple[object, Form]] = {}
        self._surroundings: dict[int, Form] = {}

    def form(self, thing: Any) -> Form:
        """The form of an atom, of a tuple with atoms in it at any depth, of a table of attributes, of anything else.

        A single thing in a tuple has the form of the thing.
        """
        kind = type(thing)
        if kind is tuple:
            return self.form(thing[0]) if len(thing) == 1 else self._of_several(thing, ())
        if kind is Known:  # True and 1 are equal, and not the same
            return self._plain((type(thing.value), thing))
        if kind in HOLDING:
            form = self._atoms.get(thing)
            if form is None:
                form = self._atoms[thing] = self._of_atom(thing)
            return form
        if kind is dict or kind is Loaded:
            return self._of_lasting(thing)
        if kind is frozenset and all(type(one) is int for one in thing):
            numbers: list[int] = []
            return self._with((frozenset, self._noted(sorted(thing, key=abs), numbers)), numbers)
        return self._plain((kind, thing))

    def _plain(self, key: Hashable) -> Form:
        """The form of what has no numbers."""
        form = self._shapes.get(key)
        if form is None:
            form = self._shapes[key] = Form(len(self._shapes))
        return form

    def _with(self, key: Hashable, numbers: list[int]) -> Form:
        plain = self._plain(key)
        return Form(plain.shape, tuple(numbers)) if numbers else plain

    def _of_several(self, things: Iterable[object], key: tuple[Hashable, ...]) -> Form:
        shapes: list[int] = []
        numbers: list[int] = []
        for one in things:
            shape, some = self.form(one)
            shapes.append(shape)
            numbers += some
        return self._with((*key, *shapes), numbers)

    def _of_lasting(self, thing: Any) -> Form:
        """A table of attributes or what a load gave is never changed, so that its form stays with it."""
        known = self._kept.get(id(thing))
        if known is None:
            form = self._of_loaded(thing) if isinstance(thing, Loaded) else self._of_table(thing)
            known = self._kept[id(thing)] = thing, form
        return known[1]

    def _of_table(self, table: dict[str, Any]) -> Form:
        names = sorted(table)
        return self._of_several([table[name] for name in names], (dict, *names))

    def _of_loaded(self, loaded: Loaded) -> Form:
        """How the rows were come by does not count: that is told, and nothing rests on it."""
        what = loaded.table, loaded.location, loaded.kind, loaded.keys, loaded.why, loaded.fault, loaded.unclear
        how = (
            loaded.token_keyed,
            loaded.listed,
            loaded.columns,
            loaded.rank,
            loaded.accounts,
            loaded.answered,
            loaded.preset,
        )
        return self._with((Loaded, *what, *how, len(loaded.children)), list(loaded.children))

    def _of_atom(self, atom: Atom) -> Form:
        key: list[Hashable] = [type(atom)]
        numbers: list[int] = []
        for name in atom.__struct_fields__:
            value = getattr(atom, name)
            key.append(self._of_field(name, value, numbers) if name in HOLDING[type(atom)] else value)
        return self._with(tuple(key), numbers) if numbers else self._plain(atom)

    def _of_field(self, name: str, value: Any, numbers: list[int]) -> Hashable:
        if name == "closure":
            inner = self._of_closure(value)
        elif isinstance(value, int):
            return self._noted((value,), numbers)
        elif isinstance(value, frozenset):
            return self._noted(sorted(value, key=abs), numbers)
        else:
            inner = self.form(value)
        numbers += inner.numbers
        return inner.shape

    def _noted(self, found: Iterable[int], numbers: list[int]) -> Hashable:
        """Numbers as they count for the form: their signs, and those that are never exchanged."""
        told: list[int | str] = []
        for number in found:
            if abs(number) <= RESERVED or abs(number) in self.fixed:
                told.append(number)
                continue
            numbers.append(abs(number))
            told.append("one" if number > 0 else "its twin")
        return tuple(told)

    def _of_closure(self, number: int) -> Form:
        """Of what a function closes over, the function itself left out."""
        if number not in self._surroundings:
            self._surroundings[number] = self._of_table(self.closures.captured(number).env)
        return self._surroundings[number]


class Exchange:
    """Numbers of one run for those of another, one for one, and `new` ones for what is born once more."""

    def __init__(self, numbering: Numbering, born: Collection[int], new: Callable[[], int]) -> None:
        self._numbering, self._born, self._new = numbering, born, new
        self._to: dict[int, int] = {}
        self._back: dict[int, int] = {}
        self._is_same = not born

    def pair(self, here: Iterable[int], there: Iterable[int]) -> bool:
        """Let each number stand for the one in the same place; False if one of them stands for another already."""
        to, back = self._to, self._back
        for one, other in zip(here, there, strict=True):
            if to.setdefault(one, other) != other or back.setdefault(other, one) != one:
                return False
            if one != other:
                self._is_same = False
        return True

    def number(self, number: int) -> int:
        known = abs(number)
        found = self._to.get(known)
        if found is None:
            if known not in self._born:
                return number
            found = self._to[known] = self._new()
        return found if number > 0 else -found

    def knows(self, number: int) -> bool:
        return abs(number) in self._to

    def question(self, question: Hashable) -> Hashable:
        """What is asked of a row or object; other questions have no numbers."""
        if type(question) is int:
            return self.number(question)
        if type(question) is tuple and type(question[1]) is int:
            return question[0], self.number(question[1])
        return question

    def numbers(self, numbers: frozenset[int]) -> frozenset[int]:
        return numbers if self._is_same else frozenset(map(self.number, numbers))

    def value(self, thing: Any) -> Any:
        """An atom, or a tuple with atoms in it at any depth, with the numbers exchanged."""
        return thing if self._is_same else self._exchanged(thing)

    def change(self, change: Change) -> Change:
        if self._is_same:
            return change
        objects = tuple([(self.number(number), self._table(held)) for number, held in change.objects])
        proven, pending, refuted = map(self.numbers, (change.proven, change.pending, change.refuted))
        spilled = frozenset((into, self.number(number)) for into, number in change.spilled)
        return change._replace(objects=objects, proven=proven, pending=pending, refuted=refuted, spilled=spilled)

    def _table(self, table: dict[str, Any]) -> dict[str, Any]:
        if not self._numbering.form(table).numbers:
            return table
        return {name: self._exchanged(value) for name, value in table.items()}

    def _exchanged(self, thing: Any) -> Any:
        if type(thing) is tuple:
            return tuple([self._exchanged(one) for one in thing]) if self._numbering.form(thing).numbers else thing
        fields = HOLDING.get(type(thing))
        if fields is None or not self._numbering.form(thing).numbers:
            return thing
        if type(thing) is FunctionValue:
            return self._function(thing)
        return type(thing)(
            *[
                self._field(getattr(thing, name)) if name in fields else getattr(thing, name)
                for name in thing.__struct_fields__
            ]
        )

    def _function(self, function: FunctionValue) -> FunctionValue:
        closures = self._numbering.closures
        env, itself = closures.captured(function.closure)
        bare = msgspec.structs.replace(function, bound=self._exchanged(function.bound), closure=0)
        env = self._table(env)
        if itself:
            return closures.defined(bare, env)
        return msgspec.structs.replace(bare, closure=closures.number(function.node, env))

    def _field(self, value: Any) -> Any:
        if isinstance(value, int):
            return self.number(value)
        return frozenset(map(self.number, value)) if isinstance(value, frozenset) else self._exchanged(value)
