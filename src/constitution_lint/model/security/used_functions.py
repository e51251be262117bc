"""For gate 2: which product functions anything served may come to run, by names alone.

A function counts as used when something that runs names it: a module's statements, a handler, a method, another used
function. What only tests or unused functions name is not.
"""

from constitution_lint.facts.code import ClassDef, FunctionDef, Stmt
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import last_name, own_expressions, subexpressions, walk_expressions, walk_statements


@remembered
def used_names(project: Project) -> frozenset[str]:
    """The last names of all functions that are used."""
    bodies: dict[str, list[FunctionDef]] = {}
    waiting = {route.handler.definition.name for route in project.api.routes if route.handler is not None}
    for file in project.code:
        if is_product(file):
            functions, outside = _names_in(project, file)
            for function in functions:
                bodies.setdefault(function.name, []).append(function)
            waiting |= outside
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        for function in bodies.pop(name, ()):
            waiting |= _named(function.body) - used
    return frozenset(used)


@of_file
def _names_in(project: Project, file: str) -> tuple[list[FunctionDef], set[str]]:
    body = project.code[file].body
    return _plain_functions(body), _named_outside(body)


def _plain_functions(body: tuple[Stmt, ...]) -> list[FunctionDef]:
    """Functions of a module: methods and decorated functions may be run by whoever holds them."""
    statements = walk_statements(body, into_definitions=False)
    return [one for one in statements if isinstance(one, FunctionDef) and not one.decorators]


def _named_outside(body: tuple[Stmt, ...]) -> set[str]:
    found: set[str] = set()
    for statement in walk_statements(body, into_definitions=False):
        if isinstance(statement, ClassDef) or (isinstance(statement, FunctionDef) and statement.decorators):
            found |= _named((statement,))
        else:
            for expression in own_expressions(statement):
                found |= {name for inner in subexpressions(expression) if (name := last_name(inner))}
    return found


def _named(body: tuple[Stmt, ...]) -> set[str]:
    return {name for inner in walk_expressions(body) if (name := last_name(inner))}
