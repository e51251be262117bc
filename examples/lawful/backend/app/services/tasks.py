"""Tasks of the projects of one user."""

from collections.abc import Sequence

from sqlmodel import Session

from app.errors import NotFoundError
from app.models import Task
from app.repositories import tasks
from app.schemas.task import TaskCreate, TaskUpdate
from app.services.projects import get_project


def list_tasks(session: Session, user_id: str, project_id: int, offset: int, limit: int) -> Sequence[Task]:
    project = get_project(session, user_id, project_id)
    return tasks.list_of_project(session, project, offset, limit)


def get_task(session: Session, user_id: str, task_id: int) -> Task:
    task = tasks.find(session, user_id, task_id)
    if task is None:
        raise NotFoundError("task")
    return task


def create_task(session: Session, user_id: str, project_id: int, body: TaskCreate) -> Task:
    project = get_project(session, user_id, project_id)
    return tasks.save(session, Task(project_id=project.id, title=body.title, notes=body.notes))


def update_task(session: Session, user_id: str, task_id: int, body: TaskUpdate) -> Task:
    task = get_task(session, user_id, task_id)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(task, name, value)
    return tasks.save(session, task)


def delete_task(session: Session, user_id: str, task_id: int) -> None:
    tasks.remove(session, get_task(session, user_id, task_id))
