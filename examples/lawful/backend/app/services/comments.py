"""Comments on the tasks of one user."""

from collections.abc import Sequence

from sqlmodel import Session

from app.errors import NotFoundError
from app.models import Comment
from app.repositories import comments
from app.schemas.comment import CommentCreate
from app.services.tasks import get_task


def list_comments(session: Session, user_id: str, task_id: int, offset: int, limit: int) -> Sequence[Comment]:
    task = get_task(session, user_id, task_id)
    return comments.list_of_task(session, task, offset, limit)


def add_comment(session: Session, user_id: str, task_id: int, body: CommentCreate) -> Comment:
    task = get_task(session, user_id, task_id)
    return comments.save(session, Comment(task_id=task.id, user_id=user_id, text=body.text))


def delete_comment(session: Session, user_id: str, comment_id: int) -> None:
    comment = comments.load(session, comment_id)
    if comment is None or comment.user_id != user_id:
        raise NotFoundError("comment")
    comments.remove(session, comment)
