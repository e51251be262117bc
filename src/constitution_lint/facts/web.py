"""The facts of one TypeScript or JavaScript file, as its reader leaves them for the model to link.

A file is lowered to what decides its requests, its imports and its configuration: bindings, functions, classes, calls
and a dozen kinds of expression. Types, markup and control flow are gone; what a function may do under a condition, it
does. Functions and classes are named by their index in the file; `scope` is the index of the enclosing function, -1 for
the module.
"""

from typing import Literal, TypeAlias

import msgspec

from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Unreadable

MODULE = -1
"""The scope of what stands outside every function."""


class _Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    pass


class Text(_Node, frozen=True, array_like=True, gc=False, tag="text"):
    """A string literal, escapes resolved."""

    value: str
    span: Span


class Template(_Node, frozen=True, array_like=True, gc=False, tag="template"):
    """A template string or a concatenation; literal stretches are `Text`."""

    parts: tuple["Expr", ...]
    span: Span


class Constant(_Node, frozen=True, array_like=True, gc=False, tag="literal"):
    """A number, `true`, `false`, `null` or `undefined`, as written."""

    text: str


class Name(_Node, frozen=True, array_like=True, gc=False, tag="name"):
    """An identifier; `this` and `super` too."""

    id: str


class Member(_Node, frozen=True, array_like=True, gc=False, tag="member"):
    """`object.name`, `object?.name` and `object["name"]`; the name is "" where it is computed."""

    object: "Expr"
    name: str


class Call(_Node, frozen=True, array_like=True, gc=False, tag="call"):
    """`func(args)`, `new func(args)`; `import(...)` and `super(...)` call those names."""

    func: "Expr"
    args: tuple["Expr", ...]
    span: Span


class Entry(_Node, frozen=True, array_like=True, gc=False):
    """`key: value` of an object or a class; "..." is the key of a spread, "" of a computed one."""

    key: str
    value: "Expr"


class Object(_Node, frozen=True, array_like=True, gc=False, tag="object"):
    entries: tuple[Entry, ...]


class Array(_Node, frozen=True, array_like=True, gc=False, tag="array"):
    items: tuple["Expr", ...]


class Spread(_Node, frozen=True, array_like=True, gc=False, tag="spread"):
    value: "Expr"


class Either(_Node, frozen=True, array_like=True, gc=False, tag="either"):
    """`a || b`, `a ?? b`, `test ? a : b`: one of the options; of `a && b` the first is a literal `false`."""

    options: tuple["Expr", ...]


class FunctionAt(_Node, frozen=True, array_like=True, gc=False, tag="function"):
    index: int


class ClassAt(_Node, frozen=True, array_like=True, gc=False, tag="class"):
    index: int


class Unknown(_Node, frozen=True, array_like=True, gc=False, tag="unknown"):
    """What the reader does not lower: markup, arithmetic, comparisons, regular expressions."""


Expr: TypeAlias = (
    Text
    | Template
    | Constant
    | Name
    | Member
    | Call
    | Object
    | Array
    | Spread
    | Either
    | FunctionAt
    | ClassAt
    | Unknown
)


class Bound(_Node, frozen=True, array_like=True, gc=False):
    """A name that a pattern binds: `path` leads from the bound value to it, "..." being the rest."""

    name: str
    path: tuple[str, ...] = ()
    default: Expr | None = None


class Parameter(_Node, frozen=True, array_like=True, gc=False):
    """One parameter: the names it binds (one with an empty path unless it is destructured) and its default."""

    names: tuple[Bound, ...]
    default: Expr | None = None
    is_rest: bool = False
    is_property: bool = False
    """`constructor(private base: string)` sets a property too."""


class Function(msgspec.Struct, frozen=True, gc=False):
    """A function, arrow or method. `span` is its name's, else that of its first line's beginning."""

    name: str
    scope: int
    params: tuple[Parameter, ...]
    returns: tuple[Expr, ...]
    span: Span
    owner: int = -1
    """The class of a method, -1 for other functions."""


class Class(msgspec.Struct, frozen=True, gc=False):
    name: str
    scope: int
    base: Expr | None
    members: tuple[Entry, ...]
    """Fields with their initial values and methods, in order; those without a value are left out."""
    span: Span


class Binding(_Node, frozen=True, array_like=True, gc=False):
    """A declaration: the names it binds and the value they are taken from."""

    names: tuple[Bound, ...]
    value: Expr
    scope: int
    span: Span


class Assignment(_Node, frozen=True, array_like=True, gc=False):
    """`target = value`; `adds` for `+=`."""

    target: Expr
    value: Expr
    scope: int
    span: Span
    adds: bool = False


class CallSite(_Node, frozen=True, array_like=True, gc=False):
    """A call that is part of no binding, assignment or return."""

    call: Call
    scope: int


class Element(_Node, frozen=True, array_like=True, gc=False):
    """A component used in markup (`<TaskList …>`, `<Auth.Guard>`)."""

    name: str
    scope: int


class ImportedName(_Node, frozen=True, array_like=True, gc=False):
    """`imported as local`; "*" for the whole module, "default" for its default export."""

    imported: str
    local: str
    type_only: bool = False


ImportKind: TypeAlias = Literal["static", "dynamic", "require", "export", "type"]


class Import(_Node, frozen=True, array_like=True, gc=False):
    """One reference to another module, as written. `export … from` counts; "type" is `import("x").T` in a type.

    `span` is that of the quoted module name.
    """

    module: str
    kind: ImportKind
    names: tuple[ImportedName, ...]
    span: Span
    type_only: bool = False


class Export(_Node, frozen=True, array_like=True, gc=False):
    """A name that other files may import. `module` is set where it is passed on from there; "*" passes all on."""

    name: str
    local: str
    module: str = ""
    type_only: bool = False


class EnvironmentRead(_Node, frozen=True, array_like=True, gc=False):
    """`process.env.NAME`, `import.meta.env.NAME` or the same destructured."""

    name: str
    span: Span


class WebFacts(msgspec.Struct, frozen=True):
    """One TypeScript or JavaScript file. `directive` is "use client", "use server" or "".

    `is_bundle`: a bundler's output, of which nothing was read.
    """

    lines: int = 0
    directive: str = ""
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    bindings: tuple[Binding, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    calls: tuple[CallSite, ...] = ()
    elements: tuple[Element, ...] = ()
    environment: tuple[EnvironmentRead, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    is_bundle: bool = False
