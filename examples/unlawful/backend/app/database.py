"""Tables are made at start, whatever was there before."""

from collections.abc import Iterator

from sqlmodel import Session, SQLModel, create_engine

from app.settings import DATABASE_URL

engine = create_engine(DATABASE_URL, echo=True)


def create_tables() -> None:
    SQLModel.metadata.create_all(engine)


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session
