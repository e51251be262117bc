"""Queries on tasks."""

from collections.abc import Sequence

from sqlmodel import Session, select

from app.models import Project, Task


def list_of_project(session: Session, project: Project, offset: int, limit: int) -> Sequence[Task]:
    statement = select(Task).where(Task.project_id == project.id).order_by(Task.id).offset(offset).limit(limit)
    return session.exec(statement).all()


def find(session: Session, user_id: str, task_id: int) -> Task | None:
    statement = select(Task).join(Project, Task.project_id == Project.id)
    return session.exec(statement.where(Task.id == task_id).where(Project.user_id == user_id)).first()


def save(session: Session, task: Task) -> Task:
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


def remove(session: Session, task: Task) -> None:
    session.delete(task)
    session.commit()
