"""Fingerprints: how findings are recognised after unrelated edits, by content and never by line number."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from constitution_lint.findings import Violation
from constitution_lint.judge.source_lines import Texts


class Identity(NamedTuple):
    """`content` is without file and occurrence, `fingerprint` with both."""

    fingerprint: str
    content: str


def identities(entries: Iterable[tuple[str, Violation]], texts: Texts) -> list[Identity]:
    """One identity for each entry, in order; equal ones in a file are told apart by their occurrence."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for rule, violation in entries:
        key = (violation.location.file, _content(rule, violation, texts))
        found.append(Identity(_hash(*key, str(seen[key])), key[1]))
        seen[key] += 1
    return found


def _content(rule: str, violation: Violation, texts: Texts) -> str:
    """A hash of the rule, the offender and the text it stands on, spacing aside."""
    location = violation.location
    lines = texts.lines_of(location.file, location.span) if location.file else []
    return _hash(rule, violation.subject, re.sub(r"\s+", " ", " ".join(lines)).strip())


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()
