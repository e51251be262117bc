"""Calls without effect on the outcome: log lines and the messages of exceptions.

A quarter of what is followed in ordinary applications was of this kind; to follow it would tell nothing.
"""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    Attribute,
    Binary,
    Call,
    Collection,
    Const,
    DictDisplay,
    Expr,
    JoinedStr,
    Name,
    Node,
    Subscript,
)
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import taint
from constitution_lint.model.flow.values import Atom, External, Failure, Instance, Known, Made
from constitution_lint.model.walk import subexpressions

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "success", "trace", "log"})
_LOGS = frozenset({"logging", "loguru", "structlog"})
_REFUSALS = frozenset(
    {"fastapi.HTTPException", "fastapi.exceptions.HTTPException", "starlette.exceptions.HTTPException"}
)
_PLAIN: tuple[type[Node], ...] = (Const, Name, Attribute, JoinedStr, Binary, Collection, DictDisplay, Subscript)
_TOLD_BY = frozenset({"str", "repr", "len", "int", "type", "id"})


class Inert:
    """What was found of expressions, by their identity; each is held, so that it keeps that."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[Call, bool]] = {}
        self._names: dict[int, tuple[Call, tuple[str, ...]]] = {}
        self._failures: dict[int, tuple[Call, tuple[str, ...], Failure]] = {}

    def only_tells(self, call: Call) -> bool:
        """Do the arguments of a call put something into words, and run no code that is worth following?"""
        known = self._calls.get(id(call))
        if known is None:
            known = self._calls[id(call)] = call, all(_is_inert(argument.value) for argument in call.args)
        return known[1]

    def failure(self, call: Call, state: State, frame: "Frame") -> Failure | None:
        """The refusal that a call was found to make, where its names still mean the same."""
        known = self._failures.get(id(call))
        if known is None or any(name in state.env or name in frame.closure for name in known[1]):
            return None
        return known[2]

    def names(self, call: Call) -> tuple[str, ...]:
        """The names in the arguments of a call."""
        known = self._names.get(id(call))
        if known is None:
            found = (one.id for arg in call.args for one in subexpressions(arg.value) if isinstance(one, Name))
            known = self._names[id(call)] = call, tuple(dict.fromkeys(found))
        return known[1]

    def keep(self, call: Call, failure: Failure) -> None:
        names = tuple({one.id for one in subexpressions(call) if isinstance(one, Name)})
        self._failures[id(call)] = call, names, failure


def _is_inert(expression: Expr) -> bool:
    return all(
        isinstance(one, _PLAIN) or (isinstance(one, Call) and isinstance(one.func, Name) and one.func.id in _TOLD_BY)
        for one in subexpressions(expression)
    )


def is_logged(machine: "Machine", node: Expr, state: State, frame: "Frame") -> bool:
    """`logger.info(…)`, `print(…)`: a line in a log."""
    if type(node) is not Call or not machine.shared.inert.only_tells(node):
        return False
    if type(node.func) is Name:
        if any(one.name == "file" for one in node.args):
            return False
        return node.func.id == "print" and machine.lookup("print", state, frame) == (External("builtins.print"),)
    if type(node.func) is not Attribute or node.func.attr not in _LEVELS or type(node.func.value) is not Name:
        return False
    return all(_is_log(atom) for atom in machine.lookup(node.func.value.id, state, frame))


def _is_log(atom: Atom) -> bool:
    return isinstance(atom, Made | External) and atom.dotted.split(".")[0] in _LOGS


def refusal(machine: "Machine", node: Expr, state: State, frame: "Frame") -> Failure | None:
    """`HTTPException(status_code=404, detail=…)`: of it the status counts; None for anything else."""
    if not isinstance(node, Call) or not isinstance(node.func, Name):
        return None
    inert = machine.shared.inert
    known = inert.failure(node, state, frame)
    if known is not None:
        return known
    callee = machine.lookup(node.func.id, state, frame)
    if len(callee) != 1 or not isinstance(callee[0], External) or callee[0].dotted not in _REFUSALS:
        return None
    written = node.argument(0, "status_code")
    if written is None or not inert.only_tells(node) or any(one.name in ("*", "**") for one in node.args):
        return None
    pairs = machine.evaluate(written, state, frame)
    atom = pairs[0][1][0] if len(pairs) == 1 and len(pairs[0][1]) == 1 else None
    if type(atom) is not Known or not isinstance(atom.value, int) or isinstance(atom.value, bool):
        return None
    if _tells_of_rows(machine, node, state):
        return None
    failure = Failure("HTTPException", atom.value)
    if _is_of_module(written):
        inert.keep(node, failure)
    return failure


def _tells_of_rows(machine: "Machine", node: Call, state: State) -> bool:
    """May what is told of the refusal hold the content of rows?"""
    for name in machine.shared.inert.names(node):
        value = state.env.get(name)
        if value is not None and any(isinstance(atom, Instance | Failure) or taint((atom,)) for atom in value):
            return True
    return False


def _is_of_module(expression: Expr) -> bool:
    """A literal, or a name of a module: it is the same whenever it is not bound anew."""
    while isinstance(expression, Attribute):
        expression = expression.value
    return isinstance(expression, Const | Name)
