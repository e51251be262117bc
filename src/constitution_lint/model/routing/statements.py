"""Within the routing evaluator: runs statements; an undecided branch runs under its condition, then its counterpart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    AugAssign,
    ClassDef,
    Collection,
    Const,
    Delete,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    Match,
    Name,
    Raise,
    Return,
    Scope,
    Simple,
    Starred,
    Stmt,
    Subscript,
    Try,
    While,
    With,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.routing.attributes import set_attribute
from constitution_lint.model.routing.calls import apply_decorator, call_function
from constitution_lint.model.routing.expressions import evaluate
from constitution_lint.model.routing.imports import run_import
from constitution_lint.model.routing.operators import combined, iterated
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.spelling import negated, spelled
from constitution_lint.model.routing.values import (
    Arguments,
    Class,
    Either,
    Function,
    Listed,
    Literal,
    Mapped,
    Router,
    Unknown,
    Value,
    is_certain,
    truth_of,
)
from constitution_lint.model.routing.world import MOST_ITEMS, MOST_OPTIONS, MOST_TURNS, Leaves, World


def run_block(world: World, body: tuple[Stmt, ...], env: Env) -> Leaves | None:
    """Run statements in order; behind an undecided branch that left, the rest holds under the opposite condition."""
    for index, statement in enumerate(body):
        world.step()
        if isinstance(statement, If):
            left, condition = _run_if(world, statement, env)
            if left is None and condition:
                with world.under(condition):
                    return run_block(world, body[index + 1 :], env)
        else:
            left = _run(world, statement, env)
        if left is not None:
            return left
    return None


def _run(world: World, statement: Stmt, env: Env) -> Leaves | None:
    run = _RUN.get(type(statement))
    return run(world, statement, env) if run is not None else None


# --- simple statements -----------------------------------------------------------------------------------------------


def _expression(world: World, node: ExprStmt, env: Env) -> None:
    if not isinstance(node.value, Const):
        evaluate(world, node.value, env)


def _assign(world: World, node: Assign, env: Env) -> None:
    value = evaluate(world, node.value, env)
    for target in node.targets:
        bind(world, target, value, env)


def _annotated(world: World, node: AnnAssign, env: Env) -> None:
    if node.value is not None:
        bind(world, node.target, evaluate(world, node.value, env), env)


def _augmented(world: World, node: AugAssign, env: Env) -> None:
    held = evaluate(world, node.target, env)
    value = evaluate(world, node.value, env)
    if isinstance(held, Listed) and isinstance(value, Listed) and node.op.rstrip("=") == "+":
        held.items.extend(value.items[: max(0, MOST_ITEMS - len(held.items))])
        return
    bind(world, node.target, combined(held, node.op.rstrip("="), value), env)


def bind(world: World, target: Expr, value: Value, env: Env) -> None:
    """Bind a name, an attribute, a key, or each of several targets."""
    if isinstance(target, Name):
        holder = env
        while holder.kind == "loop" and holder.parent is not None:
            holder = holder.parent
        if f"global {target.id}" in holder.names:
            holder = holder.module()
        early = world.early.get((env.file, target.id)) if holder.kind == "module" else None
        if isinstance(early, Router) and isinstance(value, Router) and early.where == value.where:
            world.routers.remove(value)
            value = early
        holder.names[target.id] = value
        if isinstance(value, Router) and not value.name:
            value.name = target.id
    elif isinstance(target, Attribute):
        set_attribute(world, evaluate(world, target.value, env), target.attr, value)
    elif isinstance(target, Subscript):
        _set_item(evaluate(world, target.value, env), evaluate(world, target.index, env), value)
    elif isinstance(target, Collection):
        _unpack(world, target, value, env)
    elif isinstance(target, Starred):
        bind(world, target.value, value, env)


def _set_item(held: Value, index: Value, value: Value) -> None:
    if isinstance(held, Mapped):
        if isinstance(index, Literal):
            held.items[index.value] = value
        else:
            held.rest.append(value)


def _unpack(world: World, target: Collection, value: Value, env: Env) -> None:
    items = value.items if isinstance(value, Listed) else None
    starred = next((index for index, one in enumerate(target.items) if isinstance(one, Starred)), None)
    for index, one in enumerate(target.items):
        if items is None:
            bind(world, one, Unknown("a part of a value that is not known"), env)
        elif starred is not None and index == starred:
            bind(world, one, Listed(items[index : len(items) - (len(target.items) - index - 1)]), env)
        else:
            at = index if starred is None or index < starred else index - len(target.items)
            inside = -len(items) <= at < len(items)
            bind(world, one, items[at] if inside else Unknown("an item that is not there"), env)


def _return(world: World, node: Return, env: Env) -> Leaves:
    value = evaluate(world, node.value, env) if node.value is not None else Literal(None)
    running = env.running()
    if running is not None:
        running.returns.append(value)
    return Leaves.RETURN


def _raise(world: World, node: Raise, env: Env) -> Leaves:
    return Leaves.RAISE


def _simple(world: World, node: Simple, env: Env) -> Leaves | None:
    return {"break": Leaves.BREAK, "continue": Leaves.CONTINUE}.get(node.kind)


def _declared(world: World, node: Scope, env: Env) -> None:
    for name in node.names:
        env.names[f"global {name}"] = Literal(True)


def _delete(world: World, node: Delete, env: Env) -> None:
    for target in node.targets:
        if isinstance(target, Name):
            env.names.pop(target.id, None)


# --- branches --------------------------------------------------------------------------------------------------------


def _run_if(world: World, node: If, env: Env) -> tuple[Leaves | None, str]:
    """How the branch was left, and the condition under which what follows runs when only one branch went on."""
    test = evaluate(world, node.test, env)
    truth = truth_of(test)
    if truth is not None and is_certain(test):
        return run_block(world, node.body if truth else node.orelse, env), ""
    holder = env.names
    before = dict(holder)
    condition = spelled(node.test)
    with world.under(condition):
        of_body = run_block(world, node.body, env)
    after_body = dict(holder)
    with world.under(negated(node.test)):
        of_else = run_block(world, node.orelse, env)
    if of_body is None or of_else is None:
        gone_on = 1 if of_body is None and of_else is not None else 2 if of_else is None and of_body is not None else 0
        _join(holder, before, after_body, truth, gone_on, condition)
    if of_body is not None and of_else is not None:
        return (of_body if truth is not False else of_else), ""
    if of_body is Leaves.RETURN:
        return None, negated(node.test)
    return None, spelled(node.test) if of_else is Leaves.RETURN else ""


def _join(
    holder: dict[str, Value],
    before: dict[str, Value],
    after_body: dict[str, Value],
    truth: bool | None,
    gone_on: int,
    condition: str,
) -> None:
    """What names stand for behind both branches: the default's value of a text, else either."""
    for name, of_body in after_body.items():
        of_else = holder.get(name, of_body)
        kept_body = of_else is of_body
        if kept_body and before.get(name) is of_body:
            continue
        other = before.get(name) if kept_body else of_else
        texts = isinstance(of_body, Literal) and isinstance(other, Literal)
        if gone_on == 1 or (texts and truth is True) or other is None:
            holder[name] = of_body
        elif gone_on == 2 or (texts and truth is False):
            holder[name] = other
        else:
            joined = Either((of_body, other), condition)
            holder[name] = joined if joined.size <= MOST_OPTIONS else Unknown(f"{name} has too many possible values")


