"""For gate 5: made-up users, in a guard that always lets the same one in or a handler that works as one."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Call,
    Const,
    DictDisplay,
    Expr,
    FunctionDef,
    If,
    Name,
    Return,
    Stmt,
)
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.names import names_of
from constitution_lint.model.production.environment_switches import asks_environment, unconditional
from constitution_lint.model.production.reachable_functions import Code, bound, dependencies, handlers
from constitution_lint.model.production.stubs import constant_answer
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name, own_expressions, walk_expressions, walk_statements

_IDENTITY = re.compile(r"^(?:current_?)?(?:user|owner|principal|account|member)(?:_?id|_?email|_uuid)?$", re.IGNORECASE)
_OWN_IDENTITY = re.compile(r"^(?:current_?user(?:_?id)?|(?:user|owner)_?(?:id|uuid))$", re.IGNORECASE)
"""What a handler calls the caller. `user` and `owner` alone may be a database's or a repository's."""
_WHO_AM_I = re.compile(r"(?:^|/)(?:me|whoami|current[-_]user|profile|session|userinfo)/?$", re.IGNORECASE)
_NOBODY = re.compile(r"anonym|guest|unknown|system|^$|^none$|public|unauth", re.IGNORECASE)
_FIELDS = frozenset({"id", "user_id", "sub", "email", "username", "uid"})


class MadeUp(NamedTuple):
    """A constant identity: where it stands, and the sentence about it."""

    location: Location
    message: str
    subject: str
    related: tuple[Related, ...] = ()


def mock_identities(project: Project) -> Iterator[MadeUp]:
    """Constant users of guards and handlers, each once, in order of place."""
    found: dict[Location, MadeUp] = {}
    for one in (*_of_guards(project), *_of_handlers(project), *_of_answers(project)):
        found.setdefault(one.location, one)
    yield from (found[place] for place in sorted(found))


def _of_guards(project: Project) -> Iterator[MadeUp]:
    """Dependencies that give a handler its user, and return one that is written into the code."""
    for handler in handlers(project):
        for param in handler.code.function.params:
            if not _IDENTITY.match(param.name):
                continue
            for code in _provided(project, handler.code, param.name):
                for statement in _constant_returns(project, code):
                    message = f"{code.function.name} returns a user that is written into the code"
                    related = (Related(handler.code.location, f"{handler.name} takes it for the caller"),)
                    yield MadeUp(Location(code.file, statement.span), message, code.function.name, related)


def _provided(project: Project, handler: Code, name: str) -> Iterator[Code]:
    """The functions that FastAPI runs for one parameter of a handler."""
    only = tuple(param for param in handler.function.params if param.name == name)
    for code in dependencies(project, handler, only):
        if is_product(code.file):
            yield code


def _of_answers(project: Project) -> Iterator[MadeUp]:
    """Routes that tell callers who they are, and tell every caller the same."""
    for handler in handlers(project):
        if handler.routes[0].method == "GET" and _WHO_AM_I.search(handler.routes[0].path):
            answer = constant_answer(project, handler)
            if answer and _is_someone(project, handler.code.file, answer[0]):
                message = f"{handler.name} answers a user that is written into the code"
                yield MadeUp(handler.code.location, message, handler.name)


def _constant_returns(project: Project, code: Code) -> Iterator[Stmt]:
    """Returns of a literal user, but those behind a switch of the environment: whoever sets it opens that door."""
    values = {dotted_name(t): v for s in walk_statements(code.function.body, False) for t, v in bound(s)}
    if _compares_key(code.function):
        return
    for statement in unconditional(code.function.body):
        if isinstance(statement, Return) and statement.value is not None:
            value = values.get(dotted_name(statement.value), statement.value)
            if _is_someone(project, code.file, value):
                yield statement


def _compares_key(function: FunctionDef) -> bool:
    """A shared key proves who calls: whoever holds it is the one caller there is."""
    if any(dotted_name(call.func).endswith("compare_digest") for call in calls(function.body)):
        return True
    tests = [one.test for one in walk_statements(function.body, False) if isinstance(one, If)]
    return any(asks_environment(test) or _names_constant(test) for test in tests)


def _names_constant(test: Expr) -> bool:
    return any(isinstance(found, Name) and found.id.isupper() for found in walk_expressions(test))


def _is_someone(project: Project, file: str, value: Expr) -> bool:
    """A literal that names a user: an id, a mapping or a model with a literal id."""
    if isinstance(value, Const):
        if value.kind == "other" or isinstance(value.value, bool | float) or value.value is None:
            return False
        return isinstance(value.value, int) or (not _NOBODY.search(value.value) and len(value.value) < 80)
    if isinstance(value, DictDisplay):
        pairs = [(key.value, item) for key, item in value.items if isinstance(key, Const)]
        return _names_someone([(str(key), item) for key, item in pairs]) and len(pairs) == len(value.items)
    if isinstance(value, Call):
        made = names_of(project).resolve_expression(file, value.func)
        if made is None or dotted_name(value.func) in ("UUID", "uuid.UUID") or made.dotted == "uuid.UUID":
            return made is not None and made.dotted == "uuid.UUID" and isinstance(value.positional(0), Const)
        return made.kind == "class" and _names_someone([(arg.name or "", arg.value) for arg in value.args])
    return False


def _names_someone(pairs: list[tuple[str, Expr]]) -> bool:
    identity = [item for key, item in pairs if key in _FIELDS]
    if not identity or not all(_is_literal(item) for _, item in pairs):
        return False
    texts = [item.value for item in identity if isinstance(item, Const)]
    return not any(isinstance(text, str) and _NOBODY.search(text) for text in texts)


def _is_literal(value: Expr) -> bool:
    return not any(isinstance(found, Name) and found.id not in ("True", "False") for found in walk_expressions(value))


def _of_handlers(project: Project) -> Iterator[MadeUp]:
    """Handlers that bind a user to a literal, once, and hand it on."""
    for handler in handlers(project):
        function = handler.code.function
        for statement in walk_statements(function.body, False):
            for target, value in bound(statement):
                name = target.id if isinstance(target, Name) else ""
                if not _OWN_IDENTITY.match(name) or not _is_a_literal_user(value) or not _is_only(function, name):
                    continue
                if _is_handed_on(function, name, statement):
                    message = f"{handler.name} works as the user {_shown(value)}"
                    yield MadeUp(Location(handler.code.file, statement.span), message, handler.name)


def _is_a_literal_user(value: Expr) -> bool:
    if not isinstance(value, Const) or value.kind == "other" or isinstance(value.value, bool | float):
        return False
    if isinstance(value.value, int):
        return value.value > 0
    return isinstance(value.value, str) and not _NOBODY.search(value.value)


def _shown(value: Expr) -> str:
    return (
        f'"{value.value}"'
        if isinstance(value, Const) and isinstance(value.value, str)
        else str(getattr(value, "value", ""))
    )


def _is_only(function: FunctionDef, name: str) -> bool:
    targets = [
        dotted_name(target) for statement in walk_statements(function.body, False) for target, _ in bound(statement)
    ]
    return targets.count(name) == 1 and all(param.name != name for param in function.params)


def _is_handed_on(function: FunctionDef, name: str, where: Stmt) -> bool:
    for statement in walk_statements(function.body, False):
        if statement is where:
            continue
        for expression in own_expressions(statement):
            for call in calls(expression):
                if not re.search(r"log|print", dotted_name(call.func)) and any(
                    isinstance(found, Name) and found.id == name
                    for argument in call.args
                    for found in walk_expressions(argument.value)
                ):
                    return True
    return False
