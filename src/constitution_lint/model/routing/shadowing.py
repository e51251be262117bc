"""Within the routing evaluator: which endpoints an earlier pattern swallows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from constitution_lint.model.routing.types import Endpoint

_PARAMETER = re.compile(r"\{([^}:]*)(?::([^}]*))?\}")
_ACCEPTS = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
}
_EXAMPLES = {
    "str": "\x01",
    "path": "\x01/\x01",
    "int": "7",
    "float": "7.5",
    "uuid": "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
}


def with_shadows(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The endpoints with `shadowed_by` set where every request of their path and method goes to an earlier one."""
    patterns: dict[tuple[str, str, str], list[tuple[re.Pattern[str], Endpoint]]] = {}
    found: list[Endpoint] = []
    for endpoint in endpoints:
        if not endpoint.mounted:
            found.append(endpoint)
            continue
        example = example_of(endpoint.path) + ("/\x01" if endpoint.method == "MOUNT" else "")
        by = _earlier(patterns, endpoint, example)
        found.append(endpoint._replace(shadowed_by=by) if by else endpoint)
        literal = (
            endpoint.path.partition("{")[0].rstrip("/")
            if endpoint.method == "MOUNT"
            else endpoint.path.partition("{")[0]
        )
        key = (endpoint.app, endpoint.method, literal)
        patterns.setdefault(key, []).append((pattern_of(endpoint), endpoint))
    return found


def _earlier(
    patterns: dict[tuple[str, str, str], list[tuple[re.Pattern[str], Endpoint]]], endpoint: Endpoint, example: str
) -> str:
    methods = (endpoint.method, "MOUNT") if endpoint.method != "MOUNT" else ("MOUNT",)
    for end in range(len(example) + 1):
        for method in methods:
            for pattern, earlier in patterns.get((endpoint.app, method, example[:end]), ()):
                if pattern.fullmatch(example) and _always_there(earlier, endpoint):
                    return f"{earlier.method} {earlier.path}"
    return ""


def _always_there(earlier: Endpoint, endpoint: Endpoint) -> bool:
    return not earlier.condition or endpoint.condition.startswith(earlier.condition)


def pattern_of(endpoint: Endpoint) -> re.Pattern[str]:
    """The paths an endpoint takes, as Starlette compiles them."""
    pieces: list[str] = []
    position = 0
    path = endpoint.path.rstrip("/") if endpoint.method == "MOUNT" else endpoint.path
    for match in _PARAMETER.finditer(path):
        pieces.append(re.escape(path[position : match.start()]))
        pieces.append(_ACCEPTS.get(match[2] or "str", "[^/]+"))
        position = match.end()
    pieces.append(re.escape(path[position:]))
    return re.compile("".join(pieces) + ("(?:/.*)?" if endpoint.method == "MOUNT" else ""), re.S)


def example_of(path: str) -> str:
    """One path the template stands for, with parts that only an equally wide parameter takes."""
    return _PARAMETER.sub(lambda match: _EXAMPLES.get(match[2] or "str", "\x01"), path)
