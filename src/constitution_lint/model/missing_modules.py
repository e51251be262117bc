"""For gate 4: modules that product code imports as the project's own but that do not exist.

A checkout without them neither builds nor starts. Styles and pictures are not looked for, nor what tools generate.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import splitext
from typing import NamedTuple

from constitution_lint.facts.code import Import, Stmt, Try
from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import file_set
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Names, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.stack.imports import is_forgiving
from constitution_lint.model.walk import blocks
from constitution_lint.model.web.modules import modules_of, steps_of

_SCRIPT = frozenset({"", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"})
_GENERATED = re.compile(
    r"(?:^|/)\.[^./]|generated|(?:^|/)(?:node_modules|dist|build|out|pkg|proto|styled-system)(?:/|$)|_pb2"
)


class Missing(NamedTuple):
    """A module by its path without extension, as first written, with the places that import it."""

    path: str
    written: str
    places: tuple[Location, ...]


@remembered
def missing_modules(project: Project) -> tuple[Missing, ...]:
    """Each missing module once, in the order of the first places."""
    found: dict[str, list[tuple[Location, str]]] = defaultdict(list)
    for location, written, path in sorted((*_of_scripts(project), *_of_modules(project))):
        found[path].append((location, written))
    missing = (Missing(path, places[0][1], tuple(location for location, _ in places)) for path, places in found.items())
    return tuple(sorted(missing, key=lambda one: one.places[0]))


def _of_scripts(project: Project) -> Iterator[tuple[Location, str, str]]:
    modules, files = modules_of(project), file_set(project)
    bare = frozenset(splitext(file)[0] for file in files)
    for file, steps in steps_of(project).items():
        if not is_product(file) or project.web[file].is_bundle:
            continue
        for step in steps:
            module = step.written.module
            if step.target is not None or step.written.type_only or splitext(module)[1] not in _SCRIPT:
                continue
            meant = modules.own_paths(file, module)
            there = any(one in files or one in bare or f"{one}/index" in bare for one in meant)
            if meant and not there and not _GENERATED.search(module):
                yield step.location, module, meant[0]


def _of_modules(project: Project) -> Iterator[tuple[Location, str, str]]:
    for file in project.code:
        if is_product(file):
            yield from _missing_in(project, file)


@of_file
def _missing_in(project: Project, file: str) -> tuple[tuple[Location, str, str], ...]:
    return tuple(_in_body(names_of(project), file, project.code[file].body))


def _in_body(names: Names, file: str, body: Iterable[Stmt]) -> Iterator[tuple[Location, str, str]]:
    """Relative imports that lead nowhere; what is tried, or seen by type checkers alone, may be missing."""
    for statement in body:
        if isinstance(statement, Import) and statement.level and statement.module and not statement.type_checking:
            path = names.relative(file, statement.module, statement.level)
            if path and names.source(file, statement) is None and not _GENERATED.search(path):
                yield Location(file, statement.span), "." * statement.level + statement.module, path
        if not (isinstance(statement, Try) and any(is_forgiving(clause) for clause in statement.handlers)):
            for block in blocks(statement):
                yield from _in_body(names, file, block)
