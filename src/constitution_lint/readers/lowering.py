"""Second half of the Python reader: an `ast` tree becomes the lowered form of `facts/code.py`.

`ast` counts columns in UTF-8 bytes from 0; spans count code points from 1. On ASCII lines the two differ by one only.
"""

import ast
from collections.abc import Iterator
from typing import Any, Literal

from constitution_lint.facts import code
from constitution_lint.facts.code import Arg, Expr, Param, Stmt
from constitution_lint.facts.location import LineIndex, Span

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_OPERATORS: dict[type[ast.operator | ast.unaryop], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
}
_COLLECTIONS: dict[type[ast.expr], Literal["list", "tuple", "set"]] = {
    ast.List: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
}
_COMPREHENSIONS: dict[type[ast.expr], Literal["list", "set", "generator"]] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
}


class Lowering:
    """Lowers the nodes of one file. The index belongs to the text that was parsed."""

    def __init__(self, index: LineIndex) -> None:
        self.index = index
        self.ascii = index.text.isascii()
        self.generators = 0

    def module(self, tree: ast.Module) -> tuple[Stmt, ...]:
        return self.block(tree.body)

    def span(self, node: Any) -> Span:
        if self.ascii:
            return Span(node.lineno, node.col_offset + 1, node.end_lineno, node.end_col_offset + 1)
        column = self.index.column_of_byte
        return Span(
            node.lineno,
            column(node.lineno, node.col_offset),
            node.end_lineno,
            column(node.end_lineno, node.end_col_offset),
        )

    # --- statements ------------------------------------------------------------------------------------------------

    def block(self, body: list[ast.stmt], type_checking: bool = False) -> tuple[Stmt, ...]:
        lowered: list[Stmt] = []
        for node in body:
            lowered.extend(self.statement(node, type_checking))
        return tuple(lowered)

    def statement(self, node: ast.stmt, type_checking: bool) -> list[Stmt]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            return self.imported(node, type_checking)
        method = getattr(self, "_" + type(node).__name__, None)
        return [method(node)] if method is not None else []

    def imported(self, node: ast.Import | ast.ImportFrom, type_checking: bool) -> list[Stmt]:
        names = tuple(code.Alias(alias.name, alias.asname) for alias in node.names)
        if isinstance(node, ast.Import):
            return [code.Import(self.span(node), None, 0, names, type_checking)]
        return [code.Import(self.span(node), node.module or "", node.level, names, type_checking)]

    def _Assign(self, node: ast.Assign) -> Stmt:
        return code.Assign(self.span(node), self.all(node.targets), self.expr(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> Stmt:
        op = _OPERATORS[type(node.op)]
        return code.AugAssign(self.span(node), self.expr(node.target), op, self.expr(node.value))

    def _AnnAssign(self, node: ast.AnnAssign) -> Stmt:
        annotation = self.annotation(node.annotation)
        return code.AnnAssign(self.span(node), self.expr(node.target), annotation, self.maybe(node.value))

    def _Expr(self, node: ast.Expr) -> Stmt:
        return code.ExprStmt(self.span(node), self.expr(node.value), isinstance(node.value, ast.Call))

    def _Return(self, node: ast.Return) -> Stmt:
        return code.Return(self.span(node), self.maybe(node.value))

    def _Raise(self, node: ast.Raise) -> Stmt:
        return code.Raise(self.span(node), self.maybe(node.exc))

    def _If(self, node: ast.If) -> Stmt:
        checking = _is_type_checking(node.test)
        body = self.block(node.body, checking)
        return code.If(self.span(node), self.expr(node.test), body, self.block(node.orelse))

    def _For(self, node: ast.For | ast.AsyncFor) -> Stmt:
        body, orelse = self.block(node.body), self.block(node.orelse)
        return code.For(self.span(node), self.expr(node.target), self.expr(node.iter), body, orelse)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> Stmt:
        return code.While(self.span(node), self.expr(node.test), self.block(node.body), self.block(node.orelse))

    def _Try(self, node: Any) -> Stmt:
        handlers = tuple(
            code.ExceptClause(self.span(clause), self.maybe(clause.type), clause.name, self.block(clause.body))
            for clause in node.handlers
        )
        body, orelse = self.block(node.body), self.block(node.orelse)
        return code.Try(self.span(node), body, handlers, orelse, self.block(node.finalbody))

    _TryStar = _Try

    def _With(self, node: ast.With | ast.AsyncWith) -> Stmt:
        items = tuple(
            code.WithItem(self.expr(item.context_expr), self.maybe(item.optional_vars)) for item in node.items
        )
        return code.With(self.span(node), items, self.block(node.body))

    _AsyncWith = _With

    def _Delete(self, node: ast.Delete) -> Stmt:
        return code.Delete(self.span(node), self.all(node.targets))

    def _Pass(self, node: ast.Pass) -> Stmt:
        return code.Simple(self.span(node), "pass")

    def _Break(self, node: ast.Break) -> Stmt:
        return code.Simple(self.span(node), "break")

    def _Continue(self, node: ast.Continue) -> Stmt:
        return code.Simple(self.span(node), "continue")

    def _Assert(self, node: ast.Assert) -> Stmt:
        return code.Assert(self.span(node), self.expr(node.test))

    def _Global(self, node: ast.Global | ast.Nonlocal) -> Stmt:
        return code.Scope(self.span(node), tuple(node.names))

    _Nonlocal = _Global

    def _Match(self, node: ast.Match) -> Stmt:
        return code.Match(self.span(node), self.expr(node.subject), tuple(self.case(case) for case in node.cases))

    def case(self, node: ast.match_case) -> code.Case:
        names = tuple(
            sorted(
                str(name)
                for inner in ast.walk(node.pattern)
                if (name := getattr(inner, "name", None) or getattr(inner, "rest", None))
            )
        )
        values = _pattern_values(node.pattern)
        lowered = None if values is None else self.all(values)
        subject = ast.copy_location(ast.Name(code.SUBJECT, ast.Load()), node.pattern)
        parts = tuple((name, self.expr(part)) for name, part in _pattern_parts(node.pattern, subject))
        asked = _class_pattern(node.pattern)
        of_class = self.expr(asked.cls) if asked is not None else None
        exact = asked is not None and all(map(_only_binds, (*asked.patterns, *asked.kwd_patterns)))
        guard, body = self.maybe(node.guard), self.block(node.body)
        return code.Case(self.span(node.pattern), lowered, names, guard, body, parts, of_class, exact)

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Stmt:
        outer, self.generators = self.generators, 0
        body = self.block(node.body)
        is_generator, self.generators = self.generators > 0, outer
        return code.FunctionDef(
            self.span(node),
            node.name,
            self.head(node),
            self.params(node.args),
            self.all(node.decorator_list),
            self.annotation(node.returns) if node.returns is not None else None,
            body,
            isinstance(node, ast.AsyncFunctionDef),
            is_generator,
        )

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> Stmt:
        keywords = tuple(Arg(keyword.arg or "**", self.expr(keyword.value)) for keyword in node.keywords)
        bases, decorators = self.all(node.bases), self.all(node.decorator_list)
        return code.ClassDef(
            self.span(node), node.name, self.head(node), bases, keywords, decorators, self.block(node.body)
        )

    def head(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        """The name behind `def`, `async def` or `class`, found on the line the statement starts on."""
        start = self.span(node)
        line = self.index.line(start.line)
        found = line.find(node.name, start.column + 3)
        column = found + 1 if found >= 0 else start.column
        return Span(start.line, column, start.line, column + len(node.name))

    def params(self, node: ast.arguments) -> tuple[Param, ...]:
        plain = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults)) + list(node.defaults)
        found: list[Param] = []
        for position, (argument, default) in enumerate(zip(plain, defaults, strict=True)):
            kind: Literal["positional", "plain"] = "positional" if position < len(node.posonlyargs) else "plain"
            found.append(self.param(argument, kind, default))
        if node.vararg:
            found.append(self.param(node.vararg, "args", None))
        found.extend(
            self.param(argument, "keyword", default)
            for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        )
        if node.kwarg:
            found.append(self.param(node.kwarg, "kwargs", None))
        return tuple(found)

    def param(
        self,
        node: ast.arg,
        kind: Literal["positional", "plain", "keyword", "args", "kwargs"],
        default: ast.expr | None,
    ) -> Param:
        annotation = self.annotation(node.annotation) if node.annotation is not None else None
        return Param(self.span(node), node.arg, kind, annotation, self.maybe(default))

    # --- expressions -----------------------------------------------------------------------------------------------

    def all(self, nodes: list[ast.expr]) -> tuple[Expr, ...]:
        return tuple(self.expr(node) for node in nodes)

    def maybe(self, node: ast.expr | None) -> Expr | None:
        return None if node is None else self.expr(node)

    def annotation(self, node: ast.expr) -> Expr:
        """An annotation; one written as a string ("Task | None") is parsed and keeps the string's place."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 1000:
            try:
                inner = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return self.expr(node)
            for child in ast.walk(inner):
                ast.copy_location(child, node)
            return self.expr(inner)
        return self.expr(node)

    def expr(self, node: ast.expr) -> Expr:
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            return code.Unknown(self.span(node), type(node).__name__)
        lowered: Expr = method(node)
        return lowered

    def _Name(self, node: ast.Name) -> Expr:
        return code.Name(self.span(node), node.id)

    def _Constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if value is None or isinstance(value, bool | float):
            return code.Const(self.span(node), value)
        if isinstance(value, str):
            return code.Const(self.span(node), value.encode("utf-8", "replace").decode())
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return code.Const(self.span(node), value)
        return code.Const(self.span(node), repr(value)[:200] if not isinstance(value, int) else "integer", "other")

    def _Attribute(self, node: ast.Attribute) -> Expr:
        return code.Attribute(self.span(node), self.expr(node.value), node.attr)

    def _Call(self, node: ast.Call) -> Expr:
        arguments = [
            Arg("*", self.expr(argument.value)) if isinstance(argument, ast.Starred) else Arg(None, self.expr(argument))
            for argument in node.args
        ]
        arguments.extend(Arg(keyword.arg or "**", self.expr(keyword.value)) for keyword in node.keywords)
        return code.Call(self.span(node), self.expr(node.func), tuple(arguments))

    def _Compare(self, node: ast.Compare) -> Expr:
        ops = tuple(_COMPARISONS[type(op)] for op in node.ops)
        return code.Compare(self.span(node), self.expr(node.left), ops, self.all(node.comparators))

    def _BoolOp(self, node: ast.BoolOp) -> Expr:
        op: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
        return code.BoolOp(self.span(node), op, self.all(node.values))

    def _UnaryOp(self, node: ast.UnaryOp) -> Expr:
        operand = self.expr(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(operand, code.Const) and _is_number(operand.value):
            return code.Const(self.span(node), -operand.value)  # type: ignore[operator]
        return code.Unary(self.span(node), _OPERATORS[type(node.op)], operand)

    def _BinOp(self, node: ast.BinOp) -> Expr:
        return code.Binary(self.span(node), _OPERATORS[type(node.op)], self.expr(node.left), self.expr(node.right))

    def _Subscript(self, node: ast.Subscript) -> Expr:
        return code.Subscript(self.span(node), self.expr(node.value), self.expr(node.slice))

    def _Slice(self, node: ast.Slice) -> Expr:
        bounds = [bound for bound in (node.lower, node.upper, node.step) if bound is not None]
        return code.Collection(self.span(node), "slice", self.all(bounds))

    def _IfExp(self, node: ast.IfExp) -> Expr:
        return code.Conditional(self.span(node), self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _List(self, node: ast.List | ast.Tuple | ast.Set) -> Expr:
        return code.Collection(self.span(node), _COLLECTIONS[type(node)], self.all(node.elts))

    _Tuple = _List
    _Set = _List

    def _Dict(self, node: ast.Dict) -> Expr:
        pairs = tuple((self.maybe(key), self.expr(value)) for key, value in zip(node.keys, node.values, strict=True))
        return code.DictDisplay(self.span(node), pairs)

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Expr:
        kind = _COMPREHENSIONS[type(node)]
        return code.Comprehension(self.span(node), kind, self.expr(node.elt), None, self.generated(node.generators))

    _SetComp = _ListComp
    _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> Expr:
        generators = self.generated(node.generators)
        return code.Comprehension(self.span(node), "dict", self.expr(node.key), self.expr(node.value), generators)

    def generated(self, nodes: list[ast.comprehension]) -> tuple[code.Generator, ...]:
        return tuple(code.Generator(self.expr(node.target), self.expr(node.iter), self.all(node.ifs)) for node in nodes)

    def _Lambda(self, node: ast.Lambda) -> Expr:
        return code.Lambda(self.span(node), self.params(node.args), self.expr(node.body))

    def _JoinedStr(self, node: ast.JoinedStr) -> Expr:
        return code.JoinedStr(self.span(node), self.all(node.values))

    def _FormattedValue(self, node: ast.FormattedValue) -> Expr:
        return self.expr(node.value)

    def _Starred(self, node: ast.Starred) -> Expr:
        return code.Starred(self.span(node), self.expr(node.value))

    def _NamedExpr(self, node: ast.NamedExpr) -> Expr:
        return code.Walrus(self.span(node), node.target.id, self.expr(node.value))

    def _Await(self, node: ast.Await) -> Expr:
        value = self.expr(node.value)
        return code.Call(value.span, value.func, value.args, awaited=True) if isinstance(value, code.Call) else value

    def _Yield(self, node: ast.Yield) -> Expr:
        self.generators += 1
        return code.Yield(self.span(node), self.maybe(node.value))

    def _YieldFrom(self, node: ast.YieldFrom) -> Expr:
        self.generators += 1
        return code.Yield(self.span(node), self.expr(node.value), delegated=True)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _class_pattern(pattern: ast.pattern) -> ast.MatchClass | None:
    """`Task()` and `Task() as task`."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return _class_pattern(pattern.pattern)
    return pattern if isinstance(pattern, ast.MatchClass) else None


def _only_binds(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _pattern_values(pattern: ast.pattern) -> list[ast.expr] | None:
    """The values a pattern compares by equality; none when it looks at more, None when it matches anything."""
    if isinstance(pattern, ast.MatchValue):
        return [pattern.value]
    if isinstance(pattern, ast.MatchSingleton):
        return [ast.copy_location(ast.Constant(pattern.value), pattern)]
    if isinstance(pattern, ast.MatchAs):
        return _pattern_values(pattern.pattern) if pattern.pattern is not None else None
    if isinstance(pattern, ast.MatchOr):
        found = [_pattern_values(inner) for inner in pattern.patterns]
        if any(values is None for values in found):
            return None
        return [value for values in found for value in values or ()] if all(found) else []
    return []


def _pattern_parts(pattern: ast.pattern, subject: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names a pattern binds to attributes or items of the subject: `Task(owner_id=owner)`, `{"sub": subject}`."""
    inner: list[tuple[ast.pattern, ast.expr]] = []
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        yield from _pattern_parts(pattern.pattern, subject)
    elif isinstance(pattern, ast.MatchClass):
        named = zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)
        placed = ((str(place), part) for place, part in enumerate(pattern.patterns))
        inner = [(part, ast.Attribute(subject, name, ast.Load())) for name, part in (*placed, *named)]
    elif isinstance(pattern, ast.MatchMapping):
        inner = [
            (part, ast.Subscript(subject, key, ast.Load()))
            for key, part in zip(pattern.keys, pattern.patterns, strict=True)
        ]
    for part, expression in inner:
        located = ast.copy_location(expression, part)
        if isinstance(part, ast.MatchAs) and part.name is not None:
            yield part.name, located
        yield from _pattern_parts(part, located)
