"""Queries on projects."""

from collections.abc import Sequence

from sqlmodel import Session, select

from app.models import Project


def list_for_user(session: Session, user_id: str, offset: int, limit: int) -> Sequence[Project]:
    statement = select(Project).where(Project.user_id == user_id).order_by(Project.id).offset(offset).limit(limit)
    return session.exec(statement).all()


def find(session: Session, user_id: str, project_id: int) -> Project | None:
    return session.exec(select(Project).where(Project.id == project_id, Project.user_id == user_id)).first()


def save(session: Session, project: Project) -> Project:
    session.add(project)
    session.commit()
    session.refresh(project)
    return project


def remove(session: Session, project: Project) -> None:
    session.delete(project)
    session.commit()
