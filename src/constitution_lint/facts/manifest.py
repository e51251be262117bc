"""One manifest, lock file or deployment file."""

import msgspec

from constitution_lint.facts.source import Unreadable


class ManifestFacts(msgspec.Struct, frozen=True):
    """One manifest, lock file or deployment file."""

    unreadable: tuple[Unreadable, ...] = ()
