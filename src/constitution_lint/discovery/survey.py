"""Discovery: a folder becomes a `Survey`, the workspace with the state of every file and folder that decided it.

Nothing of the target is read here but ignore files, the git index, and a screening of Python and package.json files for
the applications they make.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from constitution_lint.config import Settings
from constitution_lint.discovery.applications import backends_of, frontends_of
from constitution_lint.discovery.features import features_of
from constitution_lint.discovery.ignore_rules import excludes
from constitution_lint.discovery.kinds import Kind, is_env_file, is_history, kind_of
from constitution_lint.discovery.walking import Walk, walk
from constitution_lint.workspace import FileState, Workspace


@dataclass(frozen=True)
class Survey:
    """What was found and what it depends on: the state of each kept file, and the time stamp of each folder entered."""

    workspace: Workspace
    kinds: dict[str, Kind]
    """The reader of each file that one reads, in sorted order."""
    files: dict[str, FileState]
    folders: dict[str, int]
    unreadable: dict[str, str]
    """Folders and files that could not be looked at, each with the reason."""


def discover(root: Path, settings: Settings, buffers: Collection[str] = ()) -> Survey:
    """Look through a folder. `root` must exist; the workspace holds it resolved.

    `buffers` are files open in an editor; those never saved count as if they stood in their folder.
    """
    root = root.resolve()
    walked = walk(root, settings.exclude)
    for file in buffers:
        if (
            file.rpartition("/")[0] in walked.folders
            and not (root / file).exists()
            and not excludes(settings.exclude, file)
        ):
            walked.files[file] = FileState(0, 0)
    files = tuple(sorted(walked.files))
    features = features_of(files)
    known = {file.lower() for file in files}
    kinds = {file: kind for file in files if (kind := kind_of(file, features, known)) is not None}
    return Survey(_workspace(root, walked, files, kinds), kinds, walked.files, walked.folders, walked.unreadable)


def _workspace(root: Path, walked: Walk, files: tuple[str, ...], kinds: dict[str, Kind]) -> Workspace:
    def of_kind(wanted: Kind) -> tuple[str, ...]:
        return tuple(file for file, kind in kinds.items() if kind == wanted)

    return Workspace(
        root=root.as_posix(),
        files=files,
        features=features_of(files),
        constitutions=tuple(
            file for file in of_kind("markdown") if file.lower().rpartition("/")[2] == "constitution.md"
        ),
        contracts=of_kind("contract"),
        backends=backends_of(root, of_kind("python"), walked.files),
        frontends=frontends_of(root, files),
        manifests=of_kind("manifest"),
        histories=tuple(file for file in of_kind("markdown") if is_history(file)),
        tracked_env_files=_tracked_env_files(walked, files),
        ignore_rules=walked.ignore_rules,
        left_out=dict(sorted(walked.left_out.items())),
    )


def _tracked_env_files(walked: Walk, files: tuple[str, ...]) -> tuple[str, ...] | None:
    if walked.tracked is None:
        return None
    return tuple(file for file in files if file in walked.tracked and is_env_file(file))
