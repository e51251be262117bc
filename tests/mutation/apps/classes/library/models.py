"""Shelves, and the books on them."""

from pydantic import BaseModel
from sqlmodel import Field, SQLModel


class Shelf(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    owner_id: str = Field(index=True)
    name: str


class Book(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    shelf_id: int = Field(foreign_key="shelf.id", index=True)
    owner_id: str = Field(index=True)
    title: str


class Genre(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class Principal(BaseModel):
    id: str


class ShelfBody(BaseModel):
    name: str


class BookBody(BaseModel):
    title: str


class BookChange(BaseModel):
    title: str | None = None
