"""Which application of a repository a route or endpoint belongs to, where several share a name."""

from posixpath import dirname

from constitution_lint.facts.location import Location
from constitution_lint.model.api import Route
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.operations import ServedOperation, served_of, served_operations
from constitution_lint.model.project import Project
from constitution_lint.model.routing.types import App


def application_of(project: Project, route: Route) -> str:
    """A name of the route's application that no other application has."""
    homes = homes_of(project, route.app, route.declared)
    return f"{homes[0]}:{route.app}" if homes else route.app


def homes_of(project: Project, app: str, declared: Location) -> tuple[str, ...]:
    """The files of the applications of one name that a declaration may belong to.

    What an application's own file declares is its own; a router belongs to the applications that import its module, one
    that is found in another way to those of the nearest folder.
    """
    files = _files(project).get(app, ())
    if declared.file in files or len(files) < 2:
        return (declared.file,) if declared.file in files else files
    importing = tuple(file for file in files if declared.file in _imported(project, file))
    if importing:
        return importing
    around = [file for file in files if _is_below(declared.file, dirname(file))]
    deepest = max((len(dirname(file)) for file in around), default=0)
    return tuple(file for file in around if len(dirname(file)) == deepest)


@remembered
def _imported(project: Project, file: str) -> frozenset[str]:
    """Every file of the project that a file imports, directly or not."""
    names = names_of(project)
    found = {file}
    waiting = [file]
    while waiting:
        for module in names.imports(waiting.pop()):
            if module.file is not None and module.file not in found:
                found.add(module.file)
                waiting.append(module.file)
    return frozenset(found)


def _is_below(file: str, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")


@remembered
def _files(project: Project) -> dict[str, tuple[str, ...]]:
    """The files that make an application, by its name, sorted, each once."""
    found: dict[str, set[str]] = {}
    for app in served_of(project).apps:
        found.setdefault(app.name, set()).add(app.location.file)
    return {name: tuple(sorted(files)) for name, files in found.items()}


def applications(project: Project) -> dict[str, App]:
    """The applications by a name of their own, `file:variable`."""
    return {f"{app.location.file}:{app.name}": app for app in served_of(project).apps}


def operations_served_by(project: Project, app: App) -> tuple[ServedOperation, ...]:
    """What one application serves and shows in its schema, each verb and path once, in the order of matching."""
    found: dict[tuple[str, str], ServedOperation] = {}
    for one in served_operations(project):
        endpoint = one.endpoint
        if endpoint.app != app.name or not endpoint.include_in_schema or not endpoint.mounted:
            continue
        homes = homes_of(project, endpoint.app, endpoint.declared)
        if not homes or app.location.file in homes:
            found.setdefault((endpoint.method, endpoint.path), one)
    return tuple(found.values())
