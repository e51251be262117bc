"""Where a command's text goes: to the terminal or a file. Machines get UTF-8 whatever the terminal speaks."""

import os
import sys
from pathlib import Path

import click

from constitution_lint.config import ConfigurationError


def emit(text: str, file: str | None = None, *, machine: bool = False, colour: bool = False) -> None:
    """Print, or write to a file. Raises `ConfigurationError` where the file cannot be written.

    A reader that closed the pipe has seen enough: the rest is dropped and the exit status stays what it was.
    """
    if file is not None:
        _write(Path(file), text)
        return
    content = text.encode("utf-8", "backslashreplace") if machine else text
    try:
        click.echo(content, nl=False, color=colour or None)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from None
