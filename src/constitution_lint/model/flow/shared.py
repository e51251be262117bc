"""What all runs over one project share: module-level values with their objects, closures, numbers and summaries."""

from typing import TYPE_CHECKING

from constitution_lint.config import Declared
from constitution_lint.facts.code import AnnAssign, Assign, Collection, Expr, FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.model.flow import expressions, rebinding, remembering
from constitution_lint.model.flow.captured import Closures
from constitution_lint.model.flow.numbering import Numbering
from constitution_lint.model.flow.record import Register
from constitution_lint.model.flow.requested import Request
from constitution_lint.model.flow.state import WORDS, Attributes, State
from constitution_lint.model.flow.summaries import Summaries
from constitution_lint.model.flow.values import ClassRef, Kept, Opaque, Value, union
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.tools import Tool, tools_near

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine


class Shared:
    """What all runs over one project share: module-level values, their objects, and the counter of rows and objects."""

    def __init__(
        self, tools: tuple[Tool, ...] = (), guards: tuple[Declared, ...] = (), backends: tuple[str, ...] = ()
    ) -> None:
        self.tools = tools
        self.guards = guards
        self._backends = backends
        self._served: dict[str, tuple[Tool, ...]] = {}
        self.called_tools: set[Location] = set()
        """Tools that a request runs with arguments of its own: they are judged there."""
        self.heap: dict[int, Attributes] = {}
        self.rows = Register()
        """Rows that the module level loads and makes."""
        self.closures = Closures()
        self.numbering = Numbering(self.closures)
        self.constants: dict[tuple[str, str], Value] = {}
        self.remembered: dict[Kept, remembering.Remembered | None] = {}
        self._rebindings: dict[str, dict[str, list[tuple[FunctionDef, Expr]]]] = {}
        self.last = WORDS
        self.steps = 0
        """How many were taken at the module level."""
        self.summaries: Summaries = {}
        self.request = Request()

    def served_to(self, file: str) -> tuple[Tool, ...]:
        """The tools of the MCP servers that a file may ask."""
        if file not in self._served:
            served = tuple(tool for tool in self.tools if tool.kind == "MCP tool")
            self._served[file] = tools_near(served, self._backends, file)
        return self._served[file]

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
            self._rebindings[file] = rebinding.rebindings_of(names.code[file].body)
        return self._rebindings[file]

    def _evaluate(self, machine: "Machine", definition: Definition) -> Value:
        from constitution_lint.model.flow.machine import MOST_STEPS, BudgetExceeded, Machine

        if self.steps > MOST_STEPS * 10:
            return (Opaque(f"{definition.name} is not computed: the module level takes too many steps"),)
        apart = Machine(machine.names, machine.ownership, self, self.rows)
        apart.module_level, apart.stack = True, machine.stack
        try:
            pairs = [
                *self._initial(apart, definition),
                *rebinding.rebound(apart, definition.file, definition.name),
            ]
        except BudgetExceeded:
            return (Opaque(f"{definition.name} takes too many steps to compute"),)
        finally:
            self.steps += apart.steps
        for state, _ in pairs:
            self.keep(state)
        named = [expressions.named_switch(value, state, definition.name) for state, value in pairs]
        found = [remembering.begun_empty(value, definition) for value in named]
        return union(*found) if found else (Opaque(f"{definition.name} always raises"),)

    def _initial(self, machine: "Machine", definition: Definition) -> list[tuple[State, Value]]:
        """What the module itself assigns."""
        from constitution_lint.model.flow.machine import Frame

        node = definition.node
        value = node.value if isinstance(node, Assign | AnnAssign) else None
        if value is None:
            return [(State(), (Opaque(f"{definition.name} has no value that can be read"),))]
        if isinstance(node, Assign) and isinstance(node.targets[0], Collection):
            return [(State(), (Opaque(f"{definition.name} is unpacked"),))]
        return machine.evaluate(value, State(), Frame(definition.file, "<module>"))
