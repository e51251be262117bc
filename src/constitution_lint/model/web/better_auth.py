"""Where frontends make their Better Auth server: calls of the package's `betterAuth`, under whatever name."""

from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.calls import calls_of
from constitution_lint.model.web.evaluation import evaluator_of
from constitution_lint.model.web.modules import package_of
from constitution_lint.model.web.values import Foreign, Value

_PACKAGE = "better-auth"


@remembered
def server_files(project: Project) -> tuple[str, ...]:
    """The files that make a server, sorted."""
    return tuple(sorted(file for file in project.web if _makes_server(project, file)))


def _makes_server(project: Project, file: str) -> bool:
    imports = project.web[file].imports
    if not any(package_of(one.module) == _PACKAGE and not one.type_only for one in imports):
        return False
    evaluator = evaluator_of(project)
    return any(
        _is_maker(value)
        for scope, call in calls_of(project, file)
        for value in evaluator.ask(call.func, evaluator.frame(file, scope))
    )


def _is_maker(value: Value) -> bool:
    return isinstance(value, Foreign) and package_of(value.module) == _PACKAGE and value.path == ("betterAuth",)
