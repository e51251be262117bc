"""Routes of projects (contract: specs/001-projects-tasks/contracts/openapi.yaml)."""

from collections.abc import Sequence

from fastapi import APIRouter, status

from app.api.parameters import DatabaseSession, Limit, Offset
from app.models import Project
from app.schemas.project import ProjectCreate, ProjectRead, ProjectUpdate
from app.security import CurrentUserId
from app.services import projects

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("", response_model=list[ProjectRead])
def list_projects(
    session: DatabaseSession, user_id: CurrentUserId, offset: Offset = 0, limit: Limit = 50
) -> Sequence[Project]:
    return projects.list_projects(session, user_id, offset, limit)


@router.post("", response_model=ProjectRead, status_code=status.HTTP_201_CREATED)
def create_project(session: DatabaseSession, user_id: CurrentUserId, body: ProjectCreate) -> Project:
    return projects.create_project(session, user_id, body)


@router.get("/{project_id}", response_model=ProjectRead)
def read_project(session: DatabaseSession, user_id: CurrentUserId, project_id: int) -> Project:
    return projects.get_project(session, user_id, project_id)


@router.patch("/{project_id}", response_model=ProjectRead)
def update_project(session: DatabaseSession, user_id: CurrentUserId, project_id: int, body: ProjectUpdate) -> Project:
    return projects.update_project(session, user_id, project_id, body)


@router.delete("/{project_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_project(session: DatabaseSession, user_id: CurrentUserId, project_id: int) -> None:
    projects.delete_project(session, user_id, project_id)
