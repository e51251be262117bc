"""For gate 2: cross-origin rules and password hashes that leave the backend open."""

import re
from collections.abc import Iterator

from constitution_lint.facts.code import (
    Assign,
    Attribute,
    Call,
    Compare,
    Const,
    DictDisplay,
    Expr,
    FunctionDef,
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.findings import Violation
from constitution_lint.model.file_roles import called_dotted, is_product
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.security.bindings import constants
from constitution_lint.model.walk import (
    calls,
    dotted_name,
    functions,
    subexpressions,
    walk_expressions,
    walk_statements,
)

_ALLOW_ORIGIN = "access-control-allow-origin"
_ALLOW_CREDENTIALS = "access-control-allow-credentials"
_ANYTHING = re.compile(r"^\^?(?:https\?://)?\(?\.[*+]\)?\$?$")
_FAST_DIGESTS = frozenset(
    f"hashlib.{name}" for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "new")
)
_SLOW_HASHES = re.compile(r"bcrypt|argon2|scrypt|pbkdf2|passlib|pwdlib|CryptContext|PasswordHash")
_WEAK_SCHEMES = frozenset(
    [
        "plaintext",
        "hex_md5",
        "hex_sha1",
        "hex_sha256",
        "hex_sha512",
        "md5_crypt",
        "des_crypt",
        "sha1_crypt",
        "ldap_md5",
        "ldap_sha1",
        "lmhash",
        "nthash",
        "unix_disabled",
        "ldap_plaintext",
        "apr_md5_crypt",
        "mysql323",
        "mysql41",
    ]
)
_PASSWORD_NAME = re.compile(r"(?:^|_)(?:password|passwd|pwd|passphrase)s?(?:_|$)", re.I)
_NO_PASSWORD = re.compile(r"token|reset|hash", re.I)


def any_origin_with_credentials(project: Project) -> Iterator[Violation]:
    """CORS set so that every site may call with the visitor's credentials (Fetch standard, CORS protocol)."""
    for file in project.code:
        if is_product(file):
            yield from _opened_in(project, file)


@of_file
def _opened_in(project: Project, file: str) -> tuple[Violation, ...]:
    whole = project.code[file].body
    bodies = (whole, *(function.body for function in functions(whole)))
    added = ((call, body) for body in bodies for call in calls(body, False) if _adds_cors(project, file, call))
    found = [_open_cors(file, call) for call, body in added if _opens(project, file, call, body)]
    for function in functions(whole):
        found.extend(_answers_any_origin(file, function))
    return tuple(found)


def _adds_cors(project: Project, file: str, call: Call) -> bool:
    first = call.positional(0)
    meaning = names_of(project).resolve_expression(file, first) if first is not None else None
    if meaning is not None and meaning.kind == "external" and meaning.name == "CORSMiddleware":
        return True
    return called_dotted(project, file, call).endswith(".CORSMiddleware")


def _opens(project: Project, file: str, call: Call, body: tuple[Stmt, ...]) -> bool:
    credentials = list(constants(project, file, call.keyword("allow_credentials"), body))
    if not any(found.value is True for found in credentials):
        return False
    origins = constants(project, file, call.keyword("allow_origins"), body)
    if any(isinstance(found.value, str) and "*" in re.split(r"[,\s]+", found.value) for found in origins):
        return True
    patterns = constants(project, file, call.keyword("allow_origin_regex"), body)
    return any(isinstance(found.value, str) and bool(_ANYTHING.match(found.value)) for found in patterns)


def _open_cors(file: str, call: Call) -> Violation:
    shown: Expr = call.keyword("allow_origins") or call.keyword("allow_origin_regex") or call
    message = "every origin may send requests with credentials"
    return Violation(Location(file, shown.span), message, subject="CORSMiddleware")


def _answers_any_origin(file: str, function: FunctionDef) -> Iterator[Violation]:
    """A function that sets both headers by hand, the origin being "*" or whatever the request named."""
    headers = dict(_headers_set(function))
    if _ALLOW_ORIGIN not in headers or _ALLOW_CREDENTIALS not in headers:
        return
    origin = headers[_ALLOW_ORIGIN]
    if isinstance(origin, Name):
        echoed = _is_request_origin(function, origin.id) and not _is_compared(function, origin)
    else:
        echoed = _reads_origin(origin) and not any(isinstance(part, Compare) for part in subexpressions(origin))
    if echoed or (isinstance(origin, Const) and origin.value == "*"):
        message = f"{function.name} answers every origin and allows credentials"
        yield Violation(Location(file, origin.span), message, subject=function.name)


