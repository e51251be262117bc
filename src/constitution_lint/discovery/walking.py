"""The walk over the target's folders: what is kept, with its state, and what is left out, counted by reason."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from constitution_lint.discovery.excluded_folders import folder_reason, is_environment
from constitution_lint.discovery.ignore_rules import Ignoring
from constitution_lint.regular_files import read_regular
from constitution_lint.workspace import FileState, IgnoreRule

_OWN_FOLDER = ".constitution-lint-cache"
"""The tool's cache: neither kept nor counted, so that the run that makes it reports what the next one does."""


@dataclass
class Walk:
    """Paths are relative to the root, with forward slashes; "" is the root folder itself."""

    files: dict[str, FileState] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)
    tracked: frozenset[str] | None = None
    """What git tracks; None where no index can be read."""
    ignore_rules: tuple[IgnoreRule, ...] = ()


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, none when it cannot be read (its reader reports that)."""
    try:
        return read_regular(path)
    except OSError:
        return b""


def walk(root: Path, exclude: tuple[str, ...]) -> Walk:
    """Walk everything below `root`. Links are never followed: what they lead to inside is found where it really is."""
    walked = Walk()
    ignoring = Ignoring(root, exclude)
    walked.tracked = ignoring.tracked
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        entries = _entries(root, folder, walked)
        if folder and is_environment(root / folder, {entry.name for entry in entries}):
            walked.left_out["environments"] += 1
            walked.folders.pop(folder, None)
            continue
        ignoring.enter(folder, any(entry.name == ".gitignore" for entry in entries))
        waiting.extend(_keep(entries, folder, ignoring, walked))
    walked.ignore_rules = tuple(sorted(ignoring.rules, key=lambda rule: (rule.file, rule.line)))
    return walked


def _entries(root: Path, folder: str, walked: Walk) -> list[os.DirEntry[str]]:
    try:
        walked.folders[folder] = (root / folder).stat().st_mtime_ns
        with os.scandir(root / folder) as found:
            return sorted((entry for entry in found if entry.name != _OWN_FOLDER), key=lambda entry: entry.name)
    except OSError as error:
        walked.unreadable[folder or "."] = f"the folder cannot be read ({error.strerror or type(error).__name__})"
        return []


def _keep(entries: list[os.DirEntry[str]], folder: str, ignoring: Ignoring, walked: Walk) -> list[str]:
    """Enter the files of one folder into the walk; the answer is the subfolders to go on with."""
    onwards = []
    names = {entry.name for entry in entries}
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            reason = _reason(entry, path, is_folder, names, ignoring)
            if reason:
                walked.left_out[reason] += 1
            elif is_folder:
                onwards.append(path)
            else:
                state = entry.stat(follow_symlinks=False)
                walked.files[path] = FileState(state.st_mtime_ns, state.st_size)
        except OSError as error:
            walked.unreadable[path] = f"cannot be looked at ({error.strerror or type(error).__name__})"
    return onwards


def _reason(entry: os.DirEntry[str], path: str, is_folder: bool, siblings: set[str], ignoring: Ignoring) -> str:
    """Why an entry is left out; empty for what is kept."""
    if entry.is_symlink():
        return "links"
    if not is_folder and not entry.is_file(follow_symlinks=False):
        return "special files"
    if not _is_text(entry.name):
        return "names that are no text"
    if is_folder and (reason := folder_reason(path, siblings)):
        return reason
    return ignoring.reason(path, is_folder)


def _is_text(name: str) -> bool:
    """Names with undecodable bytes cannot be printed or cached."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)
