"""Which application of a repository a route belongs to, where several carry the same name."""

from functools import lru_cache
from posixpath import dirname

from constitution_lint.model.api import Route
from constitution_lint.model.project import Project


def application_of(project: Project, route: Route) -> str:
    """A name for the application that is its own: what its file says, else its variable and the nearest folder."""
    files = application_files(project)
    if route.declared.file in files:
        return f"{route.app} {route.declared.file}"
    around = [file for file in files if _is_below(route.declared.file, dirname(file))]
    if not around:
        return route.app
    deepest = max(len(dirname(file)) for file in around)
    return f"{route.app} {min(file for file in around if len(dirname(file)) == deepest)}"


def _is_below(file: str, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")


@lru_cache(maxsize=4)
def application_files(project: Project) -> tuple[str, ...]:
    """The files that make an application, sorted, each once."""
    return tuple(sorted({place.file for place in project.api.apps}))
