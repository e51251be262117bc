"""Beneath the prover: what an application keeps in its own state for its handlers, `app.state.tasks = Tasks(…)`."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Assign, Attribute, Call, Expr, FunctionDef, Name, Stmt
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.walk import walk_statements


class Held(NamedTuple):
    """What is put into the state, written in a file."""

    file: str
    expression: Expr


@remembered
def application_state(project: Project) -> dict[str, tuple[Held, ...]]:
    """What is made on the spot for each name of an application's state."""
    found: dict[str, tuple[Held, ...]] = {}
    for file, facts in project.code.items():
        for name, value in _kept(facts.body) if is_product(file) else ():
            found[name] = (*found.get(name, ()), Held(file, value))
    return found


def _kept(body: tuple[Stmt, ...]) -> Iterator[tuple[str, Expr]]:
    functions = (one.body for one in walk_statements(body) if isinstance(one, FunctionDef))
    for block in (body, *functions):
        pairs = [
            (target, one.value)
            for one in walk_statements(block, into_definitions=False)
            if isinstance(one, Assign)
            for target in one.targets
        ]
        made = {target.id: value for target, value in pairs if isinstance(target, Name)}
        for target, value in pairs:
            written = made.get(value.id) if isinstance(value, Name) else value
            if isinstance(target, Attribute) and _is_state(target.value) and isinstance(written, Call):
                yield target.attr, written


def _is_state(node: Expr) -> bool:
    return isinstance(node, Attribute) and node.attr == "state"
