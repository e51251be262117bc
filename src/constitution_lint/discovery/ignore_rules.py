"""What git would ignore and what the user excludes: .gitignore files at every level, the git index, `exclude`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from constitution_lint.discovery.git_index import tracked_files
from constitution_lint.regular_files import read_regular
from constitution_lint.workspace import IgnoreRule, folders_above

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SETUPTOOLS_PATTERNS = frozenset({"lib/", "lib64/", "/lib/", "lib"})
"""Names of setuptools' output in the Python template of .gitignore. Applied to a whole repository they also match
`frontend/lib/`, which teams then commit by force; where no index can tell, such folders are kept."""


_LOCKS = frozenset(
    {
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "Pipfile.lock",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
    }
)
"""Lock files that templates of .gitignore name and teams commit: where no index can tell, one that is there counts."""


class Ignoring:
    """Answers for each path of one walk why it is ignored. A file that git tracks is never git-ignored."""

    def __init__(self, root: Path, exclude: tuple[str, ...]) -> None:
        self.root = root
        self.exclude = _compile(exclude) if exclude else None
        self.tracked = tracked_files(root)
        self.tracked_folders = {folder for file in self.tracked or () for folder in folders_above(file)}
        self.specs: dict[str, GitIgnoreSpec] = {}
        self.rules: list[IgnoreRule] = []
        outer = root / ".git" / "info" / "exclude"
        if self.tracked is not None and outer.is_file():
            self._add("", outer)

    def enter(self, folder: str, has_ignore_file: bool) -> None:
        """Take up the ignore file of a folder before its entries are asked for."""
        if has_ignore_file:
            self._add(folder, self.root / folder / ".gitignore")

    def reason(self, path: str, is_folder: bool) -> str:
        """ "excluded", "git-ignored", or empty for what stays."""
        asked = f"{path}/" if is_folder else path
        if self.exclude is not None and self.exclude.match_file(asked):
            return "excluded"
        if self.tracked is not None and path in (self.tracked_folders if is_folder else self.tracked):
            return ""
        if self.tracked is None and path.rpartition("/")[2] in _LOCKS:
            return ""
        return "git-ignored" if self._is_ignored(path, asked) else ""

    def _is_ignored(self, path: str, asked: str) -> bool:
        """The deepest ignore file that says anything decides, as in gitignore(5)."""
        for folder in folders_above(path):
            spec = self.specs.get(folder)
            if spec is None:
                continue
            include = spec.check_file(asked[len(folder) + 1 :] if folder else asked).include
            if include is not None:
                return include
        return False

    def _add(self, folder: str, file: Path) -> None:
        try:
            text = read_regular(file).decode(errors="replace")
        except OSError:
            return
        if file.name == ".gitignore":
            self.rules += _rules(file.relative_to(self.root).as_posix(), text)
        lines = tuple(line for line in text.splitlines() if self.tracked is not None or _is_telling(line))
        spec = _compile(lines)
        if spec is not None:
            self.specs[folder] = spec if folder not in self.specs else self.specs[folder] + spec


def _rules(file: str, text: str) -> Iterator[IgnoreRule]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield IgnoreRule(file, number, line)


def excludes(patterns: tuple[str, ...], path: str) -> bool:
    """Do the user's own patterns leave a path out?"""
    spec = _compile(patterns) if patterns else None
    return spec is not None and spec.match_file(path)


def _is_telling(line: str) -> bool:
    return line.strip() not in _SETUPTOOLS_PATTERNS


def _compile(lines: tuple[str, ...]) -> GitIgnoreSpec | None:
    """The patterns that are valid; git passes over the others too. Of odd ones that are, nobody need be warned."""
    import warnings

    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return GitIgnoreSpec.from_lines(lines)
        except (ValueError, re.error):
            return GitIgnoreSpec.from_lines([line for line in lines if _is_valid(line)])


def _is_valid(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines((line,))
    except (ValueError, re.error):
        return False
    return True
