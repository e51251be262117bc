"""For gate 2: the expressions a name may stand for, through assignments and settings classes."""

from collections.abc import Iterator

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Binary,
    BoolOp,
    Call,
    ClassDef,
    Collection,
    Conditional,
    Const,
    Expr,
    FunctionDef,
    Name,
    Return,
    Stmt,
)
from constitution_lint.model.names import Definition, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name, walk_statements

_DEEPEST = 6


def constants(
    project: Project, file: str, expression: Expr | None, body: tuple[Stmt, ...] = (), depth: int = 0
) -> Iterator[Const]:
    """The literals an expression surely or by default consists of: displays, names, settings fields, `getenv` defaults.

    `body` is the function the expression stands in; its assignments come before those of the module. A name that is
    bound more than once, or under a condition, yields nothing: which value counts is then not known.
    """
    if expression is None or depth > _DEEPEST:
        return
    if isinstance(expression, Const):
        yield expression
        return
    for inner in _consists_of(expression):
        yield from constants(project, file, inner, body, depth + 1)
    if isinstance(expression, Name | Attribute):
        for where, value in _bound(project, file, expression, body):
            yield from constants(project, where, value, () if where != file else body, depth + 1)


def _consists_of(expression: Expr) -> tuple[Expr, ...]:
    if isinstance(expression, Collection):
        return expression.items
    if isinstance(expression, BoolOp) and expression.op == "or":
        return expression.values[-1:]
    if isinstance(expression, Binary) and expression.op == "+":
        return expression.left, expression.right
    if isinstance(expression, Conditional):
        return ()
    if isinstance(expression, Call):
        return _called_with(expression)
    return ()


def _called_with(call: Call) -> tuple[Expr, ...]:
    called = dotted_name(call.func)
    last = called.rsplit(".", 1)[-1]
    if last in ("getenv", "config", "env", "list") or called.endswith("environ.get"):
        default = call.argument(0 if last == "list" else 1, "default")
        return (default,) if default is not None else ()
    if last in ("Field", "field"):
        default = call.argument(0, "default")
        return (default,) if default is not None else ()
    if isinstance(call.func, Attribute) and call.func.attr in ("split", "strip"):
        return (call.func.value,)
    return ()


def _bound(project: Project, file: str, name: Expr, body: tuple[Stmt, ...]) -> Iterator[tuple[str, Expr]]:
    if isinstance(name, Name):
        local = list(_assigned(body, name.id))
        if local:
            if len(local) == 1:
                yield file, local[0]
            return
    names = names_of(project)
    meaning = names.resolve_expression(file, name)
    if meaning is None and isinstance(name, Attribute):
        yield from _of_instance(project, file, name)
        return
    if meaning is None or meaning.kind != "value" or meaning.node is None:
        return
    facts = project.code.get(meaning.file)
    node = meaning.node
    if facts is not None and node in facts.body and len(list(_assigned(facts.body, meaning.name))) > 1:
        return
    value = getattr(node, "value", None)
    if isinstance(node, Assign | AnnAssign) and value is not None:
        yield meaning.file, value


def _of_instance(project: Project, file: str, name: Attribute) -> Iterator[tuple[str, Expr]]:
    """`settings.CORS_ORIGINS`: the field or property of the class that the module-level `settings` is made from."""
    names = names_of(project)
    holder = names.resolve_expression(file, name.value)
    value = getattr(holder.node, "value", None) if holder is not None and holder.kind == "value" else None
    if holder is None or not isinstance(value, Call):
        return
    made = names.resolve_expression(holder.file, value.func)
    if made is not None and made.kind == "function" and isinstance(made.node, FunctionDef):
        made = _returned_class(project, made.file, made.node)
    if made is None or made.kind != "class" or not isinstance(made.node, ClassDef):
        return
    member = names.member(made, name.attr)
    if member is None:
        return
    if isinstance(member.node, FunctionDef):
        returned = [found for found in walk_statements(member.node.body) if isinstance(found, Return)]
        value = returned[0].value if len(returned) == 1 else None
        if value is not None:
            yield member.file, value
    elif isinstance(member.node, Assign | AnnAssign) and member.node.value is not None:
        yield member.file, member.node.value


def _returned_class(project: Project, file: str, function: FunctionDef) -> Definition | None:
    for statement in walk_statements(function.body):
        if isinstance(statement, Return) and isinstance(statement.value, Call):
            return names_of(project).resolve_expression(file, statement.value.func)
    return None


def _assigned(body: tuple[Stmt, ...], name: str) -> Iterator[Expr]:
    for statement in walk_statements(body, into_definitions=False):
        if isinstance(statement, Assign):
            if any(dotted_name(target) == name for target in statement.targets):
                yield statement.value
        elif isinstance(statement, AnnAssign) and statement.value is not None and dotted_name(statement.target) == name:
            yield statement.value
