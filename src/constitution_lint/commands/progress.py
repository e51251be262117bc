"""A progress line on the terminal during long work; none for pipes, or for work of under a second."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_AFTER = 1.0
_CLEAR = "\r\x1b[K"


@contextmanager
def shown_while_working(sentence: str) -> Iterator[None]:
    """Says on standard error what is being done and for how long, and takes it back at the end."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(sentence, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(sentence: str, done: threading.Event) -> None:
    began = time.monotonic()
    if done.wait(_AFTER):
        return
    while not done.wait(0.5):
        sys.stderr.write(f"{_CLEAR}{sentence} ({time.monotonic() - began:.0f} s)")
        sys.stderr.flush()
    sys.stderr.write(_CLEAR)
    sys.stderr.flush()
