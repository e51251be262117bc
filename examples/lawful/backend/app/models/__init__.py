"""The tables. Importing the package registers all of them with SQLModel's metadata, which migrations compare with."""

from app.models.comment import Comment
from app.models.project import Project
from app.models.task import Task

__all__ = ["Comment", "Project", "Task"]
