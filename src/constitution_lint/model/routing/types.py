"""What the wiring of an application yields: endpoints with everything needed to follow a request to them."""

from typing import NamedTuple

from constitution_lint.facts.code import Call, Expr, FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.findings import Undecided
from constitution_lint.model.names import Definition


class Scoped(NamedTuple):
    """An expression with the place its names are to be looked up in; `bound` are enclosing locals, innermost last.

    `function` is set when the expression is the name of a function that is defined inside another one, `condition`
    when a dependency is there only if that holds.
    """

    expression: Expr
    file: str
    bound: "tuple[tuple[str, Scoped], ...]" = ()
    function: "Handler | None" = None
    condition: str = ""


class Handler(NamedTuple):
    """A handler: `enclosing` are the functions it is defined in, `owner` the class of a class-based view."""

    file: str
    qualname: str
    definition: FunctionDef
    bound: tuple[tuple[str, Scoped], ...] = ()
    enclosing: tuple[FunctionDef, ...] = ()
    owner: Definition | None = None


class Middleware(NamedTuple):
    """One middleware; `handler` is None for one of a library."""

    location: Location
    handler: Handler | None
    target: Scoped | None = None
    arguments: tuple[tuple[str, Scoped], ...] = ()
    name: str = ""
    condition: str = ""
    """What must hold for the middleware to be installed at all; empty when it always is."""


class Endpoint(NamedTuple):
    """One method and path of one application, with the dependencies of app, includes, router and decorator in order."""

    method: str
    path: str
    handler: Handler | None
    location: Location
    declared: Location
    decorator: Call | None = None
    app: str = ""
    mounted: bool = True
    condition: str = ""
    shadowed_by: str = ""
    include_in_schema: bool = True
    status_code: int | None = None
    response_model: Scoped | None = None
    tags: tuple[str, ...] = ()
    dependencies: tuple[Scoped, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    conditional_dependencies: tuple[Scoped, ...] = ()
    """Dependencies that are there only under their `condition`; `dependencies` are there always."""
    mounted_app: str = ""
    """The dotted name of what a MOUNT serves (`fastapi.staticfiles.StaticFiles`); empty for other methods."""
    dropped: tuple[Scoped, ...] = ()
    """Dependencies of the application it is mounted on, which are not handed on; `mount` is the mounting call."""
    mount: Location | None = None


class App(NamedTuple):
    """One application: where it is made, and its variable."""

    location: Location
    name: str


class Served(NamedTuple):
    """All endpoints in the order FastAPI matches them; `undecided` is what could not be resolved."""

    endpoints: tuple[Endpoint, ...]
    apps: tuple[App, ...] = ()
    undecided: tuple[Undecided, ...] = ()
