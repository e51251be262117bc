"""`init`: a commented configuration to start with, derived from what is found."""

from __future__ import annotations

from pathlib import Path

import click

from constitution_lint.commands import options
from constitution_lint.commands.target import target


@click.command()
@target
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@options.no_cache
def command(tree: Path, force: bool, no_cache: bool) -> None:
    """Write constitution-lint.toml into FOLDER: what was inferred, as comments ready to be uncommented."""
    from constitution_lint.commands.output import write
    from constitution_lint.config import FILES, find
    from constitution_lint.engine import load
    from constitution_lint.reporters import starter_config

    file = tree / FILES[0]
    present = FILES[0] if file.exists() or file.is_symlink() else _configured(find(tree))
    if present and not force:
        raise click.UsageError(f"{present} already holds a configuration; use --force to write {FILES[0]} anyway")
    write(file, starter_config.render(load(tree, cache=not no_cache)))
    click.echo(f"wrote {file}; constitution-lint {tree} will use it")


def _configured(found: tuple[str, dict[str, object], str] | None) -> str:
    return found[0] if found else ""
