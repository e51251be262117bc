"""Part of the contract reader: an OpenAPI document's tree as operations, definitions and references.

OpenAPI 3.0, 3.1 and 3.2 in full; of Swagger 2.0 what its operations promise. What the validator says stands in
`validity`; here a part of the wrong shape is passed over, so that the rest of the document is still used.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.contract import (
    Body,
    ContractFacts,
    Definitions,
    Media,
    Operation,
    PathReference,
    Reference,
    Requirement,
    Response,
    Schema,
    Scheme,
    Server,
)
from constitution_lint.readers.contract.nodes import Mapping, Node, Scalar, Sequence, walk
from constitution_lint.readers.contract.schemas import SchemaReader, reference

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""The verbs of a path item; `query` since OpenAPI 3.2."""

_VARIABLE = re.compile(r"\{([^{}]+)\}")


class Setting(NamedTuple):
    """What an operation inherits: servers, security and parameters."""

    servers: tuple[Server, ...]
    security: tuple[Requirement, ...] | None


def is_openapi(root: Node | None) -> bool:
    return isinstance(root, Mapping) and ("openapi" in root.pairs or "swagger" in root.pairs)


def facts_of(root: Mapping) -> ContractFacts:
    """All that an OpenAPI document promises, without its faults."""
    reader = SchemaReader()
    schemes = tuple(_schemes(root))
    setting = Setting(_servers(root), _inherited_security(root, bool(schemes)))
    paths = root.mapping("paths")
    operations = (
        operation
        for path, (key, item) in paths.pairs.items()
        if isinstance(item, Mapping) and path.startswith("/")
        for operation in operations_of(reader, path, item, setting)
    )
    return ContractFacts(
        form="openapi",
        version=root.text("openapi") or root.text("swagger"),
        title=root.mapping("info").text("title"),
        operations=tuple(operations),
        paths=tuple(_path_references(paths, setting)),
        schemes=schemes,
        definitions=_definitions(reader, root),
        references=tuple(external_references(root)),
    )


def fragment_facts(root: Mapping) -> ContractFacts:
    """A file that contracts refer to: each of its parts read as whatever it may be taken for, "" being the whole."""
    reader = SchemaReader()
    setting = Setting((), None)
    parts = [("", root), *((f"/{escaped(key)}", pair[1]) for key, pair in root.pairs.items())]
    items = [
        (pointer, tuple(operations_of(reader, "", node, setting)))
        for pointer, node in parts
        if isinstance(node, Mapping) and any(method in node.pairs for method in METHODS)
    ]
    definitions = _definitions(reader, root)
    schemas = tuple((pointer, schema) for pointer, node in parts if (schema := _loose_schema(reader, node)) is not None)
    return ContractFacts(
        form="fragment",
        definitions=Definitions(
            schemas=(*definitions.schemas, *schemas),
            parameters=definitions.parameters,
            responses=definitions.responses,
            bodies=definitions.bodies,
            items=tuple(items),
        ),
        references=tuple(external_references(root)),
    )


def _loose_schema(reader: SchemaReader, node: Node) -> Schema | None:
    marks = ("type", "properties", "allOf", "anyOf", "oneOf", "$ref", "enum")
    if isinstance(node, Mapping) and any(mark in node.pairs for mark in marks):
        return reader.schema(node)
    return None


def operations_of(reader: SchemaReader, path: str, item: Mapping, setting: Setting) -> Iterator[Operation]:
    """The operations of one path item."""
    inherited = reader.parameters(item)
    servers = _servers(item) or setting.servers
    named = [(method, item) for method in METHODS]
    further = item.mapping("additionalOperations")
    named += [(method, further) for method in further.pairs]
    for method, holder in named:
        pair = holder.pairs.get(method)
        if pair is None or not isinstance(pair[1], Mapping):
            continue
        node = pair[1]
        yield Operation(
            pair[0].span,
            method=method.upper(),
            path=path,
            operation_id=node.text("operationId"),
            parameters=reader.parameters(node),
            inherited=inherited,
            body=reader.body(node.get("requestBody")) or _swagger_body(reader, node),
            responses=tuple(_responses(reader, node.mapping("responses"))),
            security=_security(node.get("security"), setting.security),
            says_security=node.get("security") is not None,
            servers=_servers(node) or servers,
        )


def _responses(reader: SchemaReader, responses: Mapping) -> Iterator[Response]:
    for status, (key, value) in responses.pairs.items():
        if not status.startswith("x-"):
            yield reader.response(key, value)


