"""What a route takes and returns, as FastAPI would derive it; gate 7 and the `contract` command share it."""

from dataclasses import dataclass
from typing import Literal

from constitution_lint.facts.code import Expr
from constitution_lint.facts.location import Location
from constitution_lint.model.operations.shapes import Shape

Place = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True)
class ServedParameter:
    """A parameter by its name on the wire. `default` is the expression of its default, None when it has none."""

    name: str
    place: Place
    required: bool
    shape: Shape
    location: Location
    default: Expr | None = None
    hidden: bool = False
    """Kept out of the schema (`include_in_schema=False`)."""


@dataclass(frozen=True)
class BodyPart:
    """One parameter that comes with the body. `kind` is "json", "form" or "file"."""

    name: str
    kind: Literal["json", "form", "file"]
    required: bool
    shape: Shape
    location: Location
    embed: bool = False
    default: Expr | None = None


@dataclass(frozen=True)
class SecurityScheme:
    """A scheme of `fastapi.security`. `kind` is its class; `settings` the literals it is made with."""

    name: str
    kind: str
    location: Location
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Inputs:
    """All that a request brings. `whole` is False where a dependency could not be followed; `why` says which."""

    parameters: tuple[ServedParameter, ...] = ()
    body: tuple[BodyPart, ...] = ()
    schemes: tuple[SecurityScheme, ...] = ()
    whole: bool = True
    why: str = ""

    def parameter(self, name: str, place: str) -> ServedParameter | None:
        return next((p for p in self.parameters if p.name == name and p.place == place), None)


@dataclass(frozen=True)
class Status:
    """A status and where the code gives it."""

    code: int
    location: Location
    detail: str = ""


@dataclass(frozen=True)
class Documented:
    """A further answer that a decorator's `responses=` lists, with the model and the description it gives."""

    code: int
    model: Shape | None = None
    description: str = ""


@dataclass(frozen=True)
class Answers:
    """What comes back. `model` is the declared shape of the success, None when nothing is declared.

    `successes` are all statuses below 400 that the handler may answer with; `whole` is False when it may answer with a
    status that is computed. `errors` are statuses raised on the way.
    """

    successes: tuple[Status, ...]
    declared: int = 200
    """The decorator's status, which the schema shows whatever the handler does."""
    errors: tuple[Status, ...] = ()
    errors_whole: bool = True
    """False where an error may be raised with a status that is computed."""
    model: Shape | None = None
    media: str = "application/json"
    whole: bool = True
    field_options: tuple[str, ...] = ()
    """`response_model_exclude` and the like: the fields they name are not told."""
    documented: tuple[Documented, ...] = ()
    """What the decorator's `responses=` lists."""
