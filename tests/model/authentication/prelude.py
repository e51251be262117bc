"""The application that the forms of `*.md` beside this file are written into: settings, users, sessions, a token."""

# ruff: noqa: F401

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from functools import lru_cache, wraps
from typing import Annotated, Optional

import httpx
import jwt
from fastapi import (
    APIRouter,
    Body,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Security,
    WebSocket,
)
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    SecurityScopes,
)
from fastapi.websockets import WebSocketDisconnect
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from sqlmodel import Field, Session, SQLModel, create_engine, select
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI()
engine = create_engine("postgresql://localhost/tasks")
bearer = HTTPBearer()
lax_bearer = HTTPBearer(auto_error=False)
oauth2 = OAuth2PasswordBearer(tokenUrl="login")


class Settings(BaseSettings):
    secret: str
    api_key: str
    auth_enabled: bool = True
    environment: str = "production"
    open_paths: list[str] = ["/health"]


settings = Settings()


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    email: str
    hashed_password: str
    role: str = "user"


class LoginSession(SQLModel, table=True):
    token: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id")


class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id")


def get_session():
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_session)]


def decode(token: str) -> dict:
    return jwt.decode(token, settings.secret, algorithms=["HS256"])


def current_user(token: str = Depends(oauth2)) -> str:
    try:
        return decode(token)["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
