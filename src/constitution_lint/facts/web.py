"""One TypeScript or JavaScript file."""

import msgspec

from constitution_lint.facts.source import Unreadable


class WebFacts(msgspec.Struct, frozen=True):
    """One TypeScript or JavaScript file."""

    unreadable: tuple[Unreadable, ...] = ()
