"""For gate 10: which database is configured by default, in code, manifests and deployments."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    BoolOp,
    Call,
    Conditional,
    Const,
    Expr,
    If,
    JoinedStr,
    Name,
    Stmt,
    Unary,
)
from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import Image, ManifestFacts, Variable
from constitution_lint.model.file_roles import is_product, served_body
from constitution_lint.model.manifests import is_judged
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.security.secrets import snake
from constitution_lint.model.stack.governing_stack import Law, law_of
from constitution_lint.model.stack.technologies import TECHNOLOGIES, Technology
from constitution_lint.model.walk import blocks, calls, dotted_name, own_expressions, subexpressions, walk_expressions
from constitution_lint.workspace import folder_of

_NAMES = {"sqlite": "SQLite", "libsql": "SQLite", "mysql": "MySQL", "mariadb": "MySQL", "mongodb": "MongoDB",
          "mssql": "SQL Server", "oracle": "Oracle Database", "cockroachdb": "CockroachDB"}  # fmt: skip
_BY_SCHEME = {scheme: one for scheme, name in _NAMES.items() for one in TECHNOLOGIES if one.name == name}
_BY_IMAGE = {"mysql": "mysql", "mysql-server": "mysql", "mariadb": "mysql", "mongo": "mongodb", "mongodb": "mongodb"}
_SCHEME = re.compile(r"^(?P<scheme>[a-z]+)(?:\+\w+)*://")
_DATABASE = re.compile(r"(?:^|_)(?:database|db|sqlalchemy|sql|sqlite|mysql|mongo(?:db)?)(?:_\w+)?_(?:url|uri|dsn)$")
_ENVIRONMENT = re.compile(r"(?:^|\.)(?:getenv|environ\.get|env\.get|config|env|env\.str|setdefault)$")
_FIELDS = frozenset({"Field", "field"})
_ENGINES = frozenset({"create_engine", "create_async_engine"})
_OCCASION = re.compile(
    r"test|dev|local|prod|debug|(?:^|_)ci(?:$|_)|env(?:ironment)?$|stage|staging|memory", re.IGNORECASE
)
_IN_MEMORY = re.compile(r"^sqlite(?:\+\w+)?://(?:/?:memory:|$|\?)")
_ASIDE = re.compile(r"(?:^|[._-])(?:test|tests|ci|dev|development|local|override|e2e)(?:[._-]|$)", re.IGNORECASE)


class Configured(NamedTuple):
    """A default that leads to another database; `what` is the sentence's beginning."""

    location: Location
    what: str
    technology: Technology
    law: Law


def other_databases(project: Project) -> Iterator[Configured]:
    """Every configured default that the law refuses, in order of place."""
    found = [*_of_code(project), *_of_manifests(project)]
    yield from sorted(
        (one for one in found if one.law.refuses(one.technology)), key=lambda one: (one.location, one.what)
    )


# --- code -------------------------------------------------------------------------------------------------------------


def _of_code(project: Project) -> Iterator[Configured]:
    for file in project.code:
        if is_product(file):
            for name, literal in _settings_in(project, file):
                technology = _technology_of(_text(literal))
                if technology is not None:
                    what = (
                        f"{name} is {technology.name} by default"
                        if name
                        else f"the engine is made for {technology.name}"
                    )
                    yield Configured(Location(file, literal.span), what, technology, law_of(project, file))


@of_file
def _settings_in(project: Project, file: str) -> tuple[tuple[str, Expr], ...]:
    return tuple(_settings(served_body(project.code[file].body)))


def _settings(body: Iterable[Stmt]) -> Iterator[tuple[str, Expr]]:
    """Names of database addresses and the literals they have by default; engines made for a literal have no name."""
    for statement in body:
        if isinstance(statement, If) and _is_occasion(statement.test):
            continue
        for name, value in _named(statement):
            yield from ((name, literal) for literal in _defaults(value))
        for expression in own_expressions(statement):
            for call in calls(expression):
                if dotted_name(call.func).rsplit(".", 1)[-1] in _ENGINES and (address := call.argument(0, "url")):
                    yield from (("", literal) for literal in _defaults(address))
        unset = isinstance(statement, If) and _is_unset(statement.test)
        for block in blocks(statement):
            yield from (one for one in _settings(block) if not (unset and _IN_MEMORY.match(_text(one[1]))))


