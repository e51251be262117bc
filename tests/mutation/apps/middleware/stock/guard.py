"""The middleware: no request but those to open paths gets past it without a token that verifies."""

import os

import jwt
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

OPEN_PATHS = {"/health", "/docs"}
SECRET = os.environ["JWT_SECRET"]


class TokenMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path in OPEN_PATHS:
            return await call_next(request)
        header = request.headers.get("Authorization")
        if not header or not header.startswith("Bearer "):
            return JSONResponse({"detail": "no token"}, status_code=401)
        try:
            claims = jwt.decode(header[7:], SECRET, algorithms=["HS256"])
        except jwt.PyJWTError:
            return JSONResponse({"detail": "invalid token"}, status_code=401)
        request.state.user_id = claims["sub"]
        return await call_next(request)
