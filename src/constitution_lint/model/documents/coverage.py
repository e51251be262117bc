"""Which part of a repository a plan answers for: the judge holds its claims and excuses against what is found there.

A plan answers for the documents of its own feature, for the files that its tasks name, and for the routes that keep the
promises of its contracts. What no feature names belongs to all of them, and so does everything where one plan stands
alone or names nothing; but not what another phase of the product holds, and no application at all to a plan of none.
"""

import re
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.model.contracts import matching_of
from constitution_lint.model.contracts.matching import root_of
from constitution_lint.model.documents.plans import plans, plans_application
from constitution_lint.model.documents.task_files import located
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.workspace import Feature

_PHASE = re.compile(r"(?:^|[/_. -])phase[\s_-]*(?P<number>0*[1-9]\d?|[ivx]{1,5})(?=[/_. -]|$)", re.IGNORECASE)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}


class Coverage(NamedTuple):
    """What one feature covers: its folder and the code its tasks and contracts lead to.

    `package` is the folder above its specs where that holds an application of its own (one of several phases), else "".
    `serves` is whether the plan may speak of an application at all: that of a console program speaks of none.
    """

    folder: str
    code: frozenset[str]
    package: str
    serves: bool


def answers_for(project: Project, plan: str, *places: Location) -> bool:
    """Whether a plan answers for a finding at any of these places, the first of which is its own."""
    own = _coverages(project).get(plan)
    if own is not None and not _is_about(own, plan, places[0].file):
        return False
    if own is not None and not own.code and _feature_folder(project, places[0].file) is None:
        return _is_within(own.package, places)
    return own is None or may_excuse(project, plan, *places)


def _is_about(own: Coverage, plan: str, file: str) -> bool:
    """Whether a file is the plan's own, or lies at least in its phase, and the plan is one of an application."""
    if file in own.code or file.startswith(f"{own.folder}/"):
        return True
    planned, found = _phase_of(plan), _phase_of(file)
    return own.serves and (planned is None or found is None or planned == found)


def _phase_of(path: str) -> int | None:
    """The number of the phase that a path names: 2 of "Phase-II/backend" and of "specs/phase-2/plan.md"."""
    match = _PHASE.search(path.rpartition("/")[0])
    number = match["number"].lower() if match else ""
    return int(number) if number.isdigit() else _ROMAN.get(number)


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
    return any(file in own.code for file in claimed) or (not claimed and _is_within(own.package, places))


def _is_within(package: str, places: tuple[Location, ...]) -> bool:
    return not package or any(place.file.startswith(f"{package}/") for place in places)


@remembered
def _coverages(project: Project) -> dict[str, Coverage]:
    return {
        plan.path: Coverage(
            plan.feature.folder, _code_of(project, plan.feature, package), package, plans_application(plan.facts)
        )
        for plan in plans(project)
        for package in (_package(project, plan.path),)
    }


def _package(project: Project, plan: str) -> str:
    """The folder a plan speaks of where it holds an application, and others lie beside it."""
    root = root_of(plan)
    applications = (*project.workspace.backends, *project.workspace.frontends)
    return root if root and any(f"{folder}/".startswith(f"{root}/") for folder in applications) else ""


def _code_of(project: Project, feature: Feature, package: str) -> frozenset[str]:
    found = set(_files_of_tasks(project, feature.tasks or "", feature.folder))
    for pair in matching_of(project).pairs:
        if pair.promise.file in feature.contracts:
            found.update(route.location.file for route in pair.routes)
    within = f"{package}/" if package else ""
    return frozenset(file for file in found if file.startswith(within) and not file.endswith(".md"))


@remembered
def _files_of_tasks(project: Project, path: str, folder: str) -> frozenset[str]:
    tasks = project.documents.get(path)
    named = [mention.path for task in (tasks.tasks if tasks else ()) for mention in task.paths]
    return frozenset(file for name in named if not name.endswith("/") for file in located(project, name, folder))


def _feature_folder(project: Project, file: str) -> str | None:
    """The folder of the feature whose document a file is; None for code and for what stands beside the features."""
    folders = [feature.folder for feature in project.workspace.features if file.startswith(f"{feature.folder}/")]
    return max(folders, key=len, default=None)
