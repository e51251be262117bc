"""Within the routing evaluator: operators, comparisons, items; nothing raises, nothing grows without bound."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any

from constitution_lint.facts.code import (
    Expr,
)
from constitution_lint.model.routing.filesystem import path_text
from constitution_lint.model.routing.spelling import spelled
from constitution_lint.model.routing.values import (
    Either,
    Listed,
    Literal,
    Made,
    Mapped,
    PathText,
    Unknown,
    Value,
    text_of,
)
from constitution_lint.model.routing.world import MOST_ITEMS


def iterated(value: Value) -> list[Value] | None:
    """The items a loop runs over; None when they are not known."""
    if isinstance(value, Listed):
        return list(value.items)
    if isinstance(value, Mapped) and not value.rest:
        return [
            Literal(key) if isinstance(key, str | int | float | bool | None) else Unknown("a key")
            for key in value.items
        ]
    if isinstance(value, Literal) and isinstance(value.value, str):
        return [Literal(letter) for letter in value.value]
    if isinstance(value, Either):
        parts = [iterated(option) for option in value.options]
        return [item for part in parts if part is not None for item in part] if any(parts) else None
    return None


def is_configured(value: Value) -> bool:
    if isinstance(value, Listed):
        return any(is_configured(item) for item in value.items)
    return isinstance(value, Literal) and value.configured


def compared(op: str, left: Value, right: Value) -> bool | None:
    if op in ("in", "not in"):
        found = _contained(left, right)
        return found if found is None or op == "in" else not found
    if isinstance(left, Literal) and isinstance(right, Literal):
        return _compared_literals(op, left.value, right.value)
    if op in ("is", "is not") and not isinstance(left, Unknown | Either | Made) and isinstance(right, Literal):
        return (op == "is not") if right.value is None else None
    if op in ("is", "is not", "==", "!=") and left is right:
        return op in ("is", "==")
    return None


def _contained(left: Value, right: Value) -> bool | None:
    if not isinstance(left, Literal):
        return None
    if isinstance(right, Literal) and isinstance(right.value, str) and isinstance(left.value, str):
        return left.value in right.value
    if isinstance(right, Listed) and all(isinstance(item, Literal) for item in right.items):
        return any(item.value == left.value for item in right.items if isinstance(item, Literal))
    if isinstance(right, Mapped) and not right.rest:
        return left.value in right.items
    return None


def _compared_literals(op: str, left: Any, right: Any) -> bool | None:
    try:
        return bool(_COMPARE[op](left, right))
    except (KeyError, TypeError):
        return None


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "is": lambda a, b: a is b or (a == b and type(a) is type(b)),
    "is not": lambda a, b: not (a is b or (a == b and type(a) is type(b))),
}


def combined(left: Value, op: str, right: Value) -> Value:
    """`left op right` for texts, numbers and lists."""
    if isinstance(left, Listed) and isinstance(right, Listed) and op in ("+", "|"):
        if len(left.items) + len(right.items) > MOST_ITEMS:
            return Unknown("a list that is too long to follow")
        return Listed([*left.items, *right.items])
    if isinstance(left, Mapped) and isinstance(right, Mapped) and op == "|":
        merged = Mapped({**left.items, **right.items})
        merged.rest = [*left.rest, *right.rest]
        return merged
    if isinstance(left, Literal) and isinstance(right, Literal):
        found = _calculated(left.value, op, right.value)
        if found is not None:
            return Literal(found, left.configured or right.configured)
    if op == "+":
        left_text, right_text = pattern_of(left), pattern_of(right)
        if (left_text != "*" or right_text != "*") and len(left_text) + len(right_text) < 1_000:
            return Unknown("a text that is known in part", left_text + right_text)
    if op == "/" and (isinstance(left, PathText) or isinstance(right, PathText)):
        first, second = path_text(left), path_text(right)
        return PathText(posixpath.join(first, second)) if first and second is not None else Unknown("a path")
    if op == "%" and isinstance(left, Literal) and isinstance(left.value, str) and isinstance(right, Listed):
        texts = [item.value for item in right.items if isinstance(item, Literal)]
        if len(texts) == len(right.items):
            formatted = _calculated(left.value, "%", tuple(texts))
            if formatted is not None:
                return Literal(formatted)
    return Unknown(f"the result of {op}")


def pattern_of(value: Value) -> str:
    """A text with "*" for what is not known of it."""
    if isinstance(value, Unknown) and value.pattern:
        return value.pattern
    text = text_of(value)
    return text if text is not None else "*"


def formatted_text(text: str, values: Any) -> str | None:
    """`text % values`; None when that fails, or when a width could make it very long."""
    if re.search(r"\d{4}|\*", text):
        return None
    try:
        return str(text % values)[:10_000]
    except (TypeError, ValueError, OverflowError):
        return None


def _calculated(left: Any, op: str, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str) and op == "+" and len(left) + len(right) < 10_000:
        return left + right
    if isinstance(left, str) and op == "%":
        return formatted_text(left, right)
    if isinstance(left, int | float) and isinstance(right, int | float) and abs(left) < 1e9 and abs(right) < 1e9:
        return {"+": left + right, "-": left - right, "*": left * right}.get(op)
    return None


def item_of(held: Value, index: Value, node: Expr) -> Value:
    """`held[index]`; a subscripted class is the class."""
    if isinstance(index, Literal):
        if isinstance(held, Mapped) and index.value in held.items:
            return held.items[index.value]
        if (
            isinstance(held, Listed)
            and isinstance(index.value, int)
            and -len(held.items) <= index.value < len(held.items)
        ):
            return held.items[index.value]
        if isinstance(held, Literal) and isinstance(held.value, str) and isinstance(index.value, int):
            return Literal(held.value[index.value : index.value + 1 or None], held.configured)
    if isinstance(held, Mapped) and held.items:
        return Either(tuple(held.items.values()))
    if not isinstance(held, Unknown | Made | Listed | Literal | Mapped | Either):
        return held
    return Unknown(spelled(node))
