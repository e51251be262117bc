"""A task belongs to a project, and through it to a user."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from app.models.clock import now


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True, ondelete="CASCADE")
    title: str = Field(max_length=200)
    notes: str = Field(default="", max_length=4000)
    done: bool = Field(default=False)
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
