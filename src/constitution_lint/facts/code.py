"""Python as the model sees it: a module lowered to a dozen kinds of statements and expressions, each with its span.

The Python reader writes this form, the cache stores it, and the model layer reads nothing else. `await x` is lowered to
`x`, parentheses vanish, `elif` is a nested `If`, and what has no meaning for the model becomes `Unknown`.
"""

from typing import Literal, TypeAlias

import msgspec

from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Unreadable


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    span: Span


# --- expressions ---------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, array_like=True, gc=False, tag="name"):
    id: str


class Const(Node, frozen=True, array_like=True, gc=False, tag="const"):
    """A literal. Bytes, complex numbers, over-long integers and `...` are lowered to their `repr`, `kind` "other"."""

    value: str | int | float | bool | None
    kind: Literal["plain", "other"] = "plain"


class Attribute(Node, frozen=True, array_like=True, gc=False, tag="attr"):
    value: "Expr"
    attr: str


class Arg(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One argument of a call: `name` is the keyword, "*" or "**" for unpacking, None when positional."""

    name: str | None
    value: "Expr"


class Call(Node, frozen=True, array_like=True, gc=False, tag="call"):
    func: "Expr"
    args: tuple[Arg, ...]
    awaited: bool = False

    def keyword(self, name: str) -> "Expr | None":
        """The value of a keyword argument, or None."""
        return next((arg.value for arg in self.args if arg.name == name), None)

    def positional(self, index: int) -> "Expr | None":
        """The value of the positional argument at a 0-based index, or None (also behind an unpacking)."""
        plain: list[Expr] = []
        for arg in self.args:
            if arg.name == "*":
                break
            if arg.name is None:
                plain.append(arg.value)
        return plain[index] if index < len(plain) else None

    def argument(self, index: int, name: str) -> "Expr | None":
        """The argument at a position or, failing that, by its keyword."""
        found = self.positional(index)
        return found if found is not None else self.keyword(name)


class Compare(Node, frozen=True, array_like=True, gc=False, tag="cmp"):
    """`left ops[0] comparators[0] ops[1] …`; operators as in source: == != < <= > >= is, is not, in, not in."""

    left: "Expr"
    ops: tuple[str, ...]
    comparators: tuple["Expr", ...]


class BoolOp(Node, frozen=True, array_like=True, gc=False, tag="bool"):
    op: Literal["and", "or"]
    values: tuple["Expr", ...]


class Unary(Node, frozen=True, array_like=True, gc=False, tag="unary"):
    """`op` is "not", "-", "+" or "~"."""

    op: str
    operand: "Expr"


class Binary(Node, frozen=True, array_like=True, gc=False, tag="bin"):
    op: str
    left: "Expr"
    right: "Expr"


class Subscript(Node, frozen=True, array_like=True, gc=False, tag="sub"):
    value: "Expr"
    index: "Expr"


class Conditional(Node, frozen=True, array_like=True, gc=False, tag="cond"):
    test: "Expr"
    body: "Expr"
    orelse: "Expr"


class Collection(Node, frozen=True, array_like=True, gc=False, tag="coll"):
    """A list, tuple or set display; a slice is a "slice" of its present bounds."""

    kind: Literal["list", "tuple", "set", "slice"]
    items: tuple["Expr", ...]


class DictDisplay(Node, frozen=True, array_like=True, gc=False, tag="dict"):
    """Pairs in order; a None key is a `**value`."""

    items: tuple[tuple["Expr | None", "Expr"], ...]


class Generator(msgspec.Struct, frozen=True, array_like=True, gc=False):
    target: "Expr"
    iterable: "Expr"
    conditions: tuple["Expr", ...]


class Comprehension(Node, frozen=True, array_like=True, gc=False, tag="comp"):
    """`element` is the key and `value` the value when `kind` is "dict"."""

    kind: Literal["list", "set", "dict", "generator"]
    element: "Expr"
    value: "Expr | None"
    generators: tuple[Generator, ...]


class Lambda(Node, frozen=True, array_like=True, gc=False, cache_hash=True, tag="lambda"):
    params: tuple["Param", ...]
    body: "Expr"


class JoinedStr(Node, frozen=True, array_like=True, gc=False, tag="fstr"):
    """An f-string: literal parts are `Const`, replacement fields the expression they hold."""

    parts: tuple["Expr", ...]


class Starred(Node, frozen=True, array_like=True, gc=False, tag="star"):
    value: "Expr"


class Walrus(Node, frozen=True, array_like=True, gc=False, tag="walrus"):
    target: str
    value: "Expr"


class Yield(Node, frozen=True, array_like=True, gc=False, tag="yield"):
    value: "Expr | None"
    delegated: bool = False


class Unknown(Node, frozen=True, array_like=True, gc=False, tag="unknown"):
    reason: str


Expr: TypeAlias = (
    Name
    | Const
    | Attribute
    | Call
    | Compare
    | BoolOp
    | Unary
    | Binary
    | Subscript
    | Conditional
    | Collection
    | DictDisplay
    | Comprehension
    | Lambda
    | JoinedStr
    | Starred
    | Walrus
    | Yield
    | Unknown
)


# --- statements ----------------------------------------------------------------------------------------------------


class Param(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One parameter. `kind` is "positional" (before `/`), "plain", "keyword" (after `*`), "args" or "kwargs"."""

    span: Span
    name: str
    kind: Literal["positional", "plain", "keyword", "args", "kwargs"]
    annotation: "Expr | None"
    default: "Expr | None"


class Assign(Node, frozen=True, array_like=True, gc=False, tag="assign"):
    targets: tuple[Expr, ...]
    value: Expr


class AugAssign(Node, frozen=True, array_like=True, gc=False, tag="augassign"):
    target: Expr
    op: str
    value: Expr


class AnnAssign(Node, frozen=True, array_like=True, gc=False, tag="annassign"):
    target: Expr
    annotation: Expr
    value: Expr | None


class ExprStmt(Node, frozen=True, array_like=True, gc=False, tag="expr"):
    value: Expr
    left: bool = False
    """A call whose result nobody takes or awaits: of an asynchronous function nothing is run."""


class Return(Node, frozen=True, array_like=True, gc=False, tag="return"):
    value: Expr | None


class Raise(Node, frozen=True, array_like=True, gc=False, tag="raise"):
    value: Expr | None


class If(Node, frozen=True, array_like=True, gc=False, tag="if"):
    test: Expr
    body: tuple["Stmt", ...]
    orelse: tuple["Stmt", ...]


class For(Node, frozen=True, array_like=True, gc=False, tag="for"):
    target: Expr
    iterable: Expr
    body: tuple["Stmt", ...]
    orelse: tuple["Stmt", ...]


class While(Node, frozen=True, array_like=True, gc=False, tag="while"):
    test: Expr
    body: tuple["Stmt", ...]
    orelse: tuple["Stmt", ...]


class ExceptClause(Node, frozen=True, array_like=True, gc=False):
    type: Expr | None
    name: str | None
    body: tuple["Stmt", ...]


class Try(Node, frozen=True, array_like=True, gc=False, tag="try"):
    body: tuple["Stmt", ...]
    handlers: tuple[ExceptClause, ...]
    orelse: tuple["Stmt", ...]
    final: tuple["Stmt", ...]


class WithItem(msgspec.Struct, frozen=True, array_like=True, gc=False):
    context: Expr
    target: Expr | None


class With(Node, frozen=True, array_like=True, gc=False, tag="with"):
    items: tuple[WithItem, ...]
    body: tuple["Stmt", ...]


class Delete(Node, frozen=True, array_like=True, gc=False, tag="delete"):
    targets: tuple[Expr, ...]


class Simple(Node, frozen=True, array_like=True, gc=False, tag="simple"):
    kind: Literal["pass", "break", "continue"]


class Assert(Node, frozen=True, array_like=True, gc=False, tag="assert"):
    test: Expr


class Scope(Node, frozen=True, array_like=True, gc=False, tag="scope"):
    """`global` or `nonlocal`."""

    names: tuple[str, ...]


class Alias(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`name as asname`; `name` is "*" for a star import."""

    name: str
    asname: str | None


class Import(Node, frozen=True, array_like=True, gc=False, tag="import"):
    """`import a.b` (module None) or `from ..a import b` (module "a", level 2)."""

    module: str | None
    level: int
    names: tuple[Alias, ...]
    type_checking: bool = False
    """Under `if TYPE_CHECKING:`: seen by type checkers alone."""

    @property
    def is_from(self) -> bool:
        return self.module is not None


SUBJECT = "<subject>"
"""The name of what a `match` statement looks at, in expressions over it."""


class Case(Node, frozen=True, array_like=True, gc=False):
    """One `case`: the names its pattern binds, the values it compares by.

    `values` is None when it matches anything, empty when it looks at more than equality. `parts` are the names that
    stand for a part of the subject, each with an expression over the name `SUBJECT`; what stands at a place of a class
    pattern is the attribute of that number. `of_class` is the class that it asks for, `exact` says that it asks for
    nothing else.
    """

    values: tuple[Expr, ...] | None
    captures: tuple[str, ...]
    guard: Expr | None
    body: tuple["Stmt", ...]
    parts: tuple[tuple[str, Expr], ...] = ()
    of_class: Expr | None = None
    exact: bool = False


class Match(Node, frozen=True, array_like=True, gc=False, tag="match"):
    subject: Expr
    cases: tuple[Case, ...]


class FunctionDef(Node, frozen=True, array_like=True, gc=False, cache_hash=True, tag="def"):
    """`span` reaches from `def` to the end of the body; `head` is the name alone."""

    name: str
    head: Span
    params: tuple[Param, ...]
    decorators: tuple[Expr, ...]
    returns: Expr | None
    body: tuple["Stmt", ...]
    is_async: bool
    is_generator: bool


class ClassDef(Node, frozen=True, array_like=True, gc=False, cache_hash=True, tag="class"):
    name: str
    head: Span
    bases: tuple[Expr, ...]
    keywords: tuple[Arg, ...]
    decorators: tuple[Expr, ...]
    body: tuple["Stmt", ...]


Stmt: TypeAlias = (
    Assign
    | AugAssign
    | AnnAssign
    | ExprStmt
    | Return
    | Raise
    | If
    | For
    | While
    | Try
    | With
    | Delete
    | Simple
    | Assert
    | Scope
    | Import
    | Match
    | FunctionDef
    | ClassDef
)


class Comment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A comment that says something to the tool: a work marker, a requirement id or a waiver. `text` includes the #."""

    span: Span
    text: str


class CodeFacts(msgspec.Struct, frozen=True):
    """One Python file. `lines` counts its lines; `unreadable` lists what no parser understood."""

    body: tuple[Stmt, ...]
    lines: int
    comments: tuple[Comment, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
