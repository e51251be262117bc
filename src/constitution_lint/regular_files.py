"""How file contents enter the tool: only from regular files, since a pipe or device could block for ever."""

import errno
import os
import stat
from pathlib import Path

_NOW = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: Path, most: int = -1) -> bytes:
    """The bytes of a regular file, or the first of them. Raises OSError, also for whatever is no regular file."""
    with os.fdopen(os.open(path, os.O_RDONLY | _NOW), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "no regular file")
        return file.read(most)
