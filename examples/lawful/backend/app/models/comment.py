"""A comment on a task, and who wrote it."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from app.models.clock import now


class Comment(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True, ondelete="CASCADE")
    user_id: str = Field(index=True, max_length=64)
    text: str = Field(max_length=2000)
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
