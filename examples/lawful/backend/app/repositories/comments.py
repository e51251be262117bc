"""Queries on comments."""

from collections.abc import Sequence

from sqlmodel import Session, select

from app.models import Comment, Task


def list_of_task(session: Session, task: Task, offset: int, limit: int) -> Sequence[Comment]:
    statement = select(Comment).where(Comment.task_id == task.id).order_by(Comment.id).offset(offset).limit(limit)
    return session.exec(statement).all()


def load(session: Session, comment_id: int) -> Comment | None:
    """The comment whoever wrote it; who calls must compare `user_id` before anything else."""
    return session.get(Comment, comment_id)


def save(session: Session, comment: Comment) -> Comment:
    session.add(comment)
    session.commit()
    session.refresh(comment)
    return comment


def remove(session: Session, comment: Comment) -> None:
    session.delete(comment)
    session.commit()
