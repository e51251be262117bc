"""Parameters that several routes share."""

from typing import Annotated

from fastapi import Depends, Query
from sqlmodel import Session

from app.database import get_session

DatabaseSession = Annotated[Session, Depends(get_session)]
Offset = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=100)]
