"""Feature folders among the kept files: where a spec, a plan and tasks lie together. Flows into the workspace.

Once the documents were read, a plan that stands alone makes a feature too, where it shows itself to be one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from constitution_lint.facts.document import DocumentFacts
from constitution_lint.workspace import Feature, Workspace

_DOCUMENTS = {
    "spec.md": "spec",
    "plan.md": "plan",
    "tasks.md": "tasks",
    "research.md": "research",
    "data-model.md": "data_model",
    "quickstart.md": "quickstart",
}
_CORE = frozenset({"spec", "plan", "tasks"})
_HEADER = frozenset({"branch", "feature branch", "spec", "input"})
_NO_PLAN = re.compile(r"(?:^|/)(?:\.[^/]+|templates?|commands|prompts|skills|examples?|history)/", re.IGNORECASE)


def features_of(files: Iterable[str]) -> tuple[Feature, ...]:
    """Every feature, sorted by folder.

    Below a `specs` folder one of spec, plan and tasks makes a feature, in phase folders too; elsewhere, the root
    included, two of them must lie together, since `docs/plan.md` alone need not be a feature's plan. Where a repository
    has a `specs` folder for its features, other folders need all three: other methods write a spec and a plan as well.
    """
    folders: dict[str, dict[str, str]] = defaultdict(dict)
    contracts: dict[str, list[str]] = defaultdict(list)
    for file in files:
        folder, _, name = file.rpartition("/")
        part = _DOCUMENTS.get(name.lower().replace("_", "-"))
        if part is not None:
            folders[_home_of(folder, part)].setdefault(part, file)
        contracts_folder = _contracts_folder(folder)
        if contracts_folder is not None:
            contracts[contracts_folder].append(file)
    has_specs = any(_is_below_specs(folder) and _CORE & documents.keys() for folder, documents in folders.items())
    return tuple(
        Feature(name=folder.rpartition("/")[2], folder=folder, contracts=tuple(sorted(contracts[folder])), **documents)
        for folder, documents in sorted(folders.items())
        if _is_feature(folder, documents, has_specs)
    )


def with_lone_plans(workspace: Workspace, documents: Mapping[str, DocumentFacts]) -> Workspace:
    """The workspace with those `plan.md` that no feature has, and that have the header and the check of one."""
    folders = {feature.folder for feature in workspace.features}
    taken = {feature.plan for feature in workspace.features}
    lone = [
        _alone(path, workspace.files)
        for path, facts in sorted(documents.items())
        if path not in taken and path.rpartition("/")[0] not in folders and _is_plan(path, facts)
    ]
    if not lone:
        return workspace
    features = sorted((*workspace.features, *lone), key=lambda feature: feature.folder)
    return msgspec.structs.replace(workspace, features=tuple(features))


def _is_plan(path: str, facts: DocumentFacts) -> bool:
    named = path.lower().rpartition("/")[2] == "plan.md" and not _NO_PLAN.search(path)
    return named and bool(facts.checks) and any(field.name.casefold() in _HEADER for field in facts.header)


def _alone(path: str, files: Iterable[str]) -> Feature:
    """The feature of a plan that stands alone, with whatever lies beside it."""
    folder = path.rpartition("/")[0]
    feature = Feature(name=folder.rpartition("/")[2], folder=folder, plan=path)
    beside = {
        part: file
        for file in files
        if file.rpartition("/")[0] == folder
        and (part := _DOCUMENTS.get(file.lower().rpartition("/")[2], "plan")) != "plan"
    }
    return msgspec.structs.replace(feature, **beside)


def _home_of(folder: str, part: str) -> str:
    """The feature's folder: a document may have one of its own there, `phase-3/plan/plan.md`."""
    above, _, name = folder.rpartition("/")
    return above if name.lower() == part and _is_below_specs(above.rpartition("/")[0]) else folder


def _is_feature(folder: str, documents: dict[str, str], has_specs: bool) -> bool:
    enough = 1 if _is_below_specs(folder) else len(_CORE) if has_specs and folder else 2
    return len(_CORE.intersection(documents)) >= enough


def _is_below_specs(folder: str) -> bool:
    return "specs" in folder.lower().split("/")


def _contracts_folder(folder: str) -> str | None:
    """The folder that holds the nearest `contracts` folder around a file, or None."""
    parts = folder.split("/")
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].lower() == "contracts":
            return "/".join(parts[:index])
    return None
