"""Which part of a repository a plan answers for: the judge holds its claims and excuses against what is found there.

A plan answers for the documents of its own feature, for the files that its tasks name, and for the routes that keep the
promises of its contracts. What no feature names belongs to all of them, and so does everything where one plan stands
alone or names nothing.
"""

from functools import lru_cache
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.contracts import matching_of
from constitution_lint.model.documents.plans import plans
from constitution_lint.model.documents.task_files import located
from constitution_lint.model.project import Project
from constitution_lint.workspace import Feature


class Coverage(NamedTuple):
    """What one feature covers: its folder and the code its tasks and contracts lead to."""

    folder: str
    code: frozenset[str]


def answers_for(project: Project, plan: str, *places: Location) -> bool:
    """Whether a plan answers for a finding at any of these places, the first of which is its own."""
    own = _coverages(project).get(plan)
    return own is None or (not own.code and _is_code(project, places[0])) or may_excuse(project, plan, *places)


def may_excuse(project: Project, plan: str, *places: Location) -> bool:
    """Whether a finding at these places is the plan's own or nobody's: another feature's is for its own plan."""
    covered = _coverages(project)
    own = covered.get(plan)
    if own is None or len(covered) == 1:
        return own is not None
    files = [place.file for place in places]
    folder = _feature_folder(project, files[0])
    if folder is not None:
        return folder == own.folder
    claimed = [file for file in files if any(file in coverage.code for coverage in covered.values())]
    return not claimed or any(file in own.code for file in claimed)


def _is_code(project: Project, place: Location) -> bool:
    return _feature_folder(project, place.file) is None


@lru_cache(maxsize=4)
def _coverages(project: Project) -> dict[str, Coverage]:
    return {plan.path: Coverage(plan.feature.folder, _code_of(project, plan.feature)) for plan in plans(project)}


def _code_of(project: Project, feature: Feature) -> frozenset[str]:
    tasks = project.documents.get(feature.tasks or "")
    named = [mention.path for task in (tasks.tasks if tasks else ()) for mention in task.paths]
    found = {file for path in named if not path.endswith("/") for file in located(project, path, feature.folder)}
    for pair in matching_of(project).pairs:
        if pair.promise.file in feature.contracts:
            found.update(route.location.file for route in pair.routes)
    return frozenset(file for file in found if not file.endswith(".md"))


def _feature_folder(project: Project, file: str) -> str | None:
    """The folder of the feature whose document a file is; None for code and for what stands beside the features."""
    folders = [feature.folder for feature in project.workspace.features if file.startswith(f"{feature.folder}/")]
    return max(folders, key=len, default=None)
