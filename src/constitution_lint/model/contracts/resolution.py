"""For the linking of contracts: what a `$ref` leads to, within its file and in other files of the project.

Nothing is fetched: a reference over the network or to a file outside the root stays open, and is told as such.
"""

import posixpath
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from constitution_lint.facts.contract import Body, ContractFacts, Operation, Parameter, Response, Schema
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_DEEPEST = 20

PartT = TypeVar("PartT", Schema, Parameter, Response, Body)


class Resolver:
    """Follows references over the contracts of a project; a circle or a dead end gives None."""

    def __init__(self, contracts: dict[str, ContractFacts]) -> None:
        self.contracts = contracts
        self._schemas = {file: dict(facts.definitions.schemas) for file, facts in contracts.items()}
        self._parameters = {file: dict(facts.definitions.parameters) for file, facts in contracts.items()}
        self._responses = {file: dict(facts.definitions.responses) for file, facts in contracts.items()}
        self._bodies = {file: dict(facts.definitions.bodies) for file, facts in contracts.items()}
        self._items = {file: dict(facts.definitions.items) for file, facts in contracts.items()}

    def schema(self, file: str, part: Schema) -> tuple[str, Schema] | None:
        return _followed(self._schemas, file, part)

    def parameter(self, file: str, part: Parameter) -> tuple[str, Parameter] | None:
        return _followed(self._parameters, file, part)

    def response(self, file: str, part: Response) -> tuple[str, Response] | None:
        return _followed(self._responses, file, part)

    def body(self, file: str, part: Body) -> tuple[str, Body] | None:
        return _followed(self._bodies, file, part)

    def item(self, file: str, ref: str) -> tuple[str, tuple[Operation, ...]] | None:
        """The operations of the path item that a path refers to."""
        target, pointer = target_of(file, ref)
        found = self._items.get(target, {}).get(pointer)
        return (target, found) if found is not None else None


def _followed(tables: dict[str, dict[str, PartT]], file: str, part: PartT) -> tuple[str, PartT] | None:
    for _ in range(_DEEPEST):
        if not part.ref:
            return file, part
        file, pointer = target_of(file, part.ref)
        found = tables.get(file, {}).get(pointer)
        if found is None:
            return None
        part = found
    return None


def target_of(file: str, ref: str) -> tuple[str, str]:
    """The file and the JSON pointer that a reference names; the file is "" where it is none of the project."""
    path, _, pointer = ref.partition("#")
    pointer = unquote(pointer)
    if not path:
        return file, pointer
    if "://" in path or path.startswith(("//", "/")):
        return "", pointer
    target = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(path)))
    return ("", pointer) if target.startswith("../") or target == ".." else (target, pointer)


@remembered
def resolver_of(project: Project) -> Resolver:
    return Resolver(project.contracts)


class Field(NamedTuple):
    """A field of a resolved schema; `schema` stands in `file`."""

    name: str
    required: bool
    file: str
    schema: Schema


class Fields(NamedTuple):
    """The fields of an object, or of the objects of a list. `open` welcomes further ones."""

    fields: tuple[Field, ...]
    open: bool
    is_list: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields)


def fields_of(resolver: Resolver, file: str, schema: Schema, depth: int = 0) -> Fields | None:
    """The fields a schema describes, allOf joined; None for scalars, alternatives and what leads nowhere."""
    found = resolver.schema(file, schema)
    if found is None or depth > _DEEPEST:
        return None
    file, schema = found
    if schema.items is not None:
        inner = fields_of(resolver, file, schema.items, depth + 1)
        return inner._replace(is_list=True) if inner is not None and not inner.is_list else None
    alternatives = [inner for inner in schema.alternatives if inner.types != ("null",)]
    if len(alternatives) == 1 and not schema.properties and not schema.parts:
        return fields_of(resolver, file, alternatives[0], depth + 1)
    if alternatives:
        return None
    own = [Field(p.name, p.required, file, p.schema) for p in schema.properties]
    is_open = schema.open
    for part in schema.parts:
        inner = fields_of(resolver, file, part, depth + 1)
        if inner is None:
            return None
        own += inner.fields
        is_open = is_open or inner.open
    if not own and not schema.parts and "object" not in schema.types:
        return None
    unique = {field.name: field for field in own}
    return Fields(tuple(unique.values()), is_open or not own)
