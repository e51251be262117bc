"""What an application does: it is loaded from source, and each route is called by nobody, a forger and a stranger.

This is the truth that the tool's verdicts are held against, so no list says which mutants are harmless: a mutant that
changes nothing anybody can observe is harmless.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import HTTPException
from fastapi.exception_handlers import http_exception_handler
from serving import routes_of
from sqlalchemy import DateTime, MetaData, String, Table, TypeDecorator, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel
from sqlmodel.main import default_registry

ISSUER = "https://taskboard.example.com"
SECRET, ANOTHER_SECRET = "s" * 32, "t" * 32
KEY, ANOTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ENVIRONMENT = {"JWT_SECRET": SECRET, "AUTH_URL": ISSUER, "DATABASE_URL": "sqlite://", "SKIP_AUTH": "1"}
VICTIM, STRANGER = "ada", "bob"
OWNERS = ("user_id", "owner_id")
REFUSALS = frozenset({401, 403, 405, 422})


class Observed(NamedTuple):
    """What was seen of one route."""

    open: bool | None
    """A request without a valid token got past the guard and was served, or crashed there; None where it got past the
    guard and was refused for another reason: nobody is served, and nobody is verified."""
    leaking: bool
    """A stranger saw, changed, deleted or made rows of the victim."""
    crashed: bool
    """A stranger's request ended in an error of the program, which shows nothing either way."""


class Setup(NamedTuple):
    """How one application is started: its module, the tables' metadata, and the engine its sessions should use."""

    module: str
    algorithm: str = "HS256"
    metadata: str = ""
    """`module:name` of the metadata, where it is not SQLModel's."""
    guards: tuple[str, ...] = ()
    """The functions that verify tokens: what fails in them was refused."""
    engine: str = ""
    """`module:name` of the engine; empty where the application is given one by overriding its session."""


class _Sources(MetaPathFinder, Loader):
    """Imports modules from texts in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.paths = {_module_name(path): path for path in files}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        file = self.paths.get(name)
        return ModuleSpec(name, self, is_package=file.endswith("__init__.py")) if file else None

    def exec_module(self, module: ModuleType) -> None:
        file = self.paths[module.__name__]
        exec(_compiled(file, self.files[file]), module.__dict__)


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@lru_cache(maxsize=4096)
def _compiled(file: str, text: str) -> CodeType:
    return compile(text, file, "exec", dont_inherit=True)


@contextmanager
def loaded(files: Mapping[str, str], module: str) -> Iterator[ModuleType]:
    """The module of an application, with everything it imports from the files; nothing of it is left afterwards."""
    finder = _Sources(files)
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    sys.meta_path.insert(0, finder)
    try:
        yield __import__(module, fromlist=["app"])
    finally:
        sys.meta_path.remove(finder)
        os.environ.clear()
        os.environ.update(before)
        for name in finder.paths:
            sys.modules.pop(name, None)
        SQLModel.metadata.clear()
        default_registry.dispose()


def observe(files: Mapping[str, str], setup: Setup) -> dict[str, Observed] | None:
    """Each route by name ("GET /tasks/{id}"); None where the application does not even start."""
    try:
        with loaded(files, setup.module) as module:
            return asyncio.run(_observe(module.app, setup))
    except (ImportError, NameError, TypeError, SyntaxError, AttributeError, KeyError, AssertionError):
        return None


async def _observe(app: Any, setup: Setup) -> dict[str, Observed]:
    names = sorted(f"{method} {path}" for method, path, _, _ in routes_of(app, ""))
    database = Database(app, setup)
    await database.fill(len(names) * len(_FORMS) + 1)
    raised: list[Raised] = []
    transport = httpx.ASGITransport(_recording(app, raised))
    found = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        callers = [_Caller(client, database, setup, name, raised) for name in names]
        opened = [await caller.is_open() for caller in callers]
        database.seen = await database.of_victim()
        for number, caller in enumerate(callers):
            found[caller.name] = Observed(opened[number], *await caller.serves_a_stranger(number * len(_FORMS)))
    await database.close()
    return found


class Raised(NamedTuple):
    """What ended a request: the innermost function of the application, and whether an answer was made of it."""

    function: str
    answered: bool


def _recording(app: Any, raised: list[Raised]) -> Any:
    """The application, with a note of each exception: those that become answers, and those that nothing catches."""

    async def answer(request: Any, error: HTTPException) -> Any:
        raised.append(Raised(_function(error), True))
        error.__traceback__ = None
        return await http_exception_handler(request, error)

    async def called(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            raised.append(Raised(_function(error), False))

    app.add_exception_handler(HTTPException, answer)
    return called


def _function(error: BaseException) -> str:
    """The innermost function of the application's own files; empty where only libraries were at work."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.name for frame in reversed(frames) if not frame.filename.startswith("/")), "")


