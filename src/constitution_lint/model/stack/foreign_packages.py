"""For gate 10: packages of another stack, imported or required."""

import re
from collections.abc import Iterator
from functools import lru_cache
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import Dependency, ManifestFacts
from constitution_lint.model.manifests import canonical, is_judged
from constitution_lint.model.project import Project
from constitution_lint.model.stack.adapters import serves_authentication
from constitution_lint.model.stack.governing_stack import Law, law_of
from constitution_lint.model.stack.imports import is_of_package, is_within, python_imports, web_imports
from constitution_lint.model.stack.technologies import TECHNOLOGIES, Technology

_VITE = next(one for one in TECHNOLOGIES if one.name == "Vite")
_RUNS_VITE = re.compile(r"(?:^|&&|\|)\s*(?:npx\s+|bunx\s+)?vite(?:\s+(?!optimize)|$)")
_MODULES = tuple((module, one) for one in TECHNOLOGIES for module in one.modules)
_PYTHON = {canonical(name): one for one in TECHNOLOGIES for name in one.python}
_NPM = tuple((package, one) for one in TECHNOLOGIES for package in one.npm)


class Foreign(NamedTuple):
    """A package in the user's spelling, the technology it brings, and the law that refuses it."""

    location: Location
    package: str
    technology: Technology
    law: Law


def foreign_imports(project: Project) -> Iterator[Foreign]:
    """The first import of each refused technology in each product file."""
    told: set[tuple[str, str]] = set()
    for one in _imports(project):
        key = one.location.file, one.technology.name
        if key not in told:
            told.add(key)
            yield one


def _imports(project: Project) -> Iterator[Foreign]:
    for found in python_imports(project):
        for module in found.modules:
            technology = python_module(module)
            if technology is not None and not found.optional:
                yield from _refused(project, found.location, module, technology)
    for imported in web_imports(project):
        technology = web_technology(imported.module)
        if technology is not None and not serves_authentication(project, imported.location.file, technology):
            yield from _refused(project, imported.location, imported.module, technology)


def python_module(module: str) -> Technology | None:
    """The technology of an imported module; None for a companion."""
    return next((one for name, one in _MODULES if is_within(module, name)), None)


@lru_cache(maxsize=4096)
def web_technology(module: str) -> Technology | None:
    """The technology of an npm package, or of a module inside one; None for a companion."""
    return next((one for package, one in _NPM if is_of_package(module, package)), None)


def foreign_dependencies(project: Project) -> Iterator[Foreign]:
    """Each refused package that a manifest of the product asks for at run time."""
    for file, facts in project.manifests.items():
        if is_judged(file):
            yield from _of_manifest(project, file, facts)


def _of_manifest(project: Project, file: str, facts: ManifestFacts) -> Iterator[Foreign]:
    found: set[str] = set()
    for dependency in facts.dependencies:
        technology = _of_dependency(facts, dependency)
        if technology is None or _is_adapter(project, file, technology):
            continue
        if dependency.group in ("main", "optional"):
            found.add(technology.category)
            yield from _refused(project, Location(file, dependency.span), dependency.name, technology)
    if facts.kind == "package" and "frontend framework" not in found:
        for script in facts.scripts:
            if _RUNS_VITE.search(script.command) and script.name in ("dev", "start", "build", "serve"):
                yield from _refused(project, Location(file, script.span), "vite", _VITE)
                return


def _is_adapter(project: Project, manifest: str, technology: Technology) -> bool:
    """Is what a frontend's manifest asks for imported for Better Auth, and for nothing else?"""
    folder = f"{dirname(manifest)}/" if dirname(manifest) else ""
    importing = [
        imported.location.file
        for imported in web_imports(project)
        if imported.location.file.startswith(folder) and web_technology(imported.module) == technology
    ]
    return bool(importing) and all(serves_authentication(project, file, technology) for file in importing)


def _of_dependency(facts: ManifestFacts, dependency: Dependency) -> Technology | None:
    if facts.ecosystem == "npm":
        return web_technology(dependency.name)
    return python_technology(dependency.name) if facts.ecosystem == "python" else None


def python_technology(distribution: str) -> Technology | None:
    """The technology of a distribution; None for a companion."""
    return _PYTHON.get(canonical(distribution))


def _refused(project: Project, location: Location, package: str, technology: Technology) -> Iterator[Foreign]:
    law = law_of(project, location.file)
    if law.refuses(technology) and not is_allowed(project, package, technology):
        yield Foreign(location, package, technology, law)


def is_allowed(project: Project, package: str, technology: Technology | None = None) -> bool:
    """Has the user allowed a package, or the technology it brings, with a reason?"""
    allowed = {canonical(one.name) for one in project.settings.allowed_packages}
    names = {canonical(package), canonical(package.partition(".")[0])}
    if technology is not None:
        names |= {canonical(technology.name), *map(canonical, technology.python)}
    return bool(allowed & names)
