"""The applications that are mutated: their sources, how they start, and what the tool proves of them."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from constitution_lint import catalogue
from constitution_lint.cache import Cache
from constitution_lint.config import Settings
from constitution_lint.discovery.survey import discover
from constitution_lint.facts.source import Source
from constitution_lint.linking import link
from constitution_lint.model.project import Project
from constitution_lint.readers.python import read
from constitution_lint.reading import Reading, Shelf, read_all
from constitution_lint.workspace import Workspace
from mutation.running import Setup

HERE = Path(__file__).parent


class Guard(NamedTuple):
    """A guard function: where it stands, and how a careless hand would let everybody in."""

    file: str
    function: str
    hard_coded: str
    """Statements that give everybody the victim's identity."""
    trusting: str
    """Statements that take the identity from a header."""
    parameter: str = ""
    """What `trusting` needs as a further parameter."""


class Subject(NamedTuple):
    """One application: its sources, how it is started, and what brings its handlers the principal."""

    name: str
    root: Path
    setup: Setup
    guard: Guard
    aliases: tuple[tuple[str, str], ...] = ()
    """Annotations that bring a principal, each with the plain type under it."""
    dependencies: tuple[str, ...] = ()
    """Functions that `Depends` brings a principal from."""
    import_of_type: str = ""
    """What a module must import to name the plain type."""

    def files(self) -> dict[str, str]:
        """Sources of the product by path, in sorted order."""
        found = sorted(self.root.rglob("*.py"))
        return {
            path.relative_to(self.root).as_posix(): path.read_text(encoding="utf-8")
            for path in found
            if not {"tests", "migrations"} & {*path.relative_to(self.root).parts}
        }


SUBJECTS = (
    Subject(
        "lawful",
        HERE.parents[1] / "examples" / "lawful" / "backend",
        Setup("app.main", "EdDSA", guards=("get_current_user_id",)),
        Guard(
            "app/security.py",
            "get_current_user_id",
            'return "ada"',
            "if x_user_id:\n    return x_user_id",
            "x_user_id: Annotated[str | None, Header()] = None",
        ),
        (("CurrentUserId", "str"),),
    ),
    Subject(
        "single",
        HERE / "apps" / "single",
        Setup("main", guards=("current_user",), engine="main:engine"),
        Guard(
            "main.py",
            "current_user",
            'return "ada"',
            "if x_user_id:\n    return x_user_id",
            "x_user_id: str | None = Header(None)",
        ),
        dependencies=("current_user", "same_user"),
    ),
    Subject(
        "classes",
        HERE / "apps" / "classes",
        Setup("library.main", guards=("get_principal", "verify"), engine="library.database:engine"),
        Guard(
            "library/auth.py",
            "get_principal",
            'return Principal(id="ada")',
            'if "X-User-Id" in request.headers:\n    return Principal(id=request.headers["X-User-Id"])',
        ),
        (("CurrentPrincipal", "Principal"),),
        import_of_type="from library.models import Principal\n",
    ),
    Subject(
        "middleware",
        HERE / "apps" / "middleware",
        Setup("stock.main", guards=("dispatch",), metadata="stock.tables:Base.metadata", engine="stock.tables:engine"),
        Guard(
            "stock/guard.py",
            "dispatch",
            'request.state.user_id = "ada"\nreturn await call_next(request)',
            'if "X-User-Id" in request.headers:\n'
            '    request.state.user_id = request.headers["X-User-Id"]\n'
            "    return await call_next(request)",
        ),
    ),
)


class Prepared(NamedTuple):
    """What examining a subject needs, read once: a mutant then costs the reading of the files it changes."""

    workspace: Workspace
    reading: Reading
    aliases: catalogue.Aliases


@lru_cache(maxsize=8)
def prepared(root: Path) -> Prepared:
    survey = discover(root, Settings())
    reading = read_all(survey, Shelf(root, {}), Cache.open(root, False))
    return Prepared(survey.workspace, reading, catalogue.load().aliases())


def understood(subject: Subject, changes: dict[str, str]) -> Project:
    """The project as the tool links it, with some of its files changed."""
    known = prepared(subject.root)
    facts = dict(known.reading.facts)
    facts["python"] = facts["python"] | {path: read(Source(path, text.encode())) for path, text in changes.items()}
    reading = Reading(facts, known.reading.unreadable, known.reading.marked)
    return link(known.workspace, Settings(), known.aliases, reading)
