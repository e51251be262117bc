"""Compares the static route table of a small project with the one FastAPI builds from the same source."""

import importlib
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from constitution_lint.facts.code import Call
from constitution_lint.facts.source import Source
from constitution_lint.model.names import Names
from constitution_lint.model.routing import endpoints_of
from constitution_lint.model.routing.types import Endpoint, Scoped, Served
from constitution_lint.model.walk import dotted_name
from constitution_lint.readers.python import read


def names_for(files: dict[str, str]) -> Names:
    return Names({path: read(Source(path, text.encode())) for path, text in sorted(files.items())})


def served(files: dict[str, str]) -> Served:
    return endpoints_of(names_for(files))


def table(files: dict[str, str]) -> list[tuple[str, str, str]]:
    """Method, path and handler of everything served, mounts left out; the methods of one route sorted."""
    return grouped(
        [
            (one.method, one.path, one.handler.qualname.split(".")[-1] if one.handler else "")
            for one in served(files).endpoints
            if one.mounted and one.method != "MOUNT"
        ]
    )


def grouped(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The order of routes kept, that of the methods of one route sorted."""
    groups = groupby(found, key=lambda one: one[1:])
    return [one for _, group in groups for one in sorted(group)]


def unmounted(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in served(files).endpoints if not one.mounted]


def only(files: dict[str, str], path: str) -> Endpoint:
    found = [one for one in served(files).endpoints if one.path == path]
    assert len(found) == 1, [one.path for one in served(files).endpoints]
    return found[0]


def dependencies(files: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    """What each route depends on beyond its parameters: dependencies of application, includes, router, decorator."""
    return {
        (one.method, one.path): [_name_of(scoped) for scoped in one.dependencies]
        for one in served(files).endpoints
        if one.mounted and one.method != "MOUNT"
    }


def _name_of(scoped: Scoped) -> str:
    """The name of what a dependency calls, followed through the locals of a factory."""
    if scoped.function is not None:
        return scoped.function.definition.name
    call = scoped.expression
    written = call.argument(0, "dependency") or call.func if isinstance(call, Call) else call
    name = dotted_name(written.func if isinstance(written, Call) else written).rsplit(".", 1)[-1]
    inner = dict(scoped.bound).get(name)
    return name if inner is None else _name_of(inner)


class Built:
    """The application FastAPI itself builds from the files, imported as `<module>:<name>`."""

    def __init__(self, folder: Path, files: dict[str, str], target: str) -> None:
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        module, _, name = target.partition(":")
        before = set(sys.modules)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        try:
            found: Any = importlib.import_module(module)
            for part in name.removesuffix("()").split("."):
                found = getattr(found, part)
            self.app = found() if name.endswith("()") else found
        finally:
            sys.path.remove(str(folder))
            for added in set(sys.modules) - before:
                origin = getattr(sys.modules[added], "__file__", None) or ""
                if origin.startswith(str(folder)) or not origin:
                    del sys.modules[added]

    def table(self) -> list[tuple[str, str, str]]:
        return grouped([found[:3] for found in routes_of(self.app, "")])

    def dependencies(self) -> dict[tuple[str, str], list[str]]:
        return {
            (method, path): [_function_name(one.dependency) for one in depends]
            for method, path, _, depends in routes_of(self.app, "")
        }


_DOCUMENTATION = frozenset({"openapi", "swagger_ui_html", "swagger_ui_redirect", "redoc_html"})


def routes_of(app: Any, prefix: str) -> list[tuple[str, str, str, Any]]:
    from fastapi.routing import iter_route_contexts

    found: list[tuple[str, str, str, Any]] = []
    for context in iter_route_contexts(app.routes):
        inner = getattr(context, "app", None)
        if type(context.original_route).__name__ == "Mount":
            found.extend(routes_of(inner, prefix + str(context.path)) if hasattr(inner, "routes") else [])
            continue
        endpoint: Any = context.endpoint
        while hasattr(endpoint, "func"):
            endpoint = endpoint.func
        name = getattr(endpoint, "__name__", "__call__")
        if name in _DOCUMENTATION or type(endpoint).__name__ == "_Documentation":
            continue
        dependant = getattr(context, "dependant", None)
        methods = sorted(context.methods or ["WEBSOCKET"])
        if dependant is None and "GET" in methods:
            methods = [method for method in methods if method != "HEAD"]
        depends = getattr(context, "dependencies", None) or ()
        found.extend((method, prefix + str(context.path), name, depends) for method in methods)
    return found


def _function_name(dependency: Any) -> str:
    while hasattr(dependency, "func") and not hasattr(dependency, "__name__"):
        dependency = dependency.func
    return getattr(dependency, "__name__", type(dependency).__name__)
