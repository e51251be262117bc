"""Beside the interpreter: statements, executed path by path. Other ways out of a block are put into the frame."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from constitution_lint.facts.code import (
    AnnAssign,
    Assert,
    Assign,
    AugAssign,
    Binary,
    ClassDef,
    Const,
    Delete,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    If,
    Import,
    Match,
    Node,
    Raise,
    Return,
    Scope,
    Simple,
    Stmt,
    Subscript,
    Try,
    While,
    With,
)
from constitution_lint.model.flow import aliases, elements
from constitution_lint.model.flow.language import dicts, exceptions, expressions, inert, loops, match_statements
from constitution_lint.model.flow.limits import MOST_STEPS, BudgetExceeded
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    ClassRef,
    Failure,
    FunctionValue,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import is_true

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine


ASSERTED = "it is checked by an assert alone, which python -O leaves out"


def block(machine: "Machine", body: Iterable[Stmt], states: list[State], frame: "Frame") -> list[State]:
    """The states that fall out of the end of a block; other ways out are added to the frame."""
    for node in body:
        if not states:
            break
        machine.steps += len(states)
        if machine.steps > MOST_STEPS:
            raise BudgetExceeded
        following: list[State] = []
        for state in states:
            following.extend(statement(machine, node, state, frame))
        states = machine.merged(following) if len(following) > 1 else following
    return states


def statement(machine: "Machine", node: Stmt, state: State, frame: "Frame") -> list[State]:
    method = _STATEMENTS.get(type(node))
    return method(machine, node, state, frame) if method is not None else [state]


def _expression(machine: "Machine", node: ExprStmt, state: State, frame: "Frame") -> list[State]:
    if type(node.value) is Const or inert.is_logged(machine, node.value, state, frame):
        return [state]
    around, frame.left = frame.left, node.value.span if node.left else None
    found = [after for after, _ in machine.evaluate(node.value, state, frame)]
    frame.left = around
    return found


def _assign(machine: "Machine", node: Assign, state: State, frame: "Frame") -> list[State]:
    found = []
    for after, value in machine.evaluate(node.value, state, frame):
        states = [after]
        for target in node.targets:
            states = [done for one in states for done in machine.bind(target, value, one, frame)]
        found.extend(states)
    return found


def _annotated(machine: "Machine", node: AnnAssign, state: State, frame: "Frame") -> list[State]:
    if node.value is None:
        return [state]
    pairs = machine.evaluate(node.value, state, frame)
    return [done for after, value in pairs for done in machine.bind(node.target, value, after, frame)]


def _augmented(machine: "Machine", node: AugAssign, state: State, frame: "Frame") -> list[State]:
    joined = Binary(node.span, node.op, node.target, node.value)
    pairs = machine.evaluate(joined, state, frame)
    return [done for after, value in pairs for done in machine.bind(node.target, value, after, frame)]


def _return(machine: "Machine", node: Return, state: State, frame: "Frame") -> list[State]:
    pairs = [(state, NONE)] if node.value is None else machine.evaluate(node.value, state, frame)
    if frame.lapses is not None and any(not after.verified for after, _ in pairs):
        frame.lapses.append(frame.at(node.span))
    frame.returns.extend(pairs)
    return []


def _if(machine: "Machine", node: If, state: State, frame: "Frame") -> list[State]:
    true, false = machine.branch(node.test, state, frame)
    return [
        *machine.block(node.body, machine.merged(true), frame),
        *machine.block(node.orelse, machine.merged(false), frame),
    ]


def _assert(machine: "Machine", node: Assert, state: State, frame: "Frame") -> list[State]:
    true, false = machine.branch(node.test, state, frame)
    frame.raises.extend((after, Failure("AssertionError")) for after in false)
    return [after.without_proofs(state, ASSERTED) for after in true]


def _for(machine: "Machine", node: For, state: State, frame: "Frame") -> list[State]:
    outer = frame.breaks, frame.continues
    frame.breaks, frame.continues = [], []
    ended: list[State] = []
    for after, iterable in machine.evaluate(node.iterable, state, frame):
        rounds, is_open = expressions.rounds_of(machine, iterable, after, frame.at(node.iterable.span))
        if len(rounds) > 1 and _runs_in_itself(machine):
            rounds, is_open = [union(*rounds)], True
        keys = elements.lists_in(iterable)
        states, left = [elements.begin(rounds, after)], len(frame.breaks)
        through: list[State] = []
        for element in rounds:
            started = [done for one in states for done in machine.bind(node.target, element, one, frame)]
            states = machine.merged([*machine.block(node.body, started, frame), *frame.continues])
            frame.continues = []
            if is_open:
                through.extend(loops.of_each(machine, iterable, after, states))
        if rounds and not is_open:
            through.extend(states)
        through = elements.gone_through(keys, through) if keys else through
        if is_open or not rounds:
            ended.append(elements.none_at_all(keys, loops.without_rows(after, iterable), through))
        ended.extend(through)
        frame.breaks = elements.left(keys, frame.breaks) if keys else frame.breaks
        if is_open:
            frame.breaks[left:] = [loops.of_one(machine, iterable, after, one) for one in frame.breaks[left:]]
    ended = machine.block(node.orelse, machine.merged(ended), frame)
    ended = [*ended, *frame.breaks]
    frame.breaks, frame.continues = outer
    return machine.merged(ended)


def _runs_in_itself(machine: "Machine") -> bool:
    """Is the function that is run inside a run of its own? What it loops over there is taken together."""
    function = machine.stack[-1] if machine.stack else None
    if function is None or machine.stack.count(function) == 1:
        return False
    machine.journal.limit(machine.stack.index(function))
    return True


def _while(machine: "Machine", node: While, state: State, frame: "Frame") -> list[State]:
    outer = frame.breaks, frame.continues
    frame.breaks, frame.continues = [], []
    true, false = machine.branch(node.test, state, frame)
    frame.looping += 1
    states = machine.block(node.body, true, frame)
    frame.looping -= 1
    ended = list(false)
    rounds = machine.merged([*states, *frame.continues])
    for after in rounds:
        ended.extend(machine.branch(node.test, after, frame)[1])
    if not ended and not is_true(node.test):  # what it asks for changes in a way that is not followed
        ended = [after.copy() for after in rounds]
    ended = [*machine.block(node.orelse, ended, frame), *frame.breaks]
    frame.breaks, frame.continues = outer
    return machine.merged(ended)


def _with(machine: "Machine", node: With, state: State, frame: "Frame") -> list[State]:
    suppressing = exceptions.suppressing(machine, node, frame)
    if suppressing is not None:
        return exceptions.tried(machine, suppressing, state, frame)
    states = [state]
    for item in node.items:
        following = []
        for one in states:
            for after, value in machine.evaluate(item.context, one, frame):
                for inside, entered in expressions.entered(machine, value, after, frame, item.context.span):
                    bound = [inside] if item.target is None else machine.bind(item.target, entered, inside, frame)
                    following.extend(bound)
        states = following
    return machine.block(node.body, states, frame)


def _simple(machine: "Machine", node: Simple, state: State, frame: "Frame") -> list[State]:
    if node.kind == "break":
        frame.breaks.append(state)
        return []
    if node.kind == "continue":
        frame.continues.append(state)
        return []
    return [state]


def _delete(machine: "Machine", node: Delete, state: State, frame: "Frame") -> list[State]:
    """`del holder["name"]`; what else is deleted is named no more."""
    states = [state]
    for target in node.targets:
        name = target.index.value if isinstance(target, Subscript) and isinstance(target.index, Const) else None
        if isinstance(target, Subscript) and isinstance(name, str):
            states = [done for one in states for done in _delete_item(machine, target.value, name, one, frame)]
    return states


def _delete_item(machine: "Machine", holder: Expr, name: str, state: State, frame: "Frame") -> list[State]:
    return [
        done
        for after, value in machine.evaluate(holder, state, frame)
        for done in aliases.changed(
            machine, holder, value, tuple(dicts.without(atom, name) for atom in value), after, frame
        )
    ]


def _import(machine: "Machine", node: Import, state: State, frame: "Frame") -> list[State]:
    state = state.copy()
    for alias in node.names:
        name = alias.asname or (alias.name if node.is_from else alias.name.split(".")[0])
        meaning = machine.names.imported(frame.file, node, name)
        if meaning is not None:
            state.env[name] = machine.meaning(meaning)
    return [state]


def _define(machine: "Machine", node: FunctionDef, state: State, frame: "Frame") -> list[State]:
    state = state.copy()
    bare = FunctionValue(frame.file, f"{frame.qualname}.{node.name}", node, None, 0, frame.owner)
    state.env[node.name] = (machine.closures.defined(bare, {**frame.closure, **state.env}),)
    return [state]


def _define_class(machine: "Machine", node: ClassDef, state: State, frame: "Frame") -> list[State]:
    state = state.copy()
    definition = Definition("class", frame.file, node.name, node, node.name)
    state.env[node.name] = (ClassRef(frame.file, node.name, definition),)
    return [state]


def _scope(machine: "Machine", node: Scope, state: State, frame: "Frame") -> list[State]:
    return [state]


_STATEMENTS: dict[type[Node], Callable[["Machine", Any, State, "Frame"], list[State]]] = {
    ExprStmt: _expression,
    Assign: _assign,
    AnnAssign: _annotated,
    AugAssign: _augmented,
    Return: _return,
    Raise: exceptions.raised,
    If: _if,
    Assert: _assert,
    For: _for,
    While: _while,
    Match: match_statements.matched,
    Try: exceptions.tried,
    With: _with,
    Simple: _simple,
    Delete: _delete,
    Import: _import,
    FunctionDef: _define,
    ClassDef: _define_class,
    Scope: _scope,
}
