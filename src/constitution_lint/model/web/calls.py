"""For requests: every call in a script, with the function it is in; each script is walked once for all."""

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
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project


@remembered
def script_of(project: Project, file: str) -> WebFacts:
    """The facts of one script, for answers that rest on no other."""
    return project.web[file]


@remembered
def calls_of(project: Project, file: str) -> tuple[tuple[int, Call], ...]:
    """Every call of a file with the function it stands in, in no particular order."""
    return tuple((scope, found) for scope, found in expressions_of(project, file) if isinstance(found, Call))


@remembered
def expressions_of(project: Project, file: str) -> tuple[tuple[int, Expr], ...]:
    """Every expression of a file, outer ones and those inside them, with the function it stands in."""
    outermost = _outermost(script_of(project, file))
    return tuple((scope, inner) for scope, expr in outermost for inner in subexpressions(expr))


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
