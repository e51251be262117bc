"""Suggestions: what an unknown word was probably meant to be."""

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for a near miss, otherwise nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, sorted(known), 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
