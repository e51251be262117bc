"""`layers`: the layers of the backend as the tool understood them, with the imports between them."""

from pathlib import Path

import click

from constitution_lint.commands import options
from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target


@click.command()
@target
@options.formats(("text", "mermaid", "dot", "json"))
@options.no_cache
@options.color
def command(tree: Path, format: str, no_cache: bool, color: str) -> None:
    """Draw the layers, the files in each, and the imports between them; imports that point outwards are marked."""
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.engine import load
    from constitution_lint.reporters import layers

    look = look_at(tree, color)
    text = layers.render(load(tree, cache=not no_cache), format, look)
    emit(text, machine=format != "text", colour=look.colour)
