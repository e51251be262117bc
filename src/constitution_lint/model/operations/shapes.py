"""For served operations: what a type annotation means to FastAPI, as a shape.

A shape says how a value looks in JSON. Classes stay definitions, so that models which refer to themselves need no end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Binary,
    Call,
    ClassDef,
    Collection,
    Const,
    Expr,
    Name,
    Subscript,
)
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.operations.string_annotations import parse_annotation
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name


@dataclass(frozen=True)
class Scalar:
    """A JSON type with its format; `values` are those of a Literal or an enumeration."""

    type: str
    format: str = ""
    values: tuple[str | int | float | bool | None, ...] = ()


@dataclass(frozen=True)
class ListOf:
    items: "Shape"


@dataclass(frozen=True)
class MapOf:
    values: "Shape"


@dataclass(frozen=True)
class ModelOf:
    """A class of the project with fields; `arguments` fill the parameters of a generic one."""

    definition: Definition
    arguments: tuple["Shape", ...] = ()


@dataclass(frozen=True)
class EnumOf:
    definition: Definition


@dataclass(frozen=True)
class Either:
    """One of several; None among them makes the value nullable."""

    options: tuple["Shape", ...]


@dataclass(frozen=True)
class Anything:
    """`Any`, an unannotated value, an object nobody can see into. `why` says which, "" for what is meant to be any."""

    why: str = ""


@dataclass(frozen=True)
class File:
    """An upload."""


NOTHING = Scalar("null")
Shape: TypeAlias = Scalar | ListOf | MapOf | ModelOf | EnumOf | Either | Anything | File


@dataclass(frozen=True)
class Typed:
    """An annotation understood: its shape, the metadata of Annotated outermost last, and the file they stand in.

    `leaf` is the class or name behind it when it is neither a model nor a plain type (Session, Request).
    """

    shape: Shape
    metadata: tuple[tuple[str, Expr], ...] = ()
    leaf: Definition | None = None


_DEEPEST = 12
_SCALARS: dict[str, Scalar] = {
    "str": Scalar("string"),
    "int": Scalar("integer"),
    "float": Scalar("number"),
    "bool": Scalar("boolean"),
    "bytes": Scalar("string", "binary"),
    "None": NOTHING,
    "NoneType": NOTHING,
    "datetime": Scalar("string", "date-time"),
    "AwareDatetime": Scalar("string", "date-time"),
    "NaiveDatetime": Scalar("string", "date-time"),
    "FutureDatetime": Scalar("string", "date-time"),
    "PastDatetime": Scalar("string", "date-time"),
    "date": Scalar("string", "date"),
    "time": Scalar("string", "time"),
    "timedelta": Scalar("string", "duration"),
    "UUID": Scalar("string", "uuid"),
    "UUID1": Scalar("string", "uuid"),
    "UUID4": Scalar("string", "uuid"),
    "Decimal": Scalar("string"),
    "EmailStr": Scalar("string", "email"),
    "NameEmail": Scalar("string", "name-email"),
    "AnyUrl": Scalar("string", "uri"),
    "AnyHttpUrl": Scalar("string", "uri"),
    "HttpUrl": Scalar("string", "uri"),
    "Path": Scalar("string", "path"),
    "SecretStr": Scalar("string", "password"),
    "StrictStr": Scalar("string"),
    "StrictInt": Scalar("integer"),
    "StrictBool": Scalar("boolean"),
    "StrictFloat": Scalar("number"),
    "PositiveInt": Scalar("integer"),
    "NonNegativeInt": Scalar("integer"),
    "NegativeInt": Scalar("integer"),
    "PositiveFloat": Scalar("number"),
    "NonNegativeFloat": Scalar("number"),
    "IPvAnyAddress": Scalar("string", "ipvanyaddress"),
    "constr": Scalar("string"),
    "conint": Scalar("integer"),
    "confloat": Scalar("number"),
    "LiteralString": Scalar("string"),
    "AutoString": Scalar("string"),
}
_LISTS = frozenset(
    [
        "list",
        "List",
        "Sequence",
        "Iterable",
        "set",
        "Set",
        "frozenset",
        "FrozenSet",
        "tuple",
        "Tuple",
        "deque",
        "Collection",
        "conlist",
        "MutableSequence",
    ]
)
_MAPS = frozenset(
    ["dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict", "Counter", "TypedDict"]
)
_ENUMS = ("Enum", "IntEnum", "StrEnum")
_MODELS = (
    "BaseModel",
    "SQLModel",
    "BaseSettings",
    "GenericModel",
    "RootModel",
    "TypedDict",
    "NamedTuple",
    "CamelModel",
)


class Annotations:
    """Understands annotations of one project. Names are looked up in the file an annotation stands in."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def typed(self, file: str, annotation: Expr | None, depth: int = 0) -> Typed:
        """What an annotation means; anything where there is none."""
        if annotation is None:
            return Typed(Anything())
        if depth > _DEEPEST:
            return Typed(Anything("nests too deeply"))
        if isinstance(annotation, Const):
            return self._constant(file, annotation, depth)
        if isinstance(annotation, Binary) and annotation.op == "|":
            return self._either(file, (annotation.left, annotation.right), depth)
        if isinstance(annotation, Subscript):
            return self._subscripted(file, annotation, depth)
        if isinstance(annotation, Call):
            return self.typed(file, annotation.func, depth + 1)
        if isinstance(annotation, Name | Attribute):
            return self._named(file, annotation, depth)
        return Typed(Anything("the annotation is computed"))

    def _constant(self, file: str, constant: Const, depth: int) -> Typed:
        if constant.value is None:
            return Typed(NOTHING)
        parsed = parse_annotation(constant.value) if isinstance(constant.value, str) else None
        if parsed is None:
            return Typed(Anything("the annotation is text that is no type"))
        return self.typed(file, parsed, depth + 1)

    def _either(self, file: str, options: tuple[Expr, ...], depth: int) -> Typed:
        understood = [self.typed(file, option, depth + 1) for option in options]
        shapes: list[Shape] = []
        for inner in understood:
            for shape in inner.shape.options if isinstance(inner.shape, Either) else (inner.shape,):
                if shape not in shapes:
                    shapes.append(shape)
        leaf = next((inner.leaf for inner in understood if inner.leaf is not None), None)
        return Typed(shapes[0] if len(shapes) == 1 else Either(tuple(shapes)), leaf=leaf)

    def _subscripted(self, file: str, annotation: Subscript, depth: int) -> Typed:
        outer = dotted_name(annotation.value).rpartition(".")[2]
        index = annotation.index
        inner = index.items if isinstance(index, Collection) and index.kind == "tuple" else (index,)
        definition = self.names.resolve_expression(file, annotation.value)
        if definition is not None and definition.kind == "external":
            outer = definition.name
        if outer == "Annotated":
            meant = self.typed(file, inner[0], depth + 1)
            return Typed(meant.shape, (*meant.metadata, *((file, item) for item in inner[1:])), meant.leaf)
        if outer == "Literal":
            values = tuple(item.value for item in inner if isinstance(item, Const))
            return Typed(_literal(values))
        if outer in ("Union", "Optional"):
            return self._either(file, (*inner, *((_none(annotation),) if outer == "Optional" else ())), depth)
        if outer in ("ClassVar", "Final", "Required", "NotRequired", "Mapped", "ReadOnly"):
            return self.typed(file, inner[0], depth + 1)
        return self._container(file, annotation, outer, inner, definition, depth)

    def _container(
        self,
        file: str,
        annotation: Subscript,
        outer: str,
        inner: tuple[Expr, ...],
        found: Definition | None,
        depth: int,
    ) -> Typed:
        if found is not None and found.kind == "class":
            shape = self.typed(file, annotation.value, depth + 1).shape
            if isinstance(shape, ModelOf):
                return Typed(
                    ModelOf(shape.definition, tuple(self.typed(file, item, depth + 1).shape for item in inner))
                )
        if outer in _LISTS:
            return Typed(ListOf(self.typed(file, inner[0], depth + 1).shape))
        if outer in _MAPS:
            return Typed(MapOf(self.typed(file, inner[-1], depth + 1).shape))
        if outer in ("type", "Type", "Callable"):
            return Typed(Anything("a callable"))
        return Typed(Anything(f"{outer} is not known"), leaf=found)

    def _named(self, file: str, annotation: Expr, depth: int) -> Typed:
        written = dotted_name(annotation)
        definition = self.names.resolve(file, written)
        if definition is None:
            known = _builtin(written)
            unknown = Definition("external", "", written, None, written)
            return known if not isinstance(known.shape, Anything) or not written else _unknown(unknown)
        if definition.kind == "external":
            known = _builtin(definition.name)
            return Typed(known.shape, (), None if not isinstance(known.shape, Anything) else definition)
        if definition.kind == "class":
            return self._class(definition)
        if definition.kind == "value" and isinstance(definition.node, Assign | AnnAssign):
            return self._alias(definition, depth)
        return Typed(Anything(f"{written} is no type"), leaf=definition)

    def _alias(self, definition: Definition, depth: int) -> Typed:
        """A type alias; `T = TypeVar("T")` and `UserId = NewType("UserId", str)` as well."""
        value = definition.node.value if isinstance(definition.node, Assign | AnnAssign) else None
        if isinstance(value, Call):
            called = dotted_name(value.func).rpartition(".")[2]
            if called == "NewType":
                return self.typed(definition.file, value.positional(1), depth + 1)
            if called == "TypeVar":
                bound = value.keyword("bound")
                return self.typed(definition.file, bound, depth + 1) if bound else Typed(Anything(), leaf=definition)
            return Typed(Anything(f"{definition.name} is computed"), leaf=definition)
        return self.typed(definition.file, value, depth + 1)

    def _class(self, definition: Definition) -> Typed:
        if self.names.is_subclass(definition, *_ENUMS):
            return Typed(EnumOf(definition))
        if self.is_model(definition):
            return Typed(ModelOf(definition))
        for base in self.names.ancestors(definition)[1:]:
            if base.kind == "external" and base.name in _SCALARS:
                return Typed(_SCALARS[base.name])
        return Typed(Anything(f"{definition.name} is no model"), leaf=definition)

    def is_model(self, definition: Definition) -> bool:
        """Pydantic and SQLModel classes, dataclasses, typed dictionaries and named tuples."""
        if self.names.is_subclass(definition, *_MODELS):
            return True
        node = definition.node
        decorators = node.decorators if isinstance(node, ClassDef) else ()
        named = (dotted_name(d.func if isinstance(d, Call) else d).rpartition(".")[2] for d in decorators)
        return "dataclass" in named


