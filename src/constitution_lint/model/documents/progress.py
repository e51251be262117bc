"""Whether work on a feature has begun: what its task list ticks, and what of it is there."""

from constitution_lint.model.documents.task_files import is_there, made_files
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.workspace import Feature

_LEAST_TASKS = 3


@remembered
def waiting_features(project: Project) -> tuple[Feature, ...]:
    """The features whose lists tick no task and name files most of which nobody has made yet.

    Many teams tick nothing: a list counts as waiting only where the tree says so too.
    """
    return tuple(feature for feature in project.workspace.features if _waits(project, feature))


def _waits(project: Project, feature: Feature) -> bool:
    facts = project.documents.get(feature.tasks or "")
    listed = [task for task in facts.tasks if task.checkbox] if facts else []
    if len(listed) < _LEAST_TASKS or any(task.ticked for task in listed):
        return False
    named = {mention.mention.path for task in listed for mention in made_files(task)}
    there = sum(is_there(project, path, feature.folder) for path in named)
    return bool(named) and 2 * there < len(named)
