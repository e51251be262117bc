"""For gate 2: how tokens are made and read; finds decodes that verify nothing and tokens that never expire."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    Assign,
    Attribute,
    Call,
    Collection,
    Const,
    DictDisplay,
    Expr,
    For,
    If,
    Name,
    Raise,
    Return,
    Stmt,
    Subscript,
    Try,
    With,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.file_roles import called_dotted, is_product, is_test
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.security.used_functions import used_names
from constitution_lint.model.walk import (
    blocks,
    calls,
    dotted_name,
    functions,
    own_expressions,
    walk_expressions,
    walk_statements,
)

_DECODES = frozenset({"jwt.decode", "jose.jwt.decode", "jwt.decode_complete"})
_ENCODES = frozenset({"jwt.encode", "jose.jwt.encode"})
_UNVERIFIED = frozenset({"jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims"})
_BASE64 = frozenset({"base64.urlsafe_b64decode", "base64.b64decode", "base64.standard_b64decode"})
_PROOFS = ("verify", "compare_digest", "verify_signature", "decode_token", "validate_token", "verify_token", "new")
_TIMES = ("exp", "iat", "nbf")
_LIFETIME = frozenset({"exp", "expires_at", "expires_delta"})


class Weakness(NamedTuple):
    location: Location
    message: str
    subject: str


class _Body(NamedTuple):
    """A function, or a module's own statements, with the calls in it."""

    file: str
    name: str
    body: tuple[Stmt, ...]
    calls: tuple[tuple[Call, str], ...]


def _bodies(project: Project, wanted: frozenset[str]) -> Iterator[_Body]:
    """Every function of the product (and each module's own statements) that calls one of the wanted functions."""
    for file in project.code:
        if not is_test(file) and is_product(file):
            for body in _all_bodies(project, file):
                if any(dotted_name in wanted for _, dotted_name in body.calls):
                    yield body


@of_file
def _all_bodies(project: Project, file: str) -> tuple[_Body, ...]:
    """Those whose calls lead out of the project; the others call nothing that is wanted."""
    facts = project.code[file]
    found = []
    for name, body in [("", facts.body), *((one.name, one.body) for one in functions(facts.body))]:
        called = tuple((call, called_dotted(project, file, call)) for call in calls(body, into_definitions=False))
        if any(dotted_name for _, dotted_name in called):
            found.append(_Body(file, name, body, called))
    return tuple(found)


def unverified_tokens(project: Project) -> Iterator[Weakness]:
    """Decodes whose signature is not checked, and that nothing behind them in the function checks."""
    for body in _bodies(project, _DECODES | _UNVERIFIED):
        if body.name and body.name not in used_names(project):
            continue
        verified = [call for call, name in body.calls if name in _DECODES and not _fault(call)]
        for call, name in body.calls:
            fault = (
                f"{dotted_name(call.func)}(...) reads claims whose signature nothing checks"
                if name in _UNVERIFIED
                else ""
            )
            fault = fault or (_fault(call) if name in _DECODES else "")
            if fault and not _is_checked_later(body, call, verified) and not _only_times_are_read(body, call):
                yield Weakness(Location(body.file, call.span), fault, f"{body.name}:{dotted_name(call.func)}")
    yield from _taken_apart(project)


def _fault(call: Call) -> str:
    """Why a decode proves nothing; empty when it verifies."""
    options = _dict_options(call.argument(3, "options"))
    written = dotted_name(call.func)
    if _is(call.keyword("verify"), False) or _is(options.get("verify_signature"), False):
        return f"{written}(...) is told not to verify the signature"
    algorithms = call.argument(2, "algorithms")
    if any(argument.name in ("*", "**") for argument in call.args):
        return ""
    if algorithms is None or _is(algorithms, None):
        return f"{written}(...) names no algorithms"
    items = algorithms.items if isinstance(algorithms, Collection) else (algorithms,)
    if any(isinstance(item, Const) and str(item.value).lower() == "none" for item in items):
        return f"{written}(...) accepts unsigned tokens (algorithm none)"
    return ""


def _dict_options(value: Expr | None) -> dict[str, Expr]:
    if isinstance(value, Call) and dotted_name(value.func) == "dict":
        return {argument.name: argument.value for argument in value.args if argument.name}
    if not isinstance(value, DictDisplay):
        return {}
    return {key.value: item for key, item in value.items if isinstance(key, Const) and isinstance(key.value, str)}


def _is(value: Expr | None, wanted: object) -> bool:
    return isinstance(value, Const) and value.kind == "plain" and value.value is wanted


def _is_checked_later(body: _Body, call: Call, verified: list[Call]) -> bool:
    """A verified decode behind this one, which is neither in an `except` clause nor in a branch that returns."""
    behind = [other for other in verified if other.span > call.span]
    return bool(behind) and not any(_holds(block, call) for block in _ways_out(body.body))


