"""Beside the interpreter: what calling a generator gives, whatever of its body has run by then."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, ClassDef, ExprStmt, FunctionDef, Stmt, Try, With, Yield
from constitution_lint.model.flow.state import State, merged
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import Sequence, Value
from constitution_lint.model.walk import dotted_name, walk_expressions

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame


def called(node: FunctionDef, inner: "Frame", state: State) -> list[tuple[State, Value]]:
    """The items of a generator; a context manager gives its one item."""
    items = tuple(dict.fromkeys(inner.yields))
    ends = merged([after.within(state.env) for after, _ in inner.returns], 1) or [state]
    names = {dotted_name(one.func if isinstance(one, Call) else one).rpartition(".")[2] for one in node.decorators}
    if names & {"contextmanager", "asynccontextmanager"} and items:
        return [(end, union(*items)) for end in ends]
    whole = Sequence((union(*items),)) if items and _yields_once(node.body) else Sequence(items, True)
    return [(end, (whole,)) for end in ends]


def _yields_once(body: tuple[Stmt, ...]) -> bool:
    """Is there one item, and no other, whenever the generator is gone through: a session that is closed behind it?"""
    yielding = [one for one in body if _may_yield(one)]
    if len(yielding) != 1:
        return False
    if isinstance(yielding[0], With | Try):
        return _yields_once(yielding[0].body)
    return isinstance(yielding[0], ExprStmt) and isinstance(yielding[0].value, Yield)


def _may_yield(statement: Stmt) -> bool:
    if isinstance(statement, FunctionDef | ClassDef):
        return False
    return any(isinstance(one, Yield) for one in walk_expressions(statement, into_definitions=False))
