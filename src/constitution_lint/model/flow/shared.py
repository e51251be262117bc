"""What all runs over one project share: module-level values with their objects, closures, numbers and summaries."""

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from constitution_lint.config import Declared
from constitution_lint.facts.code import AnnAssign, Assign, Collection, Expr, FunctionDef, Name, Stmt
from constitution_lint.model.dependency_overrides import Overrides
from constitution_lint.model.flow.captured import Closures
from constitution_lint.model.flow.fastapi.request_texts import Request
from constitution_lint.model.flow.language import exceptions, expressions, global_names, module_caches, starting
from constitution_lint.model.flow.language.inert import Inert
from constitution_lint.model.flow.libraries import dependency_injector, injection
from constitution_lint.model.flow.limits import MOST_STEPS, BudgetExceeded
from constitution_lint.model.flow.numbering import Numbering
from constitution_lint.model.flow.record import Register
from constitution_lint.model.flow.state import RESERVED, Env, State
from constitution_lint.model.flow.summaries import Summaries
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import NONE, ClassRef, Kept, Made, Opaque, Value
from constitution_lint.model.flow.variables import Attributes
from constitution_lint.model.module_mutations import Filled
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.tools import Tool, tools_near
from constitution_lint.model.walk import walk_expressions

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine


class Shared:
    """What all runs over one project share: module-level values, their objects, and the counter of rows and objects."""

    def __init__(
        self,
        tools: tuple[Tool, ...] = (),
        guards: tuple[Declared, ...] = (),
        backends: tuple[str, ...] = (),
        filled: Callable[[], Filled] = Filled,
        answering: Callable[[], dict[str, Definition]] = dict,
        overrides: Overrides | None = None,
    ) -> None:
        self.tools = tools
        self.guards = guards
        self._filled = filled
        self.asked_what_is_filled = False
        self._answering = answering
        self.asked_who_answers = False
        self.overrides = overrides or {}
        self.bindings: dict[tuple[str, str], tuple[Definition, ...]] | None = None
        """What containers make for interfaces, once that was asked (`container_bindings`)."""
        self.asked_what_starts = False
        """Was code looked for, wherever it stands, that runs as an application starts (`starting`)?"""
        self._backends = backends
        self._served: dict[str, tuple[Tool, ...]] = {}
        self.heap: dict[int, Attributes] = {}
        self.rows = Register()
        """Rows that the module level loads and makes."""
        self.closures = Closures()
        self.numbering = Numbering(self.closures)
        self.constants: dict[tuple[str, str], Value] = {}
        self.registered: dict[Kept, Value] = {}
        self.set_on_names: dict[str, frozenset[tuple[str, str]]] = {}
        """By file, names with the attributes that are set on what they mean (`attributes`)."""
        self.putting: dict[str, tuple[Stmt, ...]] = {}
        """By file, the statements by which something may come into a dict or list (`registries`)."""
        self.bound: dict[Hashable, Value] = {}
        self._provided: dict[Hashable, Value] = {}
        self.remembered: dict[Kept, module_caches.Remembered | None] = {}
        self.started: dict[starting.Piece, starting.Assignments] = {}
        """What code set that runs as the application starts, as far as that was asked."""
        self.lazy_attributes: dict[Hashable, Value] = {}
        """What the methods of a class set attributes to that its objects begin without (`lazy_attributes`)."""
        self.application: dict[str, Value] | None = None
        """What an application's state holds by name, once that was asked (`application_state`)."""
        self._validating: frozenset[str] | None = None
        self._rebindings: dict[str, dict[str, list[tuple[FunctionDef, Expr]]]] = {}
        self.last = RESERVED
        self.steps = 0
        """How many were taken at the module level."""
        self.summaries: Summaries = {}
        self.request = Request()
        self.inert = Inert()

    def served_to(self, file: str) -> tuple[Tool, ...]:
        """The tools of the MCP servers that a file may ask."""
        if file not in self._served:
            served = tuple(tool for tool in self.tools if tool.kind == "MCP tool")
            self._served[file] = tools_near(served, self._backends, file)
        return self._served[file]

    def is_filled(self, file: str, name: str) -> bool:
        """Does any code put something into the list of this name, of a module, a class or an object of the file?"""
        self.asked_what_is_filled = True
        return self._filled().holds(file, name)

    def is_assigned(self, file: str, name: str) -> bool:
        """Does another module set this name of the file's module?"""
        self.asked_what_is_filled = True
        return (file, name) in self._filled().assigned

    def answering(self, raised: Iterable[str]) -> Definition | None:
        """The function of the project that answers an exception, of which the classes are named, nearest first."""
        self.asked_who_answers = True
        known = self._answering()
        return next((known[name] for name in raised if name in known), None)

    def next_number(self) -> int:
        self.last += 1
        return self.last

    def constant(self, machine: "Machine", definition: Definition) -> Value:
        """The value of a module-level or class-level assignment; a table of SQLAlchemy Core is itself."""
        key = (definition.file, definition.name)
        if machine.ownership.find(definition) is not None:
            return (ClassRef(definition.file, definition.name, definition),)
        if key not in self.constants:
            self.constants[key] = (Opaque(f"{definition.name} is defined by itself"),)
            self.constants[key] = self._evaluate(machine, definition)
        return self.constants[key]

    def keep(self, state: State) -> None:
        """The objects of a path outlive it; what belongs to a request does not."""
        for number, held in state.objects():
            self.put(number, held)

    def put(self, number: int, attributes: Attributes) -> None:
        self.heap[number] = {**self.heap.get(number, {}), **attributes}

    def rebindings(self, names: Names, file: str) -> dict[str, list[tuple[FunctionDef, Expr]]]:
        """The module-level names of a file that its functions bind anew."""
        if file not in self._rebindings:
            self._rebindings[file] = global_names.rebindings_of(names.code[file].body)
        return self._rebindings[file]

    def raised_by_validators(self, names: Names) -> frozenset[str]:
        """The exceptions of the project that validators of its models raise, with their bases."""
        if self._validating is None:
            self._validating = exceptions.raised_by_validators(names)
        return self._validating

    def _evaluate(self, machine: "Machine", definition: Definition) -> Value:
        from constitution_lint.model.flow.machine import Machine

        if self.steps > MOST_STEPS * 10:
            return (Opaque(f"{definition.name} is not computed: the module level takes too many steps"),)
        apart = Machine(machine.names, machine.ownership, self, self.rows)
        apart.module_level, apart.stack = True, machine.stack
        try:
            begun = self._initial(apart, definition)
            later = global_names.rebound_values(apart, definition.file, definition.name)
            is_made = bool(later) and global_names.is_made_when_asked(apart, definition.file, definition.name)
            pairs = later if is_made and all(value == NONE for _, value in begun) else [*begun, *later]
        except BudgetExceeded:
            return (Opaque(f"{definition.name} takes too many steps to compute"),)
        finally:
            self.steps += apart.steps
        for state, _ in pairs:
            self.keep(state)
        named = [
            dependency_injector.named(expressions.named_switch(value, state, definition.name), definition.name)
            for state, value in pairs
        ]
        found = [module_caches.initial_value(machine, value, definition.file, definition.name) for value in named]
        if self.is_assigned(definition.file, definition.name):
            found.append((Opaque(f"{definition.name} is set by another module"),))
        return union(*found) if found else (Opaque(f"{definition.name} always raises"),)

    def _initial(self, machine: "Machine", definition: Definition) -> list[tuple[State, Value]]:
        """What the module itself assigns."""
        from constitution_lint.model.flow.machine import Frame

        node = definition.node
        value = node.value if isinstance(node, Assign | AnnAssign) else None
        if value is None:
            return [(State(), (Opaque(f"{definition.name} has no value that can be read"),))]
        frame = Frame(definition.file, "<module>")
        frame.closure = self._of_class(machine, definition, value)
        pairs = machine.evaluate(value, State(), frame)
        if not isinstance(node, Assign) or not isinstance(node.targets[0], Collection):
            return pairs
        name, unpacked = definition.name.rpartition(".")[2], (Opaque(f"{definition.name} is unpacked"),)
        bound = (done for state, held in pairs for done in machine.bind(node.targets[0], held, state, frame))
        return [(done, done.env.get(name, unpacked)) for done in bound]

    def _of_class(self, machine: "Machine", definition: Definition, value: Expr) -> Env:
        """What names in the body of a class mean that the class itself binds."""
        owner = machine.names.resolve(definition.file, definition.name.rpartition(".")[0])
        if owner is None or owner.kind != "class":
            return {}
        names = sorted({one.id for one in walk_expressions(value) if isinstance(one, Name)})
        found = [(name, machine.names.member(owner, name)) for name in names]
        return {name: machine.meaning(member) for name, member in found if member is not None and member != definition}

    def provided(self, machine: "Machine", atom: Made, arguments: "Arguments | None" = None) -> Value:
        """What a container provides: made once, of what the module level knows."""
        key = atom, arguments.frozen if arguments is not None else None
        if key not in self._provided:
            self._provided[key] = (Opaque(f"what needs itself {injection.PROVIDED}", credential=True),)
            self._provided[key] = self.made_before(
                machine, lambda apart: [(State(), dependency_injector.provided(apart, atom, arguments))]
            )
        return self._provided[key]

    def registered_object(self, machine: "Machine", file: str, expression: Expr) -> Value:
        """An object that code makes on the spot to keep it, as far as the module level knows its arguments."""
        from constitution_lint.model.flow.machine import Frame

        return self.made_before(machine, lambda apart: apart.evaluate(expression, State(), Frame(file, "<module>")))

    def made_before(self, machine: "Machine", work: Callable[["Machine"], list[tuple[State, Value]]]) -> Value:
        """What is made before any request, with the objects in it; `work` is done by a machine at the module level."""
        from constitution_lint.model.flow.machine import Machine

        apart = Machine(machine.names, machine.ownership, self, self.rows)
        apart.module_level, apart.stack = True, machine.stack
        pairs: list[tuple[State, Value]] = []
        try:
            if self.steps <= MOST_STEPS * 10:
                pairs = work(apart)
        except BudgetExceeded:
            pairs = []
        finally:
            self.steps += apart.steps
        for state, _ in pairs:
            self.keep(state)
        found = [value for _, value in pairs]
        return union(*found) if found else (Opaque("what takes too long to make, or always raises", credential=True),)
