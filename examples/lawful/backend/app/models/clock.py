"""The time that rows are stamped with."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
