"""For the evaluation of scripts: the values an expression may have, and the frames in which names have them."""

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from constitution_lint.facts.location import Span
from constitution_lint.facts.web import Entry, Expr


class Closure(NamedTuple):
    """An expression with the frame that gives its names a meaning."""

    expr: Expr
    frame: "Frame"


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One run of a function: `args` is None where it is not known who calls. `function` -1 is the module itself.

    Frames are told apart by identity: they hold one another, and comparing what they hold would cost without bound.
    """

    file: str
    function: int
    args: tuple[Closure, ...] | None = None
    parent: "Frame | None" = None
    this: "Value | None" = None

    def of(self, this: "Value") -> "Frame":
        """The same frame inside a method of `this`."""
        return replace(self, this=this)


class Hole(NamedTuple):
    """A part of a text that is not known: a parameter's value, an environment variable, anything else.

    For a parameter, `function` (file and index) is whose it is; `name` is its name or the variable's.
    """

    kind: str
    name: str = ""
    function: tuple[str, int] | None = None


class Str(NamedTuple):
    """A text of literal stretches and holes."""

    parts: tuple[str | Hole, ...]


class Obj(NamedTuple):
    entries: tuple[Entry, ...]
    frame: Frame


class Arr(NamedTuple):
    items: tuple[Expr, ...]
    frame: Frame


class Func(NamedTuple):
    """A function of the project, with the frame it was made in and the object it is a method of."""

    file: str
    number: int
    frame: Frame
    this: "Value | None" = None


class Klass(NamedTuple):
    file: str
    number: int
    frame: Frame


class Instance(NamedTuple):
    """`new Class(args)`; args None for an instance nobody is seen to make."""

    klass: Klass
    args: tuple[Closure, ...] | None


class Module(NamedTuple):
    """A whole file of the project, as `import * as x` names it."""

    file: str


class Foreign(NamedTuple):
    """A global (`module` "") or what a package exports, with the members taken of it: axios.create is
    Foreign("axios", ("default", "create"))."""

    module: str
    path: tuple[str, ...]


class Made(NamedTuple):
    """What a foreign function returned: `axios.create({…})`. `file` and `span` tell one call from another."""

    of: Foreign
    args: tuple[Closure, ...]
    file: str
    span: Span


class Plain(NamedTuple):
    """A number, `true`, `null`: a constant that is no text."""

    text: str


class Blank(NamedTuple):
    """Nothing is known of it, or (`absent`) it is known not to be there."""

    absent: bool = False


UNKNOWN = Blank()
ABSENT = Blank(absent=True)
Value: TypeAlias = Str | Obj | Arr | Func | Klass | Instance | Module | Foreign | Made | Plain | Blank | Hole
"""A lone `Hole` is a parameter or environment variable taken whole."""
