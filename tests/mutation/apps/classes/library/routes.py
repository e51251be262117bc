"""The routes."""

from fastapi import APIRouter, Depends
from sqlmodel import select

from library.auth import CurrentPrincipal, get_principal
from library.database import Database
from library.models import BookBody, BookChange, Genre, ShelfBody
from library.services import Books, Shelves

shelves = APIRouter(prefix="/shelves", dependencies=[Depends(get_principal)])
books = APIRouter(tags=["books"])
genres = APIRouter(tags=["genres"])


@genres.get("/genres")
async def list_genres(session: Database):
    return (await session.execute(select(Genre))).scalars().all()


@shelves.get("")
async def list_shelves(service: Shelves):
    return await service.list()


@shelves.post("", status_code=201)
async def create_shelf(service: Shelves, body: ShelfBody):
    return await service.create(body)


@shelves.get("/{shelf_id}")
async def read_shelf(service: Shelves, shelf_id: int):
    return await service.get(shelf_id)


@shelves.delete("/{shelf_id}", status_code=204)
async def delete_shelf(service: Shelves, shelf_id: int):
    await service.delete(shelf_id)


@books.get("/shelves/{shelf_id}/books")
async def list_books(service: Books, shelf_id: int, principal: CurrentPrincipal):
    return await service.list(shelf_id, principal.id)


@books.post("/shelves/{shelf_id}/books", status_code=201)
async def create_book(service: Books, shelf_id: int, body: BookBody, principal: CurrentPrincipal):
    return await service.create(shelf_id, body, principal.id)


@books.get("/books/{book_id}")
async def read_book(service: Books, book_id: int, principal: CurrentPrincipal):
    return await service.get(book_id, principal.id)


@books.patch("/books/{book_id}")
async def change_book(service: Books, book_id: int, body: BookChange, principal: CurrentPrincipal):
    return await service.change(book_id, body, principal.id)


@books.delete("/books/{book_id}", status_code=204)
async def delete_book(service: Books, book_id: int, principal: CurrentPrincipal):
    await service.delete(book_id, principal.id)