class Form(NamedTuple):
    """How a stranger names things in the path: users and keys, each the victim's or the stranger's own."""

    user: str
    own_key: bool
    caller: str = STRANGER
    """Whom the token names; empty where it names nobody."""


_FORMS = (*(Form(user, own) for user in (VICTIM, STRANGER) for own in (False, True)), Form(VICTIM, False, ""))


class _Caller(NamedTuple):
    client: httpx.AsyncClient
    database: "Database"
    setup: Setup
    name: str
    raised: list[Raised]

    async def is_open(self) -> bool | None:
        """Without a token, and with one that somebody else signed; a header names the victim in case it is believed."""
        forged = {"Authorization": f"Bearer {_token(VICTIM, self.setup.algorithm, forged=True)}"}
        found = [await self._passes(headers) for headers in ({}, forged)]
        return True if True in found else None if None in found else False

    async def _passes(self, headers: dict[str, str]) -> bool | None:
        answer = await self._call(self.database.rounds - 1, headers, _FORMS[0])
        if self.raised:
            past = self.raised[-1].function not in ("", *self.setup.guards)
            return (None if self.raised[-1].answered else True) if past else False
        if answer.status_code == 404:
            return None
        return answer.status_code not in REFUSALS

    async def serves_a_stranger(self, number: int) -> tuple[bool, bool]:
        """With a valid token of another user: whether that leaks, and whether a request crashed."""
        shown = crashed = False
        for at, form in enumerate(self._forms()):
            token = _token(form.caller, self.setup.algorithm)
            answer = await self._call(number + at, {"Authorization": f"Bearer {token}"}, form)
            shown = shown or (answer.status_code < 400 and f"{VICTIM}'s" in answer.text)
            crashed = crashed or any(not one.answered for one in self.raised)
        return await self.database.has_changed(self.name) or shown, crashed

    def _forms(self) -> tuple[Form, ...]:
        """The forms that make a difference to this path."""
        users = any(f"{{{name}}}" in self.name for name in OWNERS)
        return _FORMS if users else _FORMS[2:] if "{" in self.name else _FORMS[3:]

    async def _call(self, number: int, headers: dict[str, str], form: Form) -> httpx.Response:
        """One request that names the victim in query, body and header, wherever a request can name anybody."""
        theirs, own = self.database.ids(number)
        method, _, path = self.name.partition(" ")
        for part in [part for part in path.split("/") if part.startswith("{")]:
            users = part[1:-1] in OWNERS
            path = path.replace(part, form.user if users else str(own if form.own_key else theirs))
        self.raised.clear()
        return await self.client.request(
            method, path, params=_NAMES, headers={"X-User-Id": VICTIM, **headers}, json=_body(theirs)
        )


_NAMES = dict.fromkeys(("user_id", "owner_id", "caller", "principal"), VICTIM)


def _body(theirs: int) -> dict[str, Any]:
    keys = dict.fromkeys(("project_id", "task_id", "note_id", "shelf_id", "item_id"), theirs)
    words = dict.fromkeys(("name", "title", "text", "url", "notes"), f"{STRANGER}'s")
    body = {**words, **_NAMES, **keys, "id": VICTIM}
    return body | {"body": dict(body), "principal": {"id": VICTIM}}


