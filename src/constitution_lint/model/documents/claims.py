"""What the plans claim: every item of every Constitution Check, matched to a gate. The judge weighs them.

An alias is a few lower-case words: it matches a name that holds them in this order with at most three words between two
of them. `isolat*` matches any word that begins so; a lone `*` makes the gap before the next word as wide as needed. The
alias with most words wins, then the longest, then the one that begins first.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from constitution_lint.facts.document import CheckItem, ConstitutionCheck, DocumentFacts
from constitution_lint.findings import GATES, Claim, ClaimStatus
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

Aliases = tuple[tuple[str, tuple[str, ...]], ...]

GAP = 3
_WITHOUT = re.compile(
    r"(?:no|without) (?:need for |user )?(?:authentication|auth|authorization|login|multi[- ]?user|multiple users"
    r"|user (?:accounts?|isolation)|rest api|frontend|backend)"
    r"(?:(?:,| or| and| ?/) ?(?:no )?(?:authentication|auth|authorization|login|multi[- ]?user|user accounts?))*"
    r"(?: (?:support|required|needed|necessary|system|layer|yet|changes?|logic|features?|in this phase))*\W*"
)
"""A name that says what the feature does without: "No authentication required" claims no enforced authentication."""
_NUMBER_ALONE = re.compile(
    r"\W*(?:article|principle|section|rule|gate|pillar|standard)s?\W*(?:\d+(?:[.–-]\d+)*|[ivxlc]+)?\W*"
)
"""A name that numbers what its brackets name: "Article 13 (Authentication)"."""
_WORD = re.compile(r"[a-z0-9_]+\*?|\*")
_ASIDE = re.compile(r"\([^()]*\)")


@remembered
def claims_of(project: Project) -> tuple[Claim, ...]:
    """Every claim of every plan, by plan and line. A template's unanswered question is no claim."""
    return tuple(claim for path in plans_of(project) for claim in _claims(path, project.documents[path], project))


def plans_of(project: Project) -> tuple[str, ...]:
    """The plans that were read, in order."""
    named = {feature.plan for feature in project.workspace.features if feature.plan}
    return tuple(sorted(path for path in named if path in project.documents))


def standing_claims(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Of several claims of one plan under one name the last stands: a re-check supersedes what was said before design.

    A gate may be answered by several items of one check, under names of their own; each of them stands.
    """
    last = {(claim.plan, claim.gate, _bare(claim.name)): claim for claim in claims if claim.gate != "other"}
    return tuple(sorted(last.values(), key=lambda claim: (claim.plan, claim.line)))


def _bare(name: str) -> str:
    return " ".join(_WORD.findall(_ASIDE.sub(" ", name.casefold())))


def _claims(path: str, document: DocumentFacts, project: Project) -> Iterator[Claim]:
    for check in document.checks:
        for item in check.items:
            if not item.template:
                yield Claim(
                    path, item.span.line, item.name, ClaimStatus(item.status), gate_of(item, project.gate_aliases)
                )
    if not any(item.status != "unmarked" for check in document.checks for item in check.items):
        for check in document.checks:
            yield from _summary(path, check)


def _summary(path: str, check: ConstitutionCheck) -> Iterator[Claim]:
    """In a plan that answers for nothing by name a summary without any item speaks for all ten gates."""
    if check.state == "summary" and check.summary:
        status = ClaimStatus(check.summary.status)
        yield from (Claim(path, check.summary.span.line, check.summary.name, status, gate) for gate in GATES)


def gate_of(item: CheckItem, aliases: Aliases) -> str:
    """The gate an item's name means, or "other". What stands in brackets decides only where the name does not.

    "Database: Neon PostgreSQL" below "Technology Stack" has a name that means none: there what is said of it and the
    heading decide, where they agree.
    """
    gate = _gate_of_name(item.name.casefold(), aliases)
    if gate != "other" or not item.group or not item.text:
        return gate
    above = _gate_of_name(item.group.casefold(), aliases)
    return above if above == _gate_of_name(item.text.casefold(), aliases) else gate


@lru_cache(maxsize=4096)
def _gate_of_name(name: str, aliases: Aliases) -> str:
    bare = _ASIDE.sub(" ", name)
    if _NUMBER_ALONE.fullmatch(bare):
        bare = name
    if _WITHOUT.fullmatch(bare.strip()):
        return "other"
    return _best(bare, aliases, 1) or _best(name, aliases, 2) or "other"


def _best(name: str, aliases: Aliases, least_words: int) -> str:
    words = tuple(_WORD.findall(name))
    there = frozenset(words)
    best: tuple[int, int, int] | None = None
    gate = ""
    for slug, patterns in aliases:
        for pattern in patterns:
            if not _whole_words(pattern) <= there:
                continue
            parts = _parts(pattern)
            start = _position(parts, words) if len(parts) >= least_words else -1
            rank = (sum(part != "*" for part in parts), len(pattern), -start)
            if start >= 0 and (best is None or rank > best):
                best, gate = rank, slug
    return gate


@lru_cache(maxsize=2048)
def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(pattern.casefold()))


@lru_cache(maxsize=2048)
def _whole_words(pattern: str) -> frozenset[str]:
    """Words that a name must hold as they are for the pattern to match."""
    return frozenset(part for part in _parts(pattern) if not part.endswith("*"))


def _position(parts: Sequence[str], words: Sequence[str]) -> int:
    """Where in the words the parts begin to match in order, -1 when they do not."""
    for start, word in enumerate(words):
        if _same(parts[0], word) and _follows(parts[1:], words, start + 1):
            return start
    return -1


def _follows(parts: Sequence[str], words: Sequence[str], position: int) -> bool:
    gap = GAP
    for part in parts:
        if part == "*":
            gap = len(words)
            continue
        end = min(len(words), position + gap + 1)
        found = next((index for index in range(position, end) if _same(part, words[index])), None)
        if found is None:
            return False
        position, gap = found + 1, GAP
    return True


def _same(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") and len(part) > 1 else part == word
