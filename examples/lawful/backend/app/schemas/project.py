"""Projects as the API takes and gives them."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ProjectCreate(SQLModel):
    name: str = Field(min_length=1, max_length=120)
    description: str = Field(default="", max_length=2000)


class ProjectUpdate(SQLModel):
    name: str | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=2000)


class ProjectRead(SQLModel):
    id: int
    name: str
    description: str
    created_at: datetime
