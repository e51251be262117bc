"""The application that the forms of this folder are written into: tables, sessions and guards of every sort."""

# ruff: noqa

from datetime import datetime
from typing import Annotated

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    WebSocket,
)
from fastapi.security import HTTPBearer
from jose import jwt
from pydantic import BaseModel
from sqlalchemy import and_, delete, exists, func, insert, or_, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select

app = FastAPI()
engine = create_engine("postgresql://localhost/tasks")
make_async = async_sessionmaker(create_async_engine("postgresql+asyncpg://localhost/tasks"))


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    email: str
    stack_id: str = ""
    is_superuser: bool = False
    role: str = "user"
    tasks: list["Task"] = Relationship(back_populates="user")

    @property
    def is_head(self) -> bool:
        return self.role == "head"


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    title: str
    done: bool = False
    is_public: bool = False
    deleted_at: datetime | None = None
    user: User = Relationship(back_populates="tasks")
    comments: list["Comment"] = Relationship(back_populates="task")


class Comment(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id")
    text: str
    task: Task = Relationship(back_populates="comments")


class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class TeamMember(SQLModel, table=True):
    team_id: int = Field(foreign_key="team.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    role: str = "member"


class Document(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team_id: int = Field(foreign_key="team.id")
    text: str


class Country(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class NewTask(BaseModel):
    title: str
    done: bool = False


class TaskRef(BaseModel):
    task_id: int


class Address(BaseModel):
    email: str
    password: str = ""


class OwnedTask(BaseModel):
    title: str
    user_id: int | None = None


def get_session():
    with Session(engine) as session:
        yield session


async def get_async_session():
    async with make_async() as session:
        yield session


Db = Annotated[Session, Depends(get_session)]
Adb = Annotated[AsyncSession, Depends(get_async_session)]


def get_user_id(token=Depends(HTTPBearer())) -> int:
    return jwt.decode(token.credentials, "public-key", algorithms=["RS256"])["sub"]


def get_current_user(session: Db, user_id: int = Depends(get_user_id)) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise HTTPException(status_code=401)
    return user


Me = Annotated[User, Depends(get_current_user)]
MyId = Annotated[int, Depends(get_user_id)]


def get_admin(me: Me) -> User:
    if not me.is_superuser:
        raise HTTPException(status_code=403)
    return me


Admin = Annotated[User, Depends(get_admin)]
