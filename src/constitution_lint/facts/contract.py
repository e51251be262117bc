"""One contract, OpenAPI or Markdown, as operations with positions.

The contract reader writes this form; `model/contracts` links it over files, gates 2, 6 and 7 read it. An operation is
whole in itself: servers and security are those that hold for it, inherited ones included. References stay as written.
"""

from typing import Literal

import msgspec

from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Unreadable

ContractForm = Literal["openapi", "markdown", "fragment", "other"]
"""An OpenAPI document, a Markdown contract, a file that such documents refer to, or anything else in that folder."""

Place = Literal["path", "query", "header", "cookie", "querystring", "body", "formData"]


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    span: Span


class Property(Fact, frozen=True, array_like=True, gc=False):
    name: str
    schema: "Schema"
    required: bool = False


class Schema(Fact, frozen=True, array_like=True, gc=False):
    """A JSON schema as far as fields go. `types` is empty where none is given; `ref` as written.

    `alternatives` are the members of anyOf and oneOf, `parts` those of allOf. `open` says that further fields are
    expressly welcome (additionalProperties), or that the schema was cut because it nests too deeply.
    """

    types: tuple[str, ...] = ()
    format: str = ""
    ref: str = ""
    properties: tuple[Property, ...] = ()
    items: "Schema | None" = None
    parts: tuple["Schema", ...] = ()
    alternatives: tuple["Schema", ...] = ()
    open: bool = False


class Parameter(Fact, frozen=True, array_like=True, gc=False):
    """A parameter, or with `ref` a reference to one. `place` is "" where the document gives none that is known."""

    name: str
    place: Place | Literal[""]
    required: bool = False
    schema: Schema | None = None
    ref: str = ""


class Media(Fact, frozen=True, array_like=True, gc=False):
    """One content type with its schema; `sample` says the fields were read off an example."""

    type: str
    schema: Schema | None = None
    sample: bool = False


class Body(Fact, frozen=True, array_like=True, gc=False):
    required: bool = False
    content: tuple[Media, ...] = ()
    ref: str = ""


class Response(Fact, frozen=True, array_like=True, gc=False):
    """`status` as written: "201", "2XX" or "default"."""

    status: str
    content: tuple[Media, ...] = ()
    ref: str = ""

    @property
    def is_success(self) -> bool:
        return self.status[:1] == "2"


class Requirement(Fact, frozen=True, array_like=True, gc=False):
    """One alternative of `security`: all its schemes are needed; none at all lets anyone in."""

    schemes: tuple[str, ...]


class Scheme(Fact, frozen=True, array_like=True, gc=False):
    """A security scheme. `kind` is http, apiKey, oauth2, …; `scheme` the HTTP scheme in lower case ("bearer")."""

    name: str
    kind: str
    scheme: str = ""


class Server(Fact, frozen=True, array_like=True, gc=False):
    """`url` as written, variables replaced by their defaults."""

    url: str


class Operation(Fact, frozen=True, array_like=True, gc=False):
    """One promised operation. `span` is the verb's key or the Markdown text that names it; `path` as written.

    `parameters` are its own, `inherited` those of its path; `security` is None where the contract is silent.
    `sketch` marks a mention in a list or table, where what is not said means nothing.
    """

    method: str
    path: str
    operation_id: str = ""
    parameters: tuple[Parameter, ...] = ()
    inherited: tuple[Parameter, ...] = ()
    body: Body | None = None
    responses: tuple[Response, ...] = ()
    security: tuple[Requirement, ...] | None = None
    servers: tuple[Server, ...] = ()
    sketch: bool = False
    says_security: bool = False
    """Does the operation itself hold `security`, be it empty?"""


class PathReference(Fact, frozen=True, array_like=True, gc=False):
    """A path whose item stands elsewhere (`/tasks: {$ref: paths/tasks.yaml}`)."""

    path: str
    ref: str
    servers: tuple[Server, ...] = ()
    security: tuple[Requirement, ...] | None = None


class Definitions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a document offers for reference, each by its JSON pointer ("/components/schemas/Task", "" for the whole)."""

    schemas: tuple[tuple[str, Schema], ...] = ()
    parameters: tuple[tuple[str, Parameter], ...] = ()
    responses: tuple[tuple[str, Response], ...] = ()
    bodies: tuple[tuple[str, Body], ...] = ()
    items: tuple[tuple[str, tuple[Operation, ...]], ...] = ()


class Reference(Fact, frozen=True, array_like=True, gc=False):
    """A `$ref` that leaves the document, as written."""

    ref: str


class Fault(Fact, frozen=True, array_like=True, gc=False):
    """Where the contract is no valid contract: one lower-case sentence."""

    message: str


class ContractFacts(msgspec.Struct, frozen=True):
    """One contract. `version` is its `openapi` value ("" in Markdown), `title` its title or first heading."""

    form: ContractForm = "other"
    version: str = ""
    title: str = ""
    operations: tuple[Operation, ...] = ()
    paths: tuple[PathReference, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    definitions: Definitions = Definitions()
    references: tuple[Reference, ...] = ()
    faults: tuple[Fault, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
