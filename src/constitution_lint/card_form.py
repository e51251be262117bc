"""The form of front matter on cards, as pydantic models: imported only where cards are read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RuleFront(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(min_length=8, max_length=120)
    severity: Literal["error", "warning", "note"]


class GateFront(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int = Field(ge=1, le=10)
    title: str = Field(min_length=3)
    question: str = Field(pattern=r"\?$")
    aliases: list[str]