def _swagger_body(reader: SchemaReader, operation: Mapping) -> Body | None:
    """Swagger 2.0 writes the body as a parameter."""
    for item in operation.sequence("parameters"):
        if isinstance(item, Mapping) and item.text("in") == "body":
            media = Media(item.span, "application/json", reader.schema(item.get("schema")))
            return Body(item.span, item.is_true("required"), (media,))
    return None


def _servers(node: Mapping) -> tuple[Server, ...]:
    """The servers; one whose address has variables stands with their defaults and as written, since a variable of its
    path may be the path parameter that the code declares."""
    found = [
        Server(item.mapping("url").span if "url" not in item.pairs else item.pairs["url"][1].span, url)
        for item in node.sequence("servers")
        if isinstance(item, Mapping) and item.text("url")
        for url in dict.fromkeys((_url(item), *_with_path_variables(item)))
    ]
    if not found and node.text("basePath"):
        found = [Server(node.key("basePath"), node.text("basePath"))]
    return tuple(found)


def _with_path_variables(server: Mapping) -> tuple[str, ...]:
    """The address as written where a variable is a segment of its path."""
    url = server.text("url")
    path = re.sub(r"^[a-z]+://[^/]*", "", url)
    return (url,) if any(_VARIABLE.fullmatch(segment) for segment in path.split("/")) else ()


def _url(server: Mapping) -> str:
    variables = server.mapping("variables")
    return _VARIABLE.sub(lambda match: variables.mapping(match[1]).text("default") or match[0], server.text("url"))


def _inherited_security(root: Mapping, has_schemes: bool) -> tuple[Requirement, ...] | None:
    """What holds where an operation says nothing: the document's `security`; silence where security is no topic."""
    silent = None if not has_schemes else ()
    return _security(root.get("security"), silent)


def _security(node: Node | None, inherited: tuple[Requirement, ...] | None) -> tuple[Requirement, ...] | None:
    if not isinstance(node, Sequence):
        return inherited
    found = [Requirement(item.span, tuple(item.pairs)) for item in node.items if isinstance(item, Mapping)]
    return tuple(found)


def _schemes(root: Mapping) -> Iterator[Scheme]:
    listed = root.mapping("components").mapping("securitySchemes").pairs or root.mapping("securityDefinitions").pairs
    for name, (key, value) in listed.items():
        if isinstance(value, Mapping):
            yield Scheme(key.span, name, value.text("type"), value.text("scheme").lower())


def _path_references(paths: Mapping, setting: Setting) -> Iterator[PathReference]:
    for path, (key, item) in paths.pairs.items():
        if isinstance(item, Mapping) and reference(item):
            yield PathReference(key.span, path, reference(item), setting.servers, setting.security)


def _definitions(reader: SchemaReader, root: Mapping) -> Definitions:
    components = root.mapping("components")
    schemas = [
        (f"/{at}/{escaped(name)}", schema)
        for at, holder in (
            ("components/schemas", components.mapping("schemas")),
            ("definitions", root.mapping("definitions")),
            ("$defs", root.mapping("$defs")),
        )
        for name, (_, value) in holder.pairs.items()
        if (schema := reader.schema(value)) is not None
    ]
    parameters = [
        (f"/components/parameters/{escaped(name)}", parameter)
        for name, (_, value) in components.mapping("parameters").pairs.items()
        if (parameter := reader.parameter(value)) is not None
    ]
    responses = [
        (f"/components/responses/{escaped(name)}", reader.response(Scalar(key.span, "", False), value))
        for name, (key, value) in components.mapping("responses").pairs.items()
    ]
    bodies = [
        (f"/components/requestBodies/{escaped(name)}", body)
        for name, (_, value) in components.mapping("requestBodies").pairs.items()
        if (body := reader.body(value)) is not None
    ]
    return Definitions(tuple(schemas), tuple(parameters), tuple(responses), tuple(bodies), tuple(_items(reader, root)))


def _items(reader: SchemaReader, root: Mapping) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    """Path items that a path may refer to: those in components and those of paths themselves."""
    setting = Setting(_servers(root), None)
    for name, (_, value) in root.mapping("components").mapping("pathItems").pairs.items():
        if isinstance(value, Mapping):
            operations = operations_of(reader, "", value, setting)
            yield f"/components/pathItems/{escaped(name)}", tuple(operations)


def external_references(root: Node) -> Iterator[Reference]:
    """Every `$ref` that leaves the document."""
    for _, node in walk(root):
        if isinstance(node, Mapping):
            ref = reference(node)
            if ref and not ref.startswith("#"):
                yield Reference(node.pairs["$ref"][1].span, ref)


def escaped(key: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")
