"""For reading: runs part of the work in a second, forked process where a processor is free for it.

A fork costs little as long as little is imported. What fails there fails quietly: whoever asked does the work again.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import IO, NamedTuple


class Beside(NamedTuple):
    """Work under way in a process of its own; what it comes to is handed over in a file without a name."""

    pid: int
    handed: IO[bytes]

    def result(self) -> bytes:
        """Wait for the end of the work. Empty when it failed."""
        with self.handed:
            _, status = os.waitpid(self.pid, 0)
            if status:
                return b""
            self.handed.seek(0)
            return self.handed.read()

    def give_up(self) -> None:
        """End the work; its result is not wanted any more."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.result()


def may_start() -> bool:
    """Is there a second processor, and nothing in this process that a fork would tear apart?"""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1


def start(work: Callable[[], bytes]) -> Beside | None:
    """Let a copy of this process do some work. None where the system has no room for another process."""
    import tempfile

    with suppress(OSError), ExitStack() as opened:
        handed = opened.enter_context(tempfile.TemporaryFile())
        pid = os.fork()
        if pid == 0:
            _finish(work, handed)
        opened.pop_all()
        return Beside(pid, handed)
    return None


def _finish(work: Callable[[], bytes], handed: IO[bytes]) -> None:
    """In the second process: the work, and an end without any of the first one's clearing up."""
    status = 1
    try:
        handed.write(work())
        handed.flush()
        status = 0
    finally:
        os._exit(status)
