"""Projects of one user."""

from collections.abc import Sequence

from sqlmodel import Session

from app.errors import NotFoundError
from app.models import Project
from app.repositories import projects
from app.schemas.project import ProjectCreate, ProjectUpdate


def list_projects(session: Session, user_id: str, offset: int, limit: int) -> Sequence[Project]:
    return projects.list_for_user(session, user_id, offset, limit)


def get_project(session: Session, user_id: str, project_id: int) -> Project:
    project = projects.find(session, user_id, project_id)
    if project is None:
        raise NotFoundError("project")
    return project


def create_project(session: Session, user_id: str, body: ProjectCreate) -> Project:
    return projects.save(session, Project(**body.model_dump(), user_id=user_id))


def update_project(session: Session, user_id: str, project_id: int, body: ProjectUpdate) -> Project:
    project = get_project(session, user_id, project_id)
    project.sqlmodel_update(body.model_dump(exclude_unset=True))
    return projects.save(session, project)


def delete_project(session: Session, user_id: str, project_id: int) -> None:
    projects.remove(session, get_project(session, user_id, project_id))
