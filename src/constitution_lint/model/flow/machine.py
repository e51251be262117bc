"""The interpreter's core: one run over one way in, with what it knows of its request and of the objects it met.

Statements are executed path by path (`executing`, `assigning`), and accesses recorded. Expressions, calls, what is
known of libraries, and database statements live in the modules beside it; all take the machine. A run ends on any input
(`limits`).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from constitution_lint.facts.code import (
    FunctionDef,
)
from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Related
from constitution_lint.model.flow import assigning, executing, spilling
from constitution_lint.model.flow.fastapi.request_texts import Tried, path_names, requested
from constitution_lint.model.flow.identity import signed_values
from constitution_lint.model.flow.journal import Journal, effect
from constitution_lint.model.flow.language import attributes, conditions, expressions
from constitution_lint.model.flow.observations import Watch
from constitution_lint.model.flow.record import Record, Register
from constitution_lint.model.flow.state import FEW_STATES, MOST_STATES, Env, State, alike, at_most
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    ClassRef,
    External,
    Failure,
    FunctionValue,
    Instance,
    Kept,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Sequence,
    Value,
)
from constitution_lint.model.flow.variables import Attributes
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.ownership import Ownership

if TYPE_CHECKING:
    from constitution_lint.model.flow.language.starting import Assignments
    from constitution_lint.model.flow.shared import Shared

Within = Literal["a server's tools", "a library's calls"]
_DEEPEST_HELD = 6
"""So many objects in objects are looked through for rows."""


@dataclass
class Frame:
    """One activation: where its code stands and the ways out of the block being executed."""

    file: str
    qualname: str
    chain: tuple[Related, ...] = ()
    closure: Env = field(default_factory=dict)
    owner: Definition | None = None
    this: Value | None = None
    returns: list[tuple[State, Value]] = field(default_factory=list)
    raises: list[tuple[State, Failure]] = field(default_factory=list)
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    caught: Value = NONE
    looping: int = 0
    """How many loops around the statement being executed."""
    left: Span | None = None
    """The call whose result nobody takes or awaits, or only asks whether it is true, while it is being executed."""
    lapses: list[Location] | None = None
    """Of a guard: the places where it returns unverified; None for other functions."""
    suspended: list[tuple[State, Value]] | None = None
    """Where a dependency with `yield` hands over, a list of the states at its yields; None for other functions."""

    def at(self, span: Span) -> Location:
        return Location(self.file, span)


class Machine:
    """Executes code over abstract values. One machine serves one way in (a route, a task, a tool)."""

    def __init__(
        self,
        names: Names,
        ownership: Ownership,
        shared: "Shared",
        own: Register | None = None,
        most_states: int = MOST_STATES,
    ) -> None:
        self.names = names
        self.ownership = ownership
        self.shared = shared
        self.journal = Journal()
        self.record = Record(ownership, self.journal, shared.rows, own if own is not None else Register())
        self.watch = Watch(self.journal)
        self.closures = shared.closures
        self.stack: list[object] = []
        self.steps = 0
        self.most_states = most_states
        """So many paths through one block are kept apart."""
        self.started: list[State] = []
        """The paths on which the handler starts, once middleware and dependencies are done."""
        self.part = ""
        self.endpoint = ("", "")
        """The path and the method of the request that is followed."""
        self.entered = 0
        """How many writes middleware had made when the route was found."""
        self.prepared = 0
        """How many writes middleware and dependencies had made when the handler started."""
        self.followed = False
        """Is everything that sets `request.state` followed? Asked by `is_state_known`."""
        self.routed = True
        """Has the route been found? Middleware runs before. Asked by `is_in_path`."""
        self.within: frozenset[Within] = frozenset()
        """What is being run beyond the request itself. Asked by `is_within`."""
        self.stored: dict[Kept, list[tuple[State, Value]]] | None = None
        """What is put into dicts that outlive a request, while that is asked (`module_caches`)."""
        self.noted: Assignments | None = None
        """What is set as the application starts, while that is asked (`starting`)."""
        self.module_level = False
        """Is a module-level value being computed, which sets nothing off and changes nothing of a request?"""

    @property
    def path(self) -> str:
        """The path of the request that is followed; "" where none is."""
        self.journal.ask("path", self.endpoint[0])
        return self.endpoint[0]

    @property
    def is_websocket(self) -> bool:
        self.journal.ask("websocket", self.endpoint[1] == "WEBSOCKET")
        return self.endpoint[1] == "WEBSOCKET"

    def requested(self, piece: str) -> Value:
        """The path or the method of the request as a text; nothing where no request is followed."""
        return requested(self.shared.request, piece) if any(self.endpoint) else ()

    def answer(self, question: Hashable) -> object:
        """What the run says now to a question that the journal kept."""
        if question == "path":
            return self.endpoint[0]
        if question == "method":
            return self.endpoint[1]
        if question == "websocket":
            return self.endpoint[1] == "WEBSOCKET"
        if isinstance(question, Tried):
            return self.shared.request.answer(question)
        if question == "followed":
            return self.followed
        if question == "most states":
            return self.most_states
        kind, asked = cast(tuple[str, Any], question)
        if kind == "kept":
            return self.shared.heap.get(asked)
        if kind == "within":
            return asked in self.within
        if kind == "in path":
            return self._is_in_path(asked)
        return asked in path_names(self.endpoint[0]) if kind == "named" else self.record.answer(kind, asked)

    def is_within(self, what: Within) -> bool:
        """Are the tools of a server being run, or methods that a library calls?"""
        self.journal.ask(("within", what), what in self.within)
        return what in self.within

    @property
    def is_state_known(self) -> bool:
        """Is everything that sets `request.state` followed?"""
        self.journal.ask("followed", self.followed)
        return self.followed

    def is_in_path(self, name: str) -> bool:
        """Is a parameter of the path there to be read? Middleware runs before the route is found."""
        found = self._is_in_path(name)
        self.journal.ask(("in path", name), found)
        return found

    def _is_in_path(self, name: str) -> bool:
        return self.routed and (not self.endpoint[0] or name in path_names(self.endpoint[0]))

    @effect
    def lose_state(self) -> None:
        """What cannot be followed gets the request, and may set anything of its state."""
        self.followed = False

    @effect
    def hand_out(self, state: State) -> None:
        """A request ends well on this path."""
        signed_values.handed_out(self, state)

    def merged(self, states: Iterable[State]) -> list[State]:
        """Paths taken together, to no more than this run keeps apart."""
        together = alike(states)
        if len(together) <= FEW_STATES:
            return together
        self.journal.ask("most states", self.most_states)
        return at_most(together, self.most_states)

    # --- questions the other modules ask ---------------------------------------------------------------------------

    evaluate = expressions.evaluate
    branch = conditions.branch
    block = executing.block
    statement = executing.statement
    bind = assigning.bind
    override = assigning.override
    set_attribute = assigning.set_attribute

    def number(self) -> int:
        """A number that no other row or object of the run has."""
        number = self.shared.next_number()
        self.journal.bear(number)
        if self.module_level or self.stored is not None:
            self.shared.numbering.fixed.add(number)
        return number

    def heap(self, state: State, number: int, attribute: str) -> Value | None:
        found = state.attribute(number, attribute)
        return found if found is not None else self.kept(number).get(attribute)

    def kept(self, number: int) -> Attributes:
        """What an object had before the request came, not to be changed."""
        found = self.shared.heap.get(number)
        self.journal.ask(("kept", number), found)
        return found if found is not None else {}

    def lookup(self, name: str, state: State, frame: Frame) -> Value:
        """The value of a name: local, enclosing, module, or a builtin."""
        found = state.env.get(name)
        if found is None:
            found = frame.closure.get(name)
        if found is not None:
            return found
        definition = self.names.resolve(frame.file, name)
        return self.meaning(definition) if definition is not None else (External(f"builtins.{name}"),)

    def meaning(self, definition: Definition) -> Value:
        """The value a definition stands for; a module-level assignment is evaluated once."""
        if definition.kind == "external":
            return attributes.external(definition.dotted)
        if definition.kind == "module":
            return (ModuleRef(definition.file, definition.dotted),)
        if definition.kind == "class":
            return (ClassRef(definition.file, definition.name, definition),)
        if type(definition.node) is FunctionDef:
            return (FunctionValue(definition.file, definition.name, definition.node),)
        return self.shared.constant(self, definition)

    def exposed(self, value: Value, state: State) -> frozenset[int]:
        """The numbers of rows whose content a value holds, objects' attributes included."""
        found, objects, met = taint(value) | spilling.held(value, state), _objects(value), frozenset[int]()
        for _ in range(_DEEPEST_HELD):
            if not objects:
                break
            held = [
                one for number in objects for one in (*state.attributes(number).values(), *self.kept(number).values())
            ]
            met |= objects
            found = found.union(*map(taint, held), *(spilling.held(one, state) for one in held))
            objects = frozenset().union(*map(_objects, held)) - met
        return found

    def unknown(self, reason: str, location: Location | None, *values: Value) -> Value:
        """The result of something that could not be followed; what went in may come out."""
        joined = union(*values) if values else NONE
        return (Opaque(reason, taint(joined), is_credential(joined), is_client(joined)),)


def _objects(value: Iterable[Any]) -> frozenset[int]:
    """The numbers of objects in a value, and in its lists and dicts."""
    found: set[int] = set()
    for atom in value:
        kind = type(atom)
        if kind is Instance:
            found.add(atom.number)
        elif kind is Sequence:
            found.update(*map(_objects, atom.items))
        elif kind is Mapping:
            found.update(*[_objects(held) for _, held in atom.items], _objects(atom.rest))
        elif kind is Made:
            found.update(*[_objects(held) for _, held in atom.arguments])
    return frozenset(found)
