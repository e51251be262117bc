"""Comments as the API takes and gives them."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class CommentCreate(SQLModel):
    text: str = Field(min_length=1, max_length=2000)


class CommentRead(SQLModel):
    id: int
    task_id: int
    text: str
    created_at: datetime
