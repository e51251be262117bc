"""Beneath the interpreter: the arguments of a call, as values by position and by name."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from constitution_lint.model.flow.values import Value


@dataclass
class Arguments:
    """The arguments of a call: `star` and `rest` are what `*x` and `**x` may add beyond what could be spread."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    star: Value | None = None
    rest: Value | None = None

    def get(self, index: int, name: str = "") -> Value | None:
        if index < len(self.positional):
            return self.positional[index]
        found = self.keywords.get(name) if name else None
        return found if found is not None else self.star if index >= 0 else None

    @property
    def frozen(self) -> tuple[Hashable, ...]:
        """The arguments as a key under which a summary of the call is kept."""
        return tuple(self.positional), tuple(self.keywords.items()), self.star, self.rest

    @property
    def all(self) -> list[Value]:
        """Every value that goes in."""
        extra = [value for value in (self.star, self.rest) if value is not None]
        return [*self.positional, *self.keywords.values(), *extra]
