"""Tasks as the API takes and gives them."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    notes: str = Field(default="", max_length=4000)


class TaskUpdate(SQLModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    notes: str | None = Field(default=None, max_length=4000)
    done: bool | None = None


class TaskRead(SQLModel):
    id: int
    project_id: int
    title: str
    notes: str
    done: bool
    created_at: datetime
