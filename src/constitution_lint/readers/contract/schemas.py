"""Part of the contract reader: JSON schemas, parameters, bodies and responses of OpenAPI documents as facts."""

from collections.abc import Iterator

from constitution_lint.facts.contract import Body, Media, Parameter, Place, Property, Response, Schema
from constitution_lint.readers.contract.nodes import Mapping, Node, Scalar, Sequence

DEEPEST_SCHEMA = 12
"""Levels of inline schemas read; what is below counts as open."""
MOST_SCHEMAS = 60_000
"""Schemas kept of one document."""

_PLACES: dict[str, Place] = {
    "path": "path",
    "query": "query",
    "header": "header",
    "cookie": "cookie",
    "querystring": "querystring",
    "body": "body",
    "formData": "formData",
}


class SchemaReader:
    """Reads the schemas of one document and counts them, so that aliases cannot multiply them without end."""

    def __init__(self) -> None:
        self.kept = 0

    def schema(self, node: Node | None, depth: int = 0) -> Schema | None:
        """The schema at a node; None where there is no mapping."""
        if not isinstance(node, Mapping):
            return None
        self.kept += 1
        if depth >= DEEPEST_SCHEMA or self.kept > MOST_SCHEMAS:
            return Schema(node.span, open=True)
        return Schema(
            node.span,
            types=_types(node),
            format=node.text("format"),
            ref=reference(node),
            properties=tuple(self._properties(node, depth + 1)),
            items=self.schema(node.get("items"), depth + 1),
            parts=tuple(self._several(node, "allOf", depth + 1)),
            alternatives=(*self._several(node, "anyOf", depth + 1), *self._several(node, "oneOf", depth + 1)),
            open=_is_open(node),
        )

    def _properties(self, node: Mapping, depth: int) -> Iterator[Property]:
        required = {item.text for item in node.sequence("required") if isinstance(item, Scalar)}
        for name, (key, value) in node.mapping("properties").pairs.items():
            inner = self.schema(value, depth)
            if inner is not None:
                yield Property(key.span, name, inner, name in required)

    def _several(self, node: Mapping, key: str, depth: int) -> Iterator[Schema]:
        for item in node.sequence(key):
            inner = self.schema(item, depth)
            if inner is not None:
                yield inner

    def parameter(self, node: Node) -> Parameter | None:
        """A parameter object or a reference to one; a Swagger 2.0 parameter carries its type itself."""
        if not isinstance(node, Mapping):
            return None
        ref = reference(node)
        name = node.text("name")
        if not ref and not name:
            return None
        span = node.pairs["name"][1].span if "name" in node.pairs else node.span
        content = node.mapping("content")
        schema = self.schema(node.get("schema"))
        if schema is None:
            media = next(iter(self.media(content)), None)
            schema = media.schema if media is not None else self.schema(node) if "type" in node.pairs else None
        return Parameter(span, name, _PLACES.get(node.text("in"), ""), node.is_true("required"), schema, ref)

    def parameters(self, node: Mapping) -> tuple[Parameter, ...]:
        found = (self.parameter(item) for item in node.sequence("parameters"))
        return tuple(parameter for parameter in found if parameter is not None)

    def media(self, content: Mapping) -> Iterator[Media]:
        for name, (key, value) in content.pairs.items():
            yield Media(key.span, name, self.schema(value.get("schema")) if isinstance(value, Mapping) else None)

    def body(self, node: Node | None) -> Body | None:
        if not isinstance(node, Mapping):
            return None
        content = tuple(self.media(node.mapping("content")))
        return Body(node.span, node.is_true("required"), content, reference(node))

    def response(self, status: Scalar, node: Node) -> Response:
        if not isinstance(node, Mapping):
            return Response(status.span, status.text)
        content = tuple(self.media(node.mapping("content")))
        if not content and "schema" in node.pairs:
            content = (Media(node.key("schema"), "application/json", self.schema(node.get("schema"))),)
        return Response(status.span, status.text, content, reference(node))


def reference(node: Mapping) -> str:
    """The text of a `$ref`, "" without one; a property that happens to be named $ref holds a mapping."""
    return node.text("$ref")


def _types(node: Mapping) -> tuple[str, ...]:
    found = node.get("type")
    listed = [item.text for item in found.items if isinstance(item, Scalar)] if isinstance(found, Sequence) else []
    types = [found.text] if isinstance(found, Scalar) else listed
    if node.is_true("nullable") and "null" not in types:
        types.append("null")
    return tuple(types)


def _is_open(node: Mapping) -> bool:
    further = node.get("additionalProperties")
    if isinstance(further, Scalar):
        return further.value() is True
    return further is not None or "patternProperties" in node.pairs
