"""Within the routing evaluator: paths, and what code that looks for modules in folders finds there.

Only the folders and Python files of the project are there. A path text inside the project begins with `ROOT`;
one that does not is looked for from the folder of the module the run began with, then outwards.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatch

from constitution_lint.model.routing.values import (
    Arguments,
    Listed,
    Literal,
    Module,
    PathText,
    Unknown,
    Value,
    text_of,
)
from constitution_lint.model.routing.world import ROOT, World

_AS_THEY_ARE = ("abspath", "realpath", "normpath", "expanduser", "fspath", "normcase")
_SAME = ("resolve", "absolute", "expanduser")
_MOST_FOUND = 2_000


def path_text(value: Value | None) -> str | None:
    return value.text if isinstance(value, PathText) else text_of(value)


def located(world: World, text: str) -> str | None:
    """The path inside the project a text leads to; None when there is no such folder or module."""
    if text.startswith(ROOT):
        inside = posixpath.normpath(text[len(ROOT) :].lstrip("/") or ".")
        return "" if inside == "." else inside
    if text.startswith("/"):
        return None
    folder = posixpath.dirname(world.root)
    while True:
        tried = posixpath.normpath(posixpath.join(folder, text))
        tried = "" if tried == "." else tried
        if tried in world.names.folders or tried in world.names.code:
            return tried
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def inside(world: World, folder: str) -> tuple[list[str], list[str]]:
    """The names of the folders and of the Python files directly in a folder, sorted."""
    start = f"{folder}/" if folder else ""
    folders = [one[len(start) :] for one in world.names.folders if one.startswith(start) and one]
    files = [one[len(start) :] for one in world.names.code if one.startswith(start)]
    return (
        sorted(one for one in folders if one and "/" not in one),
        sorted(one for one in files if "/" not in one),
    )


def below(world: World, folder: str) -> list[str]:
    """Every Python file anywhere below a folder, sorted."""
    start = f"{folder}/" if folder else ""
    return sorted(one for one in world.names.code if one.startswith(start))[:_MOST_FOUND]


# --- functions --------------------------------------------------------------------------------------------------------


def call_filesystem(world: World, dotted: str, arguments: Arguments) -> Value | None:
    """`os.path`, `os.walk`, `os.listdir`, `glob.glob`, `pathlib.Path`, `pkgutil`; None for anything else."""
    if dotted.startswith(("os.path.", "posixpath.")):
        return _of_os_path(world, dotted.rsplit(".", 1)[-1], arguments)
    texts = [path_text(one) for one in arguments.positional]
    if dotted in ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"):
        parts = [text for text in texts if text is not None]
        return PathText(posixpath.join(*parts) if parts else ".") if len(parts) == len(texts) else Unknown("a path")
    if dotted in ("pathlib.Path.cwd", "os.getcwd"):
        return PathText(".") if dotted.startswith("pathlib") else Literal(".")
    if dotted in ("os.listdir", "os.walk", "os.scandir", "glob.glob", "glob.iglob"):
        return _searched(world, dotted, texts[0] if texts else ".")
    if dotted in ("pkgutil.iter_modules", "pkgutil.walk_packages"):
        return _modules(world, dotted.endswith("walk_packages"), arguments)
    return _loaded(world, dotted, arguments)


def _of_os_path(world: World, name: str, arguments: Arguments) -> Value:
    texts = [path_text(one) for one in arguments.positional]
    known = [text for text in texts if text is not None]
    if not known or len(known) != len(texts):
        return Unknown(f"os.path.{name}()")
    if name == "join":
        return Literal(posixpath.join(*known))
    if name in ("dirname", "basename"):
        return Literal(posixpath.dirname(known[0]) if name == "dirname" else posixpath.basename(known[0]))
    if name in _AS_THEY_ARE:
        return Literal(posixpath.normpath(known[0]))
    if name == "splitext":
        return Listed([Literal(part) for part in posixpath.splitext(known[0])])
    if name == "relpath":
        start = known[1] if len(known) > 1 else ROOT
        first, second = located(world, known[0]), located(world, start)
        return Literal(posixpath.relpath(f"/{first}", f"/{second}")) if None not in (first, second) else Unknown(name)
    if name in ("exists", "isdir", "isfile") and known[0].startswith(ROOT):
        found = located(world, known[0])
        there = found in world.names.folders if name != "isfile" else False
        if there or found in world.names.code:
            return Literal(there if name == "isdir" else True)
    return Unknown(f"os.path.{name}({known[0].removeprefix(ROOT)})")


def _searched(world: World, dotted: str, text: str | None) -> Value:
    if text is None:
        return Unknown(f"{dotted} of a path that is not known")
    if dotted.startswith("glob"):
        folder, _, pattern = text.rpartition("/")
        return Listed([Literal(one.text) for one in _matching(world, folder or ".", pattern, "**" in text)])
    at = located(world, text)
    if at is None:
        return Unknown(f"{dotted} of {text}")
    if dotted == "os.listdir":
        folders, files = inside(world, at)
        return Listed([Literal(name) for name in sorted([*folders, *files])])
    if dotted == "os.scandir":
        return Listed([PathText(f"{ROOT}/{at}/{name}") for names in inside(world, at) for name in names])
    return Listed(list(_walked(world, at)))


def _walked(world: World, folder: str) -> list[Value]:
    around = [
        folder,
        *sorted(one for one in world.names.folders if one.startswith(f"{folder}/" if folder else "") and one),
    ]
    found: list[Value] = []
    for one in around[:_MOST_FOUND]:
        folders, files = inside(world, one)
        names: list[Value] = [Literal(name) for name in files]
        inner: list[Value] = [Literal(name) for name in folders]
        found.append(Listed([Literal(f"{ROOT}/{one}" if one else ROOT), Listed(inner), Listed(names)]))
    return found


def _matching(world: World, folder: str, pattern: str, is_deep: bool) -> list[PathText]:
    at = located(world, folder.replace("/**", "").replace("**", "."))
    if at is None:
        return []
    if is_deep or pattern.startswith("**"):
        last = pattern.rsplit("/", 1)[-1]
        return [PathText(f"{ROOT}/{one}") for one in below(world, at) if fnmatch(posixpath.basename(one), last)]
    start = f"{ROOT}/{at}" if at else ROOT
    if "/" in pattern:
        return [PathText(f"{ROOT}/{one}") for one in below(world, at) if fnmatch(one, f"{at}/{pattern}".lstrip("/"))]
    folders, files = inside(world, at)
    return [PathText(f"{start}/{name}") for name in sorted([*folders, *files]) if fnmatch(name, pattern)]


def _modules(world: World, is_deep: bool, arguments: Arguments) -> Value:
    """`pkgutil.iter_modules(paths, prefix)`: finder, name and whether it is a package, of each module."""
    paths, prefix = arguments.get(0, "path"), text_of(arguments.get(1, "prefix")) or ""
    first = paths.items[0] if isinstance(paths, Listed) and paths.items else paths
    at = located(world, path_text(first) or "/")
    if at is None:
        return Unknown("modules of a package that is not known")
    found: list[Value] = []
    _list_modules(world, at, prefix, is_deep, found)
    return Listed(found)


def _list_modules(world: World, folder: str, prefix: str, is_deep: bool, found: list[Value]) -> None:
    folders, files = inside(world, folder)
    packages = [name for name in folders if f"{folder}/{name}".lstrip("/") in world.names.modules]
    plain = [name.removesuffix(".py") for name in files if name != "__init__.py"]
    for name in sorted([*packages, *plain]):
        if len(found) >= _MOST_FOUND:
            return
        found.append(Listed([Unknown("a finder"), Literal(prefix + name), Literal(name in packages)]))
        if is_deep and name in packages:
            _list_modules(world, f"{folder}/{name}".lstrip("/"), f"{prefix}{name}.", is_deep, found)


def _loaded(world: World, dotted: str, arguments: Arguments) -> Value | None:
    """`importlib.util`: a specification is the module it leads to."""
    if dotted.endswith("util.spec_from_file_location"):
        at = located(world, path_text(arguments.get(1, "location")) or "/")
        if at is not None and at in world.names.code and at not in world.importing:
            key = at.removesuffix(".py").removesuffix("/__init__")
            return world.load(key, 1)
        return Unknown("a module at a path that is not known")
    if dotted.endswith("util.module_from_spec"):
        return next(iter(arguments.positional), None)
    return None


# --- paths as objects -------------------------------------------------------------------------------------------------


def path_attribute(of: PathText, name: str) -> Value | None:
    """An attribute of a path that is no method."""
    if name == "parent":
        return PathText(posixpath.dirname(of.text) or ".")
    if name == "parents":
        parents: list[Value] = []
        text = of.text
        while text not in ("", "/", ROOT, ".") and len(parents) < 40:
            text = posixpath.dirname(text)
            parents.append(PathText(text or "."))
        return Listed(parents)
    if name == "parts":
        return Listed([Literal(part) for part in of.text.split("/") if part])
    if name in ("name", "stem", "suffix", "path"):
        base = posixpath.basename(of.text)
        stem, suffix = posixpath.splitext(base)
        return Literal({"name": base, "stem": stem, "suffix": suffix, "path": of.text}[name])
    return None


def call_path_method(world: World, of: PathText, name: str, arguments: Arguments) -> Value:
    texts = [path_text(one) or "" for one in arguments.positional]
    if name in _SAME:
        at = located(world, of.text)
        return PathText(f"{ROOT}/{at}" if at else ROOT) if at is not None else of
    if name == "joinpath":
        return PathText(posixpath.join(of.text, *texts))
    if name in ("as_posix", "__str__"):
        return Literal(of.text)
    if name in ("with_suffix", "with_name") and texts:
        folder, base = posixpath.split(of.text)
        changed = texts[0] if name == "with_name" else posixpath.splitext(base)[0] + texts[0]
        return PathText(posixpath.join(folder, changed))
    if name in ("glob", "rglob", "iterdir"):
        found = _matching(world, of.text, texts[0] if texts else "*", name == "rglob")
        return Listed([*found])
    if name == "relative_to" and texts:
        first, second = located(world, of.text), located(world, texts[0])
        return PathText(posixpath.relpath(f"/{first}", f"/{second}")) if None not in (first, second) else Unknown(name)
    if name in ("exists", "is_dir", "is_file"):
        tested = {"exists": "exists", "is_dir": "isdir", "is_file": "isfile"}[name]
        return _of_os_path(world, tested, Arguments([of], {}))
    return Unknown(f"{name}() of a path")


def path_of_package(module: Module) -> Value:
    """`package.__path__`."""
    return Listed([PathText(f"{ROOT}/{module.key}" if module.key else ROOT)])
