"""The application: routers, cross-origin rules, and how errors of the domain are answered."""

from fastapi import Depends, FastAPI, Request, status
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from app.api import comments, health, projects, tasks
from app.errors import NotFoundError
from app.security import get_current_user_id
from app.settings import get_settings

app = FastAPI(title="Taskboard", version="1.0.0")
app.add_middleware(
    CORSMiddleware,
    allow_origins=get_settings().cors_origins,
    allow_methods=["GET", "POST", "PATCH", "DELETE"],
    allow_headers=["Authorization", "Content-Type"],
)


@app.exception_handler(NotFoundError)
def answer_not_found(request: Request, error: NotFoundError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status.HTTP_404_NOT_FOUND)


app.include_router(health.router)
for protected in (projects.router, tasks.router, comments.router):
    app.include_router(protected, prefix="/api", dependencies=[Depends(get_current_user_id)])