def _named(statement: Stmt) -> Iterator[tuple[str, Expr]]:
    targets: tuple[Expr, ...] = ()
    value: Expr | None = None
    if isinstance(statement, Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, AnnAssign):
        targets, value = (statement.target,), statement.value
    for target in targets:
        name = target.id if isinstance(target, Name) else target.attr if isinstance(target, Attribute) else ""
        if value is not None and _DATABASE.search(snake(name)):
            yield name, value


def _defaults(value: Expr) -> Iterator[Expr]:
    """The literal a value is, or falls back to: of `or`, of an environment read, of a field."""
    if isinstance(value, Const | JoinedStr):
        yield value
    elif isinstance(value, BoolOp) and value.op == "or":
        yield from _defaults(value.values[-1])
    elif isinstance(value, Conditional) and not _is_occasion(value.test):
        yield from _defaults(value.orelse)
    elif isinstance(value, Call):
        called = dotted_name(value.func)
        position = 1 if _ENVIRONMENT.search(called) else 0
        if position or called.rsplit(".", 1)[-1] in _FIELDS:
            inner = value.argument(position, "default")
            yield from _defaults(inner) if inner is not None else ()


def _is_unset(test: Expr) -> bool:
    """`if not settings.database_url`: what is made then, and kept in memory alone, is for tests."""
    name = dotted_name(test.operand).rsplit(".", 1)[-1] if isinstance(test, Unary) and test.op == "not" else ""
    return _DATABASE.search(snake(name)) is not None


def _is_occasion(test: Expr) -> bool:
    """Does a condition ask for an occasion (tests, development, production)? What it guards is no default."""
    for part in subexpressions(test):
        text = part.id if isinstance(part, Name) else part.attr if isinstance(part, Attribute) else _text(part)
        if _OCCASION.search(text):
            return True
    return False


def _text(expression: Expr) -> str:
    """The text of a literal; of an f-string what stands before the first replacement."""
    if isinstance(expression, JoinedStr):
        return _text(expression.parts[0]) if expression.parts else ""
    value = expression.value if isinstance(expression, Const) else ""
    return value if isinstance(value, str) else ""


def _technology_of(address: str) -> Technology | None:
    match = _SCHEME.match(address.strip().lower())
    return _BY_SCHEME.get(match["scheme"]) if match else None


# --- manifests --------------------------------------------------------------------------------------------------------


def _of_manifests(project: Project) -> Iterator[Configured]:
    for file, facts in project.manifests.items():
        if not is_judged(file) or _ASIDE.search(file.rpartition("/")[2]):
            continue
        if facts.kind == "alembic" and _is_set_by_code(project, file):
            continue
        entries: tuple[Variable | Image, ...] = (*facts.variables, *facts.images)
        for entry in entries:
            found = _of_entry(facts, entry)
            if found is not None:
                yield Configured(Location(file, entry.span), *found, law_of(project, file))


def _of_entry(facts: ManifestFacts, entry: Variable | Image) -> tuple[str, Technology] | None:
    if isinstance(entry, Image):
        name = entry.reference.split("@")[0].rsplit("/", 1)[-1].split(":")[0].lower()
        technology = _BY_SCHEME.get(_BY_IMAGE.get(name, ""))
        return (f"{entry.reference} is run as {technology.name}", technology) if technology else None
    technology = _BY_SCHEME.get(entry.scheme.partition("+")[0])
    named = entry.name == "sqlalchemy.url" or _DATABASE.search(snake(entry.name))
    if technology is None or entry.commented or not named or _offers_another(facts, entry):
        return None
    return f"{entry.name} is {technology.name} by default", technology


def _offers_another(facts: ManifestFacts, entry: Variable) -> bool:
    """An environment file that offers PostgreSQL for the same variable, in a comment, leaves the choice open."""
    return any(
        one.name == entry.name and one.commented and one.scheme.startswith("postgres") for one in facts.variables
    )


def _is_set_by_code(project: Project, ini: str) -> bool:
    """Does an `env.py` below the folder of alembic.ini give the address? Then the setting is never used."""
    folder = folder_of(ini)
    for file, facts in project.code.items():
        if file.rpartition("/")[2] == "env.py" and (not folder or file.startswith(f"{folder}/")):
            for expression in walk_expressions(facts.body):
                if isinstance(expression, Const) and expression.value == "sqlalchemy.url":
                    return True
                if isinstance(expression, Call) and dotted_name(expression.func).rsplit(".", 1)[-1] in _ENGINES:
                    return True
    return False
