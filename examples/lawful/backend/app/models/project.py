"""A project: the row that says whose the tasks below it are."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from app.models.clock import now


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True, max_length=64)
    """The `id` of Better Auth's user, which the token names as its subject."""
    name: str = Field(max_length=120)
    description: str = Field(default="", max_length=2000)
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
