"""The application."""

from fastapi import Depends, FastAPI

from library.auth import get_principal
from library.routes import books, genres, shelves

app = FastAPI()
app.include_router(shelves, prefix="/api")
app.include_router(books, prefix="/api")
app.include_router(genres, prefix="/api", dependencies=[Depends(get_principal)])
