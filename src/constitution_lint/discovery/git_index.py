"""The files that git tracks, read from `.git/index` (gitformat-index(5), versions 2 to 4) without starting git."""

import struct
from pathlib import Path

from constitution_lint.regular_files import read_regular

_HEADER = struct.Struct(">4sII")
_FIXED = 62
"""Bytes of an entry before its name: ten 32-bit stat fields, 20 bytes of object name, 16 bits of flags."""


def tracked_files(root: Path) -> frozenset[str] | None:
    """Paths relative to `root` of all tracked files; None where there is no repository or its index cannot be read."""
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.exists():
            return _below(root.relative_to(folder).as_posix(), _names(_git_directory(git) / "index"))
    return None


def _git_directory(git: Path) -> Path:
    """`.git` itself, or where a linked work tree or submodule says that it lies."""
    try:
        pointer = git.read_text().removeprefix("gitdir:").strip() if git.is_file() else ""
    except (OSError, ValueError):
        pointer = ""
    return git.parent / pointer if pointer else git


def count_tracked(root: Path) -> int:
    """How many files git tracks, from the index's header alone; -1 where that is not known."""
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.exists():
            try:
                return int(_HEADER.unpack(read_regular(_git_directory(git) / "index", _HEADER.size))[2])
            except (OSError, struct.error):
                return -1
    return -1


def _below(prefix: str, names: list[str] | None) -> frozenset[str] | None:
    if names is None or prefix == ".":
        return None if names is None else frozenset(names)
    return frozenset(name[len(prefix) + 1 :] for name in names if name.startswith(f"{prefix}/"))


def _names(index: Path) -> list[str] | None:
    try:
        data = read_regular(index)
        signature, version, count = _HEADER.unpack_from(data)
        if signature != b"DIRC" or version not in (2, 3, 4):
            return None
        return _parse(data, version, count)
    except (OSError, struct.error, ValueError, IndexError):
        return None


def _parse(data: bytes, version: int, count: int) -> list[str]:
    names: list[str] = []
    previous, position = b"", _HEADER.size
    for _ in range(count):
        flags = int.from_bytes(data[position + 60 : position + 62], "big")
        start = position + _FIXED + (2 if flags & 0x4000 else 0)
        if version == 4:
            dropped, start = _variable_width(data, start)
            end = data.index(0, start)
            previous = previous[: len(previous) - dropped] + data[start:end]
            position = end + 1
        else:
            end = data.index(0, start)
            previous = data[start:end]
            position += (end - position + 8) // 8 * 8
        names.append(previous.decode(errors="surrogateescape"))
    return names


def _variable_width(data: bytes, position: int) -> tuple[int, int]:
    """An offset-encoded number, seven bits a byte, and the position behind it."""
    byte = data[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = data[position]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, position + 1
