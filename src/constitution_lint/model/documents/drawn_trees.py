"""The tree a plan draws, laid over the real one at the folder where it fits best."""

from collections.abc import Iterable
from typing import NamedTuple

from constitution_lint.facts.document import Tree, TreeEntry
from constitution_lint.model.documents.plans import file_set, folder_set
from constitution_lint.model.project import Project

_NOT_DRAWN = (
    "node_modules",
    ".env",
    "__pycache__",
    ".next",
    ".git",
    ".venv",
    "venv",
    "dist",
    "build",
    ".claude",
    ".github",
)


class Fit(NamedTuple):
    """How a drawn tree fits: the entries that are there, and the topmost ones that are not."""

    there: int
    missing: tuple[TreeEntry, ...]
    drawn: int


def fit(project: Project, tree: Tree, feature_folder: str) -> Fit:
    """Compare with the base folder (and with or without the tree's own root name) that holds most of its entries."""
    entries = [entry for entry in tree.entries if not entry.placeholder and not _is_left_out(entry.path)]
    best = max(
        (_laid(project, entries, base, cut) for cut in _cuts(entries) for base in _bases(feature_folder)),
        key=lambda laid: len(laid),
        default=frozenset[str](),
    )
    missing = [entry for entry in entries if entry.path not in best and entry.path != _root(entries)]
    return Fit(len(best), tuple(_topmost(missing)), len(best) + len(missing))


def _is_left_out(path: str) -> bool:
    return any(part in _NOT_DRAWN or part.startswith(".env") for part in path.split("/"))


def _bases(feature_folder: str) -> list[str]:
    """The root and every folder above the feature."""
    parts = feature_folder.split("/")
    return ["", *("/".join(parts[:count]) for count in range(1, len(parts)))]


def _root(entries: list[TreeEntry]) -> str:
    """The single folder all entries lie in, "" when there are several."""
    first = entries[0].path if entries else ""
    return first if first.endswith("/") and all(entry.path.startswith(first) for entry in entries) else ""


def _cuts(entries: list[TreeEntry]) -> list[str]:
    root = _root(entries)
    return ["", root] if root else [""]


def _laid(project: Project, entries: Iterable[TreeEntry], base: str, cut: str) -> frozenset[str]:
    """The drawn paths that are there when the tree is laid at a base."""
    prefix = f"{base}/" if base else ""
    files, folders = file_set(project), folder_set(project)
    found: set[str] = set()
    for entry in entries:
        real = prefix + entry.path.removeprefix(cut).rstrip("/")
        if real in files or real in folders:
            found.add(entry.path)
    return frozenset(found)


def _topmost(missing: list[TreeEntry]) -> Iterable[TreeEntry]:
    """Missing entries that do not lie in a missing folder."""
    gone: list[str] = []
    for entry in missing:
        if not any(entry.path.startswith(folder) for folder in gone):
            yield entry
        if entry.is_folder:
            gone.append(entry.path)
