"""The interpreter's core: one run over one way in. It executes statements path by path and records accesses.

Expressions, calls, library knowledge and database statements live in the modules beside it; all take the machine.

A run ends on any input. A `while` runs once, a loop once for each kind of element (12 at most), a function at most
twice inside itself and `DEEPEST` calls deep. `MOST_STATES` paths are kept apart; beyond that they are joined and hold
only what all of them hold. A run of more than `MOST_STEPS` statements, each counted once for each path, is given up,
and nothing in it is called isolated.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from constitution_lint.facts.code import (
    AnnAssign,
    Assert,
    Assign,
    Attribute,
    AugAssign,
    Binary,
    ClassDef,
    Collection,
    Const,
    Delete,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    Match,
    Name,
    Node,
    Raise,
    Return,
    Scope,
    Simple,
    Starred,
    Stmt,
    Subscript,
    Try,
    While,
    With,
)
from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Related
from constitution_lint.model.flow import (
    aliases,
    attributes,
    conditions,
    dicts,
    exceptions,
    expressions,
    indexing,
    inert,
    matching,
    remembering,
    sealing,
    spilling,
    subscriptions,
    tools,
    writing,
)
from constitution_lint.model.flow.journal import Journal, effect
from constitution_lint.model.flow.record import Record, Register
from constitution_lint.model.flow.requested import Tried, path_names, requested
from constitution_lint.model.flow.state import MOST_STATES, REQUEST_STATE, Env, State, merged
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    Body,
    ClassRef,
    External,
    Failure,
    FunctionValue,
    Instance,
    Kept,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
    overridden,
)
from constitution_lint.model.flow.variables import Attributes
from constitution_lint.model.flow.watching import Watch
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.ownership import Ownership

if TYPE_CHECKING:
    from constitution_lint.model.flow.shared import Shared

MOST_STEPS = 30_000
DEEPEST = 24
Within = Literal["a server's tools", "a library's calls"]
MOST_DEPENDENCIES = 20
"""So deep a dependency may stand among calls and other dependencies."""
_DEEPEST_HELD = 6
"""So many objects in objects are looked through for rows."""


class BudgetExceeded(Exception):  # noqa: N818 - it ends a run, it is no error
    """The run took more steps than a request is allowed; its verdicts are unproven."""


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
        self.prepared = 0
        """How many writes middleware and dependencies had made when the handler started."""
        self.followed = False
        """Is everything that sets `request.state` followed? Asked by `is_state_known`."""
        self.routed = True
        """Has the route been found? Middleware runs before. Asked by `is_in_path`."""
        self.within: frozenset[Within] = frozenset()
        """What is being run beyond the request itself. Asked by `is_within`."""
        self.stored: dict[Kept, list[tuple[State, Value]]] | None = None
        """What is put into dicts that outlive a request, while that is asked (`remembering`)."""
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
        sealing.handed_out(self, state)

    # --- blocks ----------------------------------------------------------------------------------------------------

    def block(self, body: Iterable[Stmt], states: list[State], frame: Frame) -> list[State]:
        """The states that fall out of the end of a block; other ways out are added to the frame."""
        for node in body:
            if not states:
                break
            self.steps += len(states)
            if self.steps > MOST_STEPS:
                raise BudgetExceeded
            following: list[State] = []
            for state in states:
                following.extend(self.statement(node, state, frame))
            states = merged(following, self.most_states) if len(following) > 1 else following
        return states

    def statement(self, node: Stmt, state: State, frame: Frame) -> list[State]:
        method = _STATEMENTS.get(type(node))
        return method(self, node, state, frame) if method is not None else [state]

    def _expression(self, node: ExprStmt, state: State, frame: Frame) -> list[State]:
        if isinstance(node.value, Const) or inert.is_logged(self, node.value, state, frame):
            return [state]
        around, frame.left = frame.left, node.value.span if node.left else None
        found = [after for after, _ in self.evaluate(node.value, state, frame)]
        frame.left = around
        return found

    def _assign(self, node: Assign, state: State, frame: Frame) -> list[State]:
        found = []
        for after, value in self.evaluate(node.value, state, frame):
            states = [after]
            for target in node.targets:
                states = [done for one in states for done in self.bind(target, value, one, frame)]
            found.extend(states)
        return found

    def _annotated(self, node: AnnAssign, state: State, frame: Frame) -> list[State]:
        if node.value is None:
            return [state]
        pairs = self.evaluate(node.value, state, frame)
        return [done for after, value in pairs for done in self.bind(node.target, value, after, frame)]

    def _augmented(self, node: AugAssign, state: State, frame: Frame) -> list[State]:
        joined = Binary(node.span, node.op, node.target, node.value)
        pairs = self.evaluate(joined, state, frame)
        return [done for after, value in pairs for done in self.bind(node.target, value, after, frame)]

    def bind(self, target: Expr, value: Value, state: State, frame: Frame) -> list[State]:
        """Assign a value to a target: a name, an attribute, an item, or several unpacked."""
        if isinstance(target, Name):
            state = state.copy()
            state.env[target.id] = value
            return [state]
        if isinstance(target, Starred):
            return self.bind(target.value, (Sequence((value,), True),), state, frame)
        if isinstance(target, Collection):
            states = [state]
            for item, key in zip(target.items, indexing.keys_of(target.items), strict=True):
                part = indexing.item_of(self, value, key, state)
                states = [done for one in states for done in self.bind(item, part, one, frame)]
            return states
        if isinstance(target, Attribute):
            return self._bind_attribute(target, value, state, frame)
        if isinstance(target, Subscript):
            return self._bind_item(target, value, state, frame)
        return [state]

    def _bind_attribute(self, target: Attribute, value: Value, state: State, frame: Frame) -> list[State]:
        found = []
        for after, holder in self.evaluate(target.value, state, frame):
            after = after.copy()
            for atom in holder:
                self.set_attribute(atom, target.attr, value, after, frame.at(target.span), frame)
            self.override(target, holder, value, after)
            found.append(after)
        return found

    def override(self, target: Attribute, holder: Value, value: Value, state: State) -> None:
        """What the server sets on a client's object, or as an agent's tools, stays under the object's name."""
        if isinstance(target.value, Name) and any(isinstance(atom, Body | Made) for atom in holder):
            state.env[target.value.id] = tuple(
                tools.equipped(atom, target.attr, value)
                if isinstance(atom, Made)
                else overridden(atom, target.attr, value)
                for atom in holder
            )

    def set_attribute(
        self, atom: object, name: str, value: Value, state: State, location: Location, frame: Frame
    ) -> None:
        """`holder.name = value`: a write to a row is judged, an object remembers it."""
        if isinstance(atom, Row):
            writing.assign(self, atom, name, value, state, location, frame)
            state.store(atom.number, name, value)
        elif isinstance(atom, Instance):
            state.store(atom.number, name, value)
        elif isinstance(atom, Made) and atom.dotted == "request.state":
            state.store(REQUEST_STATE, name, value)
        elif isinstance(atom, Made):
            spilling.put(state, atom, self.exposed(value, state))
        elif isinstance(atom, Rows):
            writing.assign(self, Row(atom.table, atom.number), name, value, state, location, frame)

    def _bind_item(self, target: Subscript, value: Value, state: State, frame: Frame) -> list[State]:
        found = []
        for after, holder in self.evaluate(target.value, state, frame):
            for done, key in self.evaluate(target.index, after, frame):
                subscriptions.kept_by_item(self, target, value, done, frame)
                remembering.note(self, holder, key, value, done)
                done = self._in_scope(holder, key, value, done)
                if any(isinstance(atom, Made) for atom in holder):
                    done = done.copy()
                    for atom in holder:
                        spilling.put(done, atom, self.exposed(value, done))
                changed = dicts.with_item(holder, key, value)
                found.extend(aliases.changed(self, target.value, holder, changed, done, frame))
        return found

    def _in_scope(self, holder: Value, key: Value, value: Value, state: State) -> State:
        """`scope["user"] = …`, `scope["state"]["user_id"] = …`: what an ASGI middleware hands on with the request."""
        name = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
        places = {atom.dotted for atom in holder if isinstance(atom, Made)} & {"request.scope", "request.state"}
        if not places or not isinstance(name, str):
            return state
        state = state.copy()
        if "request.state" in places:
            state.store(REQUEST_STATE, name, value)
        elif name == "state":
            for held, given in (pair for atom in value if isinstance(atom, Mapping) for pair in atom.items):
                state.store(REQUEST_STATE, held, given)
        else:
            state.store(REQUEST_STATE, f"request.{name}", value)
        return state

    def _return(self, node: Return, state: State, frame: Frame) -> list[State]:
        pairs = [(state, NONE)] if node.value is None else self.evaluate(node.value, state, frame)
        if frame.lapses is not None and any(not after.verified for after, _ in pairs):
            frame.lapses.append(frame.at(node.span))
        frame.returns.extend(pairs)
        return []

    # --- branches --------------------------------------------------------------------------------------------------

    def _if(self, node: If, state: State, frame: Frame) -> list[State]:
        true, false = self.branch(node.test, state, frame)
        return [
            *self.block(node.body, merged(true, self.most_states), frame),
            *self.block(node.orelse, merged(false, self.most_states), frame),
        ]

    def _assert(self, node: Assert, state: State, frame: Frame) -> list[State]:
        true, false = self.branch(node.test, state, frame)
        frame.raises.extend((after, Failure("AssertionError")) for after in false)
        return true

    def _for(self, node: For, state: State, frame: Frame) -> list[State]:
        outer = frame.breaks, frame.continues
        frame.breaks, frame.continues = [], []
        ended: list[State] = []
        for after, iterable in self.evaluate(node.iterable, state, frame):
            rounds, is_open = expressions.rounds_of(self, iterable, after, frame.at(node.iterable.span))
            states = [after]
            if is_open or not rounds:
                ended.append(_without_rows(after, iterable))
            for element in rounds:
                started = [done for one in states for done in self.bind(node.target, element, one, frame)]
                states = merged([*self.block(node.body, started, frame), *frame.continues], self.most_states)
                frame.continues = []
                if is_open:
                    ended.extend(states)
            if rounds and not is_open:
                ended.extend(states)
        ended = self.block(node.orelse, merged(ended, self.most_states), frame)
        ended = [*ended, *frame.breaks]
        frame.breaks, frame.continues = outer
        return merged(ended, self.most_states)

    def _while(self, node: While, state: State, frame: Frame) -> list[State]:
        outer = frame.breaks, frame.continues
        frame.breaks, frame.continues = [], []
        true, false = self.branch(node.test, state, frame)
        frame.looping += 1
        states = self.block(node.body, true, frame)
        frame.looping -= 1
        ended = list(false)
        for after in merged([*states, *frame.continues], self.most_states):
            ended.extend(self.branch(node.test, after, frame)[1])
        ended = [*self.block(node.orelse, ended, frame), *frame.breaks]
        frame.breaks, frame.continues = outer
        return merged(ended, self.most_states)

    # --- contexts -----------------------------------------------------------------------------------

    def _with(self, node: With, state: State, frame: Frame) -> list[State]:
        suppressing = exceptions.suppressing(self, node, frame)
        if suppressing is not None:
            return exceptions.tried(self, suppressing, state, frame)
        states = [state]
        for item in node.items:
            following = []
            for one in states:
                for after, value in self.evaluate(item.context, one, frame):
                    for inside, entered in expressions.entered(self, value, after, frame, item.context.span):
                        bound = [inside] if item.target is None else self.bind(item.target, entered, inside, frame)
                        following.extend(bound)
            states = following
        return self.block(node.body, states, frame)

    # --- the rest --------------------------------------------------------------------------------------------------

    def _simple(self, node: Simple, state: State, frame: Frame) -> list[State]:
        if node.kind == "break":
            frame.breaks.append(state)
            return []
        if node.kind == "continue":
            frame.continues.append(state)
            return []
        return [state]

    def _delete(self, node: Delete, state: State, frame: Frame) -> list[State]:
        """`del holder["name"]`; what else is deleted is named no more."""
        states = [state]
        for target in node.targets:
            name = target.index.value if isinstance(target, Subscript) and isinstance(target.index, Const) else None
            if isinstance(target, Subscript) and isinstance(name, str):
                states = [done for one in states for done in self._delete_item(target.value, name, one, frame)]
        return states

    def _delete_item(self, holder: Expr, name: str, state: State, frame: Frame) -> list[State]:
        return [
            done
            for after, value in self.evaluate(holder, state, frame)
            for done in aliases.changed(
                self, holder, value, tuple(dicts.without(atom, name) for atom in value), after, frame
            )
        ]

    def _import(self, node: Import, state: State, frame: Frame) -> list[State]:
        state = state.copy()
        for alias in node.names:
            name = alias.asname or (alias.name if node.is_from else alias.name.split(".")[0])
            meaning = self.names.imported(frame.file, node, name)
            if meaning is not None:
                state.env[name] = self.meaning(meaning)
        return [state]

    def _define(self, node: FunctionDef, state: State, frame: Frame) -> list[State]:
        state = state.copy()
        bare = FunctionValue(frame.file, f"{frame.qualname}.{node.name}", node, None, 0, frame.owner)
        state.env[node.name] = (self.closures.defined(bare, {**frame.closure, **state.env}),)
        return [state]

    def _define_class(self, node: ClassDef, state: State, frame: Frame) -> list[State]:
        state = state.copy()
        definition = Definition("class", frame.file, node.name, node, node.name)
        state.env[node.name] = (ClassRef(frame.file, node.name, definition),)
        return [state]

    def _scope(self, node: Scope, state: State, frame: Frame) -> list[State]:
        return [state]

    # --- questions the other modules ask ---------------------------------------------------------------------------

    evaluate = expressions.evaluate
    branch = conditions.branch

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
        if isinstance(definition.node, FunctionDef):
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


def _without_rows(state: State, iterable: Value) -> State:
    """A loop that runs no time has met no rows and no keys: there is none that could owe a proof."""
    rows = {atom.number for atom in iterable if isinstance(atom, Rows | Result)}
    keys = {atom.key for atom in iterable if isinstance(atom, Scalar) and atom.origin == "client"}
    if not rows and not keys:
        return state
    state = state.copy()
    state.prove(rows)
    state.own(keys)
    return state


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


_STATEMENTS: dict[type[Node], Callable[[Machine, Any, State, Frame], list[State]]] = {
    ExprStmt: Machine._expression,
    Assign: Machine._assign,
    AnnAssign: Machine._annotated,
    AugAssign: Machine._augmented,
    Return: Machine._return,
    Raise: exceptions.raised,
    If: Machine._if,
    Assert: Machine._assert,
    For: Machine._for,
    While: Machine._while,
    Match: matching.matched,
    Try: exceptions.tried,
    With: Machine._with,
    Simple: Machine._simple,
    Delete: Machine._delete,
    Import: Machine._import,
    FunctionDef: Machine._define,
    ClassDef: Machine._define_class,
    Scope: Machine._scope,
}
