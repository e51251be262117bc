"""`claims`: what the plans say of the gates, as it was read."""

from pathlib import Path

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target
from constitution_lint.findings import Claim


@click.command()
@target
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool) -> None:
    """Show what each plan's Constitution Check claims of each gate."""
    from constitution_lint.engine import load
    from constitution_lint.model.claims import claims_of

    claims = claims_of(load(tree, cache=not no_cache))
    emit(as_json(claims), machine=True)


def as_json(claims: tuple[Claim, ...]) -> str:
    """Version 1: keys may be added, never changed."""
    from constitution_lint.reporters.as_json import dumps

    rows = [
        {"plan": one.plan, "line": one.line, "name": one.name, "status": one.status.value, "gate": one.gate}
        for one in claims
    ]
    return dumps({"version": 1, "claims": rows})
