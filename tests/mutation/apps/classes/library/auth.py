"""Who is calling."""

import os
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Request, status

from library.models import Principal

UNAUTHORIZED = HTTPException(status.HTTP_401_UNAUTHORIZED, "not signed in")


class TokenVerifier:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def verify(self, token: str) -> Principal:
        try:
            claims = jwt.decode(token, self.secret, algorithms=["HS256"])
        except jwt.PyJWTError as error:
            raise UNAUTHORIZED from error
        return Principal(id=claims["sub"])


verifier = TokenVerifier(os.environ["JWT_SECRET"])


async def get_principal(request: Request) -> Principal:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        raise UNAUTHORIZED
    return verifier.verify(header.removeprefix("Bearer "))


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]
