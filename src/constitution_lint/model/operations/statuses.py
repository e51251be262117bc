"""For served operations: which HTTP status an expression gives, and where a function raises or returns one."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Call,
    ClassDef,
    Conditional,
    Const,
    Expr,
    FunctionDef,
    If,
    Match,
    Name,
    Raise,
    Return,
    Simple,
    Stmt,
    Try,
    While,
    With,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.exception_handlers import registered
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.operations.types import Status
from constitution_lint.model.walk import calls, dotted_name, walk_statements

_CONSTANT = re.compile(r"^HTTP_(\d{3})(?:_|$)")
_RESPONSES = frozenset(
    [
        "Response",
        "JSONResponse",
        "ORJSONResponse",
        "UJSONResponse",
        "HTMLResponse",
        "PlainTextResponse",
        "StreamingResponse",
        "FileResponse",
        "RedirectResponse",
        "EventSourceResponse",
    ]
)
_STATUS_NAMES = ("status_code", "http_status", "status", "code")
"""What exception classes call their status."""
_DEEPEST = 6
COMPUTED = 0
"""In the place of a status that is only known when it is answered."""


class Returned(NamedTuple):
    """One way a handler ends: with a response object of its own (`status` None when computed), or with a value."""

    location: Location
    is_response: bool
    status: int | None = None


class Statuses:
    """Reads statuses in the code of one project."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._handled: dict[str, Status] | None = None
        self._of_class: dict[tuple[str, str], int | None] = {}

    def number(self, file: str, value: Expr | None, depth: int = 0) -> int | None:
        """The status an expression gives: 201, `status.HTTP_201_CREATED`, `HTTPStatus.CREATED`, a constant; or None."""
        if isinstance(value, Const):
            return value.value if isinstance(value.value, int) and not isinstance(value.value, bool) else None
        written = dotted_name(value)
        if not written or depth > _DEEPEST:
            return None
        last = written.removesuffix(".value").rpartition(".")[2]
        if match := _CONSTANT.match(last):
            return int(match[1])
        if "HTTPStatus" in written and last in HTTPStatus.__members__:
            return int(HTTPStatus[last])
        definition = self.names.resolve(file, written)
        if definition is not None and isinstance(definition.node, Assign | AnnAssign):
            return self.number(definition.file, definition.node.value, depth + 1)
        return None

    def returned(self, file: str, function: FunctionDef) -> Iterator[Returned]:
        """Every way a function ends by returning; falling off its end returns a value too."""
        made = dict(self._response_variables(file, function))
        for statement in walk_statements(function.body, into_definitions=False):
            if isinstance(statement, Return):
                yield self._return(file, statement, made)
        if not _ends(function.body):
            yield Returned(Location(file, function.head), False)

    def _return(self, file: str, statement: Return, made: dict[str, Call]) -> Returned:
        value: Expr | None = statement.value
        if isinstance(value, Name) and value.id in made:
            value = made[value.id]
        if isinstance(value, Call) and self.is_response(file, value):
            return Returned(Location(file, statement.span), True, self.of_response(file, value))
        return Returned(Location(file, statement.span), False)

    def _response_variables(self, file: str, function: FunctionDef) -> Iterator[tuple[str, Call]]:
        for statement in walk_statements(function.body, into_definitions=False):
            value = statement.value if isinstance(statement, Assign) else None
            if isinstance(statement, Assign) and isinstance(value, Call) and self.is_response(file, value):
                yield from ((dotted_name(target), value) for target in statement.targets)

    def is_response(self, file: str, call: Call) -> bool:
        definition = self.names.resolve_expression(file, call.func)
        if definition is None or definition.kind == "external":
            return (definition.name if definition else dotted_name(call.func).rpartition(".")[2]) in _RESPONSES
        return definition.kind == "class" and self.names.is_subclass(definition, *_RESPONSES)

    def of_response(self, file: str, call: Call) -> int | None:
        """The status of a response object: as given, else the default of its class."""
        name = dotted_name(call.func).rpartition(".")[2]
        index = 2 if name == "TemplateResponse" else 1
        given = call.argument(index, "status_code")
        if given is not None:
            return self.number(file, given)
        return 307 if name == "RedirectResponse" else 200

    def assigned(self, file: str, function: FunctionDef) -> Iterator[tuple[int | None, Location]]:
        """`response.status_code = …` on the response that FastAPI passes in."""
        passed = {
            param.name for param in function.params if dotted_name(param.annotation).rpartition(".")[2] == "Response"
        }
        for statement in walk_statements(function.body, into_definitions=False):
            if isinstance(statement, Assign):
                for target in statement.targets:
                    head, _, attribute = dotted_name(target).rpartition(".")
                    if attribute == "status_code" and head in passed:
                        yield self.number(file, statement.value), Location(file, statement.span)

    def numbers(self, file: str, value: Expr | None, body: tuple[Stmt, ...]) -> Iterator[int]:
        """The statuses that an expression may give in a block: either branch, whatever a name was bound to there."""
        if isinstance(value, Conditional):
            yield from self.numbers(file, value.body, body)
            yield from self.numbers(file, value.orelse, body)
            return
        number = self.number(file, value)
        if number is not None:
            yield number
        elif isinstance(value, Name):
            for statement in walk_statements(body, into_definitions=False):
                bound = statement.value if isinstance(statement, Assign) else None
                targets = statement.targets if isinstance(statement, Assign) else ()
                if any(dotted_name(target) == value.id for target in targets):
                    yield from self.numbers(file, bound, ()) if not isinstance(bound, Name) else ()

    def raised(self, file: str, body: tuple[Stmt, ...]) -> Iterator[Status]:
        """Every status that the raise statements of a block give, and those of error responses it returns; `COMPUTED`
        for one that is not known."""
        for statement in walk_statements(body, into_definitions=False):
            if isinstance(statement, Raise) and statement.value is not None:
                for number in self._of_raise(file, statement.value, body):
                    yield Status(number, Location(file, statement.span))
            value = statement.value if isinstance(statement, Return) else None
            if isinstance(value, Call) and self.is_response(file, value):
                code = self.of_response(file, value)
                if code is not None and code >= 400:
                    yield Status(code, Location(file, statement.span))
        for call in calls(body, into_definitions=False):
            if dotted_name(call.func).rpartition(".")[2] == "abort":
                code = self.number(file, call.positional(0))
                if code is not None:
                    yield Status(code, Location(file, call.span))

    def _of_raise(self, file: str, value: Expr, body: tuple[Stmt, ...]) -> tuple[int, ...]:
        code = self.of_exception(file, value)
        given = value.argument(0, "status_code") if isinstance(value, Call) else None
        if code is not None or given is None or not dotted_name(getattr(value, "func", None)).endswith("HTTPException"):
            return (code,) if code is not None else ()
        return tuple(dict.fromkeys(self.numbers(file, given, body))) or (COMPUTED,)

    def of_exception(self, file: str, value: Expr) -> int | None:
        """The status an exception leads to: as given, by its class, or by the handler registered for it."""
        func = value.func if isinstance(value, Call) else value
        definition = self.names.resolve_expression(file, func)
        name = definition.name if definition is not None else dotted_name(func).rpartition(".")[2]
        if isinstance(value, Call):
            is_http = name.endswith("HTTPException")
            given = value.argument(0, "status_code") if is_http else value.keyword("status_code")
            number = self.number(file, given)
            if number is not None:
                return number
        if definition is not None and definition.kind == "value" and isinstance(definition.node, Assign):
            return self.of_exception(definition.file, definition.node.value)
        if definition is not None and definition.kind == "class":
            return self._passed_status(file, definition, value) or self._class_status(definition)
        if definition is not None and definition.kind == "function" and isinstance(definition.node, FunctionDef):
            return self._made_by(definition.file, definition.node)
        found = self.handled().get(name)
        return found.code if found is not None else None

    def _passed_status(self, file: str, definition: Definition, value: Expr) -> int | None:
        """`raise AppError("no such task", 404)`: the argument that the class calls a status."""
        made = self.names.member(definition, "__init__")
        if not isinstance(value, Call) or made is None or not isinstance(made.node, FunctionDef):
            return None
        for index, param in enumerate(made.node.params[1:]):
            if param.name in _STATUS_NAMES:
                return self.number(file, value.argument(index, param.name))
        return None

    def _made_by(self, file: str, function: FunctionDef) -> int | None:
        """A function that makes the exception (`raise not_found("task")`)."""
        for statement in walk_statements(function.body, into_definitions=False):
            if isinstance(statement, Return) and isinstance(statement.value, Call):
                return self.of_exception(file, statement.value)
        return None

    def _class_status(self, definition: Definition) -> int | None:
        key = (definition.file, definition.name)
        if key not in self._of_class:
            self._of_class[key] = None
            self._of_class[key] = self._read_class(definition)
        return self._of_class[key]

    def _read_class(self, definition: Definition) -> int | None:
        for owner in self.names.ancestors(definition):
            handled = self.handled().get(owner.name)
            if isinstance(owner.node, ClassDef):
                for number in self._class_statuses(owner.file, owner.node):
                    return number
            if handled is not None:
                return handled.code
        return None

    def _class_statuses(self, file: str, node: ClassDef) -> Iterator[int]:
        for statement in walk_statements(node.body):
            value = statement.value if isinstance(statement, Assign | AnnAssign) else None
            target = (
                statement.targets[0]
                if isinstance(statement, Assign)
                else statement.target
                if isinstance(statement, AnnAssign)
                else None
            )
            if value is not None and dotted_name(target).rpartition(".")[2] in _STATUS_NAMES:
                number = self.number(file, value)
                if number is not None and 100 <= number <= 599:
                    yield number
        for call in calls(node.body):
            given = call.keyword("status_code")
            number = self.number(file, given) if given is not None else None
            if number is None and "super" in _head(call):
                found = (self.number(file, argument.value) for argument in call.args)
                number = next((one for one in found if one is not None), None)
            if number is not None and 100 <= number <= 599:
                yield number
        for function in node.body:
            if isinstance(function, FunctionDef) and function.name == "__init__":
                for param in function.params:
                    number = self.number(file, param.default) if param.name == "status_code" else None
                    if number is not None:
                        yield number

    def handled(self) -> dict[str, Status]:
        """The status that each registered exception handler answers with, by the exception's name."""
        if self._handled is None:
            self._handled = {}
            for file, facts in self.names.code.items():
                for name, function, where in registered(self.names, file, facts.body):
                    codes = [
                        code
                        for call in calls(function.body)
                        if self.is_response(where, call)
                        and (code := self.of_response(where, call)) is not None
                        and code >= 400
                    ]
                    if codes:
                        self._handled.setdefault(name, Status(codes[0], Location(where, function.head)))
        return self._handled


def _head(call: Call) -> str:
    """`super` of `super().__init__(…)`."""
    func = call.func
    inner = getattr(func, "value", None)
    return dotted_name(inner.func) if isinstance(inner, Call) and getattr(func, "attr", "") == "__init__" else ""


def _ends(body: tuple[Stmt, ...]) -> bool:
    """Does every way through a block end in return or raise?"""
    for statement in reversed(body):
        if isinstance(statement, Return | Raise):
            return True
        if isinstance(statement, If) and statement.orelse and _ends(statement.body) and _ends(statement.orelse):
            return True
        if isinstance(statement, Try):
            main = _ends(statement.body) or (bool(statement.orelse) and _ends(statement.orelse))
            if _ends(statement.final) or (main and all(_ends(clause.body) for clause in statement.handlers)):
                return True
        if isinstance(statement, With) and _ends(statement.body):
            return True
        if isinstance(statement, While) and isinstance(statement.test, Const) and statement.test.value is True:
            return not any(isinstance(one, Simple) and one.kind == "break" for one in walk_statements(statement.body))
        if isinstance(statement, Match) and statement.cases and all(_ends(case.body) for case in statement.cases):
            return statement.cases[-1].values is None and statement.cases[-1].guard is None
    return False
