"""`routes`: the served application as the tool understood it, for reviewers and for machines."""

from pathlib import Path

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target


@click.command()
@target
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool) -> None:
    """Show every route as FastAPI would serve it: method, path, handler, guard, and whose rows it reaches."""
    from constitution_lint.engine import load
    from constitution_lint.reporters import routes_json

    api = load(tree, cache=not no_cache).api
    emit(routes_json.render(api.routes, api.entries), machine=True)
