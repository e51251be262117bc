"""For files that documents name: which line of a .gitignore leaves one out."""

from functools import lru_cache
from typing import TYPE_CHECKING

from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.workspace import IgnoreRule

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def kept_out_by(project: Project, path: str, folder: str) -> IgnoreRule | None:
    """The rule that ignores a path named in a document of a folder: below the root, or below any folder above it."""
    above = folder.split("/")
    bases = ("", *("/".join(above[:count]) + "/" for count in range(1, len(above))))
    return next((rule for base in bases if (rule := _deciding(project, base + path)) is not None), None)


def is_meant(rule: IgnoreRule) -> bool:
    """Does a rule name files (`*-secrets.yaml`)? They are kept out on purpose; a folder may be so by chance."""
    return "." in rule.pattern.strip().rstrip("/").rpartition("/")[2].lstrip(".")


def _deciding(project: Project, path: str) -> IgnoreRule | None:
    """The deepest ignore file that says anything decides, as in gitignore(5)."""
    parts = path.split("/")[:-1]
    for depth in range(len(parts), -1, -1):
        folder = "/".join(parts[:depth])
        rules = _rules_of(project).get(folder, ())
        if rules:
            said = _compiled(tuple(rule.pattern for rule in rules)).check_file(path.removeprefix(f"{folder}/"))
            if said.include is not None and said.index is not None:
                return rules[said.index] if said.include else None
    return None


@remembered
def _rules_of(project: Project) -> dict[str, tuple[IgnoreRule, ...]]:
    """The rules of each folder that has an ignore file; those no one can read are none."""
    found: dict[str, list[IgnoreRule]] = {}
    for rule in project.workspace.ignore_rules:
        if _is_valid(rule.pattern):
            found.setdefault(rule.file.rpartition("/")[0], []).append(rule)
    return {folder: tuple(rules) for folder, rules in found.items()}


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> "GitIgnoreSpec":
    import warnings

    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return GitIgnoreSpec.from_lines(patterns)


@lru_cache(maxsize=4096)
def _is_valid(pattern: str) -> bool:
    try:
        return len(_compiled((pattern,)).patterns) == 1
    except ValueError:
        return False
