"""Part of the contract reader: what makes an OpenAPI document invalid, one sentence and one span per fault.

References are checked here by hand, since a validator would follow them in circles, over files and over the network;
then openapi-spec-validator judges the document without those that leave it. Its import waits for a document.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from constitution_lint.facts.contract import Fault
from constitution_lint.facts.location import Span
from constitution_lint.readers.contract.nodes import Mapping, Node, find, plain_value, walk
from constitution_lint.readers.contract.schemas import reference

VALIDATED_NODES = 40_000
"""Nodes up to which the whole document goes to the validator; beyond, references and outline alone are checked."""
FAULT_LIMIT = 60
"""Faults reported of one document."""
LONGEST_CHAIN = 40
"""References that may lead from one to the next."""
_MESSAGE_LIMIT = 160
_PATH_PARAMETER = re.compile(r"^Path parameter '(.+)' for '(\w+)' operation in '(.+)' was not resolved")


def faults_of(root: Mapping) -> Iterator[Fault]:
    """The faults of an OpenAPI document in the order of lines."""
    followed = _Followed(root)
    found = [*_reference_faults(root, followed), *_outline_faults(root), *_validator_faults(root, followed)]
    unique = {(fault.span.line, fault.message): fault for fault in found}
    yield from sorted(unique.values(), key=lambda fault: (fault.span, fault.message))[:FAULT_LIMIT]


def _outline_faults(root: Mapping) -> Iterator[Fault]:
    version = root.text("openapi") or root.text("swagger")
    if not re.fullmatch(r"(?:3\.[012]\.\d+(?:-[\w.]+)?|2\.0)", version):
        yield Fault(root.key("openapi"), f'"{version}" is no version of OpenAPI')
    for path, (key, _) in root.mapping("paths").pairs.items():
        if not path.startswith(("/", "x-")):
            yield Fault(key.span, f'the path "{path}" does not begin with a slash')


class _Followed:
    """The local references of a document, each looked up once."""

    def __init__(self, root: Mapping) -> None:
        self.root = root
        self.next: dict[str, str | None] = {}

    def fault(self, ref: str) -> str:
        """What is wrong with a local reference; "" when it reaches something."""
        seen = [ref]
        while True:
            if not ref.startswith("#/") and ref != "#":
                return ""
            following = self._following(ref)
            if following is None:
                return f"{ref} leads nowhere in this document"
            if not following:
                return ""
            ref = following
            if ref in seen:
                return f"{ref} refers to itself ({' -> '.join([*seen, ref][:4])})"
            if len(seen) >= LONGEST_CHAIN:
                return f"{seen[0]} leads on through more than {LONGEST_CHAIN} references"
            seen.append(ref)

    def _following(self, ref: str) -> str | None:
        """The reference that stands where a reference leads, "" for a definition, None for nothing."""
        if ref not in self.next:
            target, _ = find(self.root, steps(ref))
            self.next[ref] = None if target is None else reference(target) if isinstance(target, Mapping) else ""
        return self.next[ref]


def _reference_faults(root: Mapping, followed: _Followed) -> Iterator[Fault]:
    """Local references that lead nowhere, or round in a circle without ever reaching a definition."""
    for _, node in walk(root):
        if not isinstance(node, Mapping):
            continue
        ref = reference(node)
        if not ref.startswith("#"):
            continue
        span = node.pairs["$ref"][1].span
        fault = followed.fault(ref)
        if fault:
            yield Fault(span, fault)


def steps(ref: str) -> tuple[str, ...]:
    """The keys of a reference's JSON pointer (RFC 6901)."""
    from urllib.parse import unquote

    pointer = ref.partition("#")[2]
    return tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _validator_faults(root: Mapping, followed: _Followed) -> Iterator[Fault]:
    if sum(1 for _ in walk(root)) > VALIDATED_NODES:
        return
    validator = _validator(root.text("openapi"), _without_dead_ends(plain_value(root), followed))
    if validator is None:
        return
    faults: list[_Placed] = []
    try:
        faults.extend(_fault(root, error) for error in islice(validator.iter_errors(), FAULT_LIMIT))
    except RecursionError:
        faults.append(_Placed(Fault(root.span, "the document's references nest without end")))
    except Exception as error:
        faults.append(_Placed(Fault(root.span, f"the document cannot be validated ({type(error).__name__})")))
    told = {placed.fault.span.line for placed in faults if not placed.within_schema}
    yield from (one.fault for one in faults if not one.within_schema or one.fault.span.line not in told)


class _Placed(NamedTuple):
    """A fault of the document, or one the validator saw once more in a schema by itself, whose path begins there."""

    fault: Fault
    within_schema: bool = False


def _validator(version: str, document: Any) -> Any:
    import openapi_spec_validator as library

    name = {"3.0": "OpenAPIV30SpecValidator", "3.1": "OpenAPIV31SpecValidator", "3.2": "OpenAPIV32SpecValidator"}
    made = getattr(library, name.get(version[:3], ""), None)
    if made is None:
        return None
    validator = made(document)
    validator.schema_validator = _by_schema(version[:3], validator.schema_validator.schema)
    return validator


_by_version: dict[str, Any] = {}


