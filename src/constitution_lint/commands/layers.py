"""`layers`: the backend's layers as the tool understood them, with the imports between them."""

from pathlib import Path

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target


@click.command()
@target
@click.option(
    "--format", "form", type=click.Choice(["text", "mermaid", "dot", "json"]), default="text", show_default=True
)
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool) -> None:
    """Draw the layers, the files in each, and the imports from one to another; those outwards are marked."""
    from constitution_lint.engine import load
    from constitution_lint.reporters import layers

    emit(layers.render(load(tree, cache=not no_cache), form), machine=form != "text")
