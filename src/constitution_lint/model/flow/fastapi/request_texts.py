"""Texts of the request being followed: its path, its method, and strings built from them.

What such a text says is looked up only where something depends on it, and then no more is asked than is needed: does
the path start with "/api"? So what merely passes it on (to a log, to a metric) comes to the same for all requests.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from constitution_lint.model.flow.journal import Journal
from constitution_lint.model.flow.values import Atom, Known, Opaque, Scalar, Value

PATH, METHOD = "\0path", "\0method"
Pieces = tuple[str, ...]
_PATTERNS = frozenset({"match", "search", "fullmatch"})
_LONGEST = 300
_PARAMETER = re.compile(r"\{[^}]*\}")
_SAMPLES = ("1", "abc", "8c1f6a52-0d5f-4c1b-9b1e-0d2f7a1c9e3d")
"""What may stand for a parameter of a path; where they disagree, nothing is known."""


class Tried(NamedTuple):
    """A question to a text of the request: how it relates to any of some texts."""

    pieces: Pieces
    how: str
    others: tuple[object, ...]


class Request:
    """The request that is under way. Its answers are asked through the journal of its run."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.path = ""
        self.method = ""

    def follow(self, journal: Journal, path: str, method: str) -> None:
        self.journal, self.path, self.method = journal, path, method

    def said(self, pieces: Pieces) -> str:
        if PATH in pieces:
            self.journal.ask("path", self.path)
        if METHOD in pieces:
            self.journal.ask("method", self.method)
        return self._text(pieces)

    def tried(self, pieces: Pieces, how: str, others: tuple[object, ...]) -> bool | None:
        question = Tried(pieces, how, others)
        answer = self.answer(question)
        self.journal.ask(question, answer)
        return answer

    def answer(self, question: Tried) -> bool | None:
        pieces, how, others = question
        text = self._text(pieces)
        if how in _PATTERNS:
            return fitting(str(others[0]), how, text)
        if how == "in":
            return text in others
        if how == "contains":
            return any(str(other) in text for other in others)
        return any(getattr(text, how)(str(other)) for other in others)

    def _text(self, pieces: Pieces) -> str:
        return "".join(self.path if one == PATH else self.method if one == METHOD else one for one in pieces)


class Requested(Known, frozen=True):
    """A text with the path or the method inside. Two are equal when they are put together alike, in any request."""

    pieces: Pieces = ()
    request: Request | None = None

    @property  # type: ignore[misc]
    def value(self) -> str:
        assert self.request is not None
        return self.request.said(self.pieces)

    def is_any(self, how: str, *others: object) -> bool:
        """Does the text start with, end with, contain any of these, or is it "in" them?"""
        assert self.request is not None
        return bool(self.request.tried(self.pieces, how, others))

    def fits(self, how: str, pattern: str) -> bool | None:
        """Does a regular expression fit (by `match`, `search`, `fullmatch`)? None when that cannot be told."""
        assert self.request is not None
        return self.request.tried(self.pieces, how, (pattern,))


def fitting(pattern: str, how: str, text: object) -> bool | None:
    """Does a regular expression fit a text, whatever stands for the parameters of a path in it?"""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        tried = {bool(getattr(re, how)(pattern, _PARAMETER.sub(sample, text))) for sample in _SAMPLES}
    except (re.error, RecursionError, OverflowError):
        return None
    return tried.pop() if len(tried) == 1 else None


@lru_cache(maxsize=1024)
def path_names(path: str) -> frozenset[str]:
    """The parameters a path template names: `/a/{id}/{rest:path}` has id and rest."""
    return frozenset(name.partition(":")[0] for name in re.findall(r"\{([^}]*)\}", path))


def requested(request: Request, piece: str) -> Value:
    return (Requested("", "", False, (piece,), request),)


def left_to_settings(atom: Atom, given: list[Value]) -> Value | None:
    """`settings.open_paths.match(path)`: the settings decide whether the request goes by; None for other calls."""
    kind, _, name = atom.key.partition(" ") if isinstance(atom, Scalar) and atom.origin == "server" else ("", "", "")
    if kind != "setting" or not any(isinstance(one, Requested) for value in given for one in value):
        return None
    return (Opaque(f"whether {name} fits the request is left to the settings", credential=True),)


def joined(atoms: list[Any]) -> Value:
    """Literals and texts of the request put together."""
    request = next((atom.request for atom in atoms if isinstance(atom, Requested)), None)
    if request is None:
        return (Known("".join(str(atom.value) for atom in atoms)),)
    pieces = [piece for atom in atoms for piece in _pieces(atom)]
    return (Requested("", "", False, tuple(pieces), request),)


def _pieces(atom: Known) -> Pieces:
    return atom.pieces if isinstance(atom, Requested) else (str(atom.value),)
