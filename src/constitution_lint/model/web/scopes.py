"""For the evaluation of scripts: what each name of a file is bound to, and by which function."""

from collections import defaultdict
from typing import NamedTuple

from constitution_lint.facts.web import MODULE, Assignment, Binding, Bound, FunctionAt, Member, Name, WebFacts


class Declared(NamedTuple):
    """A name bound by a declaration."""

    binding: Binding
    bound: Bound


class Given(NamedTuple):
    """A name bound by a parameter: its position and the way from the argument to the value."""

    position: int
    bound: Bound


class Imported(NamedTuple):
    module: str
    name: str


class Scopes:
    """The names of one file."""

    def __init__(self, facts: WebFacts) -> None:
        self.facts = facts
        self.declared: dict[tuple[int, str], list[Declared]] = defaultdict(list)
        self.given: dict[tuple[int, str], Given] = {}
        self.imported: dict[str, Imported] = {}
        self.assigned: dict[str, list[Assignment]] = defaultdict(list)
        self.members: dict[tuple[int, str], list[Assignment]] = defaultdict(list)
        """Assignments to `this.name` in the methods of a class, and to `Class.name`."""
        self.methods = self._methods()
        for binding in facts.bindings:
            for bound in binding.names:
                self.declared[binding.scope, bound.name].append(Declared(binding, bound))
        for index, function in enumerate(facts.functions):
            for position, parameter in enumerate(function.params):
                for bound in parameter.names:
                    self.given[index, bound.name] = Given(position, bound)
        self._read_imports()
        self._read_assignments()

    def owner(self, scope: int) -> int:
        """The class in one of whose methods a scope lies; -1 when it lies in none."""
        while scope != MODULE:
            if scope in self.methods:
                return self.methods[scope]
            scope = self.facts.functions[scope].scope
        return -1

    def lies_in(self, scope: int, function: int) -> bool:
        """Is a scope that of a function, or inside it?"""
        while scope not in (MODULE, function):
            scope = self.facts.functions[scope].scope
        return scope == function

    def _methods(self) -> dict[int, int]:
        """Methods, and the arrow functions that fields of a class hold."""
        found = {index: one.owner for index, one in enumerate(self.facts.functions) if one.owner >= 0}
        for number, one in enumerate(self.facts.classes):
            for member in one.members:
                if isinstance(member.value, FunctionAt):
                    found[member.value.index] = number
        return found

    def _read_imports(self) -> None:
        for written in self.facts.imports:
            if not written.type_only:
                for name in written.names:
                    if name.local and not name.type_only:
                        self.imported[name.local] = Imported(written.module, name.imported)

    def _read_assignments(self) -> None:
        classes = {one.name: number for number, one in enumerate(self.facts.classes)}
        for assignment in self.facts.assignments:
            target = assignment.target
            if isinstance(target, Name):
                self.assigned[target.id].append(assignment)
            elif isinstance(target, Member) and isinstance(target.object, Name):
                owner = self.owner(assignment.scope) if target.object.id == "this" else classes.get(target.object.id)
                if owner is not None:
                    self.members[owner, target.name].append(assignment)
