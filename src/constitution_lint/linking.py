"""From facts to the project: what the reader left file by file is linked to one whole, which the gates see."""

import traceback
from pathlib import Path
from typing import Any, cast

from constitution_lint.config import Settings
from constitution_lint.facts.location import START, Location
from constitution_lint.findings import UnreadableFile
from constitution_lint.model.project import Project
from constitution_lint.reading import Reading
from constitution_lint.workspace import Workspace


def link(
    workspace: Workspace, settings: Settings, aliases: tuple[tuple[str, tuple[str, ...]], ...], reading: Reading
) -> Project:
    """The project with its API. Where the linking itself fails, the project says so and has no routes."""
    facts = cast(dict[str, dict[str, Any]], reading.facts)
    project = Project(
        workspace=workspace,
        settings=settings,
        code=facts["python"],
        documents=facts["markdown"],
        contracts=facts["contract"],
        web=facts["typescript"],
        manifests=facts["manifest"],
        unreadable=tuple(reading.unreadable),
        gate_aliases=aliases,
    )
    try:
        from constitution_lint.model.routes import build_api

        _complete(project, api=build_api(project))
    except Exception as error:
        _complete(project, unreadable=(*project.unreadable, _failure(error)))
    return project


def _complete(project: Project, **parts: object) -> None:
    """Fill in what was linked before anyone else sees the project: what is memoised on it stays true of it."""
    for name, value in parts.items():
        object.__setattr__(project, name, value)


def _failure(error: Exception) -> UnreadableFile:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return UnreadableFile(Location(".", START), f"the routes could not be linked ({type(error).__name__} at {place})")
