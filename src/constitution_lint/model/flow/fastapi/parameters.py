"""What FastAPI makes of one parameter: its annotation taken apart, its dependency, or what the client sends."""

import re
from typing import TYPE_CHECKING, NamedTuple

from constitution_lint.facts.code import (
    Call,
    ClassDef,
    Collection,
    Expr,
    FunctionDef,
    Name,
    Param,
    Return,
    Subscript,
)
from constitution_lint.model.flow import observations
from constitution_lint.model.flow.language import instantiation
from constitution_lint.model.flow.language.attributes import bare
from constitution_lint.model.flow.machine import Frame, Machine
from constitution_lint.model.flow.queries import database
from constitution_lint.model.flow.values import Atom, Body, Made, Opaque, Scalar, Sequence, Value
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name

if TYPE_CHECKING:
    pass

REQUESTS = frozenset({"Request", "HTTPConnection", "WebSocket"})
_DEEPEST = 4
"""Names and functions followed to the dependency that they stand for."""
_PLAIN = frozenset(
    {"str", "int", "float", "bool", "UUID", "UUID4", "datetime", "date", "EmailStr", "Decimal", "SecretStr"}
)
_MARKERS = frozenset({"Query", "Path", "Header", "Cookie", "Body", "Form", "File"})


class Annotation(NamedTuple):
    """An annotation taken apart: the type, what `Annotated` adds to it, and the file its names belong to."""

    base: Expr | None
    extras: tuple[Expr, ...]
    file: str


def parse_annotation(machine: Machine, annotation: Expr | None, file: str, depth: int = 0) -> Annotation:
    """Follow aliases and `Annotated[T, ...]` to the type and its metadata."""
    if type(annotation) is Subscript:
        head = dotted_name(annotation.value).rsplit(".", 1)[-1]
        items = annotation.index.items if type(annotation.index) is Collection else (annotation.index,)
        if head == "Annotated" and items:
            inner = parse_annotation(machine, items[0], file, depth + 1)
            return Annotation(inner.base, (*inner.extras, *items[1:]), file if not inner.extras else inner.file)
        if head == "Optional" and depth < 8:
            return parse_annotation(machine, items[0], file, depth + 1)
    if (type(annotation) is Name and depth < 8) or (annotation is not None and dotted_name(annotation) and depth < 8):
        found = machine.names.resolve_expression(file, annotation)
        value = getattr(found.node, "value", None) if found is not None and found.kind == "value" else None
        if type(value) is Subscript and found is not None:
            return parse_annotation(machine, value, found.file, depth + 1)
    return Annotation(annotation, (), file)


def marker_of(machine: Machine, expression: Expr | None, frame: Frame) -> str:
    """The FastAPI function a default or a piece of metadata calls: Depends, Header, Query and so on."""
    if not isinstance(expression, Call):
        return ""
    found = machine.names.resolve_expression(frame.file, expression.func)
    name = (
        found.name
        if found is not None and found.kind == "external"
        else dotted_name(expression.func).rsplit(".", 1)[-1]
    )
    return name if name in _MARKERS or name in ("Depends", "Security") else ""


def dependency_of(machine: Machine, param: Param, frame: Frame) -> tuple[Expr, Frame] | None:
    """The expression a parameter depends on and where its names belong; None when it is no dependency."""
    apart = parse_annotation(machine, param.annotation, frame.file)
    at = frame if apart.file == frame.file else Frame(apart.file, "<annotation>")
    for expression, place in ((param.default, frame), *((extra, at) for extra in apart.extras)):
        marked = _marked(machine, expression, place)
        if marked is None:
            continue
        inner, where = marked
        if inner is not None:
            return inner, where
        if apart.base is not None:
            return apart.base, at
    return None


