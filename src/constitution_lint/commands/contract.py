"""`contract`: contract and code side by side, or an OpenAPI document of what the code serves."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from constitution_lint.commands import options
from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target

if TYPE_CHECKING:
    from constitution_lint.model.project import Project
    from constitution_lint.model.routing.types import App


@click.command()
@target
@options.formats(
    ("text", "openapi", "markdown"),
    "Side by side, an OpenAPI 3.1 document of what the code serves, or a Markdown table of it.",
)
@click.option("--app", "name", default="", help="Which application to write if there are several (file:variable).")
@options.no_cache
@options.color
def command(tree: Path, format: str, name: str, no_cache: bool, color: str) -> None:
    """Compare contract and code, or write the contract that the code fulfils, derived without running it.

    Side by side: `=` is kept as promised, `~` differs, `-` is promised and not served, `+` served and not promised.
    """
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.engine import load

    project = load(tree, cache=not no_cache)
    if format == "text":
        from constitution_lint.reporters import contract_diff

        look = look_at(tree, color)
        emit(contract_diff.render(project, look), colour=look.colour)
        return
    from constitution_lint.reporters import openapi

    app = chosen(project, name)
    made = openapi.document(project, app, tree.resolve().name)
    emit(openapi.rendered(made) if format == "openapi" else openapi.as_markdown(made), machine=True)


def chosen(project: "Project", name: str) -> "App":
    """The application asked for; without a name the one that shows most operations. Raises `TargetError`."""
    from constitution_lint.engine import TargetError
    from constitution_lint.model.operations.applications import applications, operations_served_by

    known = applications(project)
    if not known:
        raise TargetError(f"no FastAPI application in {project.workspace.root}")
    if not name:
        return max(known.values(), key=lambda app: len(operations_served_by(project, app)))
    found = [known[own] for own in sorted(known) if own == name or own.startswith(name)]
    if not found:
        raise TargetError(f'unknown application "{name}"; choose from {", ".join(sorted(known))}')
    return found[0]
