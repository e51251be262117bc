"""Within the routing evaluator: conditions and targets as text, close to how the source spells them."""

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Collection,
    Compare,
    Const,
    Expr,
    JoinedStr,
    Name,
    Subscript,
    Unary,
)

_LONGEST = 160


def spelled(expression: Expr | None) -> str:
    """The expression as source, shortened when it is long; "…" stands for what has no short form."""
    text = _spelled(expression, 0)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _spelled(expression: Expr | None, depth: int) -> str:
    if depth > 12:
        return "…"
    inner = depth + 1
    if isinstance(expression, Name):
        return expression.id
    if isinstance(expression, Const):
        return repr(expression.value) if expression.kind == "plain" else str(expression.value)
    if isinstance(expression, Attribute):
        return f"{_spelled(expression.value, inner)}.{expression.attr}"
    if isinstance(expression, Subscript):
        return f"{_spelled(expression.value, inner)}[{_spelled(expression.index, inner)}]"
    if isinstance(expression, Call):
        arguments = ", ".join(
            (f"{arg.name}=" if arg.name and arg.name not in ("*", "**") else arg.name or "")
            + _spelled(arg.value, inner)
            for arg in expression.args
        )
        return f"{_spelled(expression.func, inner)}({arguments})"
    return _of_operators(expression, inner)


def _of_operators(expression: Expr | None, depth: int) -> str:
    if isinstance(expression, Unary):
        return f"{expression.op}{' ' if expression.op == 'not' else ''}{_spelled(expression.operand, depth)}"
    if isinstance(expression, Binary):
        return f"{_spelled(expression.left, depth)} {expression.op} {_spelled(expression.right, depth)}"
    if isinstance(expression, BoolOp):
        return f" {expression.op} ".join(_spelled(value, depth) for value in expression.values)
    if isinstance(expression, Compare):
        pairs = zip(expression.ops, expression.comparators, strict=False)
        return " ".join([_spelled(expression.left, depth), *(f"{op} {_spelled(one, depth)}" for op, one in pairs)])
    if isinstance(expression, Collection):
        brackets = {"list": "[]", "set": "{}"}.get(expression.kind, "()")
        return brackets[0] + ", ".join(_spelled(item, depth) for item in expression.items) + brackets[1]
    if isinstance(expression, JoinedStr):
        parts = (
            str(part.value) if isinstance(part, Const) else "{" + _spelled(part, depth) + "}"
            for part in expression.parts
        )
        return f'f"{"".join(parts)}"'
    return "…"


def opposite(condition: str) -> str:
    """The negation of a condition that is text already."""
    plain = condition.removeprefix("not ")
    if plain != condition and " " not in plain:
        return plain
    return f"not ({condition})" if " " in condition else f"not {condition}"


def negated(expression: Expr) -> str:
    """The condition of the other branch."""
    if isinstance(expression, Unary) and expression.op == "not":
        return spelled(expression.operand)
    if isinstance(expression, Name | Attribute | Call | Subscript):
        return f"not {spelled(expression)}"
    return f"not ({spelled(expression)})"
