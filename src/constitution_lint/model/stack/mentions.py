"""For gate 10: the technologies a text names, and what it says of each: chosen, refused, or for some occasions."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from constitution_lint.model.stack.technologies import TECHNOLOGIES, Technology

_ANY = re.compile("|".join(f"(?P<t{n}>(?<![\\w@/.-])(?:{one.words})(?![\\w-]))" for n, one in enumerate(TECHNOLOGIES)))
_REFUSED_BEFORE = re.compile(
    r"\b(?:no|not|nor|never|without|instead of|rather than|avoid\w*|forbid\w*|forbidden|prohibit\w*|replac\w+"
    r"|migrat\w+ from|mov\w+ (?:away )?from|unlike|versus|vs\.?|over|don'?t|remov\w+|deprecat\w+|reject\w+|exclud\w+"
    r"|isn'?t|against|except|other than|compared (?:to|with)|alternatives?(?: to| considered)?)\b[^.;:|]{0,40}$",
    re.IGNORECASE,
)
_REFUSED_AFTER = re.compile(
    r"^[^.;|,]{0,25}\b(?:forbidden|prohibited|rejected|not (?:used|allowed|permitted|needed|required)|excluded"
    r"|is out|are out|deprecated|removed|replaced)\b",
    re.IGNORECASE,
)
_OCCASIONAL = re.compile(
    r"\b(?:dev(?:elopment)?|local(?:ly)?|tests?|testing|fallback|optional(?:ly)?|future|later|planned|example|demo"
    r"|legacy|prototype|phase|cli|existing|compatible|syntax|style|ready|inspired|if needed"
    r"|in-memory|mock\w*|cach(?:e|ing))\b",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"^[\s`*(:v@^~>=]{0,6}(?P<major>\d{1,2})(?:\.[\dx]+)*(?P<open>\s*\+|\s*(?:or (?:later|newer|above|higher)))?"
)
_LEAST = re.compile(r"^[\s`*(:@]*(?:>=|≥)")


class Mention(NamedTuple):
    """A technology at an offset of a text; `occasional` where the clause around limits it (development, tests)."""

    technology: Technology
    start: int
    end: int
    refused: bool
    occasional: bool
    major: int | None = None
    open_ended: bool = False
    """The version named is a least one ("16+")."""


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """Every technology that a text names, in order."""
    return tuple(_mentions(text))


def _mentions(text: str) -> Iterator[Mention]:
    for match in _ANY.finditer(text):
        technology = TECHNOLOGIES[int((match.lastgroup or "t0")[1:])]
        before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 60]
        version = _VERSION.match(after)
        yield Mention(
            technology,
            match.start(),
            match.end(),
            bool(_REFUSED_BEFORE.search(before) or _REFUSED_AFTER.match(after)),
            bool(_OCCASIONAL.search(_clause(text, match.start(), match.end()))),
            int(version["major"]) if version else None,
            bool(version and (version["open"] or _LEAST.match(after))),
        )


def _clause(text: str, start: int, end: int) -> str:
    """The text around a place up to the next comma, semicolon, slash or sentence end; brackets belong to it."""
    left = max(text.rfind(mark, 0, start) for mark in (",", ";", ". ", " / ", "|", " + ", " and ", " or ")) + 1
    rights = [at for mark in (",", ";", ". ", " / ", "|", " + ", " and ", " or ") if (at := text.find(mark, end)) >= 0]
    return text[left : min(rights, default=len(text))]
