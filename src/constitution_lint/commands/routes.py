"""`routes`: the served application as the tool understood it, for reviewers and for machines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from constitution_lint.commands.options import color, formats, no_cache
from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target
from constitution_lint.commands.terminal import look_at
from constitution_lint.suggestions import did_you_mean

if TYPE_CHECKING:
    from constitution_lint.model.api import Api
    from constitution_lint.model.project import Project
    from constitution_lint.reporters.look import Look
    from constitution_lint.reporters.route_rows import Asked

MACHINE = ("json", "markdown")


@click.command()
@target
@formats(("text", "markdown", "json"))
@click.option("--unguarded", is_flag=True, help="Only routes that let unverified requests pass and are not public.")
@click.option("--unproven", is_flag=True, help="Only routes whose guard or rows could not be decided.")
@click.option("--leaks", is_flag=True, help="Only routes that reach rows of other users.")
@click.option("-v", "--verbose", is_flag=True, help="Explain the verdicts below each route.")
@click.option("--explain", metavar="ROUTE", help='Show the way to each query of "GET /tasks/{id}" and what bound it.')
@click.option("--owners", is_flag=True, help="Show tables and who owns their rows instead.")
@color
@no_cache
def command(
    tree: Path,
    format: str,
    unguarded: bool,
    unproven: bool,
    leaks: bool,
    verbose: bool,
    explain: str | None,
    owners: bool,
    color: str,
    no_cache: bool,
) -> None:
    """Show every route as FastAPI would serve it: handler, guard and verdict, contract, and whose rows it reaches.

    The filters add up: `--unguarded --leaks` shows what either finds.
    """
    from constitution_lint.engine import load
    from constitution_lint.reporters.route_rows import Asked

    project = load(tree, cache=not no_cache)
    if owners:
        _owners(project.api, format)
    elif explain is not None:
        _explained(project.api, explain, format)
    else:
        look = look_at(tree, color)
        text = rendered(project, Asked(unguarded, unproven, leaks), format, look, verbose)
        emit(text, machine=format in MACHINE, colour=look.colour)


def rendered(project: "Project", asked: "Asked", format: str, look: "Look", verbose: bool) -> str:
    """The routes asked for, in a format."""
    from constitution_lint.reporters import route_rows, routes_json, routes_markdown, routes_text

    rows = route_rows.rows_of(project, asked)
    if format == "json":
        entries = project.api.entries if not any(asked) else ()
        return routes_json.render(tuple(row.route for row in rows), entries)
    if format == "markdown":
        return routes_markdown.render(rows, verbose)
    none_found = (
        "no route that was asked for" if project.api.routes else "no route: no FastAPI application is found here"
    )
    return routes_text.render(rows, look, verbose, none_found)


def _owners(api: "Api", form: str) -> None:
    from constitution_lint.reporters import evidence, routes_json

    emit(routes_json.render_tables(api) if form == "json" else evidence.owners(api.tables), machine=form == "json")


def _explained(api: "Api", wanted: str, form: str) -> None:
    from constitution_lint.reporters import evidence, routes_json

    routes, entries = evidence.matching(api, wanted)
    if not routes and not entries:
        names = [route.name for route in api.routes] + [entry.name for entry in api.entries]
        raise click.UsageError(f'no route or tool is named "{wanted}"{did_you_mean(wanted, names)}')
    if form == "json":
        emit(routes_json.render(routes, entries), machine=True)
    else:
        emit(evidence.explained(routes, entries))
