"""Within the routing evaluator: what expressions evaluate to; unknown parts make unknown values, nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    BoolOp,
    Call,
    Collection,
    Compare,
    Comprehension,
    Conditional,
    Const,
    DictDisplay,
    Expr,
    JoinedStr,
    Lambda,
    Name,
    Starred,
    Subscript,
    Unary,
    Walrus,
    Yield,
)
from constitution_lint.facts.code import Unknown as UnknownExpr
from constitution_lint.facts.location import Location
from constitution_lint.model.routing.attributes import attribute
from constitution_lint.model.routing.filesystem import path_text
from constitution_lint.model.routing.operators import combined, compared, is_configured, item_of, iterated
from constitution_lint.model.routing.scopes import Env, scoped
from constitution_lint.model.routing.spelling import negated, spelled
from constitution_lint.model.routing.values import (
    Arguments,
    Depends,
    Either,
    External,
    Function,
    Listed,
    Literal,
    Made,
    Mapped,
    PathText,
    Unknown,
    Value,
    is_certain,
    truth_of,
)
from constitution_lint.model.routing.world import MOST_OPTIONS, MOST_TURNS, World

_BUILTINS = frozenset(
    [
        "__import__",
        "all",
        "any",
        "bool",
        "callable",
        "dict",
        "dir",
        "enumerate",
        "filter",
        "getattr",
        "globals",
        "hasattr",
        "int",
        "isinstance",
        "issubclass",
        "len",
        "list",
        "map",
        "object",
        "print",
        "range",
        "repr",
        "reversed",
        "set",
        "setattr",
        "sorted",
        "str",
        "super",
        "tuple",
        "type",
        "vars",
        "zip",
        "frozenset",
        "property",
        "staticmethod",
        "classmethod",
        "max",
        "min",
    ]
)


def evaluate(world: World, node: Expr | None, env: Env) -> Value:
    """The value of an expression in a scope."""
    world.step()
    if node is None:
        return Literal(None)
    found = _EVALUATE.get(type(node))
    return found(world, node, env) if found is not None else Unknown(spelled(node))


def _name(world: World, node: Name, env: Env) -> Value:
    found = env.find(node.id)
    if found is not None:
        return found
    if node.id in _BUILTINS:
        return External(f"builtins.{node.id}")
    return Unknown(f"{node.id} is bound nowhere") if node.id[:1].islower() else External(f"builtins.{node.id}")


def _const(world: World, node: Const, env: Env) -> Value:
    return Literal(node.value) if node.kind == "plain" else Unknown(str(node.value))


def _attribute(world: World, node: Attribute, env: Env) -> Value:
    return attribute(world, evaluate(world, node.value, env), node.attr, env)


def _call(world: World, node: Call, env: Env) -> Value:
    from constitution_lint.model.routing.calls import call

    callee = evaluate(world, node.func, env)
    if isinstance(callee, External) and callee.last in ("Depends", "Security") and _is_fastapi(callee.dotted):
        return Depends(scoped(node, env))
    value = call(world, callee, arguments_of(world, node, env), node, env)
    if value.origin is None:
        value.origin = (node, env)
    return value


def _is_fastapi(dotted: str) -> bool:
    return dotted.split(".")[0].startswith(("fastapi", "starlette", "builtins"))


def arguments_of(world: World, node: Call, env: Env) -> Arguments:
    """Arguments with unpackings spread out as far as they are known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    for arg in node.args:
        value = evaluate(world, arg.value, env)
        if arg.name is None:
            positional.append(value)
        elif arg.name == "*":
            positional.extend(iterated(value) or [])
        elif arg.name == "**":
            if isinstance(value, Mapped):
                keywords.update({key: item for key, item in value.items.items() if isinstance(key, str)})
        else:
            keywords[arg.name] = value
    return Arguments(positional, keywords)


def _bool(world: World, node: BoolOp, env: Env) -> Value:
    options: list[Value] = []
    configured = False
    for index, operand in enumerate(node.values):
        value = evaluate(world, operand, env)
        truth = truth_of(value)
        last = index == len(node.values) - 1
        decides = truth is (node.op == "or")
        if truth is not None:
            if decides or last:
                configured = configured or not is_certain(value)
                if not options:
                    return _as_configured(value, configured)
                options.append(value)
                break
            configured = configured or not is_certain(value)
            continue
        options.append(value)
    known = [one for one in options if not isinstance(one, Unknown)]
    if any(isinstance(one, Unknown | Made) for one in options) and all(
        isinstance(one, Unknown | Made | Literal) for one in options
    ):
        texts = [one for one in known if isinstance(one, Literal)]
        if node.op == "or" and texts and isinstance(texts[-1].value, str):
            return Literal(texts[-1].value, True)
        return Unknown(spelled(node))
    return options[0] if len(options) == 1 else Either(tuple(options))


