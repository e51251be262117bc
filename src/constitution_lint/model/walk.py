"""Beneath every model and gate that reads code: visits the lowered form in source order, statements and expressions."""

from collections.abc import Iterable, Iterator

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
    if isinstance(statement, If | For | While):
        return statement.body, statement.orelse
    if isinstance(statement, FunctionDef | ClassDef | With):
        return (statement.body,)
    if isinstance(statement, Try):
        return statement.body, *(clause.body for clause in statement.handlers), statement.orelse, statement.final
    if isinstance(statement, Match):
        return tuple(case.body for case in statement.cases)
    return ()


def walk_statements(body: Iterable[Stmt], into_definitions: bool = True) -> Iterator[Stmt]:
    """Every statement of a block and of the blocks inside it, outer before inner, in source order.

    With `into_definitions=False` nested functions and classes are yielded but their bodies are not entered.
    """
    for statement in body:
        yield statement
        if not into_definitions and isinstance(statement, FunctionDef | ClassDef):
            continue
        for block in blocks(statement):
            yield from walk_statements(block, into_definitions)


def own_expressions(statement: Stmt) -> Iterator[Expr]:
    """The outermost expressions a statement itself holds (its head), not those of the statements inside it.

    Of a definition these are decorators, defaults, annotations, bases: what runs when it is defined.
    """
    if isinstance(statement, Assign):
        yield from statement.targets
        yield statement.value
    elif isinstance(statement, ExprStmt):
        yield statement.value
    elif isinstance(statement, AnnAssign):
        yield from _present(statement.target, statement.annotation, statement.value)
    elif isinstance(statement, AugAssign):
        yield from (statement.target, statement.value)
    elif isinstance(statement, Return | Raise):
        yield from _present(statement.value)
    elif isinstance(statement, If | While | Assert):
        yield statement.test
    elif isinstance(statement, FunctionDef):
        yield from statement.decorators
        yield from _of_parameters(statement.params)
        yield from _present(statement.returns)
    else:
        yield from _of_rarer_statement(statement)


def _of_rarer_statement(statement: Stmt) -> Iterator[Expr]:
    if isinstance(statement, For):
        yield from (statement.target, statement.iterable)
    elif isinstance(statement, With):
        for item in statement.items:
            yield from _present(item.context, item.target)
    elif isinstance(statement, Try):
        yield from _present(*(clause.type for clause in statement.handlers))
    elif isinstance(statement, ClassDef):
        yield from statement.decorators
        yield from statement.bases
        yield from (argument.value for argument in statement.keywords)
    elif isinstance(statement, Delete):
        yield from statement.targets
    elif isinstance(statement, Match):
        yield statement.subject
        for case in statement.cases:
            yield from case.values or ()
            yield from _present(case.guard)


def _of_parameters(params: Iterable[Param]) -> Iterator[Expr]:
    for param in params:
        yield from _present(param.annotation, param.default)


def _present(*expressions: Expr | None) -> Iterator[Expr]:
    return (expression for expression in expressions if expression is not None)


def operands(expression: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, in source order; empty for names and literals."""
    if isinstance(expression, Attribute | Starred | Walrus):
        return (expression.value,)
    if isinstance(expression, Call):
        return expression.func, *(argument.value for argument in expression.args)
    if isinstance(expression, BoolOp):
        return expression.values
    if isinstance(expression, Compare):
        return expression.left, *expression.comparators
    if isinstance(expression, Binary):
        return expression.left, expression.right
    if isinstance(expression, Unary):
        return (expression.operand,)
    if isinstance(expression, Subscript):
        return expression.value, expression.index
    if isinstance(expression, Collection):
        return expression.items
    if isinstance(expression, JoinedStr):
        return expression.parts
    return tuple(_of_rarer_expression(expression))


def _of_rarer_expression(expression: Expr) -> Iterator[Expr]:
    if isinstance(expression, DictDisplay):
        for key, value in expression.items:
            yield from _present(key, value)
    elif isinstance(expression, Conditional):
        yield from (expression.test, expression.body, expression.orelse)
    elif isinstance(expression, Comprehension):
        yield from _present(expression.element, expression.value)
        for generator in expression.generators:
            yield from (generator.target, generator.iterable, *generator.conditions)
    elif isinstance(expression, Lambda):
        yield from _of_parameters(expression.params)
        yield expression.body
    elif isinstance(expression, Yield):
        yield from _present(expression.value)


def subexpressions(expression: Expr) -> Iterator[Expr]:
    """An expression and everything inside it, outer before inner."""
    yield expression
    for inner in operands(expression):
        yield from subexpressions(inner)


def walk_expressions(node: Stmt | Expr | Iterable[Stmt], into_definitions: bool = True) -> Iterator[Expr]:
    """Every expression of a block, a statement (with its inner statements) or an expression, outer before inner."""
    if isinstance(node, Stmt):
        node = (node,)
    elif isinstance(node, Expr):
        yield from subexpressions(node)
        return
    for statement in walk_statements(node, into_definitions):
        for expression in own_expressions(statement):
            yield from subexpressions(expression)


def calls(node: Stmt | Expr | Iterable[Stmt], into_definitions: bool = True) -> Iterator[Call]:
    """Every call of a block, a statement or an expression, in source order (outer before inner)."""
    return (found for found in walk_expressions(node, into_definitions) if isinstance(found, Call))


def functions(body: Iterable[Stmt]) -> Iterator[FunctionDef]:
    """Every function and method, nested ones included."""
    return (found for found in walk_statements(body) if isinstance(found, FunctionDef))


def classes(body: Iterable[Stmt]) -> Iterator[ClassDef]:
    """Every class, nested ones included."""
    return (found for found in walk_statements(body) if isinstance(found, ClassDef))


def dotted(expression: Expr | None) -> str:
    """`a.b.c` of a name or a chain of attributes as written; empty for anything else."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, Name):
        return ""
    return ".".join([expression.id, *reversed(parts)])


def without_docstring(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """A definition's body without a leading string literal."""
    first = body[0] if body else None
    is_docstring = isinstance(first, ExprStmt) and isinstance(first.value, Const) and isinstance(first.value.value, str)
    return body[1:] if is_docstring else body
