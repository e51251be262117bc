"""Output of `contract`: one application's served operations as OpenAPI 3.1, written as FastAPI would write it.

What FastAPI derives at run time from types is derived from the source: parameters, bodies, responses, security schemes.
"""

import re
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from constitution_lint.facts.code import Const, Expr
from constitution_lint.model.operations import ServedOperation, models_of
from constitution_lint.model.operations.applications import operations_served_by
from constitution_lint.model.operations.models import Models
from constitution_lint.model.operations.shapes import (
    NOTHING,
    Anything,
    Either,
    EnumOf,
    File,
    ListOf,
    MapOf,
    ModelOf,
    Scalar,
    Shape,
)
from constitution_lint.model.operations.types import BodyPart, SecurityScheme, ServedParameter
from constitution_lint.model.project import Project
from constitution_lint.model.routing.types import App

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

VERSION = "3.1.0"
_SECURITY: dict[str, dict[str, Json]] = {
    "HTTPBearer": {"type": "http", "scheme": "bearer"},
    "HTTPBasic": {"type": "http", "scheme": "basic"},
    "HTTPDigest": {"type": "http", "scheme": "digest"},
    "APIKeyHeader": {"type": "apiKey", "in": "header"},
    "APIKeyQuery": {"type": "apiKey", "in": "query"},
    "APIKeyCookie": {"type": "apiKey", "in": "cookie"},
}
_REASONS = {200: "Successful Response", 422: "Validation Error"}


def document(project: Project, app: App, title: str = "") -> dict[str, Json]:
    """The OpenAPI document of one application."""
    schemas = _Schemas(models_of(project))
    paths: dict[str, Json] = {}
    schemes: dict[str, SecurityScheme] = {}
    for one in operations_served_by(project, app):
        item = paths.setdefault(_template(one.endpoint.path), {})
        if isinstance(item, dict):
            item[one.endpoint.method.lower()] = _operation(one, schemas)
        schemes.update({scheme.name: scheme for scheme in one.inputs.schemes})
    components = _components(schemas, schemes)
    made: dict[str, Json] = {
        "openapi": VERSION,
        "info": {"title": title or app.name, "version": "0.1.0"},
        "paths": paths,
    }
    return {**made, "components": components} if components else made


def rendered(made: dict[str, Json]) -> str:
    """The document as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _template(path: str) -> str:
    """Starlette's converters are no part of an OpenAPI path: `{file:path}` is `{file}`."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path) or "/"


