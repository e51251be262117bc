"""Routes of tasks (contract: specs/001-projects-tasks/contracts/openapi.yaml)."""

from collections.abc import Sequence

from fastapi import APIRouter, status

from app.api.parameters import DatabaseSession, Limit, Offset
from app.models import Task
from app.schemas.task import TaskCreate, TaskRead, TaskUpdate
from app.security import CurrentUserId
from app.services import tasks

router = APIRouter(tags=["tasks"])


@router.get("/projects/{project_id}/tasks", response_model=list[TaskRead])
def list_tasks(
    session: DatabaseSession, user_id: CurrentUserId, project_id: int, offset: Offset = 0, limit: Limit = 50
) -> Sequence[Task]:
    return tasks.list_tasks(session, user_id, project_id, offset, limit)


@router.post("/projects/{project_id}/tasks", response_model=TaskRead, status_code=status.HTTP_201_CREATED)
def create_task(session: DatabaseSession, user_id: CurrentUserId, project_id: int, body: TaskCreate) -> Task:
    return tasks.create_task(session, user_id, project_id, body)


@router.get("/tasks/{task_id}", response_model=TaskRead)
def read_task(session: DatabaseSession, user_id: CurrentUserId, task_id: int) -> Task:
    return tasks.get_task(session, user_id, task_id)


@router.patch("/tasks/{task_id}", response_model=TaskRead)
def update_task(session: DatabaseSession, user_id: CurrentUserId, task_id: int, body: TaskUpdate) -> Task:
    return tasks.update_task(session, user_id, task_id, body)


@router.delete("/tasks/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_task(session: DatabaseSession, user_id: CurrentUserId, task_id: int) -> None:
    tasks.delete_task(session, user_id, task_id)
