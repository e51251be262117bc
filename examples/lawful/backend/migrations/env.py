"""Runs migrations against the database of the settings; metadata comes from the tables of the application."""

from alembic import context
from sqlmodel import SQLModel

from app import models  # noqa: F401  (registers the tables)
from app.database import get_engine


def run() -> None:
    with get_engine().connect() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata)
        with context.begin_transaction():
            context.run_migrations()


run()
