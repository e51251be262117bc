"""The command line: arguments choose a command, and every outcome becomes an exit status and one sentence.

A bare path means `check`. Commands are imported when they are used, so that `--version` and `--help` need only click.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import cast

import click
from click.shell_completion import CompletionItem

from constitution_lint import __version__
from constitution_lint.commands.target import is_there
from constitution_lint.suggestions import did_you_mean

NAME = "constitution-lint"
ENVIRONMENT = "CONSTITUTION_LINT"
"""Options of a command may come from variables of this prefix and its name: CONSTITUTION_LINT_ROUTES_FORMAT. For
`check`, which is the default, the name is left out: CONSTITUTION_LINT_FORMAT."""
COULD_NOT_WORK = 2
INTERRUPTED = 130

COMMANDS = {
    "check": "Examine the ten gates and print findings and verdicts (the default for a bare path).",
    "routes": "Show every route as served, with its guard and whose rows it reaches.",
    "claims": "Show what each plan claims about each gate.",
    "trace": "Show how requirements, tasks, files, routes and tests hang together.",
    "layers": "Show which module belongs to which layer, and who imports whom.",
    "contract": "Compare promised operations with served ones, or write what is served as OpenAPI.",
    "waivers": "Show all that is excused: where, why and until when.",
    "explain": "Print the card of a rule or a gate.",
    "init": "Write a commented configuration based on what is found.",
    "server": "Serve editors over the Language Server Protocol (needs the extra [lsp]).",
}
"""Every command with the line that `--help` prints for it, in that order."""


class LazyGroup(click.Group):
    """A group whose commands live in `constitution_lint.commands`, each imported when its name is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return cast(click.Command, import_module(f"constitution_lint.commands.{cmd_name}").command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and _means_check(args[0], [name for parameter in self.get_params(ctx) for name in parameter.opts]):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            hint = did_you_mean(args[0], [*COMMANDS, *_folders_beside(args[0])])
            raise click.UsageError(f'"{args[0]}" is neither a command nor a folder{hint}', ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands from the table above: none of them is imported to be named."""
        found = [CompletionItem(name, help=told) for name, told in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _means_check(first: str, own_options: list[str]) -> bool:
    """A path, or an option that the group itself does not have."""
    if first in COMMANDS or first in own_options:
        return False
    return first.startswith(("-", ".")) or "/" in first or os.sep in first or is_there(first)


def _folders_beside(path: str) -> list[str]:
    try:
        return sorted(entry.name for entry in Path(path).parent.iterdir() if entry.is_dir())
    except OSError:
        return []


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="`constitution-lint .` examines the repository in the current folder. Exit status: 0 nothing at or above "
    "--fail-on, 1 findings, 2 the tool could not do its work.",
)
@click.version_option(__version__, prog_name=NAME)
def cli() -> None:
    """Check what a repository's plans claim about their ten constitution gates against the evidence in its source."""


def main() -> None:
    """The console script. What it holds it needs to the end, so nobody looks for cycles: not even when it ends."""
    gc.disable()
    status = run(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit status. Nothing leaves as a traceback."""
    _open_closed_streams()
    _accept_any_text()
    try:
        status = cli.main(arguments, prog_name=NAME, standalone_mode=False, auto_envvar_prefix=ENVIRONMENT)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return COULD_NOT_WORK
    except click.ClickException as error:
        _say(_sentence(error))
        return COULD_NOT_WORK
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return INTERRUPTED
    except Exception as error:
        return _failed(error)
    return status if isinstance(status, int) else 0


def _open_closed_streams() -> None:
    """Whoever closed an output wants nothing of it, and has the exit status all the same."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end


def _accept_any_text() -> None:
    """No character of a source may stop the printing: what the terminal cannot show is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _sentence(error: click.ClickException) -> str:
    """What click has to say, in one sentence that begins like ours; the command's help is named where it may help."""
    if isinstance(error, click.NoSuchOption):
        near = did_you_mean(error.option_name, error.possibilities or [])
        said = f'unknown option "{error.option_name}"{near}'
    else:
        message = error.format_message()
        said = message[:1].lower() + message[1:]
    if type(error) is click.UsageError or not isinstance(error, click.UsageError) or error.ctx is None:
        return said
    return f"{said.rstrip('.')} (see {error.ctx.command_path} --help)"


def _failed(error: Exception) -> int:
    """One sentence for whatever went wrong: the user's to mend, or ours."""
    from constitution_lint.engine import ConfigurationError, TargetError

    if isinstance(error, TargetError | ConfigurationError):
        _say(str(error))
    else:
        _say(f"internal error ({_place(error)}) in version {__version__}; please report this line")
        if os.environ.get("CONSTITUTION_LINT_TRACEBACK"):
            raise error
    return COULD_NOT_WORK


def _place(error: Exception) -> str:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _say(sentence: str) -> None:
    click.echo(f"{NAME}: {sentence}", err=True)


if __name__ == "__main__":
    main()
