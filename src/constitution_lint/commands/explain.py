"""`explain`: the card of a rule or the article of a gate; without a name, a list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from constitution_lint.commands import options
from constitution_lint.suggestions import did_you_mean

if TYPE_CHECKING:
    from constitution_lint.catalogue import Card, Catalogue, GateCard


@click.command()
@click.argument("name", default="", metavar="[RULE|GATE]")
@options.formats(("text", "markdown", "json"))
@options.color
def command(name: str, format: str, color: str) -> None:
    """Print why a rule or gate exists, what to do, and an example of right and wrong; without a name, list them all."""
    from constitution_lint.catalogue import load
    from constitution_lint.commands.output import emit
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.reporters import cards

    forms = {"text": cards.as_text, "markdown": cards.as_markdown, "json": cards.as_json}
    catalogue, look = load(), look_at(color=color)
    text = forms[format](_named(name.strip().lower(), catalogue), catalogue, look)
    emit(text, machine=format == "json", colour=look.colour)


def _named(name: str, catalogue: Catalogue) -> Card | GateCard | None:
    """The card of a rule, or the article of a gate by its slug or number; None for no name."""
    if not name:
        return None
    if name in catalogue.cards:
        return catalogue.cards[name]
    for article in catalogue.gates:
        if name in (article.gate, str(article.number)):
            return article
    known = (*catalogue.cards, *(article.gate for article in catalogue.gates))
    raise click.UsageError(f'unknown rule or gate "{name}"{did_you_mean(name, known)}')
