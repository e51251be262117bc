"""Which served routes the documents mention in any form: an address, an operation, or words that mean one."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.document import DocumentFacts
from constitution_lint.model.api import Route
from constitution_lint.model.contracts import listed_operations, operations_of
from constitution_lint.model.contracts.matching import is_infrastructure, root_of, served_routes
from constitution_lint.model.contracts.paths import Key, core_of, key_of
from constitution_lint.model.documents.plans import document_of
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.words import stems

_LEAST_SPECIFIED = 3
_BUILT_IN = frozenset({"docs", "redoc", "openapi.json", "mcp", "ws", "webhook", "webhooks"})


class Spoken(NamedTuple):
    """What the documents speak of: the keys of addresses by their last segment, and the stems of each statement."""

    keys: dict[str, list[Key]]
    statements: tuple[frozenset[str], ...]

    def names(self, route: Route) -> bool:
        """Whether an address of any document may mean the route: its own path, or the end of it."""
        own = core_of(key_of(route.path))
        return any(_means(key, own) for key in self.keys.get(_last(own), ()))

    def hints_at(self, route: Route) -> bool:
        """Whether one statement holds every telling word of the path, or of the handler's name."""
        fixed = " ".join(segment for segment in core_of(key_of(route.path)) if segment != "{}")
        handler = route.handler.qualname.replace("_", " ") if route.handler else ""
        told, called = stems(fixed.replace("-", " ").replace("_", " ")), stems(handler)
        return not told or any(told <= one or (called and called <= one) for one in self.statements)


def unspecified_routes(project: Project) -> tuple[Route, ...]:
    """Routes that no document mentions, of applications that documents mostly specify."""
    found: list[Route] = []
    spoken = spoken_of(project)
    for routes in _by_root(project).values():
        named = [route for route in routes if spoken.names(route)]
        if len(named) < _LEAST_SPECIFIED or 2 * len(named) < len(routes):
            continue
        known = {id(route) for route in named}
        found += [route for route in routes if id(route) not in known and not spoken.hints_at(route)]
    once = {(route.location, route.name): route for route in reversed(found)}
    return tuple(once[place] for place in sorted(once))


def _by_root(project: Project) -> dict[str, list[Route]]:
    """The routes to judge by the folder whose specs speak of them: the deepest one above their file."""
    roots = sorted({root_of(f"{feature.folder}/spec.md") for feature in project.workspace.features}, key=len)
    found: dict[str, list[Route]] = defaultdict(list)
    for route in served_routes(project):
        file = route.location.file
        above = [root for root in roots if not root or file.startswith(f"{root}/")]
        if above and route.handler is not None and route.include_in_schema and _is_judged(route):
            found[above[-1]].append(route)
    return dict(sorted(found.items()))


def _is_judged(route: Route) -> bool:
    key = core_of(key_of(route.path))
    return is_product(route.location.file) and not is_infrastructure(route) and not _BUILT_IN.intersection(key)


@remembered
def spoken_of(project: Project) -> Spoken:
    """All documents and contracts count, wherever they stand: a mention anywhere is a mention."""
    keys: dict[str, list[Key]] = defaultdict(list)
    for key in dict.fromkeys(_keys(project)):
        keys[_last(key)].append(key)
        if key and key[-1] != "{}":
            keys["{}"].append(key)
    return Spoken(dict(keys), tuple(dict.fromkeys(_said(project))))


def _keys(project: Project) -> Iterator[Key]:
    for promise in (*operations_of(project), *listed_operations(project)):
        yield from (core_of(key) for key in promise.keys)
    for file in project.documents:
        yield from _addressed_in(project, file)


@remembered
def _addressed_in(project: Project, file: str) -> tuple[Key, ...]:
    return tuple(core_of(key_of(address)) for address in document_of(project, file).addresses)


def _said(project: Project) -> Iterator[frozenset[str]]:
    for file in project.documents:
        yield from _said_in(project, file)


@remembered
def _said_in(project: Project, file: str) -> tuple[frozenset[str], ...]:
    return tuple(dict.fromkeys(stems(text) for text in _statements(document_of(project, file))))


def _statements(facts: DocumentFacts) -> Iterator[str]:
    """What requirements, stories, tasks and the headings of specs, plans and task lists say."""
    yield from (one.text for one in facts.requirements)
    yield from (one.text for one in facts.tasks)
    for story in facts.stories:
        yield story.title
        yield from (scenario.text for scenario in story.scenarios)
    if facts.kind in ("spec", "plan", "tasks"):
        yield from (section.title for section in facts.sections)


def _last(key: Key) -> str:
    return key[-1] if key else ""


def _means(spoken: Key, own: Key) -> bool:
    """Equal segments, where a parameter of the route takes any value, or the end of the longer path.

    A document may name a route below another prefix than the one it is served under.
    """
    if len(spoken) > len(own):
        return bool(own) and own[-1] != "{}" and spoken[len(spoken) - len(own) :] == own
    if not spoken:
        return False
    end = own[len(own) - len(spoken) :]
    if spoken != own and all(segment == "{}" for segment in spoken):
        return False
    return all(mine in (theirs, "{}") or theirs == "{}" for mine, theirs in zip(end, spoken, strict=True))
