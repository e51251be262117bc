"""One contract, OpenAPI or Markdown, as operations with positions."""

import msgspec

from constitution_lint.facts.source import Unreadable


class ContractFacts(msgspec.Struct, frozen=True):
    """One contract, OpenAPI or Markdown, as operations with positions."""

    unreadable: tuple[Unreadable, ...] = ()
