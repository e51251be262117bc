"""Beneath every model: what was once made of a project is kept, with what it was made of, and holds while that does.

A run asks the same things of a project again and again; an editor asks them after every keystroke. Each answer
remembers the parts of the project it read and the answers it asked for. It is made anew when one of these is another,
and where it comes out the same, all that rests on it still holds: an edit of a document leaves the prover at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, cast

if TYPE_CHECKING:
    from constitution_lint.model.project import Project

Args = TypeVarTuple("Args")
T = TypeVar("T")
Reaching = Callable[[Any, Any], Mapping[str, Any]]
"""From a project and some files to the code they reach, which it asks for so that it is noted."""
Key = tuple[Callable[..., Any], tuple[Any, ...]]

_ROUNDS_KEPT = 4
"""An answer that nobody asked for in as many rounds is forgotten."""


class Answer:
    """One answer: the parts of the project it `read`, the answers it `asked` for, the round that last found it true.

    Both grow as long as the value is used, since a value may hold on to the project and read on.
    """

    __slots__ = ("asked", "read", "round", "value")

    def __init__(self, this_round: int) -> None:
        self.value: Any = None
        self.read: dict[str, object] = {}
        self.asked: dict[Key, object] = {}
        self.round = this_round


class View:
    """The project as one answer sees it: every part it reads is noted. It always shows the latest project."""

    __slots__ = ("answer", "memory")

    def __init__(self, memory: Memory, answer: Answer) -> None:
        self.memory = memory
        self.answer = answer

    def __getattr__(self, name: str) -> Any:
        part = getattr(self.memory.project, name)
        self.answer.read.setdefault(name, part)
        return part

    def note(self, key: Key, value: object) -> None:
        """An answer that this one asked for."""
        self.answer.asked[key] = value


class NearView(View):
    """The project as seen from some of its files: code beyond their reach is not there, and is not noted.

    What is `near` speaks of all code, and of that an answer may use what lies within its reach alone.
    """

    __slots__ = ("_code",)

    def __init__(self, memory: Memory, answer: Answer, code: Mapping[str, Any]) -> None:
        super().__init__(memory, answer)
        self._code = code

    @property
    def code(self) -> Mapping[str, Any]:
        return self._code

    def note(self, key: Key, value: object) -> None:
        if key[0] not in _NEAR:
            super().note(key, value)


class Memory:
    """The answers about one project; or, where it is `lasting`, about those that follow it too, edit by edit.

    Each of these begins a round. Where none follows it matters to nobody what an answer rests on, and nothing is noted.
    """

    def __init__(self, lasting: bool = False) -> None:
        self.lasting = lasting
        self.project: Any = None
        self.round = 0
        self._answers: dict[Key, Answer] = {}

    def begin(self, project: Project) -> None:
        self.project = project
        self.round += 1
        stale = [key for key, answer in self._answers.items() if answer.round < self.round - _ROUNDS_KEPT]
        for key in stale:
            del self._answers[key]

    def recall(self, function: Callable[..., Any], args: tuple[Any, ...] = (), reach: Reaching | None = None) -> Any:
        """What the function makes of the project, made only where what is remembered no longer holds.

        With `reach` it sees the code that this reaches from the files of its first argument.
        """
        key = (function, args)
        known = self._answers.get(key)
        if known is not None and (known.round == self.round or self._holds(known)):
            return known.value
        answer = Answer(self.round)
        if not self.lasting:
            answer.value = function(self.project, *args)
            self._answers[key] = answer
            return answer.value
        view = View(self, answer)
        if reach is not None:
            view = NearView(self, answer, reach(view, args[0]))
        value = function(view, *args)
        answer.value = known.value if known is not None and _same(known.value, value) else value
        self._answers[key] = answer
        return answer.value

    def _holds(self, answer: Answer) -> bool:
        """Is every part that it read the same, and every answer it asked for?"""
        if any(getattr(self.project, name) is not part for name, part in answer.read.items()):
            return False
        for key, value in tuple(answer.asked.items()):
            known = self._answers.get(key)
            if known is not None and known.round == self.round:
                if known.value is not value:
                    return False
                continue
            try:
                if self.recall(*key, _REACHES.get(key[0])) is not value:
                    return False
            except Exception:
                return False
        answer.round = self.round
        return True


def _same(before: object, after: object) -> bool:
    """Are they equal, and in the same order? Equal mappings may differ in it, and all that follows with them."""
    if type(before) is not type(after) or before != after:
        return False
    return not isinstance(before, dict) or list(before) == list(cast(dict[Any, Any], after))


def remembered(function: Callable[[Project, *Args], T], reach: Reaching | None = None) -> Callable[[Project, *Args], T]:
    """Answers of a function of a project and of hashable arguments are remembered with the project."""

    if reach is not None:
        _REACHES[function] = reach

    @wraps(function)
    def asked(project: Project, *args: *Args) -> T:
        value = project.memory.recall(function, args, reach)
        if isinstance(project, View):
            project.note((function, args), value)
        return cast(T, value)

    return asked


def near(function: Callable[[Project, *Args], T]) -> Callable[[Project, *Args], T]:
    """Remembered too; an answer that sees the code within its reach may ask for it and still rests on that alone."""
    _NEAR.add(function)
    return remembered(function)


_NEAR: set[Callable[..., Any]] = set()
_REACHES: dict[Callable[..., Any], Reaching] = {}
