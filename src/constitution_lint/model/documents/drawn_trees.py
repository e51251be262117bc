"""The tree a plan draws, compared with the real one at the folder where it fits best."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.document import Tree, TreeEntry
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Violation
from constitution_lint.model.documents.plans import Plan, file_set, folder_set, plans
from constitution_lint.model.project import Project

_SHOWN, _FEW = 5, 3
_NOT_DRAWN = ("node_modules", "__pycache__", "venv", "dist", "build")
_NOT_MADE = re.compile(
    r"\b(?:n/a|not (?:needed|required|applicable|used|created|in scope)|optional(?:ly)?"
    r"|if (?:needed|necessary|required)"
    r"|(?:auto-?)?generated|git-?ignored|(?:in|for) (?:a )?(?:future|later) (?:phases?|versions?)|future(?: phases?)?"
    r"|deferred|skipped|tbd|inline|(?:already )?exists (?:in|at)|remov\w*|delet\w*|deprecated)\b",
    re.IGNORECASE,
)
"""What a comment beside an entry says where the plan itself does not promise the file."""

_UNNAMED = re.compile(r"(?:x{3,}|X{3,}|#{3,}|N{3,})[_.-]")
"""`xxx_add_tags.py`: the number comes later."""


class Fit(NamedTuple):
    """How a drawn tree fits: the entries that are there, and the topmost ones that are not."""

    there: int
    missing: tuple[TreeEntry, ...]
    drawn: int


def fit(project: Project, tree: Tree, feature_folder: str) -> Fit:
    """Compare with the base folder (and with or without the tree's own root name) that holds most of its entries."""
    entries = [entry for entry in tree.entries if not entry.placeholder and not _is_left_out(entry.path)]
    waived = {entry.path for entry in tree.entries if is_not_made(entry)}
    best = max(
        (_laid(project, entries, base, cut) for cut in _cuts(entries) for base in _bases(feature_folder)),
        key=lambda laid: len(laid),
        default=frozenset[str](),
    )
    missing = [
        entry
        for entry in entries
        if entry.path not in best and entry.path != _root(entries) and not _lies_in(entry.path, waived)
    ]
    return Fit(len(best), tuple(_topmost(missing)), len(best) + len(missing))


def is_not_made(entry: TreeEntry) -> bool:
    """Whether the plan itself says that an entry is generated, optional, for later or not needed."""
    return bool(_NOT_MADE.search(entry.note))


def _lies_in(path: str, waived: set[str]) -> bool:
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in waived)


def _is_left_out(path: str) -> bool:
    """What is made by tools or has no name yet, and dot files, which are not all looked at."""
    return any(part in _NOT_DRAWN or part.startswith(".") or _UNNAMED.match(part) for part in path.split("/"))


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
        if real in files or real in folders or any(other in files for other in _other_spellings(real)):
            found.add(entry.path)
    return frozenset(found)


def _other_spellings(path: str) -> Iterator[str]:
    """A tool's configuration may be written in either language: `next.config.js` is `next.config.ts`."""
    bare, found, _ = path.rpartition(".config.")
    if found:
        yield from (f"{bare}.config.{kind}" for kind in ("ts", "js", "mjs", "cjs", "mts"))


def _topmost(missing: list[TreeEntry]) -> Iterable[TreeEntry]:
    """Missing entries that do not lie in a missing folder."""
    gone: list[str] = []
    for entry in missing:
        if not any(entry.path.startswith(folder) for folder in gone):
            yield entry
        if entry.is_folder:
            gone.append(entry.path)


def tree_drifts(project: Project) -> Iterator[Violation]:
    """What the source trees of plans draw and the repository does not hold: each entry, or the tree where much is."""
    for plan in plans(project):
        for tree in plan.facts.trees:
            if tree.part == "source":
                yield from _drift(project, plan, tree)


def _drift(project: Project, plan: Plan, tree: Tree) -> Iterator[Violation]:
    """Each topmost missing entry where they are few, else one finding for the tree."""
    laid = fit(project, tree, plan.feature.folder)
    if not laid.missing or laid.there == 0:
        return
    if 2 * laid.there < laid.drawn:
        if _work_began(project, plan):
            message = f"{laid.drawn - laid.there} of {laid.drawn} paths drawn here do not exist"
            yield Violation(Location(plan.path, tree.span), message, _missing(plan, laid.missing[:_SHOWN]), plan.path)
        return
    if len(laid.missing) > _FEW:
        told = ", ".join(entry.path for entry in laid.missing[:_FEW])
        message = f"the plan draws {told} and {len(laid.missing) - _FEW} more, and they do not exist"
        related = _missing(plan, laid.missing[1 : _SHOWN + 1])
        yield Violation(Location(plan.path, laid.missing[0].span), message, related, plan.path)
        return
    for entry in laid.missing:
        message = f"the plan draws {entry.path}, and it does not exist"
        yield Violation(Location(plan.path, entry.span), message, subject=entry.path)


def _missing(plan: Plan, entries: tuple[TreeEntry, ...]) -> tuple[Related, ...]:
    return tuple(Related(Location(plan.path, entry.span), f"{entry.path} does not exist") for entry in entries)


def _work_began(project: Project, plan: Plan) -> bool:
    """Whether the feature's task list has a tick: before that the tree is a promise, not a drift."""
    tasks = project.documents.get(plan.feature.tasks or "")
    return tasks is not None and any(task.ticked for task in tasks.tasks)
