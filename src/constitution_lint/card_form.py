"""The schema of a card's front matter: what a card must declare, and nothing else.

msgspec checks it and not pydantic, since cards are read in every run that finds no cache: the import alone would cost
more CPU than reading a thousand lines.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class RuleFront(Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=8, max_length=120)]
    severity: Literal["error", "warning", "note"]


class GateFront(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1, le=10)]
    title: Annotated[str, Meta(min_length=3)]
    question: Annotated[str, Meta(pattern=r"\?$")]
    aliases: list[str]
