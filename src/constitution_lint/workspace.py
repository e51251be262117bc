"""What is where in the target. Discovery makes a `Workspace`; readers and model take it from there."""

import msgspec


class FileState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What tells that a file did not change: modification time in nanoseconds and size in bytes."""

    modified: int
    size: int


class Feature(msgspec.Struct, frozen=True):
    """One feature folder. Every path is relative to the root; a document that is absent is None.

    `name` is the folder's own name ("001-todo"); `contracts` are the files of its contracts/ folder.
    """

    name: str
    folder: str
    spec: str | None = None
    plan: str | None = None
    tasks: str | None = None
    research: str | None = None
    data_model: str | None = None
    quickstart: str | None = None
    contracts: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """What people are told of it: its name, and of one that has no folder of its own where it stands."""
        return self.name or "the root"


class IgnoreRule(msgspec.Struct, frozen=True):
    """One pattern of a .gitignore file, with its 1-based line."""

    file: str
    line: int
    pattern: str


class Workspace(msgspec.Struct, frozen=True):
    """The target as discovered. Paths are relative to `root` (absolute, resolved), sorted, with forward slashes.

    `files` holds every file kept, also those no reader takes; `left_out` counts what was not looked at, by reason.
    `backends` are the folders of modules that make a FastAPI application, `frontends` the folders of package.json
    files that declare or hold a Next.js (or other browser) application; "" stands for the root itself.
    """

    root: str
    files: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    constitutions: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    frontends: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    histories: tuple[str, ...] = ()
    tracked_env_files: tuple[str, ...] | None = None
    """The kept environment files (`.env…`) that git tracks; None where no index can be read."""
    ignore_rules: tuple[IgnoreRule, ...] = ()
    """The patterns of every .gitignore file met, in the order of files and lines."""
    left_out: dict[str, int] = {}


def folder_of(file: str) -> str:
    """The folder that holds a file, "" for the root."""
    return file.rpartition("/")[0]


def folders_above(file: str) -> tuple[str, ...]:
    """The folders that hold a file, the nearest first, "" for the root last."""
    parts = file.split("/")[:-1]
    return tuple("/".join(parts[:length]) for length in range(len(parts), -1, -1))
