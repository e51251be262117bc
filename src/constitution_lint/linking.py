"""From facts to the project: what was read file by file is linked into one whole, which the gates see."""

import traceback
from pathlib import Path
from typing import Any, cast

from constitution_lint.config import Settings
from constitution_lint.discovery.features import with_lone_plans
from constitution_lint.facts.location import START, Location
from constitution_lint.findings import UnreadableFile
from constitution_lint.model.memory import Memory
from constitution_lint.model.project import Project
from constitution_lint.reading import Reading
from constitution_lint.workspace import Workspace


def link(
    workspace: Workspace,
    settings: Settings,
    aliases: tuple[tuple[str, tuple[str, ...]], ...],
    reading: Reading,
    before: Project | None = None,
    lasting: bool = False,
) -> Project:
    """The project with its API. Where the linking itself fails, the project says so and has no routes.

    `before` is the project that an edit made this one of: what is equal in both is one object in both. A `lasting` one
    will be followed by others.
    """
    facts = cast(dict[str, dict[str, Any]], reading.facts)
    workspace = with_lone_plans(workspace, facts["markdown"])
    project = _joined(
        before,
        lasting,
        workspace=workspace,
        settings=settings,
        code=facts["python"],
        documents=facts["markdown"],
        contracts=facts["contract"],
        web=facts["typescript"],
        manifests=facts["manifest"],
        unreadable=tuple(reading.unreadable),
        exposures=tuple(reading.exposures),
        gate_aliases=aliases,
    )
    if project is before:
        return project
    try:
        from constitution_lint.model.routes import build_api

        _complete(project, api=build_api(project))
    except Exception as error:
        _complete(project, unreadable=(*project.unreadable, _failure(error)))
    return project


def _joined(before: Project | None, lasting: bool, **parts: Any) -> Project:
    """A project of these parts. After an edit it takes over the equal ones of its predecessor, and its memory.

    Where all are equal it is the predecessor: nothing needs to be asked whether it still holds.
    """
    if before is None:
        return Project(**parts, memory=Memory(lasting))
    unchanged = {name: known for name, part in parts.items() if _is_unchanged(known := getattr(before, name), part)}
    return before if len(unchanged) == len(parts) else Project(**{**parts, **unchanged}, memory=before.memory)


def _is_unchanged(known: object, part: object) -> bool:
    """Facts of a file that did not change are one object before and after; what else there is, is small."""
    if not isinstance(known, dict) or not isinstance(part, dict):
        return known == part
    return list(known) == list(part) and all(known[path] is facts for path, facts in part.items())


def _complete(project: Project, **parts: object) -> None:
    """Fill in what was linked before anyone else sees the project: what is memoised on it stays true of it."""
    for name, value in parts.items():
        object.__setattr__(project, name, value)


def _failure(error: Exception) -> UnreadableFile:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return UnreadableFile(Location(".", START), f"the routes could not be linked ({type(error).__name__} at {place})")
