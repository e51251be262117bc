"""One Markdown document of any kind (spec, plan, tasks, constitution, data model, prompt history)."""

import msgspec

from constitution_lint.facts.source import Unreadable


class DocumentFacts(msgspec.Struct, frozen=True):
    """One Markdown document of any kind (spec, plan, tasks, constitution, data model, prompt history)."""

    unreadable: tuple[Unreadable, ...] = ()
