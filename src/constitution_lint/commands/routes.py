"""`routes`: the served application as the tool understood it, for reviewers and for machines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target
from constitution_lint.spelling import did_you_mean

if TYPE_CHECKING:
    from constitution_lint.model.api import Api


@click.command()
@target
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--explain", metavar="ROUTE", help='Show the way to each query of "GET /tasks/{id}" and what bound it.')
@click.option("--owners", is_flag=True, help="Show the tables and who owns their rows instead.")
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool, explain: str | None, owners: bool) -> None:
    """Show every route as FastAPI would serve it: method, path, handler, guard, and whose rows it reaches."""
    from constitution_lint.engine import load
    from constitution_lint.reporters import routes_json

    api = load(tree, cache=not no_cache).api
    if owners:
        _owners(api, form)
        return
    if explain is not None:
        _explained(api, explain, form)
        return
    emit(routes_json.render(api.routes, api.entries), machine=True)


def _owners(api: "Api", form: str) -> None:
    from constitution_lint.reporters import evidence, routes_json

    emit(routes_json.render_tables(api) if form == "json" else evidence.owners(api.tables), machine=form == "json")


def _explained(api: "Api", wanted: str, form: str) -> None:
    from constitution_lint.reporters import evidence, routes_json

    routes, entries = evidence.matching(api, wanted)
    if not routes and not entries:
        names = [route.name for route in api.routes] + [entry.name for entry in api.entries]
        raise click.UsageError(f'no route or tool is called "{wanted}"{did_you_mean(wanted, names)}')
    if form == "json":
        emit(routes_json.render(routes, entries), machine=True)
    else:
        emit(evidence.explained(routes, entries))
