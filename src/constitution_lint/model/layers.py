"""For gate 3 and `layers`: which layer each backend file belongs to, and the imports between layers.

Layers come from the configuration, else from the names of files and folders that FastAPI projects give them, else from
what a plan's drawn tree says a folder is for.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import Stmt
from constitution_lint.facts.location import Location, Span
from constitution_lint.model.contracts.matching import root_of
from constitution_lint.model.documents.plans import folder_set, plans
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.graphs import components
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.project import Project
from constitution_lint.model.walk import calls, dotted_name, walk_statements

LAYERS = ("routes", "services", "repositories", "models")
"""From the outermost to the innermost; an import may only run inwards."""
_ROUTES = frozenset({"routes", "routers", "router", "route", "endpoints", "controllers", "api", "views", "handlers"})
_SERVICES = frozenset({"services", "service", "usecases", "use_cases"})
_REPOSITORIES = frozenset({"repositories", "repository", "repos", "crud", "dao"})
_MODELS = frozenset({"models", "model", "entities", "tables"})
_NAMED = {
    **dict.fromkeys(_ROUTES, "routes"),
    **dict.fromkeys(_SERVICES, "services"),
    **dict.fromkeys(_REPOSITORIES, "repositories"),
    **dict.fromkeys(_MODELS, "models"),
}
_NOTES = (
    (
        "routes",
        re.compile(r"\b(?:api|http) (?:endpoints?|routes?|routers?|handlers?)\b|\brouters?\b|\bendpoints?\b", re.I),
    ),
    ("services", re.compile(r"\bbusiness logic\b|\bservice layer\b|\buse cases?\b|\bapplication services?\b", re.I)),
    ("repositories", re.compile(r"\bdata access\b|\brepositor(?:y|ies)\b|\bcrud (?:operations|functions)\b", re.I)),
    ("models", re.compile(r"\b(?:sqlmodel|sqlalchemy|orm|database) (?:models?|entities|tables)\b", re.I)),
)
"""What plans write beside the folder of a layer."""
_NO_LAYER = frozenset(
    ["schemas", "schema", "dto", "core", "config", "utils", "common", "middleware", "dependencies", "deps", "lib"]
)
"""Folders and files that serve all layers; what lies beneath them belongs to none."""


class Step(NamedTuple):
    """One import: from a file, at a place in it, to another file of the project."""

    source: str
    span: Span
    target: str

    @property
    def location(self) -> Location:
        return Location(self.source, self.span)


class Breach(NamedTuple):
    """An import outwards: the layers at both ends, and the imports that lead from one to the other."""

    inner: str
    outer: str
    chain: tuple[Step, ...]


@remembered
def order_of(project: Project) -> tuple[str, ...]:
    """The names of the layers, outermost first: as configured, or the usual four."""
    return tuple(name for name, _ in project.settings.layers) or LAYERS


@remembered
def layer_of_files(project: Project) -> dict[str, str]:
    """The layer of every product file that has one, by path in sorted order."""
    place = _configured if project.settings.layers else _inferred
    found = ((file, place(project, file)) for file in sorted(project.code) if is_product(file))
    return {file: layer for file, layer in found if layer}


def _configured(project: Project, file: str) -> str:
    fits = [
        (len(folder), name)
        for name, folders in project.settings.layers
        for folder in (entry.strip("/") for entry in folders)
        if file == folder or file.startswith(f"{folder}/")
    ]
    return max(fits)[1] if fits else ""


def _inferred(project: Project, file: str) -> str:
    """The nearest name that tells: the file's own, then its folders from the inside out.

    A folder that holds a whole application ("services/billing/main.py") or the layers of one domain
    ("feedback/service/models.py" beside "views.py") is no layer. In a folder of models a file named "service" is a
    model. A file counts to the routes only when it declares some: an `api` folder also holds what is shared; and one
    that declares some counts to them whatever it is called ("api/tasks/crud.py").
    """
    *folders, stem = file.removesuffix(".py").lower().split("/")
    for depth in range(len(folders), -1, -1):
        name = stem if depth == len(folders) else folders[depth]
        if name in _NO_LAYER:
            return ""
        layer = _NAMED.get(name, "")
        if not layer and depth < len(folders):
            layer = _planned(project).get("/".join(file.split("/")[: depth + 1]), "")
        if layer and depth < len(folders) and _is_whole(project, "/".join(file.split("/")[: depth + 1])):
            continue
        if depth == len(folders) and _is_named_otherwise(project, file, layer):
            continue
        if layer and depth == len(folders) and _declares_routes(project, file):
            return "routes"
        if layer == "routes" and not _declares_routes(project, file):
            return ""
        if layer:
            return layer
    return ""


@remembered
def _planned(project: Project) -> dict[str, str]:
    """Folders that a plan's tree draws with a note that names one layer ("domain/  # Business logic")."""
    found: dict[str, str] = {}
    for plan in plans(project):
        for tree in plan.facts.trees:
            for entry in tree.entries if tree.part != "documentation" else ():
                meant = [layer for layer, words in _NOTES if words.search(entry.note)]
                if entry.is_folder and not entry.placeholder and len(meant) == 1:
                    for folder in (f"{root_of(plan.path)}/{entry.path}".strip("/"), entry.path.strip("/")):
                        if folder in folder_set(project):
                            found.setdefault(folder, meant[0])
    return found


def _is_named_otherwise(project: Project, file: str, layer: str) -> bool:
    """Does a file that is named for one layer lie in the folder of another ("models/service.py")?"""
    folder = file.rpartition("/")[0]
    around = _NAMED.get(folder.rpartition("/")[2].lower(), "")
    return layer != "" and around not in ("", "routes", layer) and not _is_whole(project, folder)


