"""For every model that reads code: visits statements and expressions of the lowered form in source order."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from constitution_lint.facts.code import (
    AnnAssign,
    Assert,
    Assign,
    Attribute,
    AugAssign,
    Binary,
    BoolOp,
    Call,
    ClassDef,
    Collection,
    Compare,
    Comprehension,
    Conditional,
    Const,
    Delete,
    DictDisplay,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    JoinedStr,
    Lambda,
    Match,
    Name,
    Node,
    Param,
    Raise,
    Return,
    Starred,
    Stmt,
    Subscript,
    Try,
    Unary,
    Walrus,
    While,
    With,
    Yield,
)


def blocks(statement: Stmt) -> tuple[tuple[Stmt, ...], ...]:
    """The statement blocks directly inside a statement, in source order; those of definitions included."""
    found = _BLOCKS.get(type(statement))
    return found(statement) if found is not None else ()


def _body_and_else(statement: If | For | While) -> tuple[tuple[Stmt, ...], ...]:
    return statement.body, statement.orelse


def _body(statement: FunctionDef | ClassDef | With) -> tuple[tuple[Stmt, ...], ...]:
    return (statement.body,)


def _of_try(statement: Try) -> tuple[tuple[Stmt, ...], ...]:
    return statement.body, *(clause.body for clause in statement.handlers), statement.orelse, statement.final


_BLOCKS: dict[type[Node], Callable[[Any], tuple[tuple[Stmt, ...], ...]]] = {
    If: _body_and_else,
    For: _body_and_else,
    While: _body_and_else,
    FunctionDef: _body,
    ClassDef: _body,
    With: _body,
    Try: _of_try,
    Match: lambda statement: tuple(case.body for case in statement.cases),
}
"""What is directly inside each kind of statement; kinds that are not named hold no blocks."""


def walk_statements(body: Iterable[Stmt], into_definitions: bool = True) -> Iterator[Stmt]:
    """Every statement of a block and of the blocks inside it, outer before inner, in source order.

    With `into_definitions=False` nested functions and classes are yielded but their bodies are not entered.
    """
    if isinstance(body, tuple):
        return iter(_walked(body, into_definitions).statements)
    return _statements(body, into_definitions)


def _statements(body: Iterable[Stmt], into_definitions: bool) -> Iterator[Stmt]:
    waiting = [iter(body)]
    while waiting:
        statement = next(waiting[-1], None)
        if statement is None:
            waiting.pop()
            continue
        yield statement
        if into_definitions or type(statement) not in _DEFINITIONS:
            found = _BLOCKS.get(type(statement))
            if found is not None:
                waiting.extend(iter(block) for block in reversed(found(statement)) if block)


_DEFINITIONS = (FunctionDef, ClassDef)


def own_expressions(statement: Stmt) -> tuple[Expr, ...]:
    """The outermost expressions a statement itself holds (its head), not those of the statements inside it.

    Of a definition these are decorators, defaults, annotations, bases: what runs when it is defined.
    """
    found = _HEADS.get(type(statement))
    return found(statement) if found is not None else ()


def _value(statement: Return | Raise) -> tuple[Expr, ...]:
    return (statement.value,) if statement.value is not None else ()


def _test(statement: If | While | Assert) -> tuple[Expr, ...]:
    return (statement.test,)


def _of_class(statement: ClassDef) -> tuple[Expr, ...]:
    return *statement.decorators, *statement.bases, *(argument.value for argument in statement.keywords)


def _of_with(statement: With) -> tuple[Expr, ...]:
    return tuple(part for item in statement.items for part in _present(item.context, item.target))


def _of_match(statement: Match) -> tuple[Expr, ...]:
    compared = (part for case in statement.cases for part in (*(case.values or ()), case.guard) if part is not None)
    return statement.subject, *compared


_HEADS: dict[type[Node], Callable[[Any], tuple[Expr, ...]]] = {
    Assign: lambda statement: (*statement.targets, statement.value),
    ExprStmt: lambda statement: (statement.value,),
    AnnAssign: lambda statement: tuple(_present(statement.target, statement.annotation, statement.value)),
    AugAssign: lambda statement: (statement.target, statement.value),
    Return: _value,
    Raise: _value,
    If: _test,
    While: _test,
    Assert: _test,
    FunctionDef: lambda statement: (
        *statement.decorators,
        *_of_parameters(statement.params),
        *_present(statement.returns),
    ),
    ClassDef: _of_class,
    For: lambda statement: (statement.target, statement.iterable),
    With: _of_with,
    Try: lambda statement: tuple(_present(*(clause.type for clause in statement.handlers))),
    Delete: lambda statement: statement.targets,
    Match: _of_match,
}
"""The head of each kind of statement; kinds that are not named hold no expressions."""


def _of_parameters(params: Iterable[Param]) -> Iterator[Expr]:
    for param in params:
        if param.annotation is not None:
            yield param.annotation
        if param.default is not None:
            yield param.default


def _present(*expressions: Expr | None) -> Iterator[Expr]:
    return (expression for expression in expressions if expression is not None)


def operands(expression: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, in source order; empty for names and literals."""
    found = _OPERANDS.get(type(expression))
    return found(expression) if found is not None else ()


def _of_dict(expression: DictDisplay) -> tuple[Expr, ...]:
    return tuple(part for pair in expression.items for part in _present(*pair))


