"""`claims`: what the plans claim about the gates, as it was understood."""

from __future__ import annotations

from pathlib import Path

import click

from constitution_lint.commands import options
from constitution_lint.commands.target import target


@click.command()
@target
@options.formats(("text", "markdown", "json"))
@options.no_cache
@options.color
def command(tree: Path, format: str, no_cache: bool, color: str) -> None:
    """Show what each plan's Constitution Check claims about each gate."""
    from constitution_lint.commands.output import emit
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.engine import load
    from constitution_lint.reporters import claims_list

    forms = {"text": claims_list.as_text, "markdown": claims_list.as_markdown, "json": claims_list.as_json}
    look = look_at(tree, color)
    emit(forms[format](load(tree, cache=not no_cache), look), machine=format == "json", colour=look.colour)