def _try(world: World, node: Try, env: Env) -> Leaves | None:
    world.trying += 1
    left = run_block(world, node.body, env)
    world.trying -= 1
    if left in (Leaves.RAISE, Leaves.MISSING):
        left = run_block(world, node.handlers[0].body, env) if node.handlers else left
    elif left is None:
        left = run_block(world, node.orelse, env)
    final = run_block(world, node.final, env)
    return final if final is not None else left


def _for(world: World, node: For, env: Env) -> Leaves | None:
    iterable = evaluate(world, node.iterable, env)
    items = iterated(iterable)
    _mark_passing(node.target, env)
    if items is None:
        bind(world, node.target, Unknown(f"an item of {spelled(node.iterable)}"), env)
        run_block(world, node.body, env)
        return None
    for item in items[:MOST_TURNS]:
        bind(world, node.target, item, env)
        left = run_block(world, node.body, env)
        if left is Leaves.BREAK:
            return None
        if left in (Leaves.RETURN, Leaves.RAISE):
            return left
    return run_block(world, node.orelse, env)


def _mark_passing(target: Expr, env: Env) -> None:
    if isinstance(target, Name):
        env.passing.add(target.id)
    elif isinstance(target, Collection):
        for item in target.items:
            _mark_passing(item, env)


def _while(world: World, node: While, env: Env) -> Leaves | None:
    test = evaluate(world, node.test, env)
    if truth_of(test) is False and is_certain(test):
        return None
    left = run_block(world, node.body, env)
    return left if left is Leaves.RETURN else None