def _as_configured(value: Value, configured: bool) -> Value:
    if configured and isinstance(value, Literal) and not value.configured:
        return Literal(value.value, True)
    return value


def _unary(world: World, node: Unary, env: Env) -> Value:
    value = evaluate(world, node.operand, env)
    if node.op == "not":
        truth = truth_of(value)
        return Literal(not truth, not is_certain(value)) if truth is not None else Unknown(spelled(node))
    if node.op == "-" and isinstance(value, Literal) and isinstance(value.value, int | float):
        return Literal(-value.value, value.configured)
    return Unknown(spelled(node))


def _compare(world: World, node: Compare, env: Env) -> Value:
    left = evaluate(world, node.left, env)
    result: bool | None = True
    configured = False
    for op, comparator in zip(node.ops, node.comparators, strict=False):
        right = evaluate(world, comparator, env)
        one = compared(op, left, right)
        if one is None:
            return Unknown(spelled(node))
        configured = configured or is_configured(left) or is_configured(right)
        result = result and one
        left = right
    return Literal(bool(result), configured)


def _binary(world: World, node: Binary, env: Env) -> Value:
    return combined(evaluate(world, node.left, env), node.op, evaluate(world, node.right, env))


def _conditional(world: World, node: Conditional, env: Env) -> Value:
    test = evaluate(world, node.test, env)
    truth = truth_of(test)
    if truth is not None and is_certain(test):
        return evaluate(world, node.body if truth else node.orelse, env)
    first, second = (node.body, node.orelse) if truth is not False else (node.orelse, node.body)
    chosen, other = evaluate(world, first, env), evaluate(world, second, env)
    if isinstance(chosen, Literal) and isinstance(other, Literal | Unknown):
        return Literal(chosen.value, True)
    return Either((chosen, other), spelled(node.test) if truth is not False else negated(node.test))


def _subscript(world: World, node: Subscript, env: Env) -> Value:
    held = evaluate(world, node.value, env)
    if isinstance(node.index, Collection) and node.index.kind == "slice":
        return _sliced(world, held, node.index, env)
    if isinstance(held, External) and held.last == "Annotated":
        items = node.index.items if isinstance(node.index, Collection) else (node.index,)
        return Made(
            held.dotted, Arguments([evaluate(world, one, env) for one in items], {}), Location(env.file, node.span)
        )
    index = evaluate(world, node.index, env)
    return item_of(held, index, node)


def _sliced(world: World, held: Value, index: Collection, env: Env) -> Value:
    """`held[a:b]`; a lone bound is the lower one when the slice begins with it."""
    bounds = [evaluate(world, bound, env) for bound in index.items]
    numbers = [one.value for one in bounds if isinstance(one, Literal) and isinstance(one.value, int)]
    if len(numbers) != len(bounds) or len(numbers) > 2:
        return Unknown("a part that is not known")
    if len(numbers) == 1:
        is_lower = (index.items[0].span.line, index.items[0].span.column) == (index.span.line, index.span.column)
        part = slice(numbers[0], None) if is_lower else slice(None, numbers[0])
    else:
        part = slice(*numbers) if numbers else slice(None)
    if isinstance(held, Listed):
        return Listed(held.items[part])
    if isinstance(held, Literal) and isinstance(held.value, str):
        return Literal(held.value[part], held.configured)
    return Unknown("a part that is not known")


def _collection(world: World, node: Collection, env: Env) -> Value:
    items: list[Value] = []
    for one in node.items:
        if isinstance(one, Starred):
            items.extend(iterated(evaluate(world, one.value, env)) or [Unknown(spelled(one))])
        else:
            items.append(evaluate(world, one, env))
    return Listed(items)


def _dict(world: World, node: DictDisplay, env: Env) -> Value:
    found = Mapped({})
    for key, value in node.items:
        held = evaluate(world, value, env)
        if key is None:
            if isinstance(held, Mapped):
                found.items.update(held.items)
            continue
        known = evaluate(world, key, env)
        if isinstance(known, Literal):
            found.items[known.value] = held
        else:
            found.rest.append(held)
    return found


