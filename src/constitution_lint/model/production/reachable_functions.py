"""For gate 5: handlers and the functions a request certainly runs, followed by names and written types."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Call,
    ClassDef,
    Expr,
    FunctionDef,
    Import,
    Name,
    Param,
    Return,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Route
from constitution_lint.model.contracts.matching import served_routes
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, names_of
from constitution_lint.model.operations.shapes import ModelOf, annotations_of, without_none
from constitution_lint.model.project import Project
from constitution_lint.model.scopes import Scope
from constitution_lint.model.walk import calls, dotted_name, walk_statements

_DEEPEST = 4
_MOST_FUNCTIONS = 200


class Code(NamedTuple):
    """A function in its file; `owner` is the class of a method."""

    file: str
    function: FunctionDef
    owner: Definition | None = None

    @property
    def location(self) -> Location:
        return Location(self.file, self.function.head)


class Handler(NamedTuple):
    """A function that answers requests, with every route that leads to it."""

    code: Code
    routes: tuple[Route, ...]

    @property
    def name(self) -> str:
        return self.routes[0].name


@remembered
def handlers(project: Project) -> tuple[Handler, ...]:
    """The handlers of the product, each once, in the order of their first routes."""
    found: dict[Location, list[Route]] = {}
    for route in served_routes(project):
        if route.handler is not None and is_product(route.handler.file):
            found.setdefault(route.handler.location, []).append(route)
    return tuple(Handler(_code(project, routes[0]), tuple(routes)) for routes in found.values())


def unread_handlers(project: Project) -> tuple[Route, ...]:
    """Routes whose handler is not known, or could not be read."""
    return tuple(route for route in served_routes(project) if route.handler is None)


def _code(project: Project, route: Route) -> Code:
    assert route.handler is not None
    class_name = route.handler.qualname.rpartition(".")[0]
    owner = names_of(project).resolve(route.handler.file, class_name) if class_name else None
    return Code(route.handler.file, route.handler.definition, owner if owner and owner.kind == "class" else None)


def reached(project: Project, start: Code) -> tuple[Code, ...]:
    """A function, its dependencies, and all they surely call, nearest first."""
    found: dict[Location, Code] = {start.location: start}
    waiting = [start]
    for code in waiting:
        for called in callees(project, code):
            if called.location not in found and len(found) < _MOST_FUNCTIONS:
                found[called.location] = called
                waiting.append(called)
    return tuple(found.values())


def callees(project: Project, code: Code) -> tuple[Code, ...]:
    """The project functions that one function surely calls, or depends on."""
    known = _known(project)
    if code.location not in known:
        reading = _Reading(project, code)
        found = [called for call in calls(code.function.body) for called in reading.called(call.func)]
        found += reading.dependencies(code.function.params)
        known[code.location] = tuple({called.location: called for called in found}.values())
    return known[code.location]


def dependencies(project: Project, code: Code, params: tuple[Param, ...]) -> tuple[Code, ...]:
    """The functions that FastAPI runs for some parameters of a function."""
    return tuple(_Reading(project, code).dependencies(params))


@remembered
def _known(project: Project) -> dict[Location, tuple[Code, ...]]:
    """What was found of this project so far, by the place of the calling function."""
    return {}


class _Reading:
    """Names and types inside one function."""

    def __init__(self, project: Project, code: Code) -> None:
        self.project = project
        self.names = names_of(project)
        self.code = code
        self.local = Scope(code.function.body).bound

    def called(self, func: Expr) -> Iterator[Code]:
        definition = self.definition(func)
        if definition is None:
            return
        if isinstance(definition.node, FunctionDef):
            owner = self.type_of(func.value) if isinstance(func, Attribute) else None
            yield Code(definition.file, definition.node, owner or self._class_of_method(definition))
        elif definition.kind == "class":
            made = self.names.member(definition, "__init__")
            if made is not None and isinstance(made.node, FunctionDef):
                yield Code(made.file, made.node, definition)

    def _class_of_method(self, definition: Definition) -> Definition | None:
        name = definition.name.rpartition(".")[0]
        owner = self.names.resolve(definition.file, name) if name else None
        return owner if owner is not None and owner.kind == "class" else None

    def definition(self, expression: Expr, depth: int = 0) -> Definition | None:
        """What an expression that is called leads to: a function, a class, a method of a typed receiver."""
        found = self._named(expression)
        if found is not None or not isinstance(expression, Attribute):
            return found
        owner = self.type_of(expression.value, depth + 1)
        return self.names.member(owner, expression.attr) if owner is not None else None

    def _named(self, expression: Expr) -> Definition | None:
        written = dotted_name(expression)
        first, _, rest = written.partition(".")
        local = self.local.get(first, ())
        if local and isinstance(local[0], Import):
            found = self.names.imported(self.code.file, local[0], first)
            if found is None or not rest:
                return found
            if found.kind == "module" and found.file in self.project.code:
                return self.names.resolve(found.file, rest)
            return self.names.member(found, rest) if found.kind == "class" else None
        if local or not written or any(param.name == first for param in self.code.function.params):
            return None
        return self.names.resolve(self.code.file, written)

    def type_of(self, expression: Expr, depth: int = 0) -> Definition | None:
        """The class of the project that an expression is an instance of, where that is written down."""
        if depth > _DEEPEST:
            return None
        if isinstance(expression, Call):
            made = self.definition(expression.func, depth + 1)
            return self._made(made, depth) if made is not None else None
        if isinstance(expression, Attribute) and dotted_name(expression.value) in ("self", "cls"):
            return self._of_attribute(expression.attr, depth)
        if isinstance(expression, Name):
            return self._of_name(expression.id, depth)
        named = self._named(expression)
        return self._of_value(named, depth) if named is not None else None

    def _made(self, made: Definition, depth: int) -> Definition | None:
        if made.kind == "class":
            return made
        return self._returned(made.file, made.node, depth) if isinstance(made.node, FunctionDef) else None

    def _returned(self, file: str, function: FunctionDef, depth: int) -> Definition | None:
        declared = self._annotated(file, function.returns)
        if declared is not None:
            return declared
        inner = _Reading(self.project, Code(file, function))
        values = [one.value for one in walk_statements(function.body, False) if isinstance(one, Return) and one.value]
        return inner.type_of(values[0], depth + 1) if len(values) == 1 else None

    def _of_name(self, name: str, depth: int) -> Definition | None:
        if name in ("self", "cls"):
            return self.code.owner
        for param in self.code.function.params:
            if param.name == name:
                return self._annotated(self.code.file, param.annotation) or self._provided(param.default, depth)
        for statement in self.local.get(name, ())[:1]:
            if isinstance(statement, Assign | AnnAssign) and statement.value is not None:
                return self.type_of(statement.value, depth + 1)
        if name in self.local:
            return None
        found = self.names.resolve(self.code.file, name)
        return self._of_value(found, depth) if found is not None else None

    def _provided(self, default: Expr | None, depth: int) -> Definition | None:
        """`= Depends(get_service)`: what the dependency returns."""
        for dependency in self._depended(default):
            return self._made(dependency, depth + 1)
        return None

    def _of_value(self, found: Definition, depth: int) -> Definition | None:
        """A value of some module: typed by its annotation or by what it was made from."""
        node = found.node
        if found.kind != "value" or not isinstance(node, Assign | AnnAssign):
            return None
        if isinstance(node, AnnAssign):
            declared = self._annotated(found.file, node.annotation)
            if declared is not None:
                return declared
        if isinstance(node.value, Call):
            made = self.names.resolve_expression(found.file, node.value.func)
            return self._made(made, depth + 1) if made is not None else None
        return None

    def _of_attribute(self, name: str, depth: int) -> Definition | None:
        """`self.repository`, as `__init__` sets it or the class declares it."""
        owner = self.code.owner
        if owner is None or not isinstance(owner.node, ClassDef):
            return None
        made = self.names.member(owner, "__init__")
        if made is not None and isinstance(made.node, FunctionDef):
            inner = _Reading(self.project, Code(made.file, made.node))
            for statement in walk_statements(made.node.body, False):
                for target, value in bound(statement):
                    if dotted_name(target) == f"self.{name}":
                        return inner.type_of(value, depth + 1)
        member = self.names.member(owner, name)
        return self._of_value(member, depth) if member is not None else None

    def _annotated(self, file: str, annotation: Expr | None) -> Definition | None:
        if annotation is None:
            return None
        typed = annotations_of(self.project).typed(file, annotation)
        if typed.leaf is not None:
            return typed.leaf if typed.leaf.kind == "class" else None
        shape = without_none(typed.shape)
        return shape.definition if isinstance(shape, ModelOf) else None

    def _depended(self, expression: Expr | None) -> Iterator[Definition]:
        for call in calls(expression) if expression is not None else ():
            if dotted_name(call.func).rpartition(".")[2] in ("Depends", "Security"):
                target = call.argument(0, "dependency")
                found = self.names.resolve_expression(self.code.file, target) if target is not None else None
                if found is not None:
                    yield found

    def dependencies(self, params: tuple[Param, ...]) -> Iterator[Code]:
        for param in params:
            found = [*self._depended(param.default)]
            if param.annotation is not None:
                found += self._depended(param.annotation)
                for file, item in annotations_of(self.project).typed(self.code.file, param.annotation).metadata:
                    found += _Reading(self.project, Code(file, self.code.function))._depended(item)
            for definition in found:
                if isinstance(definition.node, FunctionDef):
                    yield Code(definition.file, definition.node)


def bound(statement: object) -> Iterator[tuple[Expr, Expr]]:
    """The targets of an assignment with the value each gets."""
    if isinstance(statement, Assign):
        yield from ((target, statement.value) for target in statement.targets)
    elif isinstance(statement, AnnAssign) and statement.value is not None:
        yield statement.target, statement.value
