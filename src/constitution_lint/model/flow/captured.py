"""Beneath the values: what functions that are defined inside others close over, by number.

A function sees of its surroundings what it names; equal surroundings have one number, in whichever run.
"""

from typing import NamedTuple

import msgspec

from constitution_lint.facts.code import FunctionDef, Lambda, Name
from constitution_lint.model.flow.state import Env
from constitution_lint.model.flow.values import FunctionValue
from constitution_lint.model.walk import walk_expressions


class Captured(NamedTuple):
    """The surroundings of a function, by the names it uses. `itself` is the name by which it may call itself."""

    env: Env
    itself: str = ""


class Closures:
    """All surroundings that functions closed over; number 0 is that of functions that close over nothing."""

    def __init__(self) -> None:
        self._captured = [Captured({})]
        self._seen: list[Env] = [{}]
        self._numbers: dict[tuple[object, ...], int] = {}
        self._names: dict[FunctionDef | Lambda, tuple[str, ...]] = {}

    def env(self, number: int) -> Env:
        """What a function sees of its surroundings, itself included, not to be changed."""
        return self._seen[number]

    def captured(self, number: int) -> Captured:
        return self._captured[number]

    def number(self, function: FunctionDef | Lambda, env: Env) -> int:
        """The number of the part of the surroundings that a function sees."""
        return self._number(function, self._used(function, env), "")

    def defined(self, function: FunctionValue, env: Env) -> FunctionValue:
        """A function with its surroundings, in which it stands itself if it names itself."""
        used = self._used(function.node, env)
        name = function.node.name if isinstance(function.node, FunctionDef) else ""
        itself = name if name in self._names[function.node] else ""
        used.pop(itself, None)
        number = self._number(function.node, used, itself)
        made = msgspec.structs.replace(function, closure=number)
        if itself:
            self._seen[number] = {**used, itself: (made,)}
        return made

    def _number(self, function: FunctionDef | Lambda, env: Env, itself: str) -> int:
        if not env and not itself:
            return 0
        number = self._numbers.setdefault((function, itself, *env.items()), len(self._captured))
        if number == len(self._captured):
            self._captured.append(Captured(env, itself))
            self._seen.append(env)
        return number

    def _used(self, function: FunctionDef | Lambda, env: Env) -> Env:
        names = self._names.get(function)
        if names is None:
            found = sorted({one.id for one in walk_expressions(function) if type(one) is Name})
            names = self._names[function] = tuple(found)
        return {name: env[name] for name in names if name in env}
