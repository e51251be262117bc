"""For gate 10: declared parts of the stack that nothing uses, where their side of the code exists."""

from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Const, Import
from constitution_lint.facts.location import Location
from constitution_lint.model.documents.plans import package_of, plans
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.stack.foreign_packages import python_module, python_technology, web_technology
from constitution_lint.model.stack.governing_stack import Declared, law_of, planned
from constitution_lint.model.stack.imports import is_within, python_imports
from constitution_lint.model.stack.technologies import Technology
from constitution_lint.model.walk import walk_expressions, walk_statements
from constitution_lint.workspace import folder_of

_IN_BACKEND = frozenset({"FastAPI", "SQLModel", "PostgreSQL"})


class Absent(NamedTuple):
    """A declared part that nothing uses, at the line that declares it."""

    location: Location
    technology: Technology


def absent_parts(project: Project) -> Iterator[Absent]:
    """Each part once for each constitution that governs code; for plans that none governs, once."""
    for folder, declared in _declarations(project):
        told: set[Technology] = set()
        for one in declared:
            technology = one.technology
            if not technology.approved or one.mention.occasional or technology in told:
                continue
            told.add(technology)
            if _has_its_side(project, folder, technology) and not _is_used(project, folder, technology):
                yield Absent(one.location, technology)


def _declarations(project: Project) -> Iterator[tuple[str, tuple[Declared, ...]]]:
    """What is declared for each folder: by its constitution, else by the plans together."""
    governed = False
    for constitution in project.workspace.constitutions:
        declared = tuple(one for one in law_of(project, constitution).declared if one.field)
        if declared and all(one.location.file == constitution for one in declared):
            governed = True
            yield package_of(constitution), declared
    if not governed:
        yield "", tuple(one for plan in plans(project) for one in planned(project, plan.path))


def _is_below(file: str, folder: str) -> bool:
    return not folder or file == folder or file.startswith(f"{folder}/")


def _has_its_side(project: Project, folder: str, technology: Technology) -> bool:
    """Is the half of the application written that would use the part? Before that nothing is absent."""
    if technology.name == "FastAPI":
        return _is_written_for_the_web(project, folder)
    sides = project.workspace.backends if technology.name in _IN_BACKEND else project.workspace.frontends
    return any(_is_below(side, folder) for side in sides)


def _is_written_for_the_web(project: Project, folder: str) -> bool:
    """Has a folder a frontend, or Python code that serves or keeps data by a library? A console program has neither."""
    if any(_is_below(side, folder) for side in project.workspace.frontends):
        return True
    return any(
        _is_below(one.location.file, folder) and any(python_module(module) is not None for module in one.modules)
        for one in python_imports(project)
    )


def _is_used(project: Project, folder: str, technology: Technology) -> bool:
    if technology.name in _IN_BACKEND:
        return any(_is_below(file, folder) and _uses(project, file, technology) for file in project.code) or (
            technology.name == "PostgreSQL" and _is_configured(project, folder, technology)
        )
    if technology.name == "Next.js":
        return _is_asked_for(project, folder, technology)
    imported = any(
        _is_below(file, folder) and any(web_technology(one.module) is technology for one in facts.imports)
        for file, facts in project.web.items()
    )
    return imported or _is_asked_for_without_source(project, folder, technology)


@of_file
def _uses(project: Project, file: str, technology: Technology) -> bool:
    for statement in walk_statements(project.code[file].body):
        if isinstance(statement, Import):
            modules = [statement.module] if statement.is_from else [alias.name for alias in statement.names]
            if any(module and is_within(module, name) for module in modules for name in technology.modules):
                return True
    if technology.name != "PostgreSQL":
        return False
    texts = (one.value for one in walk_expressions(project.code[file].body) if isinstance(one, Const))
    return any(isinstance(text, str) and text.startswith("postgres") for text in texts)


def _is_asked_for_without_source(project: Project, folder: str, technology: Technology) -> bool:
    """Does a package ask for the part whose source is not here (a submodule, an ignored folder)? Then none can say."""
    return any(
        _is_below(file, folder)
        and any(web_technology(one.name) is technology for one in facts.dependencies)
        and not any(_is_below(source, folder_of(file)) for source in project.web if is_product(source))
        for file, facts in project.manifests.items()
    )


def _is_configured(project: Project, folder: str, technology: Technology) -> bool:
    """PostgreSQL is used through a driver that no line imports, or by an address that only the deployment knows."""
    named = any(
        variable.scheme.startswith("postgres")
        for file, facts in project.manifests.items()
        for variable in facts.variables
        if _is_below(file, folder)
    )
    return named or _is_asked_for(project, folder, technology)


def _is_asked_for(project: Project, folder: str, technology: Technology) -> bool:
    return any(
        python_technology(one.name) is technology or web_technology(one.name) is technology
        for file, facts in project.manifests.items()
        if _is_below(file, folder)
        for one in facts.dependencies
    )
