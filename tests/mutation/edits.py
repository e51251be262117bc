"""Changing one place of a source: trees that know parents and lines, and the mutants that operators make of them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

NodeT = TypeVar("NodeT", bound=cst.CSTNode)


class Mutant(NamedTuple):
    """An application with one thing changed: `place` is where ("app/security.py:31"), `files` the new texts."""

    operator: str
    place: str
    files: dict[str, str]


class Tree:
    """One module: its nodes with what encloses them, and the source with one node replaced."""

    def __init__(self, path: str, text: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.path = path
        self.module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self.nodes: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = list(_walk(self.module, ()))
        self._around = {id(node): around for node, around in self.nodes}

    def all(self, kind: type[NodeT]) -> Iterator[NodeT]:
        """The nodes of a kind, in the order of the source."""
        for node, _ in self.nodes:
            if isinstance(node, kind):
                yield node

    def place(self, node: cst.CSTNode) -> str:
        return f"{self.path}:{self._positions[node].start.line}"

    def around(self, node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
        """What encloses a node, from the module inwards."""
        return self._around[id(node)]

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The innermost function around a node."""
        return next((outer for outer in reversed(self.around(node)) if isinstance(outer, cst.FunctionDef)), None)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        return self._around[id(node)][-1]

    def with_(self, *changes: tuple[cst.CSTNode, cst.CSTNode]) -> str:
        """The source with nodes replaced, none of which lies inside another."""
        replaced = self.module.visit(_Replacing({id(old): new for old, new in changes}))
        assert isinstance(replaced, cst.Module)
        return replaced.code

    def without(self, statement: cst.BaseStatement) -> str:
        return self.with_((statement, cst.SimpleStatementLine([cst.Pass()])))

    def mutant(self, operator: str, node: cst.CSTNode, text: str, **others: str) -> Mutant:
        return Mutant(operator, self.place(node), {self.path: text, **others})


class _Replacing(cst.CSTTransformer):
    def __init__(self, changes: dict[int, cst.CSTNode]) -> None:
        super().__init__()
        self.changes = changes

    def on_visit(self, node: cst.CSTNode) -> bool:
        return id(node) not in self.changes

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        return self.changes.get(id(original_node), updated_node)


def _walk(node: cst.CSTNode, around: tuple[cst.CSTNode, ...]) -> Iterator[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]]:
    yield node, around
    for child in node.children:
        yield from _walk(child, (*around, node))


def code(node: cst.CSTNode | None) -> str:
    return cst.Module([]).code_for_node(node) if node is not None else ""


def statements(text: str) -> Sequence[cst.BaseStatement]:
    return [statement for statement in cst.parse_module(text).body if isinstance(statement, cst.BaseStatement)]


def with_opening(function: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """The function with statements in front of its own."""
    assert isinstance(function.body, cst.IndentedBlock)
    body = function.body.body
    documented = isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr)
    cut = 1 if documented else 0
    block = function.body.with_changes(body=[*body[:cut], *statements(text), *body[cut:]])
    return function.with_changes(body=block)


def with_parameter(function: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """The function with one further parameter, which must have a default."""
    if not text:
        return function
    (added,) = _parsed(f"def f({text}): pass").params.params
    return function.with_changes(params=function.params.with_changes(params=[*_closed(function.params.params), added]))


def _closed(params: Sequence[cst.Param]) -> list[cst.Param]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [param.with_changes(comma=comma) for param in params]


def _parsed(text: str) -> cst.FunctionDef:
    (statement,) = cst.parse_module(text).body
    assert isinstance(statement, cst.FunctionDef)
    return statement


def with_import(text: str, line: str) -> str:
    """The source of a documented module with one import more."""
    documented, mark, rest = text.partition('"""\n\n')
    return f"{documented}{mark}{line}{rest}"


def called(call: cst.Call) -> str:
    """The last name of what is called: "where" of `select(Task).where(...)`."""
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else code(call.func)


def refuses(statement: cst.CSTNode) -> bool:
    """An `if` that ends in a refusal."""
    return isinstance(statement, cst.If) and isinstance(statement.body, cst.IndentedBlock) and _leaves(statement.body)


def _leaves(block: cst.IndentedBlock) -> bool:
    last = block.body[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Raise | cst.Return)
