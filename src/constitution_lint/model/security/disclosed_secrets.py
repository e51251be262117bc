"""For gate 2: the literals of the backend that are secrets, and how each came to be one."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    BoolOp,
    Call,
    ClassDef,
    Collection,
    Compare,
    Conditional,
    Const,
    Expr,
    FunctionDef,
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.file_roles import called_dotted, is_product, is_test, served_body
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.security import secrets
from constitution_lint.model.walk import blocks, calls, dotted_name, own_expressions, subexpressions, walk_expressions

_ENVIRONMENT = re.compile(
    r"(?:^|\.)(?:getenv|environ\.get|env\.get|config|env|env\.str|decouple\.config|environ\.setdefault)$"
)
_ENVIRONMENTS = frozenset({"production", "development", "staging", "testing", "test", "local", "prod", "debug"})
_KEY_PAIR = re.compile(r"(?:RS|ES|PS)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448")
_FIELD = frozenset({"Field", "field", "SecretStr", "Secret", "mapped_column"})


class Disclosure(NamedTuple):
    """A secret literal: where, under which name, and `how` it stands there: "literal", "default", "form", "address"."""

    location: Location
    name: str
    how: str
    detail: str = ""


def disclosures(project: Project) -> Iterator[Disclosure]:
    """Every secret literal of the Python files outside tests, in order of place."""
    for file in project.code:
        if not is_test(file):
            yield from _disclosed_in(project, file)


@of_file
def _disclosed_in(project: Project, file: str) -> tuple[Disclosure, ...]:
    body = project.code[file].body
    found = dict(_of_forms(file, body))
    if is_product(file):
        refused = _refused_values(body)
        for span, disclosure in _of_names(project, file, served_body(body), refused):
            found.setdefault(span, disclosure)
    return tuple(found[span] for span in sorted(found))


def _of_forms(file: str, body: tuple[Stmt, ...]) -> Iterator[tuple[Span, Disclosure]]:
    for expression in walk_expressions(body):
        if isinstance(expression, Const) and isinstance(expression.value, str) and len(expression.value) >= 16:
            form = secrets.known_form(expression.value)
            host = "" if form else secrets.password_in_address(expression.value)
            if form or host:
                how = "form" if form else "address"
                yield expression.span, Disclosure(Location(file, expression.span), "", how, form or host)


def _of_names(
    project: Project, file: str, body: Iterable[Stmt], refused: frozenset[str], local: bool = False
) -> Iterator[tuple[Span, Disclosure]]:
    for statement in body:
        if isinstance(statement, ClassDef) and _is_enumeration(statement):
            continue
        for name, value in _named_values(project, file, statement):
            yield from _judge(file, name, value, refused, local)
        inner_local = local or isinstance(statement, FunctionDef)
        for block in blocks(statement):
            yield from _of_names(project, file, block, refused, inner_local)


def _named_values(project: Project, file: str, statement: Stmt) -> Iterator[tuple[str, Expr]]:
    """Names and the values they get: assignments, class fields, defaults of environment reads, keys handed to JWT."""
    if isinstance(statement, Assign):
        for target in statement.targets:
            yield _last(target), statement.value
    elif isinstance(statement, AnnAssign) and statement.value is not None:
        yield _last(statement.target), statement.value
    for expression in own_expressions(statement):
        for call in calls(expression):
            yield from _environment_default(call)
            name = called_dotted(project, file, call)
            if name in ("jwt.encode", "jwt.decode", "jose.jwt.encode", "jose.jwt.decode"):
                key = call.argument(1, "key")
                if isinstance(key, Const) and not (name.endswith("decode") and _is_asymmetric(call)):
                    yield "jwt_secret", key


def _is_asymmetric(call: Call) -> bool:
    """Does a decode take signatures of a key pair only (RFC 7518, section 3.1)? Its key is the public one."""
    named = call.argument(2, "algorithms")
    parts = named.items if isinstance(named, Collection) else (named,)
    texts = [part.value if isinstance(part, Const) else None for part in parts]
    return bool(texts) and all(isinstance(text, str) and _KEY_PAIR.fullmatch(text) for text in texts)


def _environment_default(call: Call) -> Iterator[tuple[str, Expr]]:
    if not _ENVIRONMENT.search(dotted_name(call.func)):
        return
    name = call.positional(0)
    default = call.argument(1, "default")
    if isinstance(name, Const) and isinstance(name.value, str) and default is not None:
        yield name.value, call


def _judge(
    file: str, name: str, value: Expr, refused: frozenset[str], local: bool
) -> Iterator[tuple[Span, Disclosure]]:
    for literal, how in _literals(value):
        text = literal.value
        kind = secrets.kind_of_name(name)
        if kind is None or not isinstance(text, str) or literal.kind == "other" or _is_refused(text, refused):
            continue
        if local and how == "literal" and name != "jwt_secret" and not secrets.looks_random(text):
            continue
        if secrets.is_usable(kind, name, text):
            yield literal.span, Disclosure(Location(file, literal.span), name, how)


def _literals(value: Expr) -> Iterator[tuple[Const, str]]:
    """The string literals a value may be: itself, the fallback of `or`, the default of an environment read or field."""
    if isinstance(value, Const):
        yield value, "literal"
    elif isinstance(value, BoolOp) and value.op == "or":
        yield from ((found, "default") for found, _ in _literals(value.values[-1]))
    elif isinstance(value, Conditional):
        yield from ((found, "default") for found, _ in _literals(value.orelse))
    elif isinstance(value, Call):
        called = dotted_name(value.func)
        if _ENVIRONMENT.search(called):
            default = value.argument(1, "default")
            yield from ((found, "default") for found, _ in _literals(default) if default is not None) if default else ()
        elif called.rsplit(".", 1)[-1] in _FIELD:
            inner = value.argument(0, "default")
            yield from ((found, "default") for found, _ in _literals(inner)) if inner else ()


def _last(target: Expr) -> str:
    """The name a value is kept under: `x`, `self.x`, `os.environ["x"]`."""
    if (
        isinstance(target, Subscript)
        and dotted_name(target.value).endswith("environ")
        and isinstance(target.index, Const)
    ):
        return str(target.index.value)
    if isinstance(target, Name):
        return target.id
    return target.attr if isinstance(target, Attribute) else ""


def _is_enumeration(node: ClassDef) -> bool:
    return any(dotted_name(base).rsplit(".", 1)[-1].endswith(("Enum", "Flag")) for base in node.bases)


def _refused_values(body: tuple[Stmt, ...]) -> frozenset[str]:
    """Literals the module compares with: a value that the program refuses to start with is no usable default."""
    found: set[str] = set()
    for expression in walk_expressions(body):
        if isinstance(expression, Compare):
            found.update(_texts((expression.left, *expression.comparators)))
        elif isinstance(expression, Call) and _matches_text(expression.func):
            found.update(_texts(argument.value for argument in expression.args))
    return frozenset(found)


def _matches_text(called: Expr) -> bool:
    return isinstance(called, Attribute) and called.attr in ("startswith", "endswith", "search", "match")


def _texts(sides: Iterable[Expr]) -> Iterator[str]:
    for side in sides:
        for inner in subexpressions(side) if isinstance(side, Collection | Const) else ():
            if isinstance(inner, Const) and isinstance(inner.value, str):
                yield inner.value


def _is_refused(text: str, refused: frozenset[str]) -> bool:
    """Is a value, or a word in it, one the module compares with? The names of environments are compared with others."""
    return text in refused or any(
        len(word) >= 4 and word.lower() not in _ENVIRONMENTS and word.lower() in text.lower() for word in refused
    )
