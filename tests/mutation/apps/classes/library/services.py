"""What can be done with shelves and books, for one principal."""

from typing import Annotated

from fastapi import Depends, HTTPException

from library.auth import CurrentPrincipal
from library.database import Database
from library.models import Book, BookBody, BookChange, Shelf, ShelfBody
from library.repositories import BookRepository, ShelfRepository


class ShelfService:
    def __init__(self, session: Database, principal: CurrentPrincipal) -> None:
        self.shelves = ShelfRepository(session)
        self.principal = principal

    async def list(self):
        return await self.shelves.list(self.principal.id)

    async def get(self, shelf_id: int) -> Shelf:
        shelf = await self.shelves.get(shelf_id, self.principal.id)
        if shelf is None:
            raise HTTPException(404, "no such shelf")
        return shelf

    async def create(self, body: ShelfBody) -> Shelf:
        return await self.shelves.add(Shelf(**body.model_dump(), owner_id=self.principal.id))

    async def delete(self, shelf_id: int) -> None:
        await self.shelves.delete(await self.get(shelf_id))


class BookService:
    def __init__(self, session: Database) -> None:
        self.books = BookRepository(session)
        self.shelves = ShelfRepository(session)

    async def list(self, shelf_id: int, owner_id: str):
        return await self.books.list(shelf_id, owner_id)

    async def get(self, book_id: int, owner_id: str) -> Book:
        book = await self.books.get(book_id)
        if book is None:
            raise HTTPException(404, "no such book")
        if book.owner_id != owner_id:
            raise HTTPException(404, "no such book")
        return book

    async def create(self, shelf_id: int, body: BookBody, owner_id: str) -> Book:
        shelf = await self.shelves.get(shelf_id, owner_id)
        if shelf is None:
            raise HTTPException(404, "no such shelf")
        return await self.books.save(Book(shelf_id=shelf.id, owner_id=owner_id, title=body.title))

    async def change(self, book_id: int, body: BookChange, owner_id: str) -> Book:
        book = await self.get(book_id, owner_id)
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(book, name, value)
        return await self.books.save(book)

    async def delete(self, book_id: int, owner_id: str) -> None:
        await self.books.delete(await self.get(book_id, owner_id))


Shelves = Annotated[ShelfService, Depends()]
Books = Annotated[BookService, Depends()]