def _marked(
    machine: Machine, expression: Expr | None, frame: Frame, depth: int = 0
) -> tuple[Expr | None, Frame] | None:
    """What the `Depends(…)` calls that stands there, that a name holds, or that a function of the project returns."""
    if isinstance(expression, Call) and marker_of(machine, expression, frame) in ("Depends", "Security"):
        return expression.argument(0, "dependency"), frame
    called = expression.func if isinstance(expression, Call) else expression
    found = machine.names.resolve_expression(frame.file, called) if depth < _DEEPEST else None
    if found is None:
        return None
    if isinstance(expression, Call):
        return _returned(machine, expression, frame, found, depth) if isinstance(found.node, FunctionDef) else None
    value = getattr(found.node, "value", None) if found.kind == "value" else None
    return _marked(machine, value, Frame(found.file, "<module>"), depth + 1)


def _returned(
    machine: Machine, call: Call, frame: Frame, function: Definition, depth: int
) -> tuple[Expr | None, Frame] | None:
    """`def Mine(guard): return Depends(guard)`: what a call of it depends on."""
    assert isinstance(function.node, FunctionDef)
    last = function.node.body[-1] if function.node.body else None
    marked = (
        _marked(machine, last.value, Frame(function.file, function.name), depth + 1)
        if isinstance(last, Return)
        else None
    )
    inner = marked[0] if marked is not None else None
    params = [param.name for param in function.node.params]
    if not isinstance(inner, Name) or inner.id not in params:
        return marked
    given = call.argument(params.index(inner.id), inner.id)
    return (given, frame) if given is not None else None


def typed(machine: Machine, value: Value, param: Param, frame: Frame) -> Value:
    """A dependency whose result could not be followed still is what the annotation of the parameter says."""
    if not all(isinstance(atom, Opaque | Made | Sequence) for atom in value):
        return value
    apart = parse_annotation(machine, param.annotation, frame.file)
    found = machine.names.resolve_expression(apart.file, apart.base) if apart.base is not None else None
    if found is not None and found.kind == "external" and database.is_session_class(found.dotted):
        return (database.SESSION,)
    return value


def request_value(machine: Machine, param: Param, frame: Frame, path: frozenset[str]) -> Atom:
    """A parameter that is no dependency: the request itself, or something the client sends."""
    apart = parse_annotation(machine, param.annotation, frame.file)
    markers = [marker_of(machine, one, frame) for one in (param.default, *apart.extras)]
    marker = next((one for one in markers if one), "")
    machine.journal.ask(("named", param.name), param.name in path)
    if param.name in path:
        return Scalar("client", f"path {param.name}")
    found = machine.names.resolve_expression(apart.file, bare(apart.base))
    special = _special(found)
    if special is not None:
        return special
    if marker in ("Header", "Cookie"):
        machine.watch.note_part(param.name)
        presented = marker == "Cookie" or observations.may_prove(param.name)
        return Scalar("client", f"{marker.lower()} {param.name}", credential=presented)
    if (
        found is not None
        and isinstance(found.node, ClassDef)
        and found.kind == "class"
        and not machine.names.is_subclass(found, "Enum", "StrEnum", "IntEnum")
    ):
        if any(re.search("passw(?:or)?d", name, re.I) for name in instantiation.field_names(machine, found)):
            machine.watch.exchange(observations.ASKED)
        return Body(param.name, found)
    if _is_untyped(apart.base) or (marker == "Body" and not _is_plain(apart.base)):
        return Body(param.name)
    presented = observations.proves_in_address(param.name) and machine.is_websocket
    return Scalar("client", f"{marker.lower() or 'query'} {param.name}", credential=presented)


def _is_untyped(annotation: Expr | None) -> bool:
    return dotted_name(bare(annotation)) in ("dict", "Dict", "typing.Dict", "Any")


def _is_plain(annotation: Expr | None) -> bool:
    """A text, a number or the like, or a list of them: nothing stands within it."""
    return dotted_name(bare(annotation)).rsplit(".", 1)[-1] in _PLAIN


def _special(found: Definition | None) -> Atom | None:
    if found is None or found.kind != "external":
        return None
    if found.name in REQUESTS:
        return Made("request")
    if database.is_session_class(found.dotted):
        return database.SESSION
    if found.name == "HTTPAuthorizationCredentials":
        return Scalar("client", "token", credential=True)
    if found.name in ("Response", "BackgroundTasks", "SecurityScopes", "UploadFile"):
        return Made(f"fastapi.{found.name}", client=found.name == "UploadFile")
    return None