def _is_whole(project: Project, folder: str) -> bool:
    """Does a folder hold an application, or files of two layers besides the one it is named for?"""
    own = _NAMED.get(folder.rpartition("/")[2].lower(), "")
    return _holds_application(project, folder) or len(_layers_inside(project).get(folder, frozenset()) - {own}) > 1


@remembered
def _layers_inside(project: Project) -> dict[str, frozenset[str]]:
    """The layers that the files directly inside each folder are named for."""
    found: dict[str, set[str]] = {}
    for file in project.code:
        folder, _, name = file.rpartition("/")
        layer = _NAMED.get(name.removesuffix(".py").lower())
        if layer:
            found.setdefault(folder, set()).add(layer)
    return {folder: frozenset(layers) for folder, layers in found.items()}


def _holds_application(project: Project, folder: str) -> bool:
    return any(backend == folder or backend.startswith(f"{folder}/") for backend in project.workspace.backends)


def _declares_routes(project: Project, file: str) -> bool:
    if any(route.location.file == file for route in project.api.routes):
        return True
    return any(dotted_name(call.func).rsplit(".", 1)[-1] == "APIRouter" for call in calls(project.code[file].body))


@remembered
def imports_between(project: Project) -> dict[str, tuple[Step, ...]]:
    """The imports of each product file that lead to product files of the project; those for type checkers left out."""
    names = names_of(project)
    found: dict[str, tuple[Step, ...]] = {}
    for file in sorted(project.code):
        if is_product(file):
            steps = {
                Step(file, imported.span, imported.file)
                for imported in names.imports(file)
                if imported.file and imported.file != file and not imported.type_checking and is_product(imported.file)
            }
            found[file] = tuple(sorted(steps))
    return found


def breaches(project: Project) -> Iterator[Breach]:
    """Imports against the layers, the shortest way between two files, once a pair."""
    rank = {name: position for position, name in enumerate(order_of(project))}
    layers = layer_of_files(project)
    for file, layer in layers.items():
        for chain in _ways_to_layers(project, file):
            outer = layers[chain[-1].target]
            if rank[outer] < rank[layer] and not _is_on_the_way(project, chain):
                yield Breach(layer, outer, chain)


def _is_on_the_way(project: Project, chain: tuple[Step, ...]) -> bool:
    """`from services import tasks` also runs the package's __init__: what is meant is the module."""
    last = chain[-1]
    folder = last.target.removesuffix("__init__.py")
    return folder != last.target and any(
        step.span == last.span and step.target != last.target and step.target.startswith(folder)
        for step in imports_between(project).get(last.source, ())
    )


def _ways_to_layers(project: Project, start: str) -> Iterator[tuple[Step, ...]]:
    """The shortest chains of imports from a file to files with a layer, through at most one file that has none.

    What that one imports inside its functions is its own affair.
    """
    steps, layers = imports_between(project), layer_of_files(project)
    seen: set[str] = {start}
    through: list[tuple[Step, ...]] = []
    for step in steps.get(start, ()):
        if step.target in layers and step.target not in seen:
            yield (step,)
        elif step.target not in seen and not step.target.endswith("__init__.py"):
            through.append((step,))
        seen.add(step.target)
    for chain in through:
        for step in _loaded_at_once(project).get(chain[-1].target, ()):
            if step.target in layers and step.target not in seen:
                seen.add(step.target)
                yield (*chain, step)


def cycles(project: Project) -> Iterator[tuple[Step, ...]]:
    """Rings of imports that run when the modules load and pass through more than one layer.

    Files that all lead to one another have many rings; the shortest of them is told.
    """
    layers = layer_of_files(project)
    steps = {file: [step.target for step in found] for file, found in _loaded_at_once(project).items()}
    for component in components(steps):
        if len({layers[file] for file in component if file in layers}) > 1:
            rings = (_way_back(project, file) for file in component)
            crossing = [ring for ring in rings if len({layers.get(step.source, "") for step in ring} - {""}) > 1]
            if crossing:
                yield min(crossing, key=lambda ring: (len(ring), ring))


def _way_back(project: Project, start: str) -> tuple[Step, ...]:
    """The shortest ring of imports that leads from a file to itself; empty when there is none."""
    reached: dict[str, tuple[Step, ...]] = {start: ()}
    waiting = [start]
    for file in waiting:
        for step in _loaded_at_once(project).get(file, ()):
            if step.target == start:
                return (*reached[file], step)
            if step.target not in reached:
                reached[step.target] = (*reached[file], step)
                waiting.append(step.target)
    return ()


@remembered
def _loaded_at_once(project: Project) -> dict[str, tuple[Step, ...]]:
    """The imports that stand outside functions: those inside are the usual way to break a ring."""
    found: dict[str, tuple[Step, ...]] = {}
    for file, steps in imports_between(project).items():
        outside = {statement.span.line for statement in _outside(project.code[file].body)}
        found[file] = tuple(step for step in steps if step.span.line in outside)
    return found


def _outside(body: tuple[Stmt, ...]) -> Iterator[Stmt]:
    return walk_statements(body, into_definitions=False)


@remembered
def edges(project: Project) -> dict[tuple[str, str], tuple[Step, ...]]:
    """The direct imports between layers, by pair of layer names in sorted order."""
    layers = layer_of_files(project)
    found: dict[tuple[str, str], list[Step]] = {}
    for file, layer in layers.items():
        for step in imports_between(project).get(file, ()):
            target = layers.get(step.target)
            if target and target != layer:
                found.setdefault((layer, target), []).append(step)
    return {pair: tuple(found[pair]) for pair in sorted(found)}
