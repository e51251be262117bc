"""What a route answers: its success statuses, the errors raised on the way, and the model of what it returns."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Call, Const, DictDisplay, Expr, FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.operations.shapes import Annotations, Anything, Shape
from constitution_lint.model.operations.statuses import COMPUTED, Statuses
from constitution_lint.model.operations.types import Answers, Documented, Status
from constitution_lint.model.routing.types import Endpoint, Scoped
from constitution_lint.model.walk import calls, classes, dotted_name, walk_expressions

_MEDIA = {
    "HTMLResponse": "text/html",
    "PlainTextResponse": "text/plain",
    "StreamingResponse": "",
    "FileResponse": "",
    "RedirectResponse": "",
    "Response": "",
}
_FIELD_OPTIONS = ("response_model_exclude", "response_model_include")
_MOST_FUNCTIONS = 400
_DEEPEST_NAME = 4


class _Step(NamedTuple):
    """One function on the way of a request: what it may call and the errors it raises itself."""

    calls: tuple[tuple[str, FunctionDef], ...]
    raised: tuple[Status, ...]
    whole: bool
    """Are these all: is no status computed?"""


class AnswerReader:
    """Reads the answers of endpoints of one project."""

    def __init__(self, names: Names, annotations: Annotations) -> None:
        self.names = names
        self.annotations = annotations
        self.statuses = Statuses(names)
        self._steps: dict[tuple[str, int, int], _Step] = {}
        self._methods: dict[str, list[tuple[str, FunctionDef]]] | None = None

    def answers(self, endpoint: Endpoint) -> Answers:
        """The answers of one endpoint."""
        declared = self._declared(endpoint)
        successes, whole = self._successes(endpoint, declared)
        return Answers(
            successes=successes,
            declared=declared.code,
            errors=tuple(self.errors(endpoint)),
            errors_whole=all(step.whole for step in self._reached(endpoint)),
            model=self._model(endpoint),
            media=self._media(endpoint),
            whole=whole,
            field_options=tuple(self._field_options(endpoint)),
            documented=tuple(self._documented(endpoint)),
        )

    def _declared(self, endpoint: Endpoint) -> Status:
        """The status of the decorator; FastAPI's default is 200."""
        given = endpoint.decorator.keyword("status_code") if endpoint.decorator is not None else None
        code = self.statuses.number(endpoint.declared.file, given) if given is not None else None
        if code is None:
            code = endpoint.status_code if endpoint.status_code is not None else 200
        place = Location(endpoint.declared.file, given.span) if given is not None else endpoint.declared
        return Status(code, place)

    def _successes(self, endpoint: Endpoint, declared: Status) -> tuple[tuple[Status, ...], bool]:
        if endpoint.handler is None:
            return (declared,), True
        file, function = endpoint.handler.file, endpoint.handler.definition
        returned = list(self.statuses.returned(file, function))
        found: dict[int, Status] = {}
        if any(not one.is_response for one in returned) or not returned:
            found[declared.code] = declared
        whole = not any(one.is_response and one.status is None for one in returned)
        for one in returned:
            if one.is_response and one.status is not None and one.status < 400:
                found.setdefault(one.status, Status(one.status, one.location))
        for code, location in self.statuses.assigned(file, function):
            whole = whole and code is not None
            if code is not None and code < 400:
                found.setdefault(code, Status(code, location))
        return tuple(found.values()), whole

    def errors(self, endpoint: Endpoint) -> Iterator[Status]:
        """Every error status raised by the handler, its dependencies and what they call, each once, nearest first."""
        seen: set[int] = set()
        for step in self._reached(endpoint):
            for status in step.raised:
                if status.code not in seen:
                    seen.add(status.code)
                    yield status

    def _reached(self, endpoint: Endpoint) -> Iterator["_Step"]:
        """The functions a request may run, by name: a method that cannot be told is every method of that name."""
        waiting: deque[tuple[str, FunctionDef]] = deque()
        if endpoint.handler is not None:
            waiting.append((endpoint.handler.file, endpoint.handler.definition))
        for dependency in endpoint.dependencies:
            waiting += self._functions(dependency.file, dependency.expression)
        seen: set[tuple[str, int, int]] = set()
        while waiting and len(seen) < _MOST_FUNCTIONS:
            file, function = waiting.popleft()
            key = (file, function.head.line, function.head.column)
            if key not in seen:
                seen.add(key)
                if key not in self._steps:
                    self._steps[key] = self._step(file, function)
                yield self._steps[key]
                waiting += self._steps[key].calls

    def _step(self, file: str, function: FunctionDef) -> "_Step":
        found: dict[tuple[str, int, int], tuple[str, FunctionDef]] = {}
        for where, called in self._called(file, function):
            found.setdefault((where, called.head.line, called.head.column), (where, called))
        raised = tuple(self.statuses.raised(file, function.body))
        whole = all(status.code != COMPUTED for status in raised)
        return _Step(tuple(found.values()), tuple(status for status in raised if status.code >= 400), whole)

    def _called(self, file: str, function: FunctionDef) -> Iterator[tuple[str, FunctionDef]]:
        """What a function may run: what it calls, what it hands over, what its parameters depend on."""
        for call in calls(function):
            yield from self._functions(file, call.func)
            for argument in call.args:
                yield from self._passed(file, argument.value)
        for param in function.params:
            yield from self._passed(file, param.default)
            yield from self._dependencies(file, param.annotation)

    def _passed(self, file: str, value: Expr | None) -> list[tuple[str, FunctionDef]]:
        """A function handed over by name (`Depends(get_user)`)."""
        if value is None or not dotted_name(value):
            return []
        found = self.names.resolve_expression(file, value)
        return self._of_definition(found) if found is not None else []

    def _dependencies(self, file: str, annotation: Expr | None) -> list[tuple[str, FunctionDef]]:
        """The dependencies of `Annotated[User, Depends(get_user)]`, also behind an alias."""
        found: list[tuple[str, FunctionDef]] = []
        for where, item in self.annotations.typed(file, annotation).metadata:
            if isinstance(item, Call):
                for argument in item.args:
                    found += self._passed(where, argument.value)
                    found += self._functions(where, argument.value)
        return found

    def _functions(self, file: str, called: Expr) -> list[tuple[str, FunctionDef]]:
        if isinstance(called, Call):
            return [*self._functions(file, called.func), *(f for a in called.args for f in self._passed(file, a.value))]
        found = self.names.resolve_expression(file, called)
        if found is not None:
            return self._of_definition(found)
        attribute = getattr(called, "attr", "")
        if not attribute or attribute.startswith("__"):
            return []
        return self._named_methods().get(attribute, [])

    def _of_definition(self, found: Definition) -> list[tuple[str, FunctionDef]]:
        if isinstance(found.node, FunctionDef):
            return [(found.file, found.node)]
        if found.kind == "class":
            members = (self.names.member(found, name) for name in ("__init__", "__call__"))
            return [(m.file, m.node) for m in members if m is not None and isinstance(m.node, FunctionDef)]
        value = getattr(found.node, "value", None)
        if found.kind == "value" and isinstance(value, Call):
            return self._functions(found.file, value.func)
        return []

    def _named_methods(self) -> dict[str, list[tuple[str, FunctionDef]]]:
        if self._methods is None:
            self._methods = {}
            for file, facts in self.names.code.items():
                for one in classes(facts.body):
                    for inner in one.body:
                        if isinstance(inner, FunctionDef):
                            self._methods.setdefault(inner.name, []).append((file, inner))
        return self._methods

    def _model(self, endpoint: Endpoint) -> Shape | None:
        """The declared shape of the success; None when nothing is declared or a response object is."""
        if endpoint.response_model is not None:
            return self._shape(endpoint.response_model)
        decorator = endpoint.decorator
        if decorator is not None and isinstance(decorator.keyword("response_model"), Const):
            return None
        handler = endpoint.handler
        if handler is None or handler.definition.returns is None:
            return None
        if self._names_response(handler.file, handler.definition.returns):
            return None
        return self._shape(Scoped(handler.definition.returns, handler.file, handler.bound))

    def _shape(self, scoped: Scoped) -> Shape | None:
        typed = self.annotations.typed(scoped.file, scoped.expression)
        if isinstance(typed.shape, Anything) and typed.leaf is not None:
            return Anything(typed.shape.why or "not known")
        return typed.shape

    def _names_response(self, file: str, annotation: Expr) -> bool:
        """A return annotation that names a response class says nothing about fields."""
        for expression in walk_expressions(annotation):
            definition = self.names.resolve_expression(file, expression)
            if definition is None:
                continue
            if definition.kind == "external" and definition.name.endswith("Response"):
                return True
            if definition.kind == "class" and self.names.is_subclass(definition, "Response", "JSONResponse"):
                return True
        return False

    def _media(self, endpoint: Endpoint) -> str:
        given = endpoint.decorator.keyword("response_class") if endpoint.decorator is not None else None
        name = dotted_name(given).rpartition(".")[2]
        return _MEDIA.get(name, "application/json")

    def _field_options(self, endpoint: Endpoint) -> Iterator[str]:
        for option in _FIELD_OPTIONS:
            given = endpoint.decorator.keyword(option) if endpoint.decorator is not None else None
            for expression in walk_expressions(given) if given is not None else ():
                if isinstance(expression, Const) and isinstance(expression.value, str):
                    yield expression.value

    def _documented(self, endpoint: Endpoint) -> Iterator[Documented]:
        given = endpoint.decorator.keyword("responses") if endpoint.decorator is not None else None
        found: dict[int, Documented] = {}
        for file, key, value in self._entries(endpoint.declared.file, given):
            number = self.statuses.number(file, key)
            if number is not None:
                found[number] = self._entry(number, file, value)
        yield from found.values()

    def _entries(self, file: str, given: Expr | None, depth: int = 0) -> Iterator[tuple[str, Expr, Expr]]:
        """The pairs of a dictionary, of one a name holds or `**` spreads, each with the file its names belong to."""
        if depth > _DEEPEST_NAME:
            return
        if isinstance(given, DictDisplay):
            for key, value in given.items:
                if key is None:
                    yield from self._entries(file, value, depth + 1)
                else:
                    yield file, key, value
            return
        held = self.names.resolve_expression(file, given)
        if held is not None and held.kind == "value":
            yield from self._entries(held.file, getattr(held.node, "value", None), depth + 1)

    def _entry(self, code: int, file: str, value: Expr) -> Documented:
        pairs = value.items if isinstance(value, DictDisplay) else ()
        given = {key.value: one for key, one in pairs if isinstance(key, Const)}
        model, description = given.get("model"), given.get("description")
        shape = self._shape(Scoped(model, file)) if model is not None else None
        written = description.value if isinstance(description, Const) else None
        return Documented(code, shape, written if isinstance(written, str) else "")
