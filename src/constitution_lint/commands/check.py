"""`check`: options to `examine()`, the report to a reporter, findings to an exit status."""

from pathlib import Path

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target
from constitution_lint.config import Overrides
from constitution_lint.findings import Report


@click.command()
@target
@click.option("--format", "form", default="concise")
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool) -> int:
    """Examine the ten gates and print what is found."""
    from constitution_lint import reporters
    from constitution_lint.engine import examine
    from constitution_lint.reporters.look import Look

    report = examine(tree, Overrides(), cache=not no_cache)
    emit(reporters.render(form, report, Look()), machine=form in reporters.MACHINE)
    return status_of(report)


def status_of(report: Report) -> int:
    """1 when a finding that no waiver covers is at least as bad as `fail_on`, otherwise 0."""
    return int(any(one.waiver is None and one.severity.rank <= report.fail_on.rank for one in report.findings))
