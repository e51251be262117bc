"""`check`: options to `examine()`, the report to a reporter, findings to an exit status."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from constitution_lint.commands import options
from constitution_lint.commands.target import from_target, target
from constitution_lint.reporters import FORMATS

if TYPE_CHECKING:
    from constitution_lint.config import Overrides
    from constitution_lint.findings import Report
    from constitution_lint.reporters.look import Look

SEVERITIES = ("error", "warning", "note")


@click.command(
    context_settings={"auto_envvar_prefix": "CONSTITUTION_LINT"},
    epilog="Every option can be set in the environment, as CONSTITUTION_LINT_FORMAT or CONSTITUTION_LINT_SELECT. Exit "
    "status: 0 nothing at or above --fail-on, 1 findings, 2 the tool could not do its work.",
)
@target
@options.formats(tuple(FORMATS))
@click.option("--output-file", "-o", metavar="FILE", help="Write to this file instead of standard output.")
@options.listed("--select", "RULE|GATE", "Show only findings of these.")
@options.listed("--ignore", "RULE|GATE", "Skip these; their gates cannot be HELD.")
@options.listed("--exclude", "PATTERN", "Skip these paths (patterns as in .gitignore).")
@click.option(
    "--fail-on", type=options.OneOf("severity", SEVERITIES), help="Lowest severity that makes the run fail.  [error]"
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--show-waived", is_flag=True, help="Also show findings that waivers excuse.")
@click.option("--baseline", metavar="FILE", help="Excuse the findings this baseline lists.")
@click.option("--write-baseline", metavar="FILE", help="Write all current findings to a baseline and exit.")
@click.option("--new-since", metavar="REV", help="Show only findings on lines changed since this git revision.")
@click.option("--stdin-filename", metavar="FILE", help="Read this file from standard input and show only its findings.")
@click.option(
    "--force-exclude", is_flag=True, help="Accepted for pre-commit; has no effect, since exclusions always apply."
)
@click.option("--no-config", is_flag=True, help="Ignore the configuration of the target.")
@options.no_cache
@options.color
def command(tree: Path, **asked: Any) -> int:
    """Examine the ten gates of the repository in FOLDER and print what is found."""
    name, buffer = _open_buffer(tree, asked["stdin_filename"])
    report = _examined(tree, asked, {name: buffer} if name else {})
    if asked["write_baseline"]:
        return _write_baseline(report, asked["write_baseline"])
    _print(report, tree, asked, (name,) if name else ())
    return 0 if asked["exit_zero"] else status_of(report)


def status_of(report: Report) -> int:
    """1 when a finding that no waiver covers is at least as bad as `fail_on`, otherwise 0."""
    return int(any(one.waiver is None and one.severity.rank <= report.fail_on.rank for one in report.findings))


def _examined(tree: Path, asked: dict[str, Any], overlay: dict[str, bytes]) -> Report:
    from constitution_lint.commands.progress import shown_while_working
    from constitution_lint.engine import examine

    with shown_while_working(f"examining {tree}"):
        report = examine(
            tree,
            _overrides(tree, asked),
            cache=not asked["no_cache"],
            overlay=overlay,
            new_since=asked["new_since"],
        )
    return report.within(overlay) if overlay else report


def _overrides(tree: Path, asked: dict[str, Any]) -> Overrides:
    from constitution_lint.config import Overrides

    baseline = asked["baseline"]
    if asked["write_baseline"]:
        baseline = ""
    elif baseline:
        baseline = from_target(tree, baseline)
    return Overrides(
        select=asked["select"],
        ignore=asked["ignore"],
        exclude=asked["exclude"],
        fail_on=asked["fail_on"],
        baseline=baseline,
        no_config=asked["no_config"],
    )


def _print(report: Report, tree: Path, asked: dict[str, Any], named: tuple[str, ...]) -> None:
    from constitution_lint import reporters
    from constitution_lint.commands.output import emit
    from constitution_lint.commands.terminal import look_at

    form, output = asked["format"], asked["output_file"]
    look = look_at(tree, asked["color"], to_file=output is not None, show_waived=asked["show_waived"], named=named)
    emit(reporters.render(form, report, look), output, machine=form in reporters.MACHINE, colour=look.colour)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if form == "github" and summary:
        _summarise(report, look, Path(summary))


def _summarise(report: Report, look: Look, file: Path) -> None:
    """Add the report to the job summary of GitHub Actions, within what is left of its size."""
    from constitution_lint.commands.output import write
    from constitution_lint.reporters import markdown

    taken = file.stat().st_size if file.exists() else 0
    write(file, markdown.render(report, look, markdown.SUMMARY_LIMIT - taken), add=True)


def _write_baseline(report: Report, file: str) -> int:
    from constitution_lint.commands.output import write
    from constitution_lint.judge import baseline

    path = Path(file)
    write(path, baseline.written(report, baseline.reason_in(path)))
    count = sum(finding.waiver is None for finding in report.findings)
    click.echo(f"constitution-lint: {file} lists {count} findings; use it with --baseline {file}", err=True)
    return 0


def _open_buffer(tree: Path, name: str | None) -> tuple[str, bytes]:
    """The path of the open buffer as the target knows it, and its bytes; no path when there is no buffer."""
    if name is None:
        return "", b""
    if sys.stdin is None:
        raise click.UsageError("--stdin-filename: standard input is closed")
    for candidate in (Path.cwd() / name, tree / name):
        try:
            path = candidate.resolve().relative_to(tree.resolve()).as_posix()
        except (ValueError, OSError):
            continue
        return path, sys.stdin.buffer.read()
    raise click.UsageError(f"--stdin-filename: {name} is outside {tree.resolve()}")
