"""Gate 10, Declared Tech Stack: imports, manifests, databases and plans keep to the stack that was declared."""

from collections.abc import Iterator

from constitution_lint.facts.location import START, Location
from constitution_lint.findings import Examination, Related, Undecided, Violation
from constitution_lint.model.manifests import is_judged
from constitution_lint.model.project import Project
from constitution_lint.model.stack.absent_parts import absent_parts
from constitution_lint.model.stack.databases import other_databases
from constitution_lint.model.stack.foreign_packages import Foreign, foreign_dependencies, foreign_imports
from constitution_lint.model.stack.governing_stack import Law, is_declared
from constitution_lint.model.stack.imports import python_imports, web_imports
from constitution_lint.model.stack.next_versions import next_versions
from constitution_lint.model.stack.plan_drift import Drift, drifts
from constitution_lint.model.stack.technologies import Category
from constitution_lint.model.stack.undeclared_packages import undeclared_imports, unlisted_backends
from constitution_lint.model.web.application import is_next, old_pages

_SHOWN = 3


def foreign_import(project: Project) -> Iterator[Violation]:
    """Product code imports a package of another stack."""
    for found in foreign_imports(project):
        message = f"imports {_spelled(found)}, and the declared {_declared(found.law, found.technology.category)}"
        yield Violation(found.location, message, _line(found.law, found.technology.category), found.package)


def foreign_dependency(project: Project) -> Iterator[Violation]:
    """A manifest of the product asks for a package of another stack."""
    for found in foreign_dependencies(project):
        message = f"asks for {_spelled(found)}, and the declared {_declared(found.law, found.technology.category)}"
        yield Violation(found.location, message, _line(found.law, found.technology.category), found.package)


def undeclared_import(project: Project) -> Iterator[Violation]:
    """The backend imports a package that no manifest asks for."""
    for found in undeclared_imports(project):
        lacking = f"{found.manifest} does not ask for it" if found.manifest else "no manifest asks for it"
        message = f"{found.package} is imported, and {lacking}"
        yield Violation(found.location, message, subject=found.package)
    for backend in unlisted_backends(project):
        names = ", ".join(backend.packages[:_SHOWN])
        more = f" and {len(backend.packages) - _SHOWN} more" if len(backend.packages) > _SHOWN else ""
        message = f"the backend imports {names}{more}, and no manifest asks for any package"
        yield Violation(backend.location, message, subject=backend.folder)


def stack_drift(project: Project) -> Iterator[Violation]:
    """A plan's Technical Context names another stack than the one that holds for it."""
    for drift in drifts(project):
        category = drift.declared.technology.category
        yield Violation(drift.location, _drifted(drift), _line(drift.law, category), drift.declared.technology.name)


def _drifted(drift: Drift) -> str:
    technology, law = drift.declared.technology, drift.law
    if technology in law.approved:
        named = f"{technology.name} {drift.declared.mention.major}"
        return f'the plan names {named} under "{drift.field}", and the stack asks for {law.least_next} or later'
    declared = _declared(law, technology.category)
    return f'the plan names {technology.name} under "{drift.field}", and the declared {declared}'


def other_database(project: Project) -> Iterator[Violation]:
    """What is configured leads to another database where nobody says otherwise."""
    for found in other_databases(project):
        message = f"{found.what}, and the declared {_declared(found.law, 'database')}"
        yield Violation(found.location, message, _line(found.law, "database"), found.technology.name)


def absent_part(project: Project) -> Iterator[Violation]:
    """A part of the stack is declared, and nothing uses it."""
    for found in absent_parts(project):
        message = f"{found.technology.name} is declared, and nothing uses it"
        yield Violation(found.location, message, subject=found.technology.name)


def outdated_next(project: Project) -> Iterator[Violation]:
    """A frontend gets a version of Next.js below the least one declared."""
    for found in next_versions(project):
        if found.major is None or found.major >= found.least:
            continue
        got = f"the lock file installs {found.version}" if found.lock else f'"{found.specifier}" allows no later one'
        message = f"Next.js {found.least} or later is declared, and {got}"
        related = (Related(found.lock, f"next {found.version} is locked here"),) if found.lock else ()
        yield Violation(found.location, message, related, found.location.file)


def pages_router(project: Project) -> Iterator[Violation]:
    """A Next.js application serves pages from `pages/` and not from `app/`."""
    for home in sorted(is_next(project)):
        files = old_pages(project, home)
        if files:
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            yield Violation(
                Location(files[0], START), f"the Pages Router serves {files[0]}{more}", subject=home or "frontend"
            )


def examine(project: Project) -> Examination:
    """Counts what is held against the declaration; without any declaration there is nothing to hold it against."""
    if not is_declared(project):
        return Examination({})
    counts = {
        "documents": len(project.workspace.constitutions) + sum(1 for one in project.workspace.features if one.plan),
        "manifests": sum(is_judged(file) for file in project.manifests),
        "package imports": len(python_imports(project)) + len(web_imports(project)),
    }
    return Examination(counts, tuple(_undecided(project)))


def _undecided(project: Project) -> Iterator[Undecided]:
    for found in next_versions(project):
        if found.major is None:
            yield Undecided(
                found.location, f'which Next.js "{found.specifier}" brings cannot be told without a lock file'
            )


def _spelled(found: Foreign) -> str:
    return found.package if found.package == found.technology.name else f"{found.package} ({found.technology.name})"


def _declared(law: Law, category: Category) -> str:
    return f"{category} is {' or '.join(one.name for one in law.fillers(category))}"


def _line(law: Law, category: Category) -> tuple[Related, ...]:
    place = law.place_of(category)
    return (Related(place, f"the {category} is declared here"),) if place else ()
