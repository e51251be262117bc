"""Options that several commands share, and how a wrong value is refused: one sentence and a suggestion."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from constitution_lint.suggestions import did_you_mean

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class OneOf(click.Choice[str]):
    """A choice that names the nearest value instead of listing all; `thing` is what the values are ("format")."""

    def __init__(self, thing: str, choices: Sequence[str]) -> None:
        super().__init__(choices)
        self.thing = thing

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.choices:
            return str(value)
        hint = did_you_mean(str(value), self.choices) or f"; choose from {', '.join(self.choices)}"
        raise click.UsageError(f'unknown {self.thing} "{value}"{hint}', ctx)


class Listed(click.ParamType[str]):
    """Values of an option that may be repeated, hold several behind commas, or stand in the environment."""

    name = "list"
    envvar_list_splitter = ","


def listed(option: str, metavar: str, told: str) -> Callable[[CommandT], CommandT]:
    """An option that gathers names: `--select a,b --select c`."""
    return click.option(option, type=Listed(), multiple=True, metavar=metavar, help=told, callback=_apart)


def formats(choices: Sequence[str], told: str = "") -> Callable[[CommandT], CommandT]:
    """`--format`, the first of the choices by default."""
    return click.option(
        "--format", type=OneOf("format", choices), default=choices[0], show_default=True, help=told or None
    )


def no_cache(function: CommandT) -> CommandT:
    return click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")(function)


def color(function: CommandT) -> CommandT:
    choices = OneOf("colour mode", ("auto", "always", "never"))
    told = "When to use colours; auto follows NO_COLOR, FORCE_COLOR and TERM.  [auto]"
    return click.option("--color", type=choices, default="auto", help=told)(function)


def _apart(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