def _headers_set(function: FunctionDef) -> Iterator[tuple[str, Expr]]:
    """Headers by name in lower case: assigned one by one, or in a display."""
    for statement in walk_statements(function.body):
        if isinstance(statement, Assign) and isinstance(statement.targets[0], Subscript):
            index = statement.targets[0].index
            if isinstance(index, Const) and isinstance(index.value, str):
                yield index.value.lower(), statement.value
    for found in walk_expressions(function.body):
        for key, value in found.items if isinstance(found, DictDisplay) else ():
            if isinstance(key, Const) and isinstance(key.value, str):
                yield key.value.lower(), value


def _is_request_origin(function: FunctionDef, name: str) -> bool:
    for statement in walk_statements(function.body):
        if isinstance(statement, Assign) and any(dotted_name(target) == name for target in statement.targets):
            return _reads_origin(statement.value)
    return False


def _reads_origin(expression: Expr) -> bool:
    """Is the header `Origin` of the request in an expression: `request.headers.get("origin", "*")`?"""
    texts = [found.value for found in walk_expressions(expression) if isinstance(found, Const)]
    return any(isinstance(text, str) and text.lower() == "origin" for text in texts)


def _is_compared(function: FunctionDef, name: Expr) -> bool:
    """Is the origin held against a list, a pattern or a helper anywhere in the function?"""
    written = dotted_name(name)
    for found in walk_expressions(function.body):
        if isinstance(found, Compare) and written in (dotted_name(found.left), *map(dotted_name, found.comparators)):
            return True
        if isinstance(found, Call) and any(dotted_name(argument.value) == written for argument in found.args):
            return True
        if isinstance(found, Call) and isinstance(found.func, Attribute) and dotted_name(found.func.value) == written:
            return True
    return False


def weak_hashes(project: Project) -> Iterator[Violation]:
    """Passwords put through a fast digest, or a hashing context that allows one (OWASP Password Storage)."""
    for file in project.code:
        if is_product(file):
            yield from _weak_in(project, file)


@of_file
def _weak_in(project: Project, file: str) -> tuple[Violation, ...]:
    body = project.code[file].body
    found: list[Violation] = []
    for call in calls(body):
        called = called_dotted(project, file, call)
        if called in ("passlib.context.CryptContext", "passlib.CryptContext"):
            found.extend(_weak_schemes(project, file, call, body))
    if _asks_for_breaches(body):
        return tuple(found)
    if not any(_SLOW_HASHES.search(called_dotted(project, file, call)) for call in calls(body)):
        for function in functions(body):
            found.extend(_fast_digests(project, file, function))
    return tuple(found)


def _asks_for_breaches(body: tuple[Stmt, ...]) -> bool:
    """Does a file look passwords up among those that leaked? That service is asked by the start of a SHA-1 digest."""
    return any(isinstance(one, Const) and "pwnedpasswords.com" in str(one.value) for one in walk_expressions(body))


def _weak_schemes(project: Project, file: str, call: Call, body: tuple[Stmt, ...]) -> Iterator[Violation]:
    schemes = [found.value for found in constants(project, file, call.argument(0, "schemes"), body)]
    if schemes and schemes[0] in _WEAK_SCHEMES:
        yield Violation(Location(file, call.span), f"passwords are hashed with {schemes[0]}", subject=str(schemes[0]))


def _fast_digests(project: Project, file: str, function: FunctionDef) -> Iterator[Violation]:
    """A slow hash anywhere in the file makes the digest a preparation (bcrypt reads 72 bytes at most)."""
    for call in calls(function.body, into_definitions=False):
        called = called_dotted(project, file, call)
        if called in _FAST_DIGESTS and any(_is_password(argument.value) for argument in call.args):
            digest = called.rsplit(".", 1)[-1]
            message = f"{function.name} hashes a password with {digest}"
            yield Violation(Location(file, call.span), message, subject=function.name)


def _is_password(value: Expr) -> bool:
    for found in subexpressions(value):
        name = found.id if isinstance(found, Name) else found.attr if isinstance(found, Attribute) else ""
        if _PASSWORD_NAME.search(name) and not _NO_PASSWORD.search(name):
            return True
    return False
