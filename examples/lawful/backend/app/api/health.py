"""Whether the service can do its work, for the platform that runs it."""

from fastapi import APIRouter
from sqlmodel import select

from app.api.parameters import DatabaseSession

router = APIRouter(tags=["health"])


@router.get("/health")
def read_health(session: DatabaseSession) -> dict[str, str]:
    session.exec(select(1)).one()
    return {"status": "ok"}
