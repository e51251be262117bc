"""What a request must provide to a handler: parameters and bodies of the handler and all its dependencies.

The rules are FastAPI's (`fastapi.dependencies.utils.get_dependant`): a name in the path is a path parameter, scalars
come from the query, models from the body, unless `Query`, `Header`, `Body` and their like say otherwise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Call,
    ClassDef,
    Const,
    Expr,
    FunctionDef,
    Lambda,
    Name,
    Param,
    Return,
)
from constitution_lint.facts.location import START, Location
from constitution_lint.model.names import Definition
from constitution_lint.model.operations.models import Models, is_ellipsis
from constitution_lint.model.operations.shapes import (
    NOTHING,
    Annotations,
    Anything,
    Either,
    File,
    ListOf,
    MapOf,
    ModelOf,
    Scalar,
    Shape,
    Typed,
    is_scalar,
    without_none,
)
from constitution_lint.model.operations.types import BodyPart, Inputs, Place, SecurityScheme, ServedParameter
from constitution_lint.model.routing.types import Endpoint, Handler, Scoped
from constitution_lint.model.walk import dotted_name, walk_statements

_SOURCES = frozenset({"Query", "Path", "Header", "Cookie", "Body", "Form", "File"})
_PASSED_IN = frozenset(
    [
        "Request",
        "WebSocket",
        "HTTPConnection",
        "Response",
        "BackgroundTasks",
        "SecurityScopes",
        "StreamingResponse",
        "JSONResponse",
    ]
)
_SCHEMES = frozenset(
    [
        "OAuth2PasswordBearer",
        "OAuth2AuthorizationCodeBearer",
        "OAuth2",
        "HTTPBearer",
        "HTTPBasic",
        "HTTPDigest",
        "APIKeyHeader",
        "APIKeyQuery",
        "APIKeyCookie",
        "OpenIdConnect",
    ]
)
_FORMS = frozenset({"OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"})
_DEEPEST = 12


@dataclass
class _Collected:
    """What is gathered while dependencies are followed."""

    path_names: frozenset[str]
    parameters: dict[tuple[str, str], ServedParameter] = field(default_factory=dict)
    body: dict[str, BodyPart] = field(default_factory=dict)
    schemes: dict[str, SecurityScheme] = field(default_factory=dict)
    why: str = ""
    seen: set[tuple[str, object]] = field(default_factory=set)


class InputReader:
    """Reads the inputs of endpoints of one project."""

    def __init__(self, annotations: Annotations, models: Models) -> None:
        self.annotations = annotations
        self.names = annotations.names
        self.models = models

    def inputs(self, endpoint: Endpoint) -> Inputs:
        """The inputs of one endpoint, its router's and application's dependencies included."""
        found = _Collected(frozenset(re.findall(r"\{(\w+)(?::\w+)?\}", endpoint.path)))
        for dependency in endpoint.dependencies:
            self._dependency(found, dependency, 0)
        if endpoint.handler is not None:
            self._function(found, endpoint.handler, 0)
        return Inputs(
            tuple(found.parameters.values()),
            tuple(found.body.values()),
            tuple(found.schemes.values()),
            not found.why,
            found.why,
        )

    def _function(self, found: _Collected, handler: Handler, depth: int) -> None:
        params = handler.definition.params
        if handler.owner is not None and params and not _is_static(handler.definition):
            params = params[1:]
        bound = dict(handler.bound)
        for param in params:
            if param.kind not in ("args", "kwargs"):
                self._parameter(found, handler.file, param, bound, depth)

    def _parameter(self, found: _Collected, file: str, param: Param, bound: dict[str, Scoped], depth: int) -> None:
        typed = self.annotations.typed(file, param.annotation)
        calls = [(where, item) for where, item in typed.metadata if isinstance(item, Call)]
        default = param.default
        marked = self._marker(file, default)
        if marked is not None:
            calls.append(marked)
            default = None
        for where, call in calls:
            name = self._called(where, call)
            if name in ("Depends", "Security"):
                target = call.argument(0, "dependency")
                self._depended(found, where, target, typed, bound, depth)
                return
        source = next(((w, c) for w, c in reversed(calls) if self._called(w, c) in _SOURCES), None)
        if marked is not None and source is not None and source[1] is marked[1]:
            call = marked[1]
            default = call.argument(0, "default") or call.keyword("default_factory")
        self._value(found, file, param, typed, source, default)

    def _marker(self, file: str, default: Expr | None) -> tuple[str, Call] | None:
        """`Depends(…)`, `Query(…)` and the like, as the default itself or under the name that it is kept by."""
        if isinstance(default, Call):
            return (file, default) if self._called(file, default) in _SOURCES | {"Depends", "Security"} else None
        if not isinstance(default, Name | Attribute):
            return None
        definition = self.names.resolve_expression(file, default)
        node = definition.node if definition is not None else None
        kept = node.value if definition is not None and isinstance(node, Assign | AnnAssign) else None
        return self._marker(definition.file, kept) if definition is not None and isinstance(kept, Call) else None

    def _depended(
        self,
        found: _Collected,
        file: str,
        target: Expr | None,
        typed: Typed,
        bound: dict[str, Scoped],
        depth: int,
    ) -> None:
        """`Depends(target)`; without a target the annotation's class is the dependency."""
        if target is not None:
            scoped = bound.get(target.id) if isinstance(target, Name) else None
            self._dependency(found, scoped or Scoped(target, file, tuple(bound.items())), depth + 1)
            return
        definition = typed.shape.definition if isinstance(typed.shape, ModelOf) else typed.leaf
        if definition is None:
            found.why = found.why or "a dependency without a class"
        else:
            self._definition(found, definition, depth + 1)

    def _dependency(self, found: _Collected, scoped: Scoped, depth: int) -> None:
        key = (scoped.file, scoped.expression)
        if depth > _DEEPEST or key in found.seen:
            return
        found.seen.add(key)
        handler = getattr(scoped, "handler", None)
        if isinstance(handler, Handler):
            self._function(found, handler, depth)
            return
        expression, file = scoped.expression, scoped.file
        bound = dict(scoped.bound)
        if isinstance(expression, Name) and expression.id in bound:
            self._dependency(found, bound[expression.id], depth + 1)
        elif isinstance(expression, Call):
            name = self._called(file, expression)
            inner = expression.argument(0, "dependency")
            if name in ("Depends", "Security") and inner is not None:
                self._dependency(found, Scoped(inner, file, scoped.bound), depth + 1)
            else:
                self._instance(found, file, expression, "", depth)
        elif isinstance(expression, Lambda):
            for param in expression.params:
                self._parameter(found, file, param, bound, depth)
        else:
            definition = self.names.resolve_expression(file, expression)
            if definition is None:
                found.why = found.why or f"{dotted_name(expression) or 'a dependency'} is not known"
            else:
                self._definition(found, definition, depth)

    def _definition(self, found: _Collected, definition: Definition, depth: int) -> None:
        node = definition.node
        if definition.kind == "external":
            self._external(found, definition)
        elif isinstance(node, FunctionDef):
            owner = None
            if "." in definition.name:
                owner = self.names.resolve(definition.file, definition.name.split(".")[0])
            self._function(found, Handler(definition.file, definition.name, node, owner=owner), depth)
        elif isinstance(node, ClassDef):
            self._class(found, definition, depth)
        elif isinstance(node, Assign | AnnAssign) and isinstance(node.value, Call):
            self._instance(found, definition.file, node.value, definition.name, depth)
        elif isinstance(node, Assign | AnnAssign) and node.value is not None:
            self._dependency(found, Scoped(node.value, definition.file), depth + 1)
        else:
            found.why = found.why or f"{definition.name} cannot be followed"

    def _class(self, found: _Collected, definition: Definition, depth: int) -> None:
        """A class as dependency is called: its `__init__` counts, or the fields of a model or dataclass."""
        made = self.names.member(definition, "__init__")
        if made is not None and isinstance(made.node, FunctionDef):
            self._function(found, Handler(made.file, made.name, made.node, owner=definition), depth)
            return
        if self.annotations.is_model(definition):
            for model_field in self.models.fields(ModelOf(definition)).fields:
                place: Place = "path" if model_field.name in found.path_names else "query"
                if is_scalar(model_field.shape):
                    self._keep(
                        found,
                        ServedParameter(
                            model_field.alias,
                            place,
                            model_field.required,
                            model_field.shape,
                            model_field.location,
                            model_field.default,
                        ),
                    )

    def _external(self, found: _Collected, definition: Definition) -> None:
        if definition.name in _FORMS:
            location = Location(definition.file or "", START)
            for name, required in _FORM_FIELDS:
                shape: Shape = Scalar("string") if required or name == "scope" else Either((Scalar("string"), NOTHING))
                found.body.setdefault(name, BodyPart(name, "form", required, shape, location))
        elif definition.name in _SCHEMES:
            self._scheme(found, definition.name, definition.name, Location("", START), ())
        elif not definition.dotted.startswith(("fastapi", "starlette", "sqlalchemy", "sqlmodel")):
            found.why = found.why or f"{definition.dotted} is not of this project"

    def _instance(self, found: _Collected, file: str, call: Call, name: str, depth: int) -> None:
        """A dependency made by a call: a security scheme, an object with `__call__`, or what a function returns."""
        definition = self.names.resolve_expression(file, call.func)
        if definition is None:
            found.why = found.why or f"{dotted_name(call.func) or 'a call'} is not known"
        elif definition.kind == "external" and definition.name in _SCHEMES:
            self._scheme(found, definition.name, definition.name, Location(file, call.span), _literals(call))
        elif definition.kind == "external":
            self._external(found, definition)
        elif isinstance(definition.node, ClassDef):
            self._of_class(found, definition, file, call, depth)
        elif isinstance(definition.node, FunctionDef):
            self._returned(found, definition, definition.node, call, file, depth)
        else:
            found.why = found.why or f"{name or definition.name} cannot be followed"

    def _of_class(self, found: _Collected, definition: Definition, file: str, call: Call, depth: int) -> None:
        scheme = next(
            (
                base.name
                for base in self.names.ancestors(definition)
                if base.kind == "external" and base.name in _SCHEMES
            ),
            None,
        )
        if scheme is not None:
            self._scheme(found, definition.name, scheme, Location(file, call.span), _literals(call))
            return
        called = self.names.member(definition, "__call__")
        if called is not None and isinstance(called.node, FunctionDef):
            self._function(found, Handler(called.file, called.name, called.node, owner=definition), depth + 1)
        else:
            found.why = found.why or f"{definition.name} has no __call__"

    def _returned(
        self, found: _Collected, definition: Definition, function: FunctionDef, call: Call, file: str, depth: int
    ) -> None:
        """A factory of dependencies: the function it returns, its own parameters bound to the arguments."""
        inner = {one.name: one for one in walk_statements(function.body) if isinstance(one, FunctionDef)}
        for statement in walk_statements(function.body, into_definitions=False):
            if isinstance(statement, Return) and isinstance(statement.value, Name) and statement.value.id in inner:
                bound = tuple(_arguments(function, call, file))
                made = Handler(definition.file, function.name, inner[statement.value.id], bound)
                self._function(found, made, depth + 1)
                return
            if isinstance(statement, Return) and statement.value is not None:
                self._dependency(found, Scoped(statement.value, definition.file), depth + 1)
                return
        found.why = found.why or f"what {function.name} returns is not known"

    def _scheme(
        self, found: _Collected, name: str, kind: str, location: Location, settings: tuple[tuple[str, str], ...]
    ) -> None:
        name = dict(settings).get("scheme_name", name)
        found.schemes.setdefault(name, SecurityScheme(name, kind, location, settings))

    def _value(
        self,
        found: _Collected,
        file: str,
        param: Param,
        typed: Typed,
        source: tuple[str, Call] | None,
        default: Expr | None,
    ) -> None:
        """A parameter that takes a value from the request."""
        location = Location(file, param.span)
        kind = self._called(*source) if source is not None else ""
        words = {arg.name: arg.value for arg in source[1].args if arg.name} if source is not None else {}
        required = default is None or is_ellipsis(default)
        if kind == "" and (self._is_passed_in(typed) or _is_unusable(typed)):
            if typed.leaf is not None and not self._is_passed_in(typed):
                found.why = found.why or f"{typed.leaf.name} is not known"
            return
        alias = words.get("alias")
        name = alias.value if isinstance(alias, Const) and isinstance(alias.value, str) else param.name
        shape = typed.shape
        if param.name in found.path_names or name in found.path_names:
            self._keep(found, ServedParameter(name, "path", True, shape, location))
        elif kind in ("Query", "Header", "Cookie", "Path"):
            self._explicit(found, kind, name, param, shape, location, required, default, words)
        elif kind in ("Body", "Form", "File") or not is_scalar(shape):
            self._bodied(found, kind, name, shape, location, required, default, words)
        else:
            self._keep(found, ServedParameter(name, "query", required, shape, location, default))

    def _explicit(
        self,
        found: _Collected,
        kind: str,
        name: str,
        param: Param,
        shape: Shape,
        location: Location,
        required: bool,
        default: Expr | None,
        words: dict[str, Expr],
    ) -> None:
        place: Place = "header" if kind == "Header" else "cookie" if kind == "Cookie" else "query"
        if kind == "Path":
            place = "path"
        keeps = words.get("convert_underscores")
        if place == "header" and name == param.name and not (isinstance(keeps, Const) and keeps.value is False):
            name = name.replace("_", "-")
        bare = without_none(shape)
        if isinstance(bare, ModelOf):
            for inner in self.models.fields(bare).fields:
                parameter = ServedParameter(
                    inner.alias, place, inner.required, inner.shape, inner.location, inner.default
                )
                self._keep(found, parameter)
            return
        shown = words.get("include_in_schema")
        hidden = isinstance(shown, Const) and shown.value is False
        self._keep(found, ServedParameter(name, place, required, shape, location, default, hidden))

    def _bodied(
        self,
        found: _Collected,
        kind: str,
        name: str,
        shape: Shape,
        location: Location,
        required: bool,
        default: Expr | None,
        words: dict[str, Expr],
    ) -> None:
        embed = words.get("embed")
        is_file = kind == "File" or _has_file(shape)
        found.body.setdefault(
            name,
            BodyPart(
                name,
                "file" if is_file else "form" if kind == "Form" else "json",
                required,
                shape,
                location,
                isinstance(embed, Const) and embed.value is True,
                default,
            ),
        )

    def _keep(self, found: _Collected, parameter: ServedParameter) -> None:
        found.parameters.setdefault((parameter.place, parameter.name), parameter)

    def _is_passed_in(self, typed: Typed) -> bool:
        """Objects of the framework that are no part of the request's data."""
        leaf = typed.leaf
        return leaf is not None and leaf.kind == "external" and leaf.name in _PASSED_IN

    def _called(self, file: str, call: Call) -> str:
        """The external function a call names, by its own name also when it is imported under another."""
        definition = self.names.resolve_expression(file, call.func)
        if definition is not None and definition.kind == "external":
            return definition.name
        return dotted_name(call.func).rpartition(".")[2] if definition is None else ""


