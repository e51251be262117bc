"""For served operations: the fields of pydantic and SQLModel classes, with inheritance, aliases and defaults.

pydantic 2 takes every annotated name of a class body and its bases as a field, except ClassVar, private names, and what
SQLModel knows as a relationship.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from constitution_lint.facts.code import (
    AnnAssign,
    Arg,
    Assign,
    Call,
    ClassDef,
    Const,
    DictDisplay,
    Expr,
    FunctionDef,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.names import Definition
from constitution_lint.model.operations.shapes import (
    Annotations,
    Anything,
    Either,
    EnumOf,
    ListOf,
    MapOf,
    ModelOf,
    Shape,
)
from constitution_lint.model.walk import dotted_name


@dataclass(frozen=True)
class ModelField:
    """`name` is the Python name, `alias` the name in JSON. `computed` fields exist in answers alone."""

    name: str
    alias: str
    shape: Shape
    required: bool
    location: Location
    computed: bool = False
    excluded: bool = False
    default: Expr | None = None


@dataclass(frozen=True)
class ModelFields:
    """The fields of a class. `whole` is False when a base class or a decorator hides some."""

    fields: tuple[ModelField, ...]
    whole: bool = True
    root: Shape | None = None
    """What a RootModel consists of."""
    allows_more: bool = False


class Models:
    """The fields of the models of one project, each class read once."""

    def __init__(self, annotations: Annotations) -> None:
        self.annotations = annotations
        self.names = annotations.names
        self._known: dict[tuple[str, str], ModelFields] = {}

    def fields(self, model: ModelOf) -> ModelFields:
        definition = model.definition
        key = (definition.file, definition.name)
        if key not in self._known:
            self._known[key] = self._read(definition)
        found = self._known[key]
        return _filled(found, model.arguments) if model.arguments else found

    def enumeration(self, shape: EnumOf) -> tuple[str | int | float | bool | None, ...]:
        """The values of an enumeration, those that are literals."""
        node = shape.definition.node
        body = node.body if isinstance(node, ClassDef) else ()
        found: list[str | int | float | bool | None] = []
        for statement in body:
            if isinstance(statement, Assign) and isinstance(statement.value, Const):
                found.append(statement.value.value)
            elif isinstance(statement, Assign) and dotted_name(getattr(statement.value, "func", None)).endswith("auto"):
                found.append(dotted_name(statement.targets[0]).lower())
        return tuple(found)

    def _read(self, definition: Definition) -> ModelFields:
        merged: dict[str, ModelField] = {}
        whole = True
        root: Shape | None = None
        more = False
        generator = self._alias_generator(self.names.ancestors(definition))
        for owner in reversed(_linearised(self.names.bases, definition)):
            if not isinstance(owner.node, ClassDef):
                continue
            whole = whole and all(self._is_plain_base(owner, base) for base in owner.node.bases)
            root = self._root(owner, owner.node) or root
            more = more or _configured(owner.node, "extra") == "allow"
            for field in self._own_fields(owner, owner.node, generator):
                if field.name in merged and not field.computed:
                    merged[field.name] = field
                else:
                    merged.setdefault(field.name, field)
        return ModelFields(tuple(merged.values()), whole, root, more)

    def _is_plain_base(self, owner: Definition, base: Expr) -> bool:
        found = self.names.resolve_expression(owner.file, base.value if isinstance(base, Subscript) else base)
        return found is not None and found.kind in ("class", "external")

    def _root(self, owner: Definition, node: ClassDef) -> Shape | None:
        for base in node.bases:
            if isinstance(base, Subscript) and dotted_name(base.value).rpartition(".")[2] == "RootModel":
                return self.annotations.typed(owner.file, base.index).shape
        return None

    def _alias_generator(self, ancestors: tuple[Definition, ...]) -> str:
        for owner in ancestors:
            if isinstance(owner.node, ClassDef):
                found = _configured(owner.node, "alias_generator")
                if found:
                    return found
        return ""

    def _own_fields(self, owner: Definition, node: ClassDef, generator: str) -> Iterator[ModelField]:
        for statement in node.body:
            if isinstance(statement, AnnAssign):
                field = self._field(owner, statement, generator)
                if field is not None:
                    yield field
            elif isinstance(statement, FunctionDef) and _is_computed(statement):
                typed = self.annotations.typed(owner.file, statement.returns)
                alias = _generated(statement.name, generator)
                yield ModelField(statement.name, alias, typed.shape, True, Location(owner.file, statement.head), True)

    def _field(self, owner: Definition, statement: AnnAssign, generator: str) -> ModelField | None:
        name = dotted_name(statement.target)
        annotation, value = statement.annotation, statement.value
        outer = dotted_name(annotation.value if isinstance(annotation, Subscript) else annotation).rpartition(".")[2]
        if not name or name.startswith("_") or name == "model_config" or outer == "ClassVar":
            return None
        if isinstance(value, Call) and dotted_name(value.func).rpartition(".")[2] in ("Relationship", "PrivateAttr"):
            return None
        typed = self.annotations.typed(owner.file, annotation)
        calls = [
            call
            for call in (value, *(item for _, item in typed.metadata))
            if isinstance(call, Call) and _is_field_call(call)
        ]
        words = {arg.name: arg.value for call in calls for arg in call.args if arg.name}
        default = _default(value, calls, words)
        alias = _alias(words, name, generator)
        excluded = isinstance(words.get("exclude"), Const) and getattr(words.get("exclude"), "value", None) is True
        return ModelField(
            name,
            alias,
            typed.shape,
            default is None,
            Location(owner.file, statement.target.span),
            excluded=excluded,
            default=default,
        )


def _linearised(
    bases: Callable[[Definition], tuple[Definition | None, ...]], definition: Definition
) -> list[Definition]:
    """A class and its bases as Python would look through them; a plain depth-first order suffices for fields."""
    found: list[Definition] = []
    seen: set[tuple[str, str]] = set()

    def visit(current: Definition) -> None:
        key = (current.file, current.dotted)
        if key in seen or len(found) > 60:
            return
        seen.add(key)
        found.append(current)
        for base in bases(current):
            if base is not None:
                visit(base)

    visit(definition)
    return found


def _is_field_call(value: Expr | None) -> bool:
    return isinstance(value, Call) and dotted_name(value.func).rpartition(".")[2] in ("Field", "field", "Query", "Form")


def _default(value: Expr | None, calls: list[Call], words: dict[str, Expr]) -> Expr | None:
    """The default of a field; None when it is required."""
    if value is not None and not _is_field_call(value):
        return None if is_ellipsis(value) else value
    for call in calls:
        first = call.positional(0)
        if first is not None:
            return None if is_ellipsis(first) else first
    given = words.get("default") or words.get("default_factory")
    return None if given is None or is_ellipsis(given) else given


def is_ellipsis(value: Expr) -> bool:
    return isinstance(value, Const) and value.kind == "other" and value.value in ("...", "Ellipsis")


def _alias(words: dict[str, Expr], name: str, generator: str) -> str:
    for word in ("serialization_alias", "alias", "validation_alias"):
        given = words.get(word)
        if isinstance(given, Const) and isinstance(given.value, str):
            return given.value
    return _generated(name, generator)


def _generated(name: str, generator: str) -> str:
    head, *rest = name.split("_")
    if generator.endswith("pascal"):
        return "".join(part[:1].upper() + part[1:] for part in (head, *rest))
    if "camel" in generator.lower():
        return head + "".join(part[:1].upper() + part[1:] for part in rest)
    return name


def _configured(node: ClassDef, key: str) -> str:
    """A value of `model_config` or of an inner `class Config`, as written."""
    for statement in node.body:
        found = dict(_settings(statement)).get(key)
        if isinstance(found, Const):
            return str(found.value)
        if found is not None:
            return dotted_name(found)
    return ""


def _settings(statement: Stmt) -> Iterator[tuple[str, Expr]]:
    if isinstance(statement, ClassDef) and statement.name == "Config":
        yield from _assignments(statement.body)
        return
    target = statement.targets[0] if isinstance(statement, Assign) else getattr(statement, "target", None)
    value = statement.value if isinstance(statement, Assign | AnnAssign) else None
    if value is not None and dotted_name(target) == "model_config":
        yield from _pairs(value)


def _pairs(value: Expr) -> Iterator[tuple[str, Expr]]:
    if isinstance(value, Call):
        yield from ((arg.name, arg.value) for arg in value.args if isinstance(arg, Arg) and arg.name)
    elif isinstance(value, DictDisplay):
        for key, item in value.items:
            if isinstance(key, Const) and isinstance(key.value, str):
                yield key.value, item


def _assignments(body: tuple[Stmt, ...]) -> Iterator[tuple[str, Expr]]:
    for statement in body:
        if isinstance(statement, Assign):
            yield dotted_name(statement.targets[0]), statement.value


def _is_computed(function: FunctionDef) -> bool:
    named = (dotted_name(d.func if isinstance(d, Call) else d).rpartition(".")[2] for d in function.decorators)
    return "computed_field" in named


def _filled(found: ModelFields, arguments: tuple[Shape, ...]) -> ModelFields:
    """The fields of a generic class with its parameter filled in, where it has one, which is seen as anything."""
    if len(arguments) != 1:
        return found
    fields = tuple(_with_argument(field, arguments[0]) for field in found.fields)
    return ModelFields(fields, found.whole, found.root, found.allows_more)


def _with_argument(field: ModelField, argument: Shape) -> ModelField:
    return replace(field, shape=_substituted(field.shape, argument))


def _substituted(shape: Shape, argument: Shape) -> Shape:
    if isinstance(shape, Anything) and shape.why == "":
        return argument
    if isinstance(shape, ListOf):
        return ListOf(_substituted(shape.items, argument))
    if isinstance(shape, MapOf):
        return MapOf(_substituted(shape.values, argument))
    if isinstance(shape, Either):
        return Either(tuple(_substituted(option, argument) for option in shape.options))
    return shape
