"""Beside the readers: credentials issued by vendors, in files of any kind, documents and comments included.

It looks at bytes alone, before they have a syntax. Gate 2 reads what it finds.
"""

import hashlib

from constitution_lint.discovery.kinds import Kind
from constitution_lint.facts.location import Location
from constitution_lint.facts.source import Exposure, Source
from constitution_lint.model.security.secrets import issued_in, may_hold_issued

_LARGEST = 1_000_000
"""Bytes beyond which a file carries data, in which anything may come up by chance."""
_LOCKS = (".lock", "-lock.json", "-lock.yaml", "shrinkwrap.json")
_MOST = 50


def exposures_of(source: Source, kind: Kind) -> tuple[Exposure, ...]:
    """The first credentials of a file, one a line. Addresses count in deployments: documents show them as examples."""
    addresses = kind == "manifest" and "example" not in source.path
    if len(source.data) > _LARGEST or source.path.endswith(_LOCKS) or not may_hold_issued(source.data, addresses):
        return ()
    found: dict[int, Exposure] = {}
    for one in issued_in(source.text, addresses):
        span = source.index.span(one.start, one.end)
        digest = hashlib.blake2b(source.text[one.start : one.end].encode(), digest_size=8).hexdigest()
        found.setdefault(span.line, Exposure(Location(source.path, span), one.what, digest))
    return tuple(found[line] for line in sorted(found))[:_MOST]
