"""Within the routing evaluator: what an expression of the wiring code may stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from constitution_lint.facts.code import Call, ClassDef, Expr, FunctionDef, Lambda
from constitution_lint.facts.location import Location, Span

if TYPE_CHECKING:
    from constitution_lint.model.names import Definition
    from constitution_lint.model.routing.scopes import Env
    from constitution_lint.model.routing.types import Scoped


class Value:
    """Anything a name can be bound to; `origin` is the call that made it, with the scope it stood in."""

    __slots__ = ("origin",)

    def __init__(self) -> None:
        self.origin: tuple[Expr, Env] | None = None


class Literal(Value):
    """A constant; `configured` when the environment or a settings file may give another one."""

    __slots__ = ("configured", "value")

    def __init__(self, value: str | int | float | bool | None, configured: bool = False) -> None:
        super().__init__()
        self.value = value
        self.configured = configured


class Listed(Value):
    """A list, tuple or set whose items are known."""

    __slots__ = ("items",)

    def __init__(self, items: list[Value]) -> None:
        super().__init__()
        self.items = items


class Mapped(Value):
    """A dictionary: values by key when the keys are literals, the others in `rest`."""

    __slots__ = ("items", "rest")

    def __init__(self, items: Mapping[Any, Value]) -> None:
        super().__init__()
        self.items: dict[object, Value] = dict(items)
        self.rest: list[Value] = []


class PathText(Value):
    """A path, as `pathlib` has it or as it is written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Unknown(Value):
    """What could not be evaluated and why; `pattern` is a text known in part, with "*" for each part that is not."""

    __slots__ = ("pattern", "reason")

    def __init__(self, reason: str, pattern: str = "") -> None:
        super().__init__()
        self.reason = reason
        self.pattern = pattern


class Either(Value):
    """One of several values; `condition` says when it is the first one, empty when that cannot be said.

    `size` counts the values at the ends of nested ones: each branch of wiring code may double them.
    """

    __slots__ = ("condition", "options", "size")

    def __init__(self, options: tuple[Value, ...], condition: str = "") -> None:
        super().__init__()
        self.options = options
        self.condition = condition
        self.size: int = sum(one.size if isinstance(one, Either) else 1 for one in options)


class External(Value):
    """A name of a library, by its full dotted name."""

    __slots__ = ("dotted",)

    def __init__(self, dotted: str) -> None:
        super().__init__()
        self.dotted = dotted

    @property
    def last(self) -> str:
        return self.dotted.rsplit(".", 1)[-1]


class Arguments(NamedTuple):
    """Evaluated arguments of a call."""

    positional: list[Value]
    keywords: dict[str, Value]

    def get(self, index: int, name: str) -> Value | None:
        """The argument at a position or by keyword."""
        if 0 <= index < len(self.positional):
            return self.positional[index]
        return self.keywords.get(name)


class Made(Value):
    """What calling a name of a library gave."""

    __slots__ = ("arguments", "dotted", "where")

    def __init__(self, dotted: str, arguments: Arguments, where: Location) -> None:
        super().__init__()
        self.dotted = dotted
        self.arguments = arguments
        self.where = where

    @property
    def last(self) -> str:
        return self.dotted.rsplit(".", 1)[-1]


class Module(Value):
    __slots__ = ("file", "key")

    def __init__(self, key: str, file: str | None) -> None:
        super().__init__()
        self.key = key
        self.file = file


class Function(Value):
    """A function with the scope it was defined in; `bound` is the object a method was taken from."""

    __slots__ = (
        "attributes",
        "bound",
        "env",
        "file",
        "is_property",
        "is_static",
        "node",
        "owner",
        "qualname",
        "remembered",
        "wrapped",
    )

    def __init__(self, file: str, qualname: str, node: FunctionDef | Lambda, env: Env) -> None:
        super().__init__()
        self.file = file
        self.qualname = qualname
        self.node = node
        self.env = env
        self.bound: Value | None = None
        self.owner: Class | None = None
        self.wrapped: Function | None = None
        self.is_property = False
        self.is_static = False
        self.attributes: dict[str, Value] = {}
        self.remembered: dict[object, Value] | None = None

    def bind(self, to: Value) -> Function:
        method = Function(self.file, self.qualname, self.node, self.env)
        method.bound, method.owner, method.wrapped = to, self.owner, self.wrapped
        method.is_property = self.is_property
        method.attributes = self.attributes
        return method


class Class(Value):
    __slots__ = ("attributes", "bases", "definition", "env", "file", "line", "node")

    def __init__(self, file: str, node: ClassDef, definition: Definition, bases: list[Value], env: Env) -> None:
        super().__init__()
        self.file = file
        self.node = node
        self.definition = definition
        self.bases = bases
        self.line: list[Value] | None = None
        self.env = env
        self.attributes: dict[str, Value] = {}

    def lineage(self) -> list[Value]:
        """The class and its bases, nearest first, externals included; each once."""
        if self.line is not None:
            return self.line
        found: list[Value] = []
        waiting: list[Value] = [self]
        while waiting and len(found) < 60:
            current = waiting.pop(0)
            if any(current is one for one in found):
                continue
            found.append(current)
            if isinstance(current, Class):
                waiting.extend(current.bases)
        self.line = found
        return found

    def externals(self) -> list[str]:
        return [base.dotted for base in self.lineage() if isinstance(base, External)]

    def member(self, name: str, after: Class | None = None) -> Value | None:
        """An attribute through the bases; `after` starts behind that class, as `super()` does."""
        lineage: list[Value] = self.lineage()
        if after is not None:
            lineage = lineage[next((index + 1 for index, one in enumerate(lineage) if one is after), 0) :]
        for base in lineage:
            if isinstance(base, Class) and name in base.attributes:
                return base.attributes[name]
        return None


