"""The served application as the model builds it: routes with their guards, accesses and verdicts."""

from enum import StrEnum

import msgspec

from constitution_lint.facts.code import Call, Expr, FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Undecided


class Auth(StrEnum):
    ENFORCED = "enforced"
    OPTIONAL = "optional"
    NONE = "none"
    UNPROVEN = "unproven"


class Isolation(StrEnum):
    ISOLATED = "isolated"
    LEAK = "leak"
    ADMIN = "admin"
    NOT_APPLICABLE = "not_applicable"
    UNPROVEN = "unproven"


class AccessVerdict(StrEnum):
    ISOLATED = "isolated"
    LEAK = "leak"
    ADMIN = "admin"
    NOT_OWNED = "not_owned"
    UNPROVEN = "unproven"


class FunctionRef(msgspec.Struct, frozen=True):
    """A function in a file: `qualname` has the class in front of a method ("TaskService.create")."""

    file: str
    qualname: str
    definition: FunctionDef

    @property
    def location(self) -> Location:
        return Location(self.file, self.definition.head)


class Seal(msgspec.Struct, frozen=True):
    """How a value was signed: the library's family, key and salt ("" where they cannot be told), and the claim it is.

    `claim` is "" for the whole of what was signed.
    """

    family: str
    key: str = ""
    salt: str = ""
    claim: str = ""


UNSHOWN = "none of its rows are shown or changed"
"""Why a read by a client's key may stand: only whether there are any rows, or how many, was asked."""


class Access(msgspec.Struct, frozen=True):
    """One access to a table on the way of one route: where, what, the verdict and its reason.

    `kind` is select, get, insert, update, delete or raw; `fault` is the gate-9 rule a leak belongs to;
    `chain` leads from the route over services and repositories to the query.
    """

    location: Location
    model: str
    kind: str
    verdict: AccessVerdict
    why: str
    fault: str = ""
    chain: tuple[Related, ...] = ()
    scoped_by: str = ""
    loaded: Location | None = None
    """Where the row that is changed was loaded; None for other accesses."""
    seal: Seal | None = None
    """The signed value of a link that chose the rows: whoever signed it answers for them."""


class Guard(msgspec.Struct, frozen=True):
    """What was proven of a route's authentication: the verdict, the guard's name, why, and where it lets go.

    `fault` is the gate-8 rule that names the breach ("" when enforced, or public, or undecided).
    """

    auth: Auth
    name: str = ""
    why: str = ""
    fault: str = ""
    related: tuple[Related, ...] = ()
    location: Location | None = None
    """Where the guard is defined."""
    lapse: Location | None = None
    """Where it lets the request go on unverified."""
    passed_by: tuple[str, ...] = ()
    """Middleware that lets this request by without a verification."""


class Route(msgspec.Struct, frozen=True):
    """One method and path as FastAPI would serve it. `location` is the handler's name, `declared` its decorator.

    `path` holds every prefix. `decorator` is the `.get(...)`/`add_api_route(...)` call, None for routes of a mount.
    `method` is upper case, "WEBSOCKET" for websockets, "MOUNT" for mounted applications that cannot be read.
    """

    method: str
    path: str
    handler: FunctionRef | None
    location: Location
    declared: Location
    app: str
    mounted: bool = True
    condition: str = ""
    shadowed_by: str = ""
    decorator: Call | None = None
    success_status: int | None = 200
    response_model: Expr | None = None
    include_in_schema: bool = True
    tags: tuple[str, ...] = ()
    guard: Guard = Guard(Auth.UNPROVEN)
    public: str = ""
    """Why the route is taken as public by design; empty when it is not."""
    isolation: Isolation = Isolation.NOT_APPLICABLE
    mutates: Location | None = None
    """The first write on the way of the request, None when nothing is written."""
    asked_write: Location | None = None
    """The same without what the guard writes of itself, such as the row of a user whom it sees for the first time."""
    accesses: tuple[Access, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Column(msgspec.Struct, frozen=True):
    name: str
    location: Location
    annotation: str
    foreign_key: str = ""
    """The table and column it refers to ("user.id"), empty when it is no foreign key."""
    nullable: bool = False
    indexed: bool = False
    primary_key: bool = False
    unique: bool = False
    default: str = ""
    """The text that a row has there where none is given."""


class Table(msgspec.Struct, frozen=True):
    """A SQLModel or SQLAlchemy table class. `owner` explains why it is owned ("user_id -> user.id"), "" when shared."""

    name: str
    table: str
    location: Location
    columns: tuple[Column, ...]
    owner: str = ""
    owner_columns: tuple[str, ...] = ()
    is_user: bool = False
    relationships: tuple[tuple[str, str], ...] = ()
    """Attribute and the class it leads to."""


class Entry(msgspec.Struct, frozen=True):
    """A way in that is no route: a background task, an MCP or agent tool. Its accesses are judged like a route's."""

    kind: str
    name: str
    location: Location
    isolation: Isolation
    accesses: tuple[Access, ...]


class Api(msgspec.Struct, frozen=True):
    """Everything the model knows of the served applications. Routes are in the order FastAPI matches them."""

    routes: tuple[Route, ...] = ()
    tables: tuple[Table, ...] = ()
    entries: tuple[Entry, ...] = ()
    apps: tuple[Location, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    """What of the wiring could not be resolved, so that routes or guards may be missing here."""
