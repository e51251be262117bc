"""For gate 5: statements that run only where the environment says so, and so are there on purpose."""

import re
from collections.abc import Iterator

from constitution_lint.facts.code import ClassDef, Expr, FunctionDef, If, Stmt
from constitution_lint.model.walk import blocks, dotted_name, walk_expressions

_SWITCH = re.compile(
    r"environ|getenv|settings|config|debug|(?:^|[._])(?:env|dev|is_dev\w*|development)$", re.IGNORECASE
)


def asks_environment(test: Expr) -> bool:
    """Does a condition look at the environment, the settings, or a name for a mode of running?"""
    return any(_SWITCH.search(dotted_name(found)) for found in walk_expressions(test) if dotted_name(found))


def unconditional(body: tuple[Stmt, ...], into_definitions: bool = False) -> Iterator[Stmt]:
    """The statements of a block without those that an environment's switch turns on; of such an `if` only the rest."""
    for statement in body:
        yield statement
        if isinstance(statement, If) and asks_environment(statement.test):
            yield from unconditional(statement.orelse, into_definitions)
        elif into_definitions or not isinstance(statement, FunctionDef | ClassDef):
            for block in blocks(statement):
                yield from unconditional(block, into_definitions)