class Instance(Value):
    __slots__ = ("attributes", "cls")

    def __init__(self, cls: Class) -> None:
        super().__init__()
        self.cls = cls
        self.attributes: dict[str, Value] = {}


class Super(Value):
    """`super()` inside a method: members behind `cls`, bound to `of`."""

    __slots__ = ("cls", "of")

    def __init__(self, cls: Class, of: Value) -> None:
        super().__init__()
        self.cls = cls
        self.of = of


class Method(Value):
    """A method of a built-in kind or of a router, not yet called."""

    __slots__ = ("name", "of")

    def __init__(self, of: Value, name: str) -> None:
        super().__init__()
        self.of = of
        self.name = name


class Partial(Value):
    __slots__ = ("arguments", "function")

    def __init__(self, function: Value, arguments: Arguments) -> None:
        super().__init__()
        self.function = function
        self.arguments = arguments


class Depends(Value):
    """A `Depends(...)` or `Security(...)` as written, with the scope of its names."""

    __slots__ = ("scoped",)

    def __init__(self, scoped: Scoped) -> None:
        super().__init__()
        self.scoped = scoped


class Registration(NamedTuple):
    """One route of a router, its path with the router's own prefix. `methods` may be ("WEBSOCKET",) or ("MOUNT",)."""

    methods: tuple[str, ...]
    path: str
    target: Value
    call: Call | None
    declared: Location
    condition: tuple[str, ...]
    root: str
    dependencies: tuple[Scoped, ...] = ()
    tags: tuple[str, ...] = ()
    include_in_schema: bool = True
    status_code: int | None = None
    response_model: Scoped | None = None


class Inclusion(NamedTuple):
    """A router included in another: what it shows of the parent is as it was at that moment, the routes are live."""

    router: Router
    prefix: str
    declared: Location
    condition: tuple[str, ...]
    root: str
    dependencies: tuple[Scoped, ...]
    tags: tuple[str, ...]
    include_in_schema: bool


class Installed(NamedTuple):
    """One middleware of an application: its class or function, and the keywords it is made with."""

    target: Value
    keywords: tuple[tuple[str, Value], ...]
    declared: Location
    condition: tuple[str, ...]
    written: tuple[tuple[str, Scoped], ...] = ()


class Router(Value):
    """An application or a router. `home` is the module that was being imported when it was made."""

    __slots__ = (
        "attributes",
        "cls",
        "dependencies",
        "entries",
        "home",
        "include_in_schema",
        "is_app",
        "middleware",
        "name",
        "prefix",
        "root",
        "startup",
        "tags",
        "where",
    )

    def __init__(self, is_app: bool, where: Location, home: str, root: str, cls: Class | None = None) -> None:
        super().__init__()
        self.is_app = is_app
        self.where = where
        self.home = home
        self.root = root
        self.cls = cls
        self.name = ""
        self.prefix = ""
        self.dependencies: list[Scoped] = []
        self.tags: list[str] = []
        self.include_in_schema = True
        self.entries: list[Registration | Inclusion] = []
        self.middleware: list[Installed] = []
        self.startup: list[Value] = []
        self.attributes: dict[str, Value] = {}


class Registrar(Value):
    """A route decorator that waits for its function."""

    __slots__ = ("arguments", "call", "env", "methods", "router")

    def __init__(self, router: Router, methods: tuple[str, ...], arguments: Arguments, call: Call, env: Env) -> None:
        super().__init__()
        self.router = router
        self.methods = methods
        self.arguments = arguments
        self.call = call
        self.env = env


NOWHERE = Span(1, 1, 1, 1)


def text_of(value: Value | None) -> str | None:
    """The text a value stands for; the first one of several; None when it is no known text."""
    if isinstance(value, Literal):
        return value.value if isinstance(value.value, str) else None
    if isinstance(value, Either):
        return next((text for text in map(text_of, value.options) if text is not None), None)
    return None


def truth_of(value: Value) -> bool | None:
    """Is a value true? None when that is not known."""
    if isinstance(value, Literal):
        return bool(value.value)
    if isinstance(value, Listed):
        return bool(value.items)
    if isinstance(value, Mapped):
        return bool(value.items or value.rest)
    if isinstance(value, Unknown | Made | Either):
        return None
    return True


def is_certain(value: Value) -> bool:
    """Does a value's truth stand whatever the environment says?"""
    if isinstance(value, Listed):
        return all(is_certain(item) for item in value.items)
    return truth_of(value) is not None and not (isinstance(value, Literal) and value.configured)
