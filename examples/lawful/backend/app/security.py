"""Who is calling: the bearer token that Better Auth signed, verified against the keys it publishes."""

from functools import lru_cache
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jwt import PyJWKClient

from app.settings import Settings, get_settings

bearer = HTTPBearer()


@lru_cache
def get_key_client() -> PyJWKClient:
    return PyJWKClient(get_settings().jwks_url, cache_keys=True)


def get_current_user_id(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    keys: Annotated[PyJWKClient, Depends(get_key_client)],
    settings: Annotated[Settings, Depends(get_settings)],
) -> str:
    """The subject of the token. Answers 401 unless signature, expiry, issuer and audience are all right."""
    token = credentials.credentials
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=["EdDSA"],
            issuer=settings.auth_url,
            audience=settings.auth_url,
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "invalid or expired token", headers={"WWW-Authenticate": "Bearer"}
        ) from error
    return claims["sub"]


CurrentUserId = Annotated[str, Depends(get_current_user_id)]
