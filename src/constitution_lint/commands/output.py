"""Where a command's text goes: to the terminal or to a file. Machine formats are UTF-8 on any terminal."""

import os
import sys
from pathlib import Path

import click


def emit(text: str, file: str | None = None, *, machine: bool = False, colour: bool = False) -> None:
    """Print, or write to a file. Raises `ConfigurationError` where that cannot be written.

    A reader that closed the pipe has seen enough: the rest is dropped and the exit status stays what it was.
    """
    if file is not None:
        write(Path(file), text)
        return
    content = text.encode("utf-8", "backslashreplace") if machine else text
    try:
        click.echo(content, nl=False, color=colour or None)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise _unwritten("standard output", error) from None


def write(path: Path, text: str, *, add: bool = False) -> None:
    """Write a file as UTF-8, or add to it. Raises `ConfigurationError` where that cannot be done."""
    try:
        with path.open("ab" if add else "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _unwritten(str(path), error) from None


def _unwritten(name: str, error: OSError) -> Exception:
    from constitution_lint.config import ConfigurationError

    return ConfigurationError(f"{name} cannot be written ({error.strerror})")