def _by_schema(version: str, schema: Any) -> Any:
    """The validator of a version's schema, walked for anchors once: the library would do so for each of them."""
    if version not in _by_version:
        from jsonschema.validators import validator_for  # type: ignore[import-untyped]
        from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
        from referencing import Resource

        resource = Resource.from_contents(schema)
        uri = resource.id() or ""
        resolver = REGISTRY.with_resource(uri, resource).crawl().resolver(uri)
        _by_version[version] = validator_for(schema)(schema, _resolver=resolver)
    return _by_version[version]


def _without_dead_ends(value: Any, followed: _Followed) -> Any:
    """The document without references that leave it or lead nowhere, which were told already.

    In a list they fall out; elsewhere what may stand there stands.

    Shared parts stay shared, so that aliases cost nothing.
    """
    made: dict[int, Any] = {}

    def leaves(inner: Any) -> bool:
        ref = inner.get("$ref") if isinstance(inner, dict) else None
        return isinstance(ref, str) and (not ref.startswith("#") or bool(followed.fault(ref)))

    def cut(inner: Any, key: str) -> Any:
        if not isinstance(inner, dict | list):
            return inner
        if id(inner) in made:
            return made[id(inner)]
        if isinstance(inner, list):
            result: Any = [cut(item, key) for item in inner if not leaves(item)]
        elif leaves(inner):
            result = {"description": ""} if key == "responses" else {"content": {}} if key == "requestBody" else {}
        else:
            result = {name: cut(item, key if key == "responses" else name) for name, item in inner.items()}
        made[id(inner)] = result
        return result

    return cut(value, "")


def _fault(root: Mapping, error: Any) -> _Placed:
    best = _deepest(error)
    if match := _PATH_PARAMETER.search(best.message):
        name, method, path = match.groups()
        sentence = f"{method.upper()} {path}: the path parameter {name} is not described"
        return _Placed(Fault(find(root, ("paths", path, method))[1], sentence))
    path = tuple(best.absolute_path)
    node, span = find(root, path)
    within = _within_schema(root, path, best.instance) if node is None and path else None
    if within is not None:
        return _Placed(Fault(within, _sentence(path, best)), True)
    if node is None or not path:
        span = _of_schema(root, error) or span
    return _Placed(Fault(_of_named_key(node, best, span), _sentence(path, best)))


def _within_schema(root: Mapping, path: tuple[Any, ...], instance: Any) -> Span | None:
    """Where a path that does not begin at the root leads to the value that the validator refused."""
    for _, node in walk(root):
        if isinstance(node, Mapping) and str(path[0]) in node.pairs:
            found, span = find(node, path)
            if found is not None and plain_value(found) == instance:
                return span
    return None


def _of_schema(root: Mapping, error: Any) -> Span | None:
    """The default value of a schema that does not fit: the validator gives the schema, and no path."""
    if not isinstance(error.schema, dict) or "default" not in error.schema:
        return None
    for _, node in walk(root):
        if isinstance(node, Mapping) and "default" in node.pairs and plain_value(node) == error.schema:
            return node.key("default")
    return None


def _of_named_key(node: Node | None, error: Any, span: Span) -> Span:
    """An unexpected key is shown itself; otherwise the place that the error's path leads to."""
    if error.validator in ("additionalProperties", "unevaluatedProperties") and isinstance(node, Mapping):
        for name in re.findall(r"'([^']+)'", error.message):
            if name in node.pairs:
                return node.pairs[name][0].span
    return span


def _deepest(error: Any) -> Any:
    """Of alternatives that all fail, the error that says most: the one that lies deepest, references left aside."""
    for _ in range(20):
        if not error.context:
            return error
        branches: dict[object, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0] if inner.schema_path else 0, []).append(inner)
        telling = [
            branch
            for branch in branches.values()
            if not any(inner.validator == "required" and "'$ref'" in inner.message for inner in branch)
        ]
        chosen = min(telling or list(branches.values()), key=len)
        error = max(chosen, key=lambda inner: len(inner.absolute_path))
    return error


def _sentence(path: tuple[Any, ...], error: Any) -> str:
    message = re.sub(r"^None\b", "null", " ".join(str(error.message).split()))
    if len(message) > _MESSAGE_LIMIT:
        message = _short(error, message)
    place = _place(path)
    return f"{place}: {message}" if place else message


def _short(error: Any, message: str) -> str:
    """A message that quotes a whole object is cut to what it says about it."""
    said = {"oneOf": "fits none of the forms allowed here", "anyOf": "fits none of the forms allowed here"}
    if error.validator in said:
        return said[error.validator]
    for words in (" is not of type ", " is a required property", " is not one of ", " does not match", " is not valid"):
        if words in message:
            return f"the value{words}{message.rpartition(words)[2]}"[:_MESSAGE_LIMIT]
    return f"{message[: _MESSAGE_LIMIT - 1]}…"


def _place(path: tuple[Any, ...]) -> str:
    """`POST /tasks, responses 201` for a path of keys: how people name the place."""
    parts = [str(step) for step in path]
    if len(parts) >= 3 and parts[0] == "paths":
        return " ".join([f"{parts[2].upper()} {parts[1]}", *parts[3:]])
    return " ".join(parts)
