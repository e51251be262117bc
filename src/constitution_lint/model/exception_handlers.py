"""Beneath operations and prover: the functions by which an application answers exceptions that its handlers raise."""

from collections.abc import Iterator

from constitution_lint.facts.code import Attribute, Call, ExprStmt, FunctionDef, Stmt
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, Names, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import dotted_name, walk_statements


def registered(names: Names, file: str, body: tuple[Stmt, ...]) -> Iterator[tuple[str, FunctionDef, str]]:
    """The exception's name, the function that answers it and the file of that, as the code of a file registers them."""
    for statement in walk_statements(body):
        if type(statement) is FunctionDef:
            for decorator in statement.decorators:
                if type(decorator) is Call and dotted_name(decorator.func).endswith(".exception_handler"):
                    yield dotted_name(decorator.positional(0)).rpartition(".")[2], statement, file
        elif type(statement) is ExprStmt and type(statement.value) is Call:
            call = statement.value
            if type(call.func) is Attribute and call.func.attr == "add_exception_handler":
                target = names.resolve_expression(file, call.positional(1))
                if target is not None and type(target.node) is FunctionDef:
                    yield dotted_name(call.positional(0)).rpartition(".")[2], target.node, target.file


@remembered
def exception_handlers(project: Project) -> dict[str, Definition]:
    """The function that answers each exception, by the name of its class."""
    names, found = names_of(project), dict[str, Definition]()
    for file, facts in project.code.items():
        for name, function, where in registered(names, file, facts.body):
            found.setdefault(name, Definition("function", where, function.name, function, function.name))
    return found