def _only_times_are_read(body: _Body, call: Call) -> bool:
    """Is nothing read of the claims but when they end? Whoever asks for that alone believes nobody."""
    assigned = [one for one in walk_statements(body.body, False) if isinstance(one, Assign) and one.value is call]
    target = assigned[0].targets[0] if len(assigned) == 1 and len(assigned[0].targets) == 1 else None
    if not isinstance(target, Name):
        return False
    expressions = list(walk_expressions(body.body, into_definitions=False))
    reads = [read for one in expressions if (read := _read_of_time(one)) is not None]
    uses = [one for one in expressions if isinstance(one, Name) and one.id == target.id and one is not target]
    return bool(uses) and all(any(one is read for read in reads) for one in uses)


def _read_of_time(found: Expr) -> Expr | None:
    """What the end is read of in `claims["exp"]` and `claims.get("exp")`; None for any other expression."""
    if isinstance(found, Subscript):
        return found.value if any(_is_text(found.index, one) for one in _TIMES) else None
    if isinstance(found, Call) and isinstance(found.func, Attribute) and found.func.attr == "get":
        return found.func.value if any(_is_text(found.positional(0), one) for one in _TIMES) else None
    return None


def _ways_out(body: tuple[Stmt, ...]) -> Iterator[tuple[Stmt, ...]]:
    for statement in walk_statements(body, into_definitions=False):
        if isinstance(statement, Try):
            yield from (clause.body for clause in statement.handlers)
        elif isinstance(statement, If):
            for block in (statement.body, statement.orelse):
                if block and isinstance(block[-1], Return):
                    yield block


def _holds(block: tuple[Stmt, ...], call: Call) -> bool:
    return any(found is call for found in calls(block, into_definitions=False))


def _taken_apart(project: Project) -> Iterator[Weakness]:
    """A token split at its dots and decoded by hand, with no signature check anywhere in the function."""
    for body in _bodies(project, _BASE64):
        splits = [call for call, _ in body.calls if _splits_at_dot(call)]
        loads = any(name == "json.loads" for _, name in body.calls)
        proven = any(
            name in _DECODES or dotted_name(call.func).rsplit(".", 1)[-1] in _PROOFS for call, name in body.calls
        )
        if splits and loads and not proven and not _reads_header_alone(body):
            call = next(call for call, name in body.calls if name in _BASE64)
            message = f"{body.name or 'the module'} takes the token apart by hand and checks no signature"
            yield Weakness(Location(body.file, call.span), message, body.name)


def _splits_at_dot(call: Call) -> bool:
    return isinstance(call.func, Attribute) and call.func.attr == "split" and _is_text(call.positional(0), ".")


def _is_text(value: Expr | None, wanted: str) -> bool:
    return isinstance(value, Const) and value.value == wanted


def _reads_header_alone(body: _Body) -> bool:
    """Is only the part before the first dot read (the header, for its `kid`)?"""
    indices = {
        found.index.value
        for found in walk_expressions(body.body, into_definitions=False)
        if isinstance(found, Subscript) and isinstance(found.index, Const) and isinstance(found.index.value, int)
    }
    return 1 not in indices and 0 in indices


def tokens_without_expiry(project: Project) -> Iterator[Weakness]:
    """Tokens signed over a payload that is known and holds no `exp`."""
    for body, call in _encodes(project):
        payload = call.argument(0, "payload") or call.keyword("claims")
        if not _mentions_expiry(body.body) and (
            _is_known(body, payload) or _is_known_to_callers(project, body, payload)
        ):
            yield Weakness(
                Location(body.file, call.span),
                f"{body.name or 'the module'} signs a token that never expires",
                body.name,
            )


def tokens_with_optional_expiry(project: Project) -> Iterator[Weakness]:
    """Tokens that hold `exp` only on some ways through the function, and decodes told not to look at it."""
    for body, call in _encodes(project):
        if _sets_somewhere(body.body) and not any(_always_sets(block) for block in _blocks_around(body.body, call)):
            message = f"{body.name or 'the module'} sets exp only under a condition"
            yield Weakness(Location(body.file, call.span), message, body.name)
    for body in _bodies(project, _DECODES):
        for call, name in body.calls:
            options = _dict_options(call.argument(3, "options"))
            if (
                name in _DECODES
                and not _fault(call)
                and _is(options.get("verify_exp"), False)
                and not _means_it(project, body)
            ):
                message = f"{dotted_name(call.func)}(...) is told not to verify exp"
                yield Weakness(Location(body.file, call.span), message, body.name)


def _means_it(project: Project, body: _Body) -> bool:
    """Is the lifetime looked at elsewhere in the file, or does the function say that it reads expired tokens?"""
    if re.search(r"expired|refresh|signature|ignore|logout|revoke", body.name):
        return True
    reads = (found for found in walk_expressions(project.code[body.file].body) if isinstance(found, Call | Subscript))
    return any(_looks_at_expiry(found) for found in reads)


def _looks_at_expiry(found: Call | Subscript) -> bool:
    if isinstance(found, Subscript):
        return _is_text(found.index, "exp")
    return dotted_name(found.func).endswith(".get") and _is_text(found.positional(0), "exp")


