"""A commented configuration for a repository without one: what was found and inferred, ready to be edited.

Prose stands behind `# `, settings that are off behind `#` alone: taking that sign away turns one on.
"""

import json
from collections.abc import Iterable, Iterator

from constitution_lint.model.layers import layer_of_files, order_of
from constitution_lint.model.project import Project
from constitution_lint.reporters.cells import visible
from constitution_lint.workspace import folder_of


def render(project: Project) -> str:
    """TOML that changes nothing until a line of it is turned on."""
    sections = (
        _head(project),
        _running(),
        _public(project),
        _guards(),
        _owners(project),
        _packages(),
        _layers(project),
        _aliases(),
        _waivers(),
    )
    return "\n".join("\n".join(section) + "\n" for section in sections)


def _head(project: Project) -> Iterator[str]:
    workspace = project.workspace
    yield "# Settings of constitution-lint for this repository. What it infers by itself stands here as comments, and"
    yield "# nothing changes until you take the sign in front of a setting away."
    yield "#"
    yield f"# Backends:  {_named(workspace.backends)}"
    yield f"# Frontends: {_named(workspace.frontends)}"
    yield f"# Features:  {_named([feature.folder for feature in workspace.features])}"
    yield f"# Contracts: {_named(workspace.contracts)}"
    yield f"# Served:    {len(project.api.routes)} routes, {len(project.api.tables)} tables"


def _running() -> Iterator[str]:
    yield '# The least severity that fails a run: "error", "warning" or "note".'
    yield '#fail-on = "error"'
    yield "# Paths to leave out, as in .gitignore, and rules or gates not to run (such a gate cannot be held)."
    yield '#exclude = ["legacy/"]'
    yield '#ignore = ["vague-requirement"]'
    yield "# Findings accepted in bulk; `constitution-lint . --write-baseline FILE` writes the file."
    yield '#baseline = "constitution-baseline.json"'


def _public(project: Project) -> Iterator[str]:
    """The routes taken as public, each with the reason why."""
    yield "# Routes that anyone may call, by method and path (with * for any text). These were taken as public:"
    public = {route.name: route.public for route in project.api.routes if route.public}
    rows = [(name, public[name].removeprefix("declared: ")) for name in sorted(public)]
    yield "#public-routes = ["
    for name, reason in rows or [("GET /health", "monitoring")]:
        yield f"#  {{ route = {_text(name)}, reason = {_text(reason)} }},"
    yield "#]"


def _guards() -> Iterator[str]:
    yield "# Dependencies that authenticate in a way no reading of the source can show."
    yield '#guards = [{ name = "app.auth.verified_by_gateway", reason = "the gateway checks the token" }]'


def _owners(project: Project) -> Iterator[str]:
    tables = project.api.tables
    owners = sorted({column for table in tables for column in table.owner_columns}) or ["user_id"]
    users = [table.table for table in tables if table.is_user] or ["user"]
    yield "# Columns that name the owner of a row, and the table of users. These were found:"
    yield f"#owner-columns = [{', '.join(map(_text, owners))}]"
    yield f"#user-table = {_text(users[0])}"


def _packages() -> Iterator[str]:
    yield "# Packages beyond the declared stack that were agreed on."
    yield '#allowed-packages = [{ name = "celery", reason = "background work, agreed in the architecture review" }]'


def _layers(project: Project) -> Iterator[str]:
    """The layers found, outermost first."""
    yield "# Layers from the outermost inwards, each with its folders or files; imports may only run downwards here."
    yield "#[layers]"
    for layer in order_of(project):
        yield f"#{layer} = [{', '.join(map(_text, _places(layer, project)))}]"


def _places(layer: str, project: Project) -> list[str]:
    """The folders that hold this layer alone, of the others the files; nothing within a folder named already."""
    layers = layer_of_files(project)
    foreign = {
        folder_of(file) for file in project.code if layers.get(file) != layer and not file.endswith("__init__.py")
    }
    files = [file for file, name in layers.items() if name == layer]
    places = sorted({file if folder_of(file) in (foreign | {""}) else folder_of(file) for file in files})
    return [place for place in places if not any(place.startswith(f"{other}/") for other in places)]


def _aliases() -> Iterator[str]:
    yield "# Further names by which your plans know a gate, in lower case."
    yield "#[gate-aliases]"
    yield '#user-data-isolation = ["tenant separation"]'


def _waivers() -> Iterator[str]:
    yield "# Findings that are accepted, always with a reason; a date ends that. `constitution-lint waivers` lists them"
    yield "# together with those written as comments and in Complexity Tracking tables."
    yield "#[[waivers]]"
    yield '#rule = "unscoped-read"'
    yield '#files = "backend/reports/**"'
    yield '#reason = "reports are read by administrators only"'
    yield "#until = 2099-12-31"


def _named(names: Iterable[str], most: int = 6) -> str:
    """A list in one line; the root has no name of its own."""
    known = [name or "." for name in names]
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most} more"
    return ", ".join(known) or "none"


def _text(text: str) -> str:
    """A basic string of TOML, which escapes quotes and backslashes as JSON does."""
    return json.dumps(visible(text), ensure_ascii=False)
