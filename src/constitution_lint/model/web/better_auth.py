"""The Better Auth configuration of frontends: servers made by `betterAuth`, clients by `createAuthClient`.

Better Auth, "Options": `database`, `secret`, `plugins`; "Client": `baseURL`, `plugins`. A value written
elsewhere, in a constant or another file, is followed.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.web import Call
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.addresses import Address, address_of
from constitution_lint.model.web.calls import calls_of
from constitution_lint.model.web.evaluation import Evaluator, evaluator_of
from constitution_lint.model.web.modules import package_of
from constitution_lint.model.web.values import ABSENT, Arr, Foreign, Frame, Hole, Made, Obj, Str, Value

_PACKAGE = "better-auth"


class Server(NamedTuple):
    """One `betterAuth({…})`. `plugins` by the name of their function; `database` is the module that makes it, if known.

    `secret` are the environment variables it may come from; `secret_in_source` where it may be a text of the source.
    """

    location: Location
    plugins: tuple[str, ...]
    database: str
    secret: tuple[str, ...]
    secret_in_source: bool


class Client(NamedTuple):
    """One `createAuthClient({…})` with the addresses its server may have; none for the page's own origin."""

    location: Location
    plugins: tuple[str, ...]
    addresses: tuple[Address, ...]


@remembered
def servers_of(project: Project) -> tuple[Server, ...]:
    """Every server, by place."""
    evaluator = evaluator_of(project)
    return tuple(
        Server(
            location,
            _plugins(evaluator, options),
            _database(evaluator, options),
            tuple(value.name for value in secrets if isinstance(value, Hole) and value.kind == "environment"),
            any(isinstance(value, Str) and all(isinstance(part, str) for part in value.parts) for value in secrets),
        )
        for location, options in _made(project, "betterAuth")
        for secrets in [_option(evaluator, options, "secret")]
    )


@remembered
def clients_of(project: Project) -> tuple[Client, ...]:
    """Every client, by place."""
    evaluator = evaluator_of(project)
    return tuple(
        Client(location, _plugins(evaluator, options), tuple(_addresses(_option(evaluator, options, "baseURL"))))
        for location, options in _made(project, "createAuthClient")
    )


def _made(project: Project, maker: str) -> list[tuple[Location, tuple[Value, ...]]]:
    """The calls of a function of Better Auth with the values of their options."""
    evaluator = evaluator_of(project)
    found = []
    for file, facts in project.web.items():
        if any(package_of(one.module) == _PACKAGE and not one.type_only for one in facts.imports):
            for scope, call in calls_of(project, file):
                frame = evaluator.frame(file, scope)
                if any(_is_maker(value, maker) for value in evaluator.ask(call.func, frame)):
                    found.append((Location(file, call.span), _options(evaluator, call, frame)))
    return sorted(found, key=lambda one: one[0])


def _is_maker(value: Value, maker: str) -> bool:
    return isinstance(value, Foreign) and package_of(value.module) == _PACKAGE and value.path == (maker,)


def _options(evaluator: Evaluator, call: Call, frame: Frame) -> tuple[Value, ...]:
    return evaluator.ask(call.args[0], frame) if call.args else ()


def _option(evaluator: Evaluator, options: tuple[Value, ...], name: str) -> tuple[Value, ...]:
    return tuple(
        value
        for option in options
        if isinstance(option, Obj)
        for value in evaluator.member(option, name)
        if value != ABSENT
    )


def _plugins(evaluator: Evaluator, options: tuple[Value, ...]) -> tuple[str, ...]:
    """`plugins: [jwt(), bearer()]`; lists spread into the list count too."""
    found: list[str] = []
    waiting = list(_option(evaluator, options, "plugins"))
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Arr):
            waiting[:0] = [inner for item in value.items for inner in evaluator.ask(item, value.frame)]
        elif isinstance(value, Made) and value.of.path:
            found.append(value.of.path[-1])
    return tuple(dict.fromkeys(found))


def _database(evaluator: Evaluator, options: tuple[Value, ...]) -> str:
    """`new Pool(…)` of "pg", an adapter, or either of them as the `db` or `dialect` of an object."""
    values = _option(evaluator, options, "database")
    inner = (one for name in ("db", "dialect") for one in _option(evaluator, values, name))
    return next((value.of.module for value in (*values, *inner) if isinstance(value, Made)), "")


def _addresses(values: Iterable[Value]) -> Iterator[Address]:
    for value in values:
        if isinstance(value, Str | Hole):
            yield address_of(value if isinstance(value, Str) else Str((value,)))