_FORM_FIELDS = (
    ("grant_type", False),
    ("username", True),
    ("password", True),
    ("scope", False),
    ("client_id", False),
    ("client_secret", False),
)


def _is_unusable(typed: Typed) -> bool:
    """A class that is no model: FastAPI would refuse the handler, so something else must be meant."""
    return isinstance(typed.shape, Anything) and bool(typed.shape.why) and typed.leaf is not None


def _has_file(shape: Shape) -> bool:
    if isinstance(shape, Either):
        return any(_has_file(option) for option in shape.options)
    if isinstance(shape, ListOf):
        return _has_file(shape.items)
    return isinstance(shape, File) or (isinstance(shape, MapOf) and _has_file(shape.values))


def _is_static(function: FunctionDef) -> bool:
    return any(dotted_name(decorator) == "staticmethod" for decorator in function.decorators)


def _literals(call: Call) -> tuple[tuple[str, str], ...]:
    """The settings of a security scheme that are literals; the first positional one is its address or name."""
    found = [
        (arg.name or "first", str(arg.value.value))
        for arg in call.args
        if isinstance(arg.value, Const) and arg.name not in ("*", "**")
    ]
    return tuple(found)


def _arguments(function: FunctionDef, call: Call, file: str) -> Iterator[tuple[str, Scoped]]:
    for index, param in enumerate(function.params):
        given = call.argument(index, param.name)
        if given is not None:
            yield param.name, Scoped(given, file)