def _components(schemas: "_Schemas", schemes: dict[str, SecurityScheme]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if schemas.made:
        made["schemas"] = dict(sorted(schemas.made.items()))
    if schemes:
        made["securitySchemes"] = {name: _scheme(scheme) for name, scheme in schemes.items()}
    return made


def _scheme(scheme: SecurityScheme) -> Json:
    settings = dict(scheme.settings)
    if scheme.kind == "OAuth2PasswordBearer":
        address = settings.get("tokenUrl") or settings.get("first", "")
        return {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": address}}}
    if scheme.kind == "OAuth2AuthorizationCodeBearer":
        begin = settings.get("authorizationUrl", settings.get("first", ""))
        flow: Json = {"scopes": {}, "authorizationUrl": begin, "tokenUrl": settings.get("tokenUrl", "")}
        return {"type": "oauth2", "flows": {"authorizationCode": flow}}
    if scheme.kind == "OpenIdConnect":
        address = settings.get("openIdConnectUrl", settings.get("first", ""))
        return {"type": "openIdConnect", "openIdConnectUrl": address}
    made = dict(_SECURITY.get(scheme.kind, {"type": "http", "scheme": "bearer"}))
    if made.get("type") == "apiKey":
        made["name"] = settings.get("name", settings.get("first", scheme.name))
    return made


def _operation(one: ServedOperation, schemas: "_Schemas") -> Json:
    endpoint, inputs = one.endpoint, one.inputs
    name = endpoint.handler.definition.name if endpoint.handler is not None else "operation"
    identity = operation_id(name, endpoint.path, endpoint.method)
    made: dict[str, Json] = {}
    if endpoint.tags:
        made["tags"] = list(dict.fromkeys(endpoint.tags))
    made["summary"] = name.replace("_", " ").title()
    made["operationId"] = identity
    if inputs.schemes:
        made["security"] = [{scheme.name: []} for scheme in inputs.schemes]
    parameters = [_parameter(p, schemas) for p in _path_parameters(one) if not p.hidden]
    if parameters:
        made["parameters"] = list(parameters)
    if inputs.body and endpoint.method not in ("GET", "HEAD", "OPTIONS"):
        made["requestBody"] = _body(inputs.body, identity, schemas)
    made["responses"] = _responses(one, schemas, bool(parameters or "requestBody" in made))
    return made


def operation_id(name: str, path: str, method: str) -> str:
    """As `fastapi.routing.generate_unique_id` writes it."""
    return f"{re.sub(r'[^0-9A-Za-z_]', '_', name + _template(path))}_{method.lower()}"


def _path_parameters(one: ServedOperation) -> Iterable[ServedParameter]:
    """The parameters; a name in the path that no handler takes is a string all the same, as the document needs it."""
    named = {p.name for p in one.inputs.parameters if p.place == "path"}
    for name in re.findall(r"\{(\w+)(?::\w+)?\}", one.endpoint.path):
        if name not in named:
            yield ServedParameter(name, "path", True, Scalar("string"), one.endpoint.location)
    yield from (p for p in one.inputs.parameters if p.place != "path" or f"{{{p.name}" in one.endpoint.path)


def _parameter(parameter: ServedParameter, schemas: "_Schemas") -> Json:
    schema = schemas.of(parameter.shape)
    if isinstance(schema, dict):
        _with_default(schema, parameter.default)
        schema.setdefault("title", _title(parameter.name))
    return {"name": parameter.name, "in": parameter.place, "required": parameter.required, "schema": schema}


def _body(parts: tuple[BodyPart, ...], identity: str, schemas: "_Schemas") -> Json:
    kinds = {part.kind for part in parts}
    media = (
        "multipart/form-data"
        if "file" in kinds
        else "application/x-www-form-urlencoded"
        if "form" in kinds
        else "application/json"
    )
    first = parts[0]
    alone = len(parts) == 1 and not first.embed and (first.kind == "json" or isinstance(first.shape, ModelOf))
    schema = schemas.of(first.shape) if alone else schemas.composed(f"Body_{identity}", parts)
    made: dict[str, Json] = {"content": {media: {"schema": schema}}}
    if any(part.required for part in parts):
        made["required"] = True
    return made


def _responses(one: ServedOperation, schemas: "_Schemas", has_input: bool) -> Json:
    status = one.answers.declared
    made: dict[str, Json] = {str(status): _success(one, status, schemas)}
    for other in one.answers.documented:
        told: dict[str, Json] = {"description": other.description or _REASONS.get(other.code, "Additional Response")}
        if other.model is not None:
            told["content"] = {"application/json": {"schema": schemas.of(other.model)}}
        made.setdefault(str(other.code), told)
    if has_input:
        made.setdefault(
            "422",
            {"description": _REASONS[422], "content": {"application/json": {"schema": schemas.validation_error()}}},
        )
    return made


def _success(one: ServedOperation, status: int, schemas: "_Schemas") -> Json:
    made: dict[str, Json] = {"description": _REASONS[200]}
    if status in (204, 205, 304) or status < 200:
        return made
    media = one.answers.media
    if media == "application/json":
        model = one.answers.model
        made["content"] = {media: {"schema": schemas.of(model) if model is not None else {}}}
    elif media:
        made["content"] = {media: {"schema": {"type": "string"}}}
    return made


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _with_default(schema: dict[str, Json], default: Expr | None) -> None:
    if isinstance(default, Const) and default.kind == "plain" and default.value is not None and "$ref" not in schema:
        schema["default"] = default.value


class _Schemas:
    """The component schemas met so far; each model is written once, under a name of its own."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.made: dict[str, Json] = {}
        self._names: dict[tuple[str, str, tuple[Shape, ...]], str] = {}

    def of(self, shape: Shape) -> Json:
        """The schema of a shape; models and enumerations by reference."""
        if isinstance(shape, Scalar):
            return _scalar(shape)
        if isinstance(shape, ListOf):
            return {"type": "array", "items": self.of(shape.items)}
        if isinstance(shape, MapOf):
            further = self.of(shape.values)
            return {"type": "object", "additionalProperties": further if further != {} else True}
        if isinstance(shape, Either):
            return {"anyOf": [self.of(option) for option in shape.options]}
        if isinstance(shape, ModelOf):
            return self._reference(shape)
        if isinstance(shape, EnumOf):
            return self._enumeration(shape)
        if isinstance(shape, File):
            return {"type": "string", "contentMediaType": "application/octet-stream"}
        return {}

    def composed(self, name: str, parts: tuple[BodyPart, ...]) -> Json:
        """The body that FastAPI composes of several parameters."""
        properties: dict[str, Json] = {}
        for part in parts:
            schema = self.of(part.shape)
            if isinstance(schema, dict):
                _with_default(schema, part.default)
                if "$ref" not in schema:
                    schema.setdefault("title", _title(part.name))
            properties[part.name] = schema
        made: dict[str, Json] = {"type": "object", "title": name, "properties": properties}
        required: list[Json] = [part.name for part in parts if part.required]
        self.made[name] = {**made, "required": required} if required else made
        return _ref(name)

    def validation_error(self) -> Json:
        """FastAPI's own answer to input that does not fit."""
        place: Json = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
        self.made["ValidationError"] = {
            "title": "ValidationError",
            "type": "object",
            "required": ["loc", "msg", "type"],
            "properties": {
                "loc": {"title": "Location", "type": "array", "items": place},
                "msg": {"title": "Message", "type": "string"},
                "type": {"title": "Error Type", "type": "string"},
                "input": {"title": "Input"},
                "ctx": {"title": "Context", "type": "object"},
            },
        }
        items: Json = {"type": "array", "title": "Detail", "items": _ref("ValidationError")}
        self.made["HTTPValidationError"] = {
            "title": "HTTPValidationError",
            "type": "object",
            "properties": {"detail": items},
        }
        return _ref("HTTPValidationError")

    def _enumeration(self, shape: EnumOf) -> Json:
        name = self._name(ModelOf(shape.definition))
        if name not in self.made:
            values = list(self.models.enumeration(shape))
            kind = "integer" if values and all(isinstance(value, int) for value in values) else "string"
            made: dict[str, Json] = {"type": kind, "title": name}
            self.made[name] = {**made, "enum": list(values)} if values else made
        return _ref(name)

    def _reference(self, shape: ModelOf) -> Json:
        name = self._name(shape)
        if name not in self.made:
            self.made[name] = {}
            self.made[name] = self._model(shape, name)
        return _ref(name)

    def _model(self, shape: ModelOf, name: str) -> Json:
        fields = self.models.fields(shape)
        if fields.root is not None:
            schema = self.of(fields.root)
            return {**schema, "title": name} if isinstance(schema, dict) else schema
        properties: dict[str, Json] = {}
        for field in fields.fields:
            if field.excluded:
                continue
            schema = self.of(field.shape)
            if isinstance(schema, dict) and "$ref" not in schema:
                schema.setdefault("title", _title(field.name))
                _with_default(schema, field.default)
            properties[field.alias] = schema
        made: dict[str, Json] = {"type": "object", "title": name, "properties": properties}
        required: list[Json] = [f.alias for f in fields.fields if f.required and not f.excluded]
        return {**made, "required": required} if required else made

    def _name(self, shape: ModelOf) -> str:
        """The class's name; with its module in front where two classes share one."""
        definition = shape.definition
        key = (definition.file, definition.name, shape.arguments)
        if key not in self._names:
            plain = definition.name + "".join(f"_{_written(argument)}_" for argument in shape.arguments)
            name = re.sub(r"[^\w.-]", "_", plain)
            if name in self._names.values():
                module = definition.file.removesuffix(".py").replace("/", "__")
                name = re.sub(r"[^\w.-]", "_", f"{module}__{plain}")
            self._names[key] = name
        return self._names[key]


def _scalar(shape: Scalar) -> Json:
    made: dict[str, Json] = {"type": shape.type}
    if shape.format:
        made["format"] = shape.format
    if len(shape.values) == 1:
        made["const"] = shape.values[0]
    elif shape.values:
        made["enum"] = list(shape.values)
    return made


def _written(shape: Shape) -> str:
    if isinstance(shape, ModelOf | EnumOf):
        return shape.definition.name
    if isinstance(shape, ListOf):
        return f"list_{_written(shape.items)}_"
    if isinstance(shape, MapOf):
        return "dict" if isinstance(shape.values, Anything) else f"dict_str__{_written(shape.values)}_"
    if shape == NOTHING:
        return "NoneType"
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(
        getattr(shape, "type", ""), "Any"
    )


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def as_markdown(made: dict[str, Json]) -> str:
    """The operations of a document as a Markdown table, for a contracts folder."""
    info, paths = made["info"], made["paths"]
    title = info["title"] if isinstance(info, dict) else "API"
    lines = [f"# {title}", "", "| Method | Path | Success | Token |", "|--------|------|---------|-------|"]
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method, operation in item.items() if isinstance(item, dict) else ():
            lines.append(_row(method, path, operation))
    return "\n".join(lines) + "\n"


def _row(method: str, path: str, operation: Json) -> str:
    told = operation if isinstance(operation, dict) else {}
    responses = told.get("responses")
    statuses = [status for status in responses if status.startswith("2")] if isinstance(responses, dict) else []
    token = "yes" if told.get("security") else "no"
    return f"| {method.upper()} | `{path}` | {', '.join(statuses)} | {token} |"
