"""For gate 10: which packages the product's code imports, in Python and in TypeScript."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.code import ExceptClause, Import, Stmt, Try
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.file_roles import is_product, loaded_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import blocks, calls, dotted_name, subexpressions

_DEED = re.compile(
    r"(?:^|/)(?:add|clean|create|delete|deploy|download|drop|generate|get|import|inspect|list|make|run|test|update|upload"
    r"|view|show|start|delete|clear|find|list|apply|convert|export|sync|install)_[^/]*\.py$"
)
_WEB_TOOL = re.compile(
    r"(?:^|/)(?:(?:test|debug)[-_.][^/]*|[^/]*[-_.](?:test|debug|config|setup))\.[cm]?[jt]sx?$", re.IGNORECASE
)
"""Configurations of tools, and files to try something out, whatever folder they lie in."""
_INSTALLER = "pip"
"""What comes with every environment, so that scripts which install may import it."""
_FORGIVEN = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class PackageImport(NamedTuple):
    """An import that leads out of the project. `modules` are the dotted names it may mean, the module itself first."""

    location: Location
    modules: tuple[str, ...]
    optional: bool = False
    """The program goes on where the package is missing, or only type checkers see the import."""

    @property
    def top(self) -> str:
        return self.modules[0].partition(".")[0]


@remembered
def python_imports(project: Project) -> tuple[PackageImport, ...]:
    """The imports of product files that neither the standard library nor the project answers, in order of place."""
    local = _local_names(project)
    found = [
        one
        for file in sorted(project.code)
        if is_product(file) and not _is_errand(project, file)
        for one in _imports_of(project, file)
        if one.top not in sys.stdlib_module_names and one.top not in local and one.top != _INSTALLER
    ]
    return tuple(sorted(found))


def _is_errand(project: Project, file: str) -> bool:
    """Is a file a script for one occasion ("create_admin.py"): named for a deed, run by hand, loaded by nothing?"""
    if not _DEED.search(file) or file in loaded_files(project):
        return False
    return any(True for _ in calls(project.code[file].body, into_definitions=False))


@remembered
def _local_names(project: Project) -> frozenset[str]:
    """The names of all modules and packages of the project that no well-known package has."""
    from constitution_lint.model.names import WELL_KNOWN

    stems = {part.removesuffix(".py") for file in project.code for part in file.split("/")}
    return frozenset(stems - WELL_KNOWN)


@of_file
def _imports_of(project: Project, file: str) -> tuple[PackageImport, ...]:
    return tuple(_of_body(project, file, project.code[file].body, False))


def _of_body(project: Project, file: str, body: Iterable[Stmt], optional: bool) -> Iterator[PackageImport]:
    for statement in body:
        if isinstance(statement, Import):
            yield from _of_import(project, file, statement, optional)
        for block in blocks(statement):
            forgiven = isinstance(statement, Try) and any(is_forgiving(clause) for clause in statement.handlers)
            yield from _of_body(project, file, block, optional or forgiven)


def _of_import(project: Project, file: str, node: Import, optional: bool) -> Iterator[PackageImport]:
    names = names_of(project)
    location = Location(file, node.span)
    optional = optional or node.type_checking
    if node.is_from:
        module = node.module or ""
        if not node.level and names.source(file, node) is None:
            yield PackageImport(location, (module, *(f"{module}.{alias.name}" for alias in node.names)), optional)
        return
    for alias in node.names:
        if names.module(file, alias.name) is None:
            yield PackageImport(location, (alias.name,), optional)


def is_forgiving(clause: ExceptClause) -> bool:
    """Does a clause catch that a package is missing?"""
    if clause.type is None:
        return True
    return bool(_FORGIVEN.intersection(dotted_name(part).rsplit(".", 1)[-1] for part in subexpressions(clause.type)))


def is_within(module: str, package: str) -> bool:
    """Is a dotted module the package itself or inside it?"""
    return module == package or module.startswith(f"{package}.")


class ModuleImport(NamedTuple):
    """An import of a TypeScript file by its quoted name."""

    location: Location
    module: str


@remembered
def web_imports(project: Project) -> tuple[ModuleImport, ...]:
    """The imports of packages by the product's TypeScript and JavaScript, in order of place; types alone left out."""
    return tuple(
        ModuleImport(Location(file, span), module)
        for file in sorted(project.web)
        if is_product(file) and not _WEB_TOOL.search(file)
        for module, span in _of_web(project, file)
    )


def _of_web(project: Project, file: str) -> Iterator[tuple[str, Span]]:
    for one in project.web[file].imports:
        if not one.type_only and not one.module.startswith((".", "/", "@/", "~/", "#")):
            yield one.module, one.span


def is_of_package(module: str, package: str) -> bool:
    """Does an imported name lead into a package? "@clerk/*" stands for a whole scope."""
    if package.endswith("/*"):
        return module.startswith(package[:-1])
    return module == package or module.startswith(f"{package}/")
