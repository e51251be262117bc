"""For names: modules that code loads by name or by file path instead of an import statement.

Of a path only its end is known for certain; it leads to the module of the project that ends so and lies nearest.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    Assign,
    Attribute,
    Binary,
    Call,
    CodeFacts,
    Const,
    Expr,
    JoinedStr,
    Name,
)
from constitution_lint.model.walk import calls, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.names import Names

BY_NAME = frozenset({"importlib.import_module", "builtins.__import__"})
OF_SPEC = "importlib.util.module_from_spec"
BY_PATH = frozenset(
    {"importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader", "imp.load_source"}
)
_LAST = frozenset(one.rpartition(".")[2] for one in (*BY_NAME, *BY_PATH, OF_SPEC))
_SAME = frozenset({"resolve", "absolute", "as_posix", "expanduser"})
_WRAPPERS = frozenset({"str", "Path", "PurePath", "abspath", "realpath", "normpath", "fspath"})
_DEEPEST = 12


def loaded_in(names: Names, file: str) -> Iterator[tuple[Call, str]]:
    """The calls of a file that load a module of the project, each with the module's key."""
    for call in calls(names.code[file].body):
        key = loaded_by(names, file, call)
        if key is not None:
            yield call, key


def loaded_by(names: Names, file: str, call: Call) -> str | None:
    """The key of the module that a call loads, or makes of what loads it; None for every other call."""
    dotted = _callee(names, file, call.func)
    if dotted in BY_NAME:
        return _by_name(names, file, call)
    if dotted in BY_PATH:
        path = call.argument(1, "location") or call.keyword("path") or call.keyword("pathname")
        return names.ending(file, "/".join(_tail(names.code[file], path, 0)))
    if dotted == OF_SPEC:
        spec = call.argument(0, "spec")
        value = spec if isinstance(spec, Call) else _only(names.code[file], spec)
        return loaded_by(names, file, value) if isinstance(value, Call) and value is not call else None
    if isinstance(call.func, Attribute) and call.func.attr == "load_module" and isinstance(call.func.value, Call):
        return loaded_by(names, file, call.func.value)
    return None


def _callee(names: Names, file: str, func: Expr) -> str:
    """The full name of a loader of the library; "" for anything that is not called like one."""
    last = func.attr if isinstance(func, Attribute) else func.id if isinstance(func, Name) else ""
    if last not in _LAST:
        return ""
    found = names.resolve_expression(file, func)
    if found is not None:
        return found.dotted if found.kind == "external" else ""
    return "builtins.__import__" if isinstance(func, Name) and func.id == "__import__" else ""


def _by_name(names: Names, file: str, call: Call) -> str | None:
    written = call.argument(0, "name")
    if not isinstance(written, Const) or not isinstance(written.value, str):
        return None
    inner = written.value.lstrip(".")
    if level := len(written.value) - len(inner):
        return names.relative(file, inner, level)
    return names.module(file, inner) if inner else None


# --- paths -----------------------------------------------------------------------------------------------------------


def _tail(facts: CodeFacts, path: Expr | None, depth: int) -> list[str]:
    """The parts at the end of a path that are written down; none where its end is not."""
    if path is None or depth > _DEEPEST:
        return []
    if isinstance(path, Const):
        return _parts(path.value)
    if isinstance(path, JoinedStr):
        last = path.parts[-1] if path.parts else None
        return _parts(last.value)[int(len(path.parts) > 1) :] if isinstance(last, Const) else []
    if isinstance(path, Binary) and path.op in ("/", "+"):
        return _joined(facts, (path.left, path.right), depth)
    if isinstance(path, Name):
        return _tail(facts, _only(facts, path), depth + 1)
    return _tail_of_call(facts, path, depth) if isinstance(path, Call) else []


def _tail_of_call(facts: CodeFacts, call: Call, depth: int) -> list[str]:
    """`os.path.join(…)`, `Path(…)`, `path.joinpath(…)`, `path.resolve()`."""
    func, given = call.func, tuple(arg.value for arg in call.args)
    last = func.attr if isinstance(func, Attribute) else func.id if isinstance(func, Name) else ""
    if last == "joinpath" and isinstance(func, Attribute):
        return _joined(facts, (func.value, *given), depth)
    if last in _SAME and isinstance(func, Attribute):
        return _tail(facts, func.value, depth + 1)
    return _joined(facts, given, depth) if last == "join" or last in _WRAPPERS else []


def _joined(facts: CodeFacts, pieces: tuple[Expr, ...], depth: int) -> list[str]:
    """The end of several pieces: what stands before one that is not known is not known either."""
    found: list[str] = []
    for piece in pieces:
        tail = _tail(facts, piece, depth + 1)
        found = [*found, *tail] if tail else []
    return found[len(found) - found[::-1].index("..") :] if ".." in found else found


def _parts(text: object) -> list[str]:
    return [part for part in text.split("/") if part not in ("", ".")] if isinstance(text, str) else []


def _only(facts: CodeFacts, name: Expr | None) -> Expr | None:
    """The value of a name that a file assigns once, at whatever level."""
    if not isinstance(name, Name):
        return None
    found = [
        node.value
        for node in walk_statements(facts.body)
        if isinstance(node, Assign) and any(isinstance(one, Name) and one.id == name.id for one in node.targets)
    ]
    return found[0] if len(found) == 1 else None


def nearest(file: str, tail: str, keys: list[str]) -> str | None:
    """Of modules whose keys end alike the one that has most folders in common with the file; None for a draw."""
    found = [key for key in keys if key == tail or key.endswith(f"/{tail}")]
    shared = {key: _common(dirname(file), key) for key in found}
    best = [key for key in found if shared[key] == max(shared.values())]
    return best[0] if len(best) == 1 else None


def _common(folder: str, key: str) -> int:
    parts = zip(folder.split("/"), key.split("/"), strict=False)
    return next((number for number, (one, other) in enumerate(parts) if one != other), len(folder.split("/")))
