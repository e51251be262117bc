"""Projects of whoever asks."""

from typing import Annotated

import jwt
from fastapi import APIRouter, Body, Depends, HTTPException
from sqlmodel import Session, SQLModel, select, text

from app.database import get_session
from app.models.tables import Project
from app.security import current_user, unverified_user, visitor
from app.settings import LINK_SECRET

router = APIRouter(prefix="/api")
Database = Annotated[Session, Depends(get_session)]
User = Annotated[str, Depends(current_user)]


class ProjectBody(SQLModel):
    name: str
    user_id: str


class ProjectChange(SQLModel):
    name: str | None = None
    archived: bool | None = None


@router.get("/projects", response_model=list[Project])
def list_projects(session: Database, user: User):
    return session.exec(select(Project)).all()


@router.post("/projects")
def create_project(session: Database, user: User, body: ProjectBody):
    project = Project(**body.model_dump())
    session.add(project)
    session.commit()
    return project


@router.get("/projects/search")
def search_projects(session: Database, user: User, words: str):
    return session.exec(text(f"SELECT * FROM project WHERE name LIKE '%{words}%'")).all()


@router.get("/projects/count")
def count_projects(session: Database, user: User, archived: bool):
    return session.execute(text("SELECT count(*) FROM project WHERE archived = :archived"), {"archived": archived}).one()


@router.get("/projects/{project_id}")
def read_project(session: Database, project_id: int, user: Annotated[str | None, Depends(visitor)]):
    return session.get(Project, project_id)


@router.get("/projects/newest")
def read_newest(session: Database, user: User):
    return session.exec(select(Project).where(Project.user_id == user).order_by(Project.id.desc())).first()


@router.get("/projects/{project_id}/archive")
def archive_project(session: Database, project_id: int, user: User):
    project = session.exec(select(Project).where(Project.id == project_id, Project.user_id == user)).one()
    project.archived = True
    session.commit()
    return project


@router.put("/projects/{project_id}")
def change_project(session: Database, project_id: int, user: User, body: ProjectChange):
    project = session.get(Project, project_id)
    if project is None:
        raise HTTPException(404, "no such project")
    project.sqlmodel_update(body.model_dump(exclude_unset=True))
    session.commit()
    if project.user_id != user:
        raise HTTPException(404, "no such project")
    return project


@router.delete("/projects/{project_id}", status_code=204)
def delete_project(
    session: Database, project_id: int, user: Annotated[str, Depends(unverified_user)], reason: Annotated[str, Body()]
):
    session.delete(session.get(Project, project_id))
    session.commit()


@router.post("/projects/{project_id}/delete")
def delete_project_too(session: Database, project_id: int, user: User):
    session.delete(session.get(Project, project_id))
    session.commit()


@router.get("/users/{user_id}/projects")
def list_projects_of(session: Database, user_id: str, user: User):
    return session.exec(select(Project).where(Project.user_id == user_id)).all()


@router.post("/projects/{project_id}/share", status_code=201)
def share_project(project_id: int, user: User):
    return jwt.encode({"project_id": project_id}, LINK_SECRET, algorithm="HS256")


@router.get("/shared/{token}")
def read_shared(session: Database, token: str):
    claims = jwt.decode(token, LINK_SECRET, algorithms=["HS256"])
    return session.get(Project, claims["project_id"])
