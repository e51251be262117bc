"""Whether a request carries a bearer token at all, as a path has found out.

A middleware that verifies what is brought lets a request without a token pass, and a scheme of the framework turns it
away further on: together they guard. So it is kept in mind of a path that nothing was brought (`State.bare`).
"""

import re

from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import NONE, Atom, Made, Scalar, Value

SCHEME = "scheme of the Authorization header"
"""The key of the word before the token."""
BEARERS = frozenset({"HTTPBearer", "OAuth2PasswordBearer", "OAuth2AuthorizationCodeBearer"})
"""Schemes that hand over what comes after `Bearer` in the Authorization header, and nothing else."""
_HEADER = re.compile(r"headers? authorization", re.I)
_BEGINS = Made("the header begins with Bearer")
_BARE = "no bearer token is brought"


def begins(atom: Scalar, text: object) -> Value | None:
    """`header.startswith("Bearer ")`; None for any other text of any other value."""
    return (_BEGINS,) if _is_header(atom) and _is_bearer(text) else None


def without(value: Value, state: State) -> None:
    """A value turns out to be missing, empty or false on a path."""
    if _BEGINS in value or (any(map(_is_header, value)) and all(_is_header(atom) or (atom,) == NONE for atom in value)):
        state.bare = _BARE


def of_other_schemes(left: Value, right: Value, states: list[State]) -> list[State]:
    """Two values differ on these paths: the scheme of the header, and the word `bearer`?"""
    for scheme, word in ((left, right), (right, left)):
        if len(scheme) == len(word) == 1 and _is_scheme(scheme[0]) and _is_bearer(getattr(word[0], "value", None)):
            states = [state.copy() for state in states]
            for state in states:
                state.bare = _BARE
    return states


def _is_header(atom: Atom) -> bool:
    return type(atom) is Scalar and atom.origin == "client" and _HEADER.fullmatch(atom.key) is not None


def _is_scheme(atom: Atom) -> bool:
    return isinstance(atom, Scalar) and atom.key == SCHEME


def _is_bearer(text: object) -> bool:
    return isinstance(text, str) and text.strip().lower() == "bearer"
