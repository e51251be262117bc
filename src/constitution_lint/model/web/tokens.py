"""Where the frontend puts a token into headers, told generously: what is not seen here is surely not sent.

A function that names the Authorization header anywhere is taken to set it, under whatever condition.
"""

from collections.abc import Iterator
from functools import lru_cache

from constitution_lint.facts.web import MODULE, Call, Member, Object, Text, WebFacts
from constitution_lint.model.web.calls import dotted, expressions_of
from constitution_lint.model.web.evaluation import Evaluator


def carries_token(header: str) -> bool:
    """Does a header of this name prove who asks?"""
    plain = header.lower()
    return plain in ("authorization", "cookie") or "token" in plain or plain.startswith("x-api-key")


@lru_cache(maxsize=4)
def _mentions(evaluator: Evaluator) -> dict[str, frozenset[int]]:
    return {file: frozenset(_scopes(facts)) for file, facts in evaluator.web.items()}


def _scopes(facts: WebFacts) -> Iterator[int]:
    for assignment in facts.assignments:
        if isinstance(assignment.target, Member) and carries_token(assignment.target.name):
            yield assignment.scope
    for scope, expr in expressions_of(facts):
        if isinstance(expr, Object) and any(carries_token(entry.key) for entry in expr.entries):
            yield scope
        elif isinstance(expr, Call) and isinstance(expr.func, Member) and expr.func.name in ("set", "append"):
            first = expr.args[0] if expr.args else None
            if isinstance(first, Text) and carries_token(first.value):
                yield scope


def mentions_token(evaluator: Evaluator, file: str, scope: int) -> bool:
    """Does the outermost function around a place, or one inside it, name a header that carries a token?"""
    if scope == MODULE:
        return False
    functions = evaluator.web[file].functions
    outermost = scope
    while functions[outermost].scope != MODULE:
        outermost = functions[outermost].scope
    names = evaluator.names(file)
    return any(names.lies_in(mention, outermost) for mention in _mentions(evaluator)[file])


@lru_cache(maxsize=4)
def interceptors_change_address(evaluator: Evaluator) -> bool:
    """Does a file with an axios interceptor write to `url` or `baseURL`? Then no address is what it seems."""
    for facts in evaluator.web.values():
        targets = (one.target for one in facts.assignments)
        writes = any(isinstance(target, Member) and target.name in ("url", "baseURL") for target in targets)
        if writes and any(
            isinstance(expr, Call) and dotted(expr.func).endswith("interceptors.request.use")
            for _, expr in expressions_of(facts)
        ):
            return True
    return False


@lru_cache(maxsize=4)
def interceptors_add_token(evaluator: Evaluator) -> bool:
    """Does some axios interceptor, or a client's defaults, set a token? Which client it serves is not asked."""
    for file, facts in evaluator.web.items():
        for assignment in facts.assignments:
            target = dotted(assignment.target).lower()
            if "defaults.headers" in target and target.endswith("authorization"):
                return True
        for _, expr in expressions_of(facts):
            if isinstance(expr, Call) and dotted(expr.func).endswith("interceptors.request.use"):
                return bool(_mentions(evaluator)[file])
    return False
