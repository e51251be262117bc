"""The argument that every command shares: the repository's folder, "." by default, with a hint where it is misspelt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from constitution_lint.spelling import did_you_mean

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
    path = Path(value)
    try:
        if path.exists():
            return path
    except (OSError, ValueError):
        pass
    raise click.UsageError(f"{value} does not exist{_hint(path)}")


def _hint(path: Path) -> str:
    try:
        beside = {(path.parent / entry.name).as_posix() for entry in path.parent.iterdir() if entry.is_dir()}
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.as_posix(), beside)
