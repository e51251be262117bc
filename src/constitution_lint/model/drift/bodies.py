"""Bodies: the fields a contract promises against the models the handler reads and returns."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.contracts.linking import Promise, json_media
from constitution_lint.model.contracts.matching import Pair, matching_of
from constitution_lint.model.contracts.resolution import Fields, Resolver, fields_of, resolver_of
from constitution_lint.model.operations import ServedOperation, models_of, operation_of
from constitution_lint.model.operations.models import Models
from constitution_lint.model.operations.shapes import ListOf, ModelOf, Shape, without_none
from constitution_lint.model.operations.types import BodyPart
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name

_SHOWN = 6


class _Difference(NamedTuple):
    words: str
    location: Location
    related: Location


class _Side(NamedTuple):
    """What the code reads or answers with: names on the wire, which of them are required, and where that is told."""

    names: frozenset[str]
    accepted: frozenset[str]
    required: tuple[str, ...]
    location: Location
    closed: bool
    is_list: bool = False


def body_differences(project: Project) -> Iterator[Violation]:
    """Each way in which the bodies of a pair part, once for a route and its wording."""
    resolver, models = resolver_of(project), models_of(project)
    told: set[tuple[Location, str]] = set()
    for pair in matching_of(project).pairs:
        if pair.promise.sketch or len({route.handler for route in pair.routes}) > 1:
            continue
        operation = operation_of(project, pair.routes[0])
        if operation is None:
            continue
        for difference in (
            *_request(resolver, models, pair.promise, operation),
            *_answer(resolver, models, pair, operation),
        ):
            if (difference.location, difference.words) not in told:
                told.add((difference.location, difference.words))
                name = pair.routes[0].name
                yield Violation(
                    difference.location,
                    f"{name} {difference.words}",
                    (Related(difference.related, f"{pair.promise.name} is promised here"),),
                    f"{name} {difference.words}",
                )


def _request(resolver: Resolver, models: Models, promise: Promise, one: ServedOperation) -> Iterator[_Difference]:
    if promise.method in ("GET", "HEAD", "DELETE") or not one.inputs.whole or _reads_request(one):
        return
    parts = one.inputs.body
    route_place = one.endpoint.location
    if promise.body is None:
        required = [part for part in parts if part.required]
        if promise.form == "openapi" and promise.whole and required:
            words = f"requires a body ({_listed(p.name for p in required)}), and the contract promises none"
            yield _Difference(words, required[0].location, promise.location)
        return
    file, body = promise.body
    place = Location(file, body.span)
    if not parts:
        if promise.form == "openapi" and body.required:
            yield _Difference("reads no body, and the contract promises one", route_place, place)
        return
    media = json_media(body.content)
    if media is None or "json" not in media.type or media.schema is None:
        return
    if any(part.kind != "json" for part in parts):
        yield _Difference("reads a form, and the contract promises JSON", route_place, place)
        return
    promised = fields_of(resolver, file, media.schema)
    side = _read(models, parts)
    if promised is not None and side is not None:
        yield from _compared(promised, side, media.sample, Location(file, media.span))


def _compared(promised: Fields, side: _Side, sample: bool, place: Location) -> Iterator[_Difference]:
    if promised.is_list != side.is_list or not promised.fields:
        return
    known = {field.name: field for field in promised.fields}
    missing = [name for name in side.required if name not in known]
    if missing and not promised.open:
        words = f"requires {_listed(missing)} in the body, which the contract does not name"
        yield _Difference(words, side.location, place)
    optional = [name for name in side.required if name in known and not known[name].required]
    if optional and not sample:
        words = f"requires {_listed(optional)} in the body, which the contract leaves optional"
        yield _Difference(words, side.location, place)
    unknown = [field for field in promised.fields if field.name not in side.accepted]
    if unknown and side.closed:
        words = f"does not read {_listed(field.name for field in unknown)} from the body, which the contract promises"
        yield _Difference(words, side.location, Location(unknown[0].file, unknown[0].schema.span))


def _read(models: Models, parts: tuple[BodyPart, ...]) -> _Side | None:
    """The fields of a body as the code reads it; None where they cannot be told."""
    first = parts[0]
    if len(parts) == 1 and not first.embed:
        return _fields(models, first.shape, first.location)
    names = frozenset(part.name for part in parts)
    return _Side(names, names, tuple(part.name for part in parts if part.required), first.location, True)


def _fields(models: Models, shape: Shape, location: Location) -> _Side | None:
    bare = without_none(shape)
    is_list = isinstance(bare, ListOf)
    if isinstance(bare, ListOf):
        bare = without_none(bare.items)
    if not isinstance(bare, ModelOf):
        return None
    fields = models.fields(bare)
    if not fields.whole or fields.root is not None or not fields.fields:
        return None
    accepted = frozenset(name for field in fields.fields for name in (field.name, field.alias))
    return _Side(
        frozenset(field.alias for field in fields.fields if not field.excluded),
        accepted,
        tuple(field.alias for field in fields.fields if field.required and not field.computed),
        location,
        not fields.allows_more,
        is_list,
    )


def _answer(resolver: Resolver, models: Models, pair: Pair, one: ServedOperation) -> Iterator[_Difference]:
    """The success response: fields promised that the declared model does not have."""
    promise, answers = pair.promise, one.answers
    codes = {status.code for status in answers.successes}
    if answers.model is None or answers.media != "application/json" or len(codes) != 1:
        return
    response = promise.response(next(iter(codes)))
    if response is None:
        return
    file, found = response
    media = json_media(found.content)
    if media is None or media.schema is None or "json" not in media.type:
        return
    promised = fields_of(resolver, file, media.schema)
    side = _fields(models, answers.model, one.endpoint.location)
    if promised is None or side is None or not promised.fields:
        return
    place = Location(file, media.span)
    if promised.is_list != side.is_list:
        forms = ("a list", "an object") if side.is_list else ("an object", "a list")
        yield _Difference(f"answers {forms[0]}, and the contract promises {forms[1]}", side.location, place)
        return
    dropped = set(answers.field_options)
    absent = [field for field in promised.fields if field.name not in side.names - dropped]
    if absent and side.closed:
        words = f"answers without {_listed(field.name for field in absent)}, which the contract promises"
        yield _Difference(words, side.location, Location(absent[0].file, absent[0].schema.span))


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    shown = found[:_SHOWN]
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(shown) + rest


def _reads_request(one: ServedOperation) -> bool:
    handler = one.endpoint.handler
    params = handler.definition.params if handler is not None else ()
    return any(dotted_name(param.annotation).rpartition(".")[2] == "Request" for param in params)
