"""The argument every command shares: the repository's folder, "." by default, with a hint if it is misspelt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from constitution_lint.suggestions import did_you_mean

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def target(function: CommandT) -> CommandT:
    """Adds `tree`, an existing path."""
    return click.argument("tree", default=".", callback=_existing, metavar="[FOLDER]")(function)


def from_target(tree: Path, file: str) -> str:
    """A path of the user's as the target's root sees it."""
    path = Path(file).absolute()
    try:
        return path.relative_to(tree.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _existing(context: click.Context, parameter: click.Parameter, value: str) -> Path:
    if not value:
        raise click.UsageError('the path is empty; use "." for the current folder')
    if is_there(value):
        return Path(value)
    raise click.UsageError(f"{value} does not exist{_hint(Path(value))}")


def is_there(name: str) -> bool:
    """Does a path of this name exist? What can be no path, as it is too long or holds a NUL, does not."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _hint(path: Path) -> str:
    try:
        beside = {(path.parent / entry.name).as_posix() for entry in path.parent.iterdir() if entry.is_dir()}
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.as_posix(), beside)
