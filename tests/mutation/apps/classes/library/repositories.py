"""Queries, each bound to an owner."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from library.models import Book, Shelf


class ShelfRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def list(self, owner_id: str):
        result = await self.session.execute(select(Shelf).where(Shelf.owner_id == owner_id))
        return result.scalars().all()

    async def get(self, shelf_id: int, owner_id: str) -> Shelf | None:
        result = await self.session.execute(select(Shelf).where(Shelf.id == shelf_id, Shelf.owner_id == owner_id))
        return result.scalar_one_or_none()

    async def add(self, shelf: Shelf) -> Shelf:
        self.session.add(shelf)
        await self.session.commit()
        return shelf

    async def delete(self, shelf: Shelf) -> None:
        await self.session.delete(shelf)
        await self.session.commit()


class BookRepository:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def list(self, shelf_id: int, owner_id: str):
        query = select(Book).where(Book.owner_id == owner_id)
        query = query.where(Book.shelf_id == shelf_id)
        return (await self.session.execute(query)).scalars().all()

    async def get(self, book_id: int) -> Book | None:
        return await self.session.get(Book, book_id)

    async def save(self, book: Book) -> Book:
        self.session.add(book)
        await self.session.commit()
        return book

    async def delete(self, book: Book) -> None:
        await self.session.delete(book)
        await self.session.commit()