def _of_comprehension(expression: Comprehension) -> tuple[Expr, ...]:
    parts = [*_present(expression.element, expression.value)]
    for generator in expression.generators:
        parts += (generator.target, generator.iterable, *generator.conditions)
    return tuple(parts)


_OPERANDS: dict[type[Node], Callable[[Any], tuple[Expr, ...]]] = {
    Attribute: lambda node: (node.value,),
    Starred: lambda node: (node.value,),
    Walrus: lambda node: (node.value,),
    Call: lambda node: (node.func, *[argument.value for argument in node.args]),
    BoolOp: lambda node: node.values,
    Compare: lambda node: (node.left, *node.comparators),
    Binary: lambda node: (node.left, node.right),
    Unary: lambda node: (node.operand,),
    Subscript: lambda node: (node.value, node.index),
    Collection: lambda node: node.items,
    JoinedStr: lambda node: node.parts,
    DictDisplay: _of_dict,
    Conditional: lambda node: (node.test, node.body, node.orelse),
    Comprehension: _of_comprehension,
    Lambda: lambda node: (*_of_parameters(node.params), node.body),
    Yield: lambda node: tuple(_present(node.value)),
}
"""What is directly inside each kind of expression; kinds that are not named hold nothing."""


def subexpressions(expression: Expr) -> Iterator[Expr]:
    """An expression and everything inside it, outer before inner."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        found = _OPERANDS.get(type(current))
        if found is not None:
            waiting.extend(reversed(found(current)))


def walk_expressions(node: Stmt | Expr | Iterable[Stmt], into_definitions: bool = True) -> Iterator[Expr]:
    """Every expression of a block, a statement (with its inner statements) or an expression, outer before inner."""
    if isinstance(node, tuple | FunctionDef):
        return iter(_walked(node, into_definitions).expressions)
    if isinstance(node, Expr):
        return subexpressions(node)
    return _expressions(_statements((node,) if isinstance(node, Stmt) else node, into_definitions))


def _listed(statements: Iterable[Stmt]) -> list[Expr]:
    """The same as `_expressions`, all at once: generators in generators cost as much again as the walk."""
    found: list[Expr] = []
    for statement in statements:
        for expression in own_expressions(statement):
            waiting = [expression]
            while waiting:
                current = waiting.pop()
                found.append(current)
                inside = _OPERANDS.get(type(current))
                if inside is not None:
                    waiting.extend(reversed(inside(current)))
    return found


def _expressions(statements: Iterable[Stmt]) -> Iterator[Expr]:
    for statement in statements:
        for expression in own_expressions(statement):
            yield from subexpressions(expression)


def calls(node: Stmt | Expr | Iterable[Stmt], into_definitions: bool = True) -> Iterator[Call]:
    """Every call of a block, a statement or an expression, in source order (outer before inner)."""
    if isinstance(node, tuple | FunctionDef):
        return iter(_walked(node, into_definitions).calls)
    return (found for found in walk_expressions(node, into_definitions) if isinstance(found, Call))


_MOST_KEPT = 4_000_000
"""Expressions remembered at most; two rules in three walk the same bodies, and walking costs more than remembering."""


class _Walked:
    """What a walk over one body or function gives. It is held, so that the identity it is known by stays its own."""

    def __init__(self, body: tuple[Stmt, ...] | FunctionDef, into_definitions: bool) -> None:
        self.body = body
        self.statements = tuple(_statements(body if isinstance(body, tuple) else (body,), into_definitions))

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        found = tuple(_listed(self.statements))
        _kept.size += len(found)
        return found

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(found for found in self.expressions if type(found) is Call)


class _Kept:
    """Bodies already walked, by identity."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[int, bool], _Walked] = {}
        self.size = 0


_kept = _Kept()


def _walked(body: tuple[Stmt, ...] | FunctionDef, into_definitions: bool) -> _Walked:
    key = (id(body), into_definitions)
    known = _kept.bodies.get(key)
    if known is None:
        if _kept.size > _MOST_KEPT:
            forget()
        known = _Walked(body, into_definitions)
        _kept.size += len(known.statements)
        _kept.bodies[key] = known
    return known


def forget(beyond: int = 0) -> None:
    """Keep no walk any longer, if more than so many expressions are kept: edits leave bodies behind."""
    if _kept.size > beyond:
        _kept.bodies.clear()
        _kept.size = 0


def functions(body: Iterable[Stmt]) -> Iterator[FunctionDef]:
    """Every function and method, nested ones included."""
    return (found for found in walk_statements(body) if isinstance(found, FunctionDef))


def classes(body: Iterable[Stmt]) -> Iterator[ClassDef]:
    """Every class, nested ones included."""
    return (found for found in walk_statements(body) if isinstance(found, ClassDef))


def dotted_name(expression: Expr | None) -> str:
    """`a.b.c` of a name or a chain of attributes as written; empty for anything else."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if type(expression) is not Name:
        return ""
    return ".".join([expression.id, *reversed(parts)])


def last_name(expression: object) -> str:
    """The last part of a name or attribute as written: `c` of `a.b.c`; empty for anything else."""
    if isinstance(expression, Name):
        return expression.id
    return expression.attr if isinstance(expression, Attribute) else ""


def is_true(value: Expr | None) -> bool:
    """Is it the literal `True`?"""
    return isinstance(value, Const) and value.value is True


def without_docstring(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """A definition's body without a leading string literal."""
    first = body[0] if body else None
    is_docstring = isinstance(first, ExprStmt) and isinstance(first.value, Const) and isinstance(first.value.value, str)
    return body[1:] if is_docstring else body
