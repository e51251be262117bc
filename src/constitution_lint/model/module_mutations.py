"""For the prover: which modules, classes and lasting objects are changed by code elsewhere.

What a list holds into which anything is put is more than it began with when a request comes: hooks, plugins and
handlers are kept so. What another module sets (`cache.client = …`) is no more what the module itself assigns.
"""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Assign, Attribute, AugAssign, Call, Expr, ExprStmt, FunctionDef, Scope, Stmt
from constitution_lint.model import scopes
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name, walk_statements

PUTTING = frozenset({"append", "appendleft", "extend", "insert", "add", "update"})
"""Methods by which something comes into a list or a set."""
_MAKING = frozenset({"__init__", "__new__", "__post_init__", "model_post_init"})
"""What is put into an object's own list here, the object begins with."""


class Filled(NamedTuple):
    """Lists that are put into: of modules by file and name, of objects and classes by the attribute's name.

    `assigned` are names of modules that other modules set.
    """

    of_modules: frozenset[tuple[str, str]] = frozenset()
    attributes: frozenset[str] = frozenset()
    assigned: frozenset[tuple[str, str]] = frozenset()

    def holds(self, file: str, name: str) -> bool:
        """Is something put into a list that this file knows as `name`, or as `Class.name`?"""
        owner, _, own = name.rpartition(".")
        return own in self.attributes if owner else (file, name) in self.of_modules


@remembered
def filled_lists(project: Project) -> Filled:
    """Lists into which any code of the project puts something, beyond their making; names it sets in other modules."""
    known = names_of(project)
    modules: set[tuple[str, str]] = set()
    attributes: set[str] = set()
    assigned: set[tuple[str, str]] = set()
    for file in project.code:
        for written in _assigned_in(project, file):
            found = known.resolve(file, written)
            if found is not None and found.kind == "value" and found.file != file:
                assigned.add((found.file, found.name))
        for written in _put_into(project, file):
            found = known.resolve(file, written)
            if found is not None and found.kind == "value":
                modules.add((found.file, found.name))
            attributes.update(written.rpartition(".")[2:] if "." in written else ())
    return Filled(frozenset(modules), frozenset(attributes), frozenset(assigned))


@remembered
def _assigned_in(project: Project, file: str) -> tuple[str, ...]:
    """The attributes that a file sets on what it knows by a name of the module, as it writes them."""
    bound = names_of(project).scope(file).bound
    targets = (
        dotted_name(target)
        for statement in walk_statements(project.code[file].body)
        if type(statement) is Assign
        for target in statement.targets
        if type(target) is Attribute
    )
    return tuple(dict.fromkeys(written for written in targets if written.partition(".")[0] in bound))


@remembered
def _put_into(project: Project, file: str) -> tuple[str, ...]:
    """The lists a file puts something into, as it writes them ("hooks", "self.items"), without a function's own."""
    body = project.code[file].body
    found = dict.fromkeys(_receivers(walk_statements(body, into_definitions=False)))
    for function in walk_statements(body):
        if isinstance(function, FunctionDef) and function.name not in _MAKING:
            inside = list(_receivers(walk_statements(function.body, into_definitions=False)))
            own = _own_names(function) if any("." not in one for one in inside) else frozenset[str]()
            found.update(dict.fromkeys(one for one in inside if "." in one or one not in own))
    return tuple(found)


def _receivers(statements: Iterator[Stmt]) -> Iterator[str]:
    """What `x.append(…)`, `x += …` of some statements put into."""
    for statement in statements:
        target: Expr | None = None
        if type(statement) is ExprStmt:
            call = statement.value
            if type(call) is Call and type(call.func) is Attribute and call.func.attr in PUTTING:
                target = call.func.value
        elif type(statement) is AugAssign:
            target = statement.target
        written = dotted_name(target) if target is not None else ""
        if written:
            yield written


def _own_names(function: FunctionDef) -> frozenset[str]:
    """What a name means inside a function only."""
    inside = tuple(walk_statements(function.body, into_definitions=False))
    shared = {name for one in inside if isinstance(one, Scope) for name in one.names}
    bound = {param.name for param in function.params} | scopes.Scope(function.body).bound.keys()
    return frozenset(bound - shared)
