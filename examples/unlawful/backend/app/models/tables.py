"""The tables; who owns a row is a matter of opinion."""

from sqlmodel import Field, SQLModel

from app.services.tasks import default_title


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str | None = None
    name: str
    archived: bool = False


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    title: str = Field(default_factory=default_title)


class Label(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    text: str
