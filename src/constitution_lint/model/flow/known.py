"""Beneath the values: what was found out about an object that never changes, kept with it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_MOST = 20_000


class KnownOf(Generic[T]):
    """Answers about objects by their identity, which costs less than comparing them; held, so that it stays theirs.

    When there are too many, all are forgotten at once.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self._answers: dict[int, tuple[object, T]] = {}

    def __call__(self, thing: object) -> T:
        known = self._answers.get(id(thing))
        if known is None:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            known = self._answers[id(thing)] = thing, self._find(thing)
        return known[1]
