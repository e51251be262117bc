"""The names by which findings are known again after unrelated edits: by content, never by line numbers."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from constitution_lint.findings import Violation
from constitution_lint.judge.texts import Texts


def content_of(rule: str, violation: Violation, texts: Texts) -> str:
    """A hash of the rule, the offender and the text it stands on (spacing aside), without its file."""
    lines = texts.lines_of(violation.location.file, violation.location.span) if violation.location.file else []
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    return _hash(rule, violation.subject, text)


def fingerprints(entries: Iterable[tuple[str, Violation]], texts: Texts) -> list[str]:
    """One fingerprint for each entry, in order; equal ones in a file are told apart by their occurrence."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for rule, violation in entries:
        key = (violation.location.file, content_of(rule, violation, texts))
        found.append(_hash(*key, str(seen[key])))
        seen[key] += 1
    return found


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()