def _with(world: World, node: With, env: Env) -> Leaves | None:
    for item in node.items:
        value = evaluate(world, item.context, env)
        if item.target is not None:
            bind(world, item.target, value, env)
    return run_block(world, node.body, env)


def _match(world: World, node: Match, env: Env) -> Leaves | None:
    subject = evaluate(world, node.subject, env)
    for case in node.cases:
        if case.guard is None and case.values and isinstance(subject, Literal) and is_certain(subject):
            values = [evaluate(world, value, env) for value in case.values]
            if not any(isinstance(one, Literal) and one.value == subject.value for one in values):
                continue
            return run_block(world, case.body, env)
        if case.values is None and case.guard is None:
            return run_block(world, case.body, env)
        text = " or ".join(f"{spelled(node.subject)} == {spelled(value)}" for value in case.values or ())
        with world.under(text or "a case"):
            run_block(world, case.body, env)
    return None


# --- definitions -----------------------------------------------------------------------------------------------------


def _define(world: World, node: FunctionDef, env: Env) -> None:
    function = Function(env.file, _qualname(node.name, env), node, env)
    if env.kind == "class":
        function.owner = env.owner
    value: Value = function
    for decorator in reversed(node.decorators):
        value = apply_decorator(world, evaluate(world, decorator, env), value, decorator, env)
    env.names[node.name] = value
    if env.kind == "class" and env.owner is not None:
        env.owner.attributes[node.name] = value


def _qualname(name: str, env: Env) -> str:
    if env.kind == "class" and env.owner is not None:
        return f"{env.owner.definition.name}.{name}"
    running = env.running()
    if running is not None and isinstance(running.function, FunctionDef):
        return f"{_name_of(running)}.<locals>.{name}"
    return name


def _name_of(env: Env) -> str:
    node = env.function
    assert isinstance(node, FunctionDef)
    outer = env.parent
    return _qualname(node.name, outer) if outer is not None else node.name


def _class(world: World, node: ClassDef, env: Env) -> None:
    value: Value = define_class(world, node, env)
    for decorator in reversed(node.decorators):
        value = apply_decorator(world, evaluate(world, decorator, env), value, decorator, env)
    env.names[node.name] = value


def define_class(world: World, node: ClassDef, env: Env) -> Class:
    """A class with its body run; the names of the body are its attributes."""
    qualname = _qualname(node.name, env)
    definition = Definition("class", env.file, qualname, node, qualname)
    bases = [evaluate(world, base.value if isinstance(base, Subscript) else base, env) for base in node.bases]
    found = Class(env.file, node, definition, bases, env)
    inner = Env("class", env.file, env)
    inner.owner = found
    inner.names = found.attributes
    env.names.setdefault(node.name, found)
    run_block(world, node.body, inner)
    told = next((base.attributes["__init_subclass__"] for base in _parents(found)), None)
    if isinstance(told, Function):
        keywords = {arg.name: evaluate(world, arg.value, env) for arg in node.keywords if arg.name not in (None, "**")}
        call_function(world, told.bind(found), Arguments([], {str(name): value for name, value in keywords.items()}))
    return found


def _parents(cls: Class) -> list[Class]:
    """The bases that want to be told of their subclasses."""
    return [base for base in cls.lineage()[1:] if isinstance(base, Class) and "__init_subclass__" in base.attributes]


# --- imports ---------------------------------------------------------------------------------------------------------


_RUN: dict[type, Callable[[World, Any, Env], Leaves | None]] = {
    ExprStmt: _expression,
    Assign: _assign,
    AnnAssign: _annotated,
    AugAssign: _augmented,
    Return: _return,
    Raise: _raise,
    Simple: _simple,
    Scope: _declared,
    Delete: _delete,
    Try: _try,
    For: _for,
    While: _while,
    With: _with,
    Match: _match,
    FunctionDef: _define,
    ClassDef: _class,
    Import: run_import,
}
