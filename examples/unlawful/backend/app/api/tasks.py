"""Tasks of any project."""

from typing import Annotated

import requests
from fastapi import APIRouter, Depends, WebSocket
from sqlmodel import Session, SQLModel

from app.database import get_session
from app.models.tables import Label, Project, Task
from app.security import anybody, believed_user, current_user, demo_user, switched_user
from app.services import tasks

router = APIRouter(prefix="/api")
Database = Annotated[Session, Depends(get_session)]
WATCHERS: dict[int, dict[str, str]] = {}


class TaskBody(SQLModel):
    project_id: int
    title: str


class WatcherBody(SQLModel):
    name: str


@router.get("/projects/{project_id}/tasks")
def list_tasks(session: Database, project_id: int, user: Annotated[str, Depends(current_user)]):
    return tasks.list_tasks(session, project_id)


# constitution: allow unscoped-sql - it was here once
@router.get("/tasks/{task_id}")
def read_task(session: Database, task_id: int):
    print("reading", task_id)
    return tasks.get_task(session, task_id)


@router.post("/tasks")
def create_task(session: Database, body: TaskBody, user: Annotated[str, Depends(current_user)]):
    task = Task(project_id=body.project_id, title=body.title)
    session.add(task)
    session.commit()
    return task


@router.post("/tasks/{task_id}/update")
def update_task(session: Database, task_id: int, title: str, user: Annotated[str, Depends(anybody)]):
    task = tasks.get_task(session, task_id)
    task.title = title
    session.commit()
    return task


@router.delete("/tasks/{task_id}")
def delete_task(session: Database, task_id: int, user: Annotated[str, Depends(believed_user)]):
    try:
        session.delete(tasks.get_task(session, task_id))
        session.commit()
    except Exception:
        pass
    return {"deleted": True}


@router.get("/tasks/{task_id}/history")
def read_history(task_id: int, user: Annotated[str, Depends(switched_user)]):
    # TODO: read it from somewhere
    return [{"event": "created", "by": "demo"}]


@router.post("/tasks/{task_id}/watchers", status_code=201)
def watch_task(task_id: int, body: WatcherBody, user: Annotated[str, Depends(demo_user)]):
    WATCHERS[task_id] = body.model_dump()
    return body


@router.get("/tasks/{task_id}/watchers")
def list_watchers(task_id: int, user: Annotated[str, Depends(current_user)]):
    return WATCHERS[task_id]


@router.get("/label/{label_id}")
def read_label(label_id: int, user: Annotated[str, Depends(current_user)]):
    raise NotImplementedError


@router.get("/label/{label_id}")
def read_label_again(session: Database, label_id: int, user: Annotated[str, Depends(current_user)]):
    return session.get(Label, label_id)


@router.get("/weather/{city}")
def read_weather(city: str, user: Annotated[str, Depends(current_user)]):
    return requests.get("https://weather.example.com/now", params={"city": city}, timeout=5).json()


@router.websocket("/tasks/live")
async def follow_tasks(socket: WebSocket, session: Database):
    await socket.accept()
    await socket.send_json([project.name for project in session.query(Project).all()])
