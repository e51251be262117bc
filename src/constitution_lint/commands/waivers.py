"""`waivers`: the ledger of everything that is excused, so that a reviewer need not search for it."""

from __future__ import annotations

from pathlib import Path

import click

from constitution_lint.commands import options
from constitution_lint.commands.target import target


@click.command()
@target
@options.formats(("text", "markdown", "json"))
@click.option("--baseline", metavar="FILE", help="List this baseline too, if the configuration names none.")
@options.no_cache
@options.color
def command(tree: Path, format: str, baseline: str | None, no_cache: bool, color: str) -> None:
    """Show every waiver: where it is, what it excuses, why, until when, and whether anything still needs it."""
    from constitution_lint.commands.output import emit
    from constitution_lint.commands.target import from_target
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.config import Overrides
    from constitution_lint.engine import examine
    from constitution_lint.reporters import waiver_ledger

    overrides = Overrides(baseline=from_target(tree, baseline) if baseline else None)
    report, look = examine(tree, overrides, cache=not no_cache), look_at(tree, color)
    forms = {"text": waiver_ledger.as_text, "markdown": waiver_ledger.as_markdown, "json": waiver_ledger.as_json}
    emit(forms[format](report, look), machine=format == "json", colour=look.colour)
