"""Guards, one of which guards."""

import hashlib
from typing import Annotated

import jwt
from fastapi import Depends, Header, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.settings import SECRET, SKIP_AUTH

Presented = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
Perhaps = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def current_user(credentials: Presented) -> str:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    except jwt.PyJWTError as error:
        raise HTTPException(401, "invalid token") from error
    return claims["sub"]


def unverified_user(credentials: Presented) -> str:
    return jwt.decode(credentials.credentials, options={"verify_signature": False})["sub"]


def visitor(credentials: Perhaps) -> str | None:
    if credentials is None:
        return None
    return current_user(credentials)


def anybody(credentials: Presented) -> str | None:
    try:
        return current_user(credentials)
    except Exception:
        return None


def believed_user(x_user_id: Annotated[str, Header()]) -> str:
    return x_user_id


def switched_user(credentials: Perhaps) -> str:
    if SKIP_AUTH:
        return "demo"
    if credentials is None:
        raise HTTPException(401, "no token")
    return current_user(credentials)


def demo_user() -> str:
    return "demo-user"


def issue_token(user_id: str) -> str:
    return jwt.encode({"sub": user_id}, SECRET, algorithm="HS256")


def hash_password(password: str) -> str:
    return hashlib.md5(password.encode()).hexdigest()
