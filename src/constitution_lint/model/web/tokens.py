"""Where the frontend puts a token into headers, in a generous reading: what is not found here is surely not sent.

A function that names the Authorization header anywhere is taken to set it, under whatever condition.
"""

from collections.abc import Iterator
from functools import lru_cache

from constitution_lint.facts.web import MODULE, Call, Member, Object, Text
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.calls import calls_of, dotted, expressions_of, script_of
from constitution_lint.model.web.evaluation import Evaluator


def carries_token(header: str) -> bool:
    """Does a header of this name prove who asks?"""
    plain = header.lower()
    return plain in ("authorization", "cookie") or "token" in plain or plain.startswith("x-api-key")


@remembered
def _mentions(project: Project, file: str) -> frozenset[int]:
    """The functions of a file that name a header which carries a token."""
    return frozenset(_scopes(project, file))


def _scopes(project: Project, file: str) -> Iterator[int]:
    for assignment in script_of(project, file).assignments:
        if isinstance(assignment.target, Member) and carries_token(assignment.target.name):
            yield assignment.scope
    for scope, expr in expressions_of(project, file):
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
    return any(names.lies_in(mention, outermost) for mention in _mentions(evaluator.project, file))


@lru_cache(maxsize=4)
def interceptors_change_address(evaluator: Evaluator) -> bool:
    """Does a file with an axios interceptor write to `url` or `baseURL`? Then no address is what it seems."""
    for file, facts in evaluator.web.items():
        targets = (one.target for one in facts.assignments)
        writes = any(isinstance(target, Member) and target.name in ("url", "baseURL") for target in targets)
        if writes and _intercepts(evaluator.project, file):
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
        if _intercepts(evaluator.project, file):
            return bool(_mentions(evaluator.project, file))
    return False


@remembered
def _intercepts(project: Project, file: str) -> bool:
    """Does a file give axios an interceptor?"""
    return any(dotted(call.func).endswith("interceptors.request.use") for _, call in calls_of(project, file))
