"""The cache folder of the target: facts by content, and the last report by the state of its inputs.

Two files, each one msgpack document, written whole and put in place at once. A cache that cannot be read is empty; one
that cannot be written leaves a note for the report. Nothing here knows what the facts mean.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import msgspec

from constitution_lint import __version__
from constitution_lint.findings import Report
from constitution_lint.regular_files import read_regular
from constitution_lint.workspace import FileState

FOLDER = ".constitution-lint-cache"
FormT = TypeVar("FormT")
_GITIGNORE = "# Made by constitution-lint; safe to delete.\n*\n"


class Remembered(msgspec.Struct, frozen=True):
    """The last report and all it depends on: `key` covers settings and tool, the others the target."""

    key: str
    folders: dict[str, int]
    files: dict[str, FileState]
    report: Report

    def still_holds(self, root: Path, key: str) -> bool:
        """Is every folder and every kept file as it was? An entry added or removed shows in its folder's time stamp."""
        return key == self.key and folders_hold(str(root), self.folders) and files_hold(str(root), self.files)


class FactsIndex(msgspec.Struct):
    tool: str = ""
    entries: dict[str, msgspec.Raw] = {}


class Cache:
    """The cache of one target. `folder` is None when there is none; `note` says why, empty when that was asked for."""

    def __init__(self, folder: Path | None, note: str = "", *, made: bool = False, reads_only: bool = False) -> None:
        self.folder = folder
        self.note = note
        self._made = made
        self._reads_only = reads_only
        self._used: dict[str, msgspec.Raw] = {}
        self._known: dict[str, msgspec.Raw] | None = None
        self._adopted: dict[str, msgspec.Raw] = {}

    @cached_property
    def tool(self) -> str:
        return tool_fingerprint()

    @classmethod
    def open(cls, root: Path, enabled: bool = True) -> "Cache":
        """Make the folder before the target is looked at, since making it changes the root's time stamp."""
        if not enabled:
            return cls(None)
        folder = root / FOLDER
        if folder.is_symlink():
            return cls(None, f"nothing was cached: {FOLDER} is a link, and leads who knows where")
        made = not folder.exists()
        try:
            folder.mkdir(exist_ok=True)
            if not (folder / ".gitignore").exists():
                (folder / ".gitignore").write_text(_GITIGNORE)
            if not os.access(folder, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            return cls(None, f"nothing was cached: {FOLDER} cannot be written ({error.strerror})")
        return cls(folder, made=made)

    @classmethod
    def to_read(cls, root: Path) -> "Cache":
        """The facts of earlier runs for one that may not leave any: open buffers are not what the folder holds."""
        folder = root / FOLDER
        return cls(folder if folder.is_dir() and not folder.is_symlink() else None, reads_only=True)

    def withdraw(self) -> None:
        """Take a folder away again that this run made, where there turned out to be nothing to examine."""
        if self.folder is not None and self._made:
            (self.folder / ".gitignore").unlink(missing_ok=True)
            self.folder.rmdir()

    def report(self) -> Remembered | None:
        return None if self._reads_only else self._load("report.msgpack", Remembered)

    def remember(self, remembered: Remembered) -> None:
        """Keep the last report, unless it names the target by bytes that are no text: such a name cannot be kept."""
        try:
            data = msgspec.msgpack.encode(remembered)
        except UnicodeEncodeError:
            return
        self._save("report.msgpack", data)

    def fact(self, key: str) -> msgspec.Raw | None:
        """The stored bytes of one entry, None when it is not known."""
        found = self._entries().get(key) or self._adopted.get(key)
        if found is not None:
            self._used[key] = found
        return found

    def _entries(self) -> dict[str, msgspec.Raw]:
        if self._known is None:
            index = self._load("facts.msgpack", FactsIndex)
            self._known = index.entries if index is not None and index.tool == self.tool else {}
        return self._known

    @property
    def is_empty(self) -> bool:
        """Did no earlier run of this tool leave any facts?"""
        return not self._entries()

    def adopt(self, entries: bytes) -> None:
        """Take in the entries that another process made of this target; empty bytes where it made none."""
        if entries:
            self._adopted = msgspec.msgpack.decode(entries, type=dict[str, msgspec.Raw])

    def keep(self, key: str, data: bytes) -> None:
        if self.folder is not None:
            self._used[key] = msgspec.Raw(data)

    def save_facts(self) -> None:
        """Write the entries this run used, unless they are those it found."""
        is_new = self._known is None or self._used.keys() != self._known.keys()
        if is_new and self.folder is not None and not self._reads_only:
            self._save("facts.msgpack", msgspec.msgpack.encode(FactsIndex(self.tool, self._used)))

    def _load(self, name: str, form: type[FormT]) -> FormT | None:
        if self.folder is None:
            return None
        try:
            return msgspec.msgpack.decode(read_regular(self.folder / name), type=form)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _save(self, name: str, data: bytes) -> None:
        if self.folder is None or self._reads_only:
            return
        temporary = self.folder / f"{name}.{os.getpid()}"
        try:
            temporary.write_bytes(data)
            temporary.replace(self.folder / name)
        except OSError as error:
            self.note = f"nothing was cached: {FOLDER} cannot be written ({error.strerror})"


def content_key(reader: str, path: str, data: bytes) -> str:
    """The name of the facts that a reader makes of these bytes; the path counts, since readers take it as a hint."""
    return f"{reader}:{path}:{blake2b(data, digest_size=16).hexdigest()}"


def tool_fingerprint() -> str:
    """Changes with every edit of the tool or its cards, so that no run repeats what an older tool said."""
    package = Path(__file__).parent
    digest = blake2b(__version__.encode(), digest_size=16)
    for folder in (package, package.parents[1] / "rules"):
        for path, state in sorted(_states(str(folder))):
            digest.update(f"{path}:{state}\n".encode())
    return digest.hexdigest()


def _states(folder: str) -> list[tuple[str, str]]:
    found = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            found += _states(entry.path)
        elif entry.name.endswith((".py", ".md")):
            state = entry.stat()
            found.append((entry.path, f"{state.st_mtime_ns}:{state.st_size}"))
    return found


def folders_hold(root: str, folders: Mapping[str, int]) -> bool:
    """Is no entry added to or removed from any of these folders?"""
    try:
        return all(os.stat(f"{root}/{folder}").st_mtime_ns == modified for folder, modified in folders.items())
    except OSError:
        return False


def files_hold(root: str, files: Mapping[str, FileState]) -> bool:
    """Does every one of these files stand as it did?"""
    try:
        for path, known in files.items():
            state = os.stat(f"{root}/{path}", follow_symlinks=False)
            if state.st_mtime_ns != known.modified or state.st_size != known.size:
                return False
    except OSError:
        return False
    return True
