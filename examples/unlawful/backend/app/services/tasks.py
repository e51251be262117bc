"""Tasks, with HTTP in the middle of it."""

from fastapi import HTTPException
from sqlmodel import Session, select

from app.models.tables import Task


def default_title() -> str:
    return "untitled"


def get_task(session: Session, task_id: int) -> Task:
    task = session.get(Task, task_id)
    if task is None:
        raise HTTPException(404, "no such task")
    return task


def list_tasks(session: Session, project_id: int) -> list[Task]:
    return session.exec(select(Task).where(Task.project_id == project_id)).all()