def _builtin(written: str) -> Typed:
    name = written.rpartition(".")[2]
    if name in _SCALARS:
        return Typed(_SCALARS[name])
    if name in _LISTS:
        return Typed(ListOf(Anything()))
    if name in _MAPS:
        return Typed(MapOf(Anything()))
    if name in ("Any", "object", "Json", "JsonValue", "ItemsView"):
        return Typed(Anything())
    if name == "UploadFile":
        return Typed(File())
    return Typed(Anything(f"{written} is not known"))


def _literal(values: tuple[str | int | float | bool | None, ...]) -> Shape:
    kinds = {"boolean" if isinstance(v, bool) else "integer" if isinstance(v, int) else "string" for v in values}
    return Scalar(kinds.pop() if len(kinds) == 1 else "string", "", values)


def _none(annotation: Expr) -> Expr:
    return Const(annotation.span, None)


def _unknown(name: Definition) -> Typed:
    return Typed(Anything(f"{name.name} is not known"), leaf=name)


def is_scalar(shape: Shape) -> bool:
    """Would FastAPI read it from the query when nothing else is said? Lists and mappings go to the body."""
    if isinstance(shape, Either):
        return all(is_scalar(option) for option in shape.options)
    return isinstance(shape, Scalar | EnumOf | Anything)


def without_none(shape: Shape) -> Shape:
    if not isinstance(shape, Either):
        return shape
    rest = tuple(option for option in shape.options if option != NOTHING)
    return rest[0] if len(rest) == 1 else Either(rest)


def models_in(shape: Shape) -> Iterator[ModelOf]:
    """Every model a shape names, outermost first."""
    if isinstance(shape, ModelOf):
        yield shape
        for argument in shape.arguments:
            yield from models_in(argument)
    elif isinstance(shape, ListOf):
        yield from models_in(shape.items)
    elif isinstance(shape, MapOf):
        yield from models_in(shape.values)
    elif isinstance(shape, Either):
        for option in shape.options:
            yield from models_in(option)


@remembered
def annotations_of(project: Project) -> Annotations:
    from constitution_lint.model.names import names_of

    return Annotations(names_of(project))
