"""Beneath the requests: every call of a script, with the function it stands in."""

from collections.abc import Iterator

from constitution_lint.facts.web import (
    Array,
    Call,
    Either,
    Expr,
    Member,
    Name,
    Object,
    Spread,
    Template,
    WebFacts,
)


def calls_of(facts: WebFacts) -> Iterator[tuple[int, Call]]:
    """Every call of a file with the function it stands in, in no particular order."""
    return ((scope, found) for scope, found in expressions_of(facts) if isinstance(found, Call))


def expressions_of(facts: WebFacts) -> Iterator[tuple[int, Expr]]:
    """Every expression of a file, outer ones and those inside them, with the function it stands in."""
    for scope, expr in _outermost(facts):
        yield from ((scope, inner) for inner in subexpressions(expr))


def _outermost(facts: WebFacts) -> Iterator[tuple[int, Expr]]:
    yield from ((site.scope, site.call) for site in facts.calls)
    yield from ((binding.scope, binding.value) for binding in facts.bindings)
    yield from ((assignment.scope, assignment.value) for assignment in facts.assignments)
    for index, function in enumerate(facts.functions):
        yield from ((index, value) for value in function.returns)
    for one in facts.classes:
        yield from ((one.scope, member.value) for member in one.members)


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """An expression and everything inside it; functions are not entered."""
    waiting = [expr]
    while waiting:
        current = waiting.pop()
        yield current
        match current:
            case Call(func=func, args=args):
                waiting += [func, *args]
            case Member(object=inner) | Spread(value=inner):
                waiting.append(inner)
            case Template(parts=inner_parts) | Array(items=inner_parts) | Either(options=inner_parts):
                waiting += inner_parts
            case Object(entries=entries):
                waiting += [entry.value for entry in entries]
            case _:
                pass


def dotted(expr: Expr) -> str:
    """`a.b.c` of a name or a chain of members as written; empty for anything else."""
    parts: list[str] = []
    while isinstance(expr, Member):
        parts.append(expr.name)
        expr = expr.object
    return ".".join([expr.id, *reversed(parts)]) if isinstance(expr, Name) else ""
