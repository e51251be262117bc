"""For gate 10: the ORM under Better Auth itself, which is not a second data layer of the application.

Better Auth, "Database": its server is handed a database through an adapter (Drizzle, Prisma, Kysely, a driver's pool).
What nothing but its configuration loads belongs to it, as gate 3 has it; so does a schema that only a tool reads.
"""

from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.stack.technologies import Technology
from constitution_lint.model.web.application import application_files
from constitution_lint.model.web.better_auth import server_files
from constitution_lint.model.web.boundaries import authentication_files
from constitution_lint.model.web.modules import package_of, steps_of
from constitution_lint.model.web.served_requests import home_of


def serves_authentication(project: Project, file: str, technology: Technology) -> bool:
    """Is an ORM in this file of a frontend there for Better Auth alone?"""
    if technology.category != "ORM" or home_of(project, file) not in _homes(project):
        return False
    return file in _own_files(project) or _is_schema(project, file)


def _is_schema(project: Project, file: str) -> bool:
    """A file that the application does not load and that knows nothing but the ORM: its tool's own."""
    packages = {package_of(one.module) for one in project.web[file].imports}
    return len(packages) == 1 and file not in application_files(project)


@remembered
def _homes(project: Project) -> frozenset[str | None]:
    """The frontends that make a Better Auth server."""
    return frozenset(home_of(project, file) for file in server_files(project))


@remembered
def _own_files(project: Project) -> frozenset[str]:
    """What the configuration loads and no other file of the application does; its own file may be asked for."""
    lawful = authentication_files(project)
    shared = {
        step.target
        for file in application_files(project) - lawful
        for step in steps_of(project)[file]
        if step.target in lawful and not step.written.type_only
    }
    return lawful - shared.difference(server_files(project))
