"""Routes of comments (contract: specs/002-comments/contracts/openapi.yaml)."""

from collections.abc import Sequence

from fastapi import APIRouter, status

from app.api.parameters import DatabaseSession, Limit, Offset
from app.models import Comment
from app.schemas.comment import CommentCreate, CommentRead
from app.security import CurrentUserId
from app.services import comments

router = APIRouter(tags=["comments"])


@router.get("/tasks/{task_id}/comments", response_model=list[CommentRead])
def list_comments(
    session: DatabaseSession, user_id: CurrentUserId, task_id: int, offset: Offset = 0, limit: Limit = 50
) -> Sequence[Comment]:
    return comments.list_comments(session, user_id, task_id, offset, limit)


@router.post("/tasks/{task_id}/comments", response_model=CommentRead, status_code=status.HTTP_201_CREATED)
def add_comment(session: DatabaseSession, user_id: CurrentUserId, task_id: int, body: CommentCreate) -> Comment:
    return comments.add_comment(session, user_id, task_id, body)


@router.delete("/comments/{comment_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_comment(session: DatabaseSession, user_id: CurrentUserId, comment_id: int) -> None:
    comments.delete_comment(session, user_id, comment_id)
