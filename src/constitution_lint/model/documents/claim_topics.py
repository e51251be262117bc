"""For the claims: what one answer of a Constitution Check is about, its whole gate or one thing within it.

"Declared Tech Stack" ticked is a claim about the gate. "Tailwind CSS only for styling" is filed under the same gate and
claims nothing about the version of Next.js: only a breach that speaks of the same thing contradicts it.
"""

import re
from functools import lru_cache

from constitution_lint.findings import Claim
from constitution_lint.model.documents.claims import Aliases
from constitution_lint.model.stack.mentions import mentions

_WHOLE = frozenset({"specification-driven", "enforced-authentication", "user-data-isolation"})
"""Gates with one subject: whatever an answer filed under them says, it says of that."""
_NAMING = {
    "declared-tech-stack": frozenset({"stack", "tech", "technolog", "technology"}),
    "security-first": frozenset({"secure", "security"}),
}
"""What names these gates as a whole; their other names are those of single parts: FastAPI, CORS."""
_OTHER_SENSE = re.compile(r"(?:with|allows) credentials")
"""What CORS calls credentials are the visitor's cookies: no answer about stored credentials speaks of them."""
_TRACED = re.compile(r"trac|spec|requirement|written|map|link|cover|stor|task|document|review|audit")
_OTHERWISE_TRACED = re.compile(r"\b(?:AI|LLM|agents?|tools?|calls?)\b", re.IGNORECASE)
"""What else is traced than features: the calls of a language model, say."""
_WORD = re.compile(r"[a-z][a-z0-9_]+")
_HEAD = re.compile(r"\s*(?::|\u2013|\u2014|\s-\s|\()")
_ENDING = re.compile(r"(?:ication|ation|ing|ies|ied|ed|es|s)$")
_EMPTY = frozenset(
    [
        "about",
        "addressed",
        "adhere",
        "adherence",
        "after",
        "aligned",
        "alignment",
        "all",
        "also",
        "and",
        "any",
        "applied",
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
        "complete",
        "completed",
        "compliance",
        "compliant",
        "considered",
        "constitution",
        "correct",
        "defined",
        "does",
        "driven",
        "each",
        "enforced",
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
        "requirement",
        "requirements",
        "requires",
        "respected",
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
        "verified",
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
    if claim.gate == "traceable":
        return all(_TRACED.match(word) for word in words) and not _OTHERWISE_TRACED.search(head)
    naming = _NAMING.get(claim.gate)
    if naming is not None and not words & naming:
        return not words
    return not words or any(_is_name(words, name) for name in (claim.gate, *dict(aliases).get(claim.gate, ())))


def _is_name(words: frozenset[str], alias: str) -> bool:
    """Are these the words of an alias? `reproducib*` is any one word that begins so."""
    if alias.endswith("*") and alias[:-1].isalpha():
        return len(words) == 1 and next(iter(words)).startswith(alias[:-1])
    return subjects(alias) == words


def common_subjects(claim: Claim, *texts: str) -> int:
    """How many subjects an answer about one thing shares with what a breach says: none where the answer names
    technologies, and the breach only such as stand elsewhere in the stack (SQLModel is no answer to what the database
    is)."""
    if claim.gate == "declared-tech-stack":
        named, broken = _categories(claim.name), _categories(*texts)
        if named and broken and not named & broken:
            return 0
    return len(subjects(claim.name) & subjects(_OTHER_SENSE.sub("", " ".join(texts))))


def _categories(*texts: str) -> frozenset[str]:
    return frozenset(mention.technology.category for text in texts for mention in mentions(text))


@lru_cache(maxsize=4096)
def subjects(text: str) -> frozenset[str]:
    """The words of a text that may name its subject, endings taken off."""
    words = (word for word in _WORD.findall(text.casefold()) if len(word) > 2 and word not in _EMPTY)
    return frozenset(stem for word in words if (stem := _stem(word)) not in _EMPTY)


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 2 else word
