"""Beside the claims: what one answer of a Constitution Check speaks of, the whole gate or one thing within it.

"Declared Tech Stack" ticked is a claim about the gate. "Tailwind CSS only for styling" is filed under the same gate and
claims nothing about the version of Next.js: only a breach that speaks of the same thing contradicts it.
"""

import re
from functools import lru_cache

from constitution_lint.findings import Claim
from constitution_lint.model.documents.claims import Aliases

_WHOLE = frozenset({"specification-driven", "traceable", "enforced-authentication", "user-data-isolation"})
"""Gates with one subject: whatever an answer filed under them says, it says of that."""
_STACK = frozenset({"stack", "tech", "technolog", "technology"})
"""What names the stack as a whole; its other names are those of single parts of it."""
_WORD = re.compile(r"[a-z][a-z0-9_]+")
_HEAD = re.compile(r"\s*(?::|\u2013|\u2014|\s-\s|\()")
_ENDING = re.compile(r"(?:ication|ation|ing|ies|ied|ed|es|s)$")
_EMPTY = frozenset(
    [
        "about",
        "adhere",
        "adherence",
        "after",
        "all",
        "also",
        "and",
        "any",
        "approved",
        "are",
        "article",
        "based",
        "before",
        "best",
        "between",
        "both",
        "can",
        "check",
        "clear",
        "code",
        "compliance",
        "compliant",
        "constitution",
        "correct",
        "defined",
        "does",
        "driven",
        "each",
        "ensure",
        "ensured",
        "every",
        "feature",
        "features",
        "first",
        "follow",
        "followed",
        "follows",
        "for",
        "from",
        "gate",
        "have",
        "high",
        "implementation",
        "implemented",
        "into",
        "its",
        "law",
        "maintained",
        "met",
        "must",
        "need",
        "needed",
        "not",
        "only",
        "our",
        "over",
        "pass",
        "passed",
        "plan",
        "planned",
        "plans",
        "practice",
        "practices",
        "principle",
        "proper",
        "properly",
        "provide",
        "required",
        "requires",
        "rule",
        "rules",
        "satisfied",
        "shall",
        "should",
        "standard",
        "strict",
        "support",
        "system",
        "that",
        "the",
        "their",
        "this",
        "through",
        "use",
        "used",
        "uses",
        "using",
        "via",
        "when",
        "where",
        "which",
        "will",
        "with",
        "within",
        "without",
    ]
)
"""Words that every answer may hold and that name no subject."""


def is_general(claim: Claim, aliases: Aliases) -> bool:
    """Does an answer speak of its whole gate: by title, by one of its names, or because the gate has one subject?"""
    if claim.gate in _WHOLE:
        return True
    head = _HEAD.split(claim.name.strip(), maxsplit=1)[0]
    words = subjects(head)
    if claim.gate == "declared-tech-stack" and not words & _STACK:
        return not words
    return not words or any(subjects(name) == words for name in (claim.gate, *dict(aliases).get(claim.gate, ())))


def common_subjects(claim: Claim, *texts: str) -> int:
    """How many subjects an answer about one thing shares with what a breach says."""
    return len(subjects(claim.name) & subjects(" ".join(texts)))


@lru_cache(maxsize=4096)
def subjects(text: str) -> frozenset[str]:
    """The words of a text that may name its subject, endings taken off."""
    words = (word for word in _WORD.findall(text.casefold()) if len(word) > 2 and word not in _EMPTY)
    return frozenset(_stem(word) for word in words)


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 2 else word