def _encodes(project: Project) -> Iterator[tuple[_Body, Call]]:
    for body in _bodies(project, _ENCODES):
        yield from ((body, call) for call, name in body.calls if name in _ENCODES)


def _mentions_expiry(body: tuple[Stmt, ...]) -> bool:
    return any(_sets(found) or _is_text(found, "exp") for found in walk_expressions(body, into_definitions=False))


def _sets(expression: Expr) -> bool:
    """Does an expression put `exp` into something: `{"exp": …}`, `dict(exp=…)`, `p["exp"]`?"""
    if isinstance(expression, DictDisplay):
        return any(key is not None and _is_text(key, "exp") for key, _ in expression.items)
    if isinstance(expression, Call):
        return any(argument.name in _LIFETIME and not _is(argument.value, None) for argument in expression.args)
    return False


def _is_known(body: _Body, payload: Expr | None) -> bool:
    """Is every key of the payload in sight: a display, or a name bound to displays and copies of parameters alone?"""
    if isinstance(payload, DictDisplay):
        return all(key is not None for key, _ in payload.items)
    if not isinstance(payload, Name):
        return False
    values = list(_bound_to(body.body, payload.id))
    return bool(values) and all(_is_known_value(value) for value in values)


def _is_known_to_callers(project: Project, body: _Body, payload: Expr | None) -> bool:
    """Is the payload a parameter, or a copy of one, that every caller fills with a display without `exp`?"""
    function = next((one for one in functions(project.code[body.file].body) if one.body is body.body), None)
    source = next(_bound_to(body.body, dotted_name(payload)), payload) if isinstance(payload, Name) else None
    if function is None or source is None:
        return False
    named = {found.id for found in walk_expressions(source) if isinstance(found, Name)}
    place = next((index for index, param in enumerate(function.params) if param.name in named), None)
    if place is None or _changes(body.body, payload):
        return False
    given = [call.argument(place, function.params[place].name) for call in _calls_of(project, body.file, function.name)]
    return bool(given) and all(value is not None and _is_known_value(value) and not _sets(value) for value in given)


def _changes(body: tuple[Stmt, ...], payload: Expr | None) -> bool:
    """Is anything done to the payload that may add a key: an item set, `update`, handing it to another function?"""
    name = dotted_name(payload)
    if any(isinstance(f, Call) and dotted_name(f.func) == f"{name}.update" for f in walk_expressions(body)):
        return True
    statements = (one for one in walk_statements(body) if isinstance(one, Assign))
    targets = (target for one in statements for target in one.targets)
    return any(
        isinstance(t, Subscript) and dotted_name(t.value) == name and not isinstance(t.index, Const) for t in targets
    )


def _calls_of(project: Project, file: str, name: str) -> Iterator[Call]:
    """The calls in the product of a function of one file."""
    for other, facts in project.code.items():
        if is_product(other):
            for call in calls(facts.body):
                if dotted_name(call.func).rpartition(".")[2] == name:
                    found = names_of(project).resolve_expression(other, call.func)
                    if found is not None and (found.file, found.name) == (file, name):
                        yield call


def _bound_to(body: tuple[Stmt, ...], name: str) -> Iterator[Expr]:
    for statement in walk_statements(body, into_definitions=False):
        if isinstance(statement, Assign) and any(dotted_name(target) == name for target in statement.targets):
            yield statement.value


def _is_known_value(value: Expr) -> bool:
    return isinstance(value, DictDisplay) and all(key is not None for key, _ in value.items)


def _sets_in(statement: Stmt) -> bool:
    if isinstance(statement, Assign) and any(
        isinstance(target, Subscript) and _is_text(target.index, "exp") for target in statement.targets
    ):
        return True
    return any(_sets(found) for expression in own_expressions(statement) for found in walk_expressions(expression))


def _sets_somewhere(body: tuple[Stmt, ...]) -> bool:
    return any(_sets_in(statement) for statement in walk_statements(body, into_definitions=False))


def _always_sets(body: Iterable[Stmt]) -> bool:
    """Does every way through a block that reaches its end (or returns) put `exp` somewhere?"""
    for statement in body:
        if _sets_in(statement):
            return True
        if isinstance(statement, If):
            if _settles(statement.body) and _settles(statement.orelse):
                return True
        elif isinstance(statement, With | Try | For) and _always_sets(statement.body):
            return True
    return False


def _blocks_around(body: tuple[Stmt, ...], call: Call) -> Iterator[tuple[Stmt, ...]]:
    """The block a call stands in with all that hold it: where one of them sets `exp`, the call has it."""
    yield body
    for statement in body:
        for block in blocks(statement):
            if _holds(block, call):
                yield from _blocks_around(block, call)


def _settles(block: tuple[Stmt, ...]) -> bool:
    return bool(block) and (_always_sets(block) or isinstance(block[-1], Raise | Return))