def _comprehension(world: World, node: Comprehension, env: Env) -> Value:
    found: list[tuple[Value, Value | None]] = []
    if not _generate(world, node, 0, env, found):
        return Unknown(spelled(node))
    if node.kind == "dict":
        mapped = Mapped({})
        for key, value in found:
            if isinstance(key, Literal) and value is not None:
                mapped.items[key.value] = value
        return mapped
    return Listed([element for element, _ in found])


def _generate(world: World, node: Comprehension, depth: int, env: Env, found: list[tuple[Value, Value | None]]) -> bool:
    from constitution_lint.model.routing.statements import bind

    if depth == len(node.generators):
        value = evaluate(world, node.value, env) if node.value is not None else None
        found.append((evaluate(world, node.element, env), value))
        return True
    generator = node.generators[depth]
    items = iterated(evaluate(world, generator.iterable, env))
    if items is None:
        return False
    for item in items[:MOST_TURNS]:
        inner = Env("function" if env.kind == "function" else "loop", env.file, env)
        inner.kind = "loop"
        inner.passing.update(_target_names(generator.target))
        for name in inner.passing:
            inner.names[name] = Unknown(name)
        _bind_loop(bind, world, generator.target, item, inner)
        tests = [evaluate(world, condition, inner) for condition in generator.conditions]
        if any(truth_of(test) is False for test in tests):
            continue
        if not _generate(world, node, depth + 1, inner, found):
            return False
    return True


def _bind_loop(bind: Callable[..., None], world: World, target: Expr, item: Value, inner: Env) -> None:
    if isinstance(target, Name):
        inner.names[target.id] = item
        return
    holder = Env("function", inner.file)
    bind(world, target, item, holder)
    inner.names.update(holder.names)


def _target_names(target: Expr) -> list[str]:
    if isinstance(target, Name):
        return [target.id]
    return [name for item in getattr(target, "items", ()) for name in _target_names(item)]


def _joined(world: World, node: JoinedStr, env: Env) -> Value:
    parts: list[Value] = [
        Literal(part.value) if isinstance(part, Const) else evaluate(world, part, env) for part in node.parts
    ]
    for index, part in enumerate(parts):
        texts = [one for one in part.options if isinstance(one, Literal)] if isinstance(part, Either) else []
        if len(texts) > 1:
            options = [_joined_parts(node, [*parts[:index], one, *parts[index + 1 :]]) for one in texts[:MOST_OPTIONS]]
            return Either(tuple(options), part.condition if isinstance(part, Either) else "")
        if texts:
            parts[index] = texts[0]
    return _joined_parts(node, parts)


def _joined_parts(node: JoinedStr, parts: list[Value]) -> Value:
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Literal):
            texts.append(str(part.value))
        else:
            texts.append(path_text(part) or "*")
    text = "".join(texts)[:10_000]
    if all(isinstance(part, Literal | PathText) for part in parts):
        return Literal(text, any(isinstance(part, Literal) and part.configured for part in parts))
    return Unknown(spelled(node), text)


def _lambda(world: World, node: Lambda, env: Env) -> Value:
    return Function(env.file, "<lambda>", node, env)


def _walrus(world: World, node: Walrus, env: Env) -> Value:
    value = evaluate(world, node.value, env)
    env.names[node.target] = value
    return value


def _yield(world: World, node: Yield, env: Env) -> Value:
    running = env.running()
    value = evaluate(world, node.value, env) if node.value is not None else Literal(None)
    if running is not None and len(running.yields) < MOST_TURNS:
        running.yields.extend((iterated(value) or []) if node.delegated else [value])
    return Unknown("what is sent in")


def _starred(world: World, node: Starred, env: Env) -> Value:
    return evaluate(world, node.value, env)


def _unknown(world: World, node: UnknownExpr, env: Env) -> Value:
    return Unknown(node.reason)


_EVALUATE: dict[type, Callable[[World, Any, Env], Value]] = {
    Name: _name,
    Const: _const,
    Attribute: _attribute,
    Call: _call,
    BoolOp: _bool,
    Unary: _unary,
    Compare: _compare,
    Binary: _binary,
    Conditional: _conditional,
    Subscript: _subscript,
    Collection: _collection,
    DictDisplay: _dict,
    Comprehension: _comprehension,
    JoinedStr: _joined,
    Lambda: _lambda,
    Walrus: _walrus,
    Yield: _yield,
    Starred: _starred,
    UnknownExpr: _unknown,
}