def _token(user: str, algorithm: str, forged: bool = False) -> str:
    told = {
        **({"sub": user} if user else {}),
        "iss": ISSUER,
        "aud": ISSUER,
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    if algorithm == "EdDSA":
        return jwt.encode(told, ANOTHER_KEY if forged else KEY, algorithm)
    del told["aud"]
    return jwt.encode(told, ANOTHER_SECRET if forged else SECRET, algorithm)


class Database:
    """The rows of an application: in each round one of the victim and one of the stranger in every table."""

    def __init__(self, app: Any, setup: Setup) -> None:
        self.engine = _named(setup.engine) if setup.engine else _overridden(app)
        self.metadata: MetaData = _named(setup.metadata) if setup.metadata else SQLModel.metadata
        self.rounds = 0
        self.seen: list[tuple[Any, ...]] = []

    def ids(self, number: int) -> tuple[int, int]:
        """The keys of the victim's and the stranger's rows of a round, the same in every table."""
        return 2 * number + 1, 2 * number + 2

    async def fill(self, rounds: int) -> None:
        self.rounds = rounds
        tables = self.metadata.sorted_tables
        rows = {
            table: [
                _row(table, key, user)
                for number in range(rounds)
                for key, user in zip(self.ids(number), (VICTIM, STRANGER), strict=True)
            ]
            for table in tables
        }

        def work(connection: Any) -> None:
            self.metadata.create_all(connection)
            for table, values in rows.items():
                connection.execute(insert(table), values)

        await self._run(work)

    async def has_changed(self, name: str) -> bool:
        """Whether the victim's rows are others than when last looked at; a GET is trusted to change nothing."""
        if name.startswith("GET "):
            return False
        before, self.seen = self.seen, await self.of_victim()
        return self.seen != before

    async def of_victim(self) -> list[tuple[Any, ...]]:
        """Every row that is the victim's, or hangs below one that is."""

        def work(connection: Any) -> list[tuple[Any, ...]]:
            keys: dict[str, set[int]] = {}
            found: list[tuple[Any, ...]] = []
            for table in self.metadata.sorted_tables:
                rows = [row._mapping for row in connection.execute(select(table).order_by(table.c.id))]
                theirs = [row for row in rows if _is_of_victim(table, row, keys)]
                keys[table.name] = {row["id"] for row in theirs}
                found += [(table.name, *row.values()) for row in theirs]
            return found

        return await self._run(work)

    async def _run(self, work: Any) -> Any:
        if isinstance(self.engine, AsyncEngine):
            async with self.engine.begin() as connection:
                return await connection.run_sync(work)
        with self.engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        if isinstance(self.engine, AsyncEngine):
            await self.engine.dispose()
        else:
            self.engine.dispose()


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    found = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _overridden(app: Any) -> Any:
    """The lawful backend takes its session and its keys from dependencies, as its own tests do."""
    from sqlalchemy.pool import StaticPool
    from sqlmodel import Session, create_engine

    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    app.dependency_overrides[_named("app.database:get_session")] = session
    app.dependency_overrides[_named("app.security:get_key_client")] = lambda: _Published()
    return engine


class _Published:
    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        return jwt.PyJWK.from_dict(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True))


def _row(table: Table, key: int, user: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.primary_key or column.foreign_keys:
            values[column.name] = key
        elif column.name in OWNERS:
            values[column.name] = user
        elif isinstance(_plain(column.type), String):
            values[column.name] = f"{user}'s" if {*OWNERS} & {*table.c.keys()} or _parents(table) else "everybody's"
        elif isinstance(_plain(column.type), DateTime):
            values[column.name] = datetime(2026, 1, 1, tzinfo=UTC)
        else:
            values[column.name] = False
    return values


def _plain(kind: Any) -> Any:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _parents(table: Table) -> list[tuple[str, str]]:
    return [(key.parent.name, key.column.table.name) for key in table.foreign_keys]


def _is_of_victim(table: Table, row: Mapping[str, Any], keys: dict[str, set[int]]) -> bool:
    owned = any(row.get(column) == VICTIM for column in OWNERS)
    return owned or any(row[column] in keys[parent] for column, parent in _parents(table))
