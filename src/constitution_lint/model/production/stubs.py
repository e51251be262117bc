"""For gate 5: handlers that do nothing yet: an empty body, a refusal, or always the same answer."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Call,
    Collection,
    Const,
    DictDisplay,
    Expr,
    ExprStmt,
    FunctionDef,
    Import,
    Name,
    Param,
    Raise,
    Return,
    Simple,
    Stmt,
)
from constitution_lint.findings import Related
from constitution_lint.model.names import names_of
from constitution_lint.model.operations import operation_of
from constitution_lint.model.operations.statuses import Statuses
from constitution_lint.model.production.reachable_functions import Code, Handler, callees, handlers
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name, walk_expressions, without_docstring

_NOTHING_TO_DO = re.compile(
    r"(?:^|/)(?:health\w*|livez?|liveness|readyz?|readiness|ready|ping|status|version|info|metrics|favicon\.ico|echo"
    r"|robots\.txt|docs|log[-_]?out[-_\w]*|sign[-_]?out[-_\w]*|callback|dapr/subscribe|warmup|alive|heartbeat|csp-report|test)/?$|^/?$",
    re.IGNORECASE,
)
_TELLS = re.compile(r"(?:^|\.)(?:log|logger|logging|_logger|console)\.\w+$|^print$|(?:^|\.)sleep$", re.IGNORECASE)
_SAMPLE = re.compile(r"\b(?:demo|sample|mock(?:ed)?|dummy|fake|placeholder|stub|hardcoded|lorem)\b", re.IGNORECASE)
_PUT_OFF = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|WIP)\b")
_CLOCK = frozenset({"datetime.datetime.utcnow", "datetime.datetime.now", "time.time", "uuid.uuid4"})
_PLAIN = frozenset({"dict", "list", "set", "tuple", "str", "int", "float", "bool"})


class Stub(NamedTuple):
    """A handler that is none yet: `words` go on after its name."""

    handler: Handler
    words: str
    related: tuple[Related, ...] = ()


def stubs(project: Project) -> Iterator[Stub]:
    for handler in handlers(project):
        if all(_NOTHING_TO_DO.search(route.path) or route.method == "OPTIONS" for route in handler.routes):
            continue
        words = _unwritten(project, handler.code) or _canned(project, handler)
        if words:
            yield Stub(handler, words)
        else:
            yield from _behind(project, handler)


def _behind(project: Project, handler: Handler) -> Iterator[Stub]:
    """A handler that only hands on to a function which is not written yet."""
    if len(_work(handler.code.function)) > 1:
        return
    for code in callees(project, handler.code):
        words = _unwritten(project, code)
        if words.startswith("raises") and not _may_be_abstract(code) and _is_called(handler.code, code):
            related = (Related(code.location, f"{code.function.name} {words}"),)
            yield Stub(handler, f"ends in {code.function.name}, which {words}", related)
            return


def _is_called(outer: Code, inner: Code) -> bool:
    name = inner.function.name
    return any(dotted_name(call.func).rpartition(".")[2] == name for call in calls(outer.function.body))


def _may_be_abstract(code: Code) -> bool:
    """A method may be overridden; an overload says only how it is typed."""
    marks = {dotted_name(decorator).rpartition(".")[2] for decorator in code.function.decorators}
    return code.owner is not None or bool(marks & {"abstractmethod", "overload"})


def _unwritten(project: Project, code: Code) -> str:
    """Why a body is no implementation: "does nothing", "raises NotImplementedError"; empty for any other."""
    work = _work(code.function)
    if code.function.is_generator or len(work) > 1:
        return ""
    if not work:
        return "" if _has_dependencies(code.function) else "does nothing"
    last = work[0]
    if isinstance(last, Raise) and last.value is not None:
        name = dotted_name(last.value.func if isinstance(last.value, Call) else last.value).rpartition(".")[2]
        if name == "NotImplementedError":
            return "raises NotImplementedError"
        status = Statuses(names_of(project)).of_exception(code.file, last.value)
        return "answers 501 and nothing else" if status == 501 else ""
    if isinstance(last, Return) and isinstance(last.value, Call):
        statuses = Statuses(names_of(project))
        if statuses.is_response(code.file, last.value) and statuses.of_response(code.file, last.value) == 501:
            return "answers 501 and nothing else"
    return ""


def _work(function: FunctionDef) -> list[Stmt]:
    """The statements of a body that could do something; docstring, logging, pauses and imports left out."""
    given = {param.name for param in function.params}
    return [statement for statement in without_docstring(function.body) if not _is_idle(statement, given)]


def _is_idle(statement: Stmt, given: set[str]) -> bool:
    """Logging what was sent is no idling: there are routes for just that."""
    if isinstance(statement, Simple | Import):
        return True
    if isinstance(statement, Return):
        return statement.value is None or (isinstance(statement.value, Const) and statement.value.value is None)
    if not isinstance(statement, ExprStmt):
        return False
    value = statement.value
    if isinstance(value, Call) and _TELLS.search(dotted_name(value.func)):
        return not any(isinstance(found, Name) and found.id in given for found in walk_expressions(value))
    return isinstance(value, Const)


def _has_dependencies(function: FunctionDef) -> bool:
    """Does FastAPI run something for a parameter or the route? Then the body may have nothing left to do."""
    parts = [part for param in function.params for part in (param.annotation, param.default) if part is not None]
    parts += function.decorators
    named = {dotted_name(call.func).rpartition(".")[2] for part in parts for call in calls(part)}
    return bool(named & {"Depends", "Security"})


def constant_answer(project: Project, handler: Handler) -> tuple[Expr, ...]:
    """Every expression of an answer that is the same for all requests, its own value first; none for any other."""
    work = _work(handler.code.function)
    returned = work[-1] if work else None
    if handler.code.function.is_generator or not isinstance(returned, Return) or returned.value is None:
        return ()
    values = _assigned(work[:-1])
    if values is None or not _is_constant(project, handler.code.file, returned.value, values, 0):
        return ()
    if any(route.accesses or route.mutates is not None for route in handler.routes):
        return ()
    value = values.get(dotted_name(returned.value), returned.value)
    return (value, *walk_expressions(returned.value), *(v for one in values.values() for v in walk_expressions(one)))


def _canned(project: Project, handler: Handler) -> str:
    """Why an answer is no answer: it is the same for every request, though the request says what is wanted."""
    function, route = handler.code.function, handler.routes[0]
    whole = constant_answer(project, handler)
    if not whole:
        return ""
    if route.method == "GET" and any(_is_empty_list(value) for value in whole) and not _has_records(whole):
        return "always answers an empty list"
    ignored = _ignored(project, handler)
    if ignored:
        return f"answers the same value always and never looks at {ignored}"
    if route.method in ("POST", "PUT", "PATCH") and not _has_dependencies(function) and not function.params:
        return "answers the same value always and reads nothing of the request"
    if _has_records(whole) and (_says_sample(project, handler, whole)):
        return "answers records that are written into the code"
    return ""


def _assigned(statements: list[Stmt]) -> dict[str, Expr] | None:
    """Plain assignments by name; None where a block does anything else before it returns."""
    found: dict[str, Expr] = {}
    for statement in statements:
        if isinstance(statement, Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], Name):
            found[statement.targets[0].id] = statement.value
        elif isinstance(statement, AnnAssign) and isinstance(statement.target, Name) and statement.value is not None:
            found[statement.target.id] = statement.value
        else:
            return None
    return found


def _is_constant(project: Project, file: str, value: Expr, local: dict[str, Expr], depth: int) -> bool:
    """Is a value made of literals alone, through names, displays, plain constructors and the clock?"""
    if depth > 8:
        return False
    if isinstance(value, Const):
        return True
    if isinstance(value, Collection):
        return all(_is_constant(project, file, item, local, depth + 1) for item in value.items)
    if isinstance(value, DictDisplay):
        return all(
            key is not None
            and _is_constant(project, file, key, local, depth + 1)
            and _is_constant(project, file, item, local, depth + 1)
            for key, item in value.items
        )
    if isinstance(value, Name):
        inner = local.get(value.id)
        return inner is not None and _is_constant(project, file, inner, local, depth + 1)
    if isinstance(value, Call) and _makes_value(project, file, value):
        return all(_is_constant(project, file, argument.value, local, depth + 1) for argument in value.args)
    if isinstance(value, Call) and isinstance(value.func, Attribute) and value.func.attr in ("isoformat", "hex"):
        return _is_constant(project, file, value.func.value, local, depth + 1)
    return False


def _makes_value(project: Project, file: str, call: Call) -> bool:
    """A constructor without work of its own: a model, a response, a plain type, the clock."""
    names = names_of(project)
    found = names.resolve_expression(file, call.func)
    if found is None:
        return dotted_name(call.func) in _PLAIN
    if found.kind == "external":
        return found.dotted in _CLOCK or found.name.endswith("Response")
    return found.kind == "class" and names.is_subclass(found, "BaseModel", "SQLModel", "JSONResponse", "Response")


def _is_empty_list(value: Expr) -> bool:
    return isinstance(value, Collection) and value.kind == "list" and not value.items


def _has_records(values: tuple[Expr, ...]) -> bool:
    return any(
        isinstance(value, Collection)
        and value.kind == "list"
        and any(isinstance(item, DictDisplay | Call) for item in value.items)
        for value in values
    )


def _ignored(project: Project, handler: Handler) -> str:
    """A parameter from path or body that neither handler nor dependencies use; empty when there is none."""
    function = handler.code.function
    operation = operation_of(project, handler.routes[0])
    if operation is None or operation.endpoint.dependencies:
        return ""
    wanted = {part.name for part in operation.inputs.body}
    wanted |= {param.name for param in operation.inputs.parameters if param.place == "path"}
    used = {found.id for found in walk_expressions(function.body) if isinstance(found, Name)}
    used |= {param.name for code in callees(project, handler.code) for param in code.function.params}
    return next((param.name for param in function.params if _comes_in(param, wanted) and param.name not in used), "")


def _comes_in(param: Param, wanted: set[str]) -> bool:
    return param.name in wanted and not param.name.startswith("_")


def _says_sample(project: Project, handler: Handler, values: tuple[Expr, ...]) -> bool:
    """Do the code's own words call the records a sample: in their text, or in a comment beside them?"""
    texts = [value.value for value in values if isinstance(value, Const) and isinstance(value.value, str)]
    span = handler.code.function.span
    for comment in project.code[handler.code.file].comments:
        if span.line <= comment.span.line <= span.end_line and _PUT_OFF.search(comment.text):
            return True
    return any(_SAMPLE.search(text) for text in texts)
