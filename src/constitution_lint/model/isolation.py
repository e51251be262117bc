"""The accesses of gate 9 over all entry points: one entry per place, with who reaches it and its siblings.

Routes that are not served, and those that are public by declaration, are no ways in.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related, Undecided
from constitution_lint.model.api import UNSHOWN, Access, AccessVerdict, Isolation
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

LINK_FAULT = "signed-without-proof"
READS = frozenset({"select", "get", "raw"})
_VERBS = {"insert": "add", "update": "change", "delete": "delete", "raw": "query"}
_MOST_SIBLINGS = 3


class Way(NamedTuple):
    """A way in (a route, a task, a tool) and one access on it."""

    name: str
    location: Location
    access: Access


class Faulty(NamedTuple):
    """One faulty access: the ways that reach it unproven, and the accesses of the same table that are proven."""

    ways: tuple[Way, ...]
    siblings: tuple[Access, ...]
    others: int
    """How many further accesses of the same kind to the table are not proven, this one aside."""

    @property
    def access(self) -> Access:
        return self.ways[0].access


@remembered
def entry_accesses(project: Project) -> tuple[Way, ...]:
    """Every access of every served route and tool, in the order of the routes."""
    entered: list[tuple[str, Location, tuple[Access, ...]]] = [
        (route.name, route.location, route.accesses)
        for route in project.api.routes
        if route.mounted and not route.public.startswith("declared")
    ]
    entered += [(f"{entry.kind} {entry.name}", entry.location, entry.accesses) for entry in project.api.entries]
    return tuple(Way(name, location, access) for name, location, accesses in entered for access in accesses)


def faulty_accesses(project: Project, fault: str) -> Iterator[Faulty]:
    """The accesses with one fault, each once, by place. A row that is read and then changed is told by its change."""
    found: dict[tuple[Location, str, str], list[Way]] = {}
    written = {
        (way.name, way.access.loaded) for way in entry_accesses(project) if way.access.verdict is AccessVerdict.LEAK
    }
    for way in entry_accesses(project):
        if (way.name, way.access.location) in written:
            continue
        if way.access.verdict is AccessVerdict.LEAK and way.access.fault == fault:
            found.setdefault((way.access.location, way.access.model, way.access.kind), []).append(way)
    for (location, model, kind), reaching in sorted(found.items(), key=lambda item: item[0]):
        proven, unproven = _siblings(project, location, model, kind)
        yield Faulty(_each_once(reaching), proven, unproven)


def links_signed_for_anyone(project: Project) -> Iterator[Faulty]:
    """Links signed for anyone, told where they are signed; a reader whose signer is no way in is told itself."""
    found = [*faulty_accesses(project, LINK_FAULT)]
    told = {related.location for one in found if one.access.seal is None for related in one.access.chain}
    yield from (one for one in found if one.access.seal is None or one.access.location not in told)


def link_message(found: Faulty) -> str:
    """The sentence of a finding about a signed link: who signs what, and who reads by it."""
    if found.access.seal is not None:
        return message_of(found)
    more = len(found.ways) - 1
    return f"{found.ways[0].name}{f' and {more} more' if more else ''} {'sign' if more else 'signs'} {found.access.why}"


def _each_once(reaching: Iterable[Way]) -> tuple[Way, ...]:
    return tuple({(way.name, way.location): way for way in reaching}.values())


def _siblings(project: Project, location: Location, model: str, kind: str) -> tuple[tuple[Access, ...], int]:
    """Accesses to the same table that do the same: those that are proven on every way, and how many are not."""
    proven: dict[Location, Access] = {}
    unproven: set[Location] = set()
    for way in entry_accesses(project):
        access = way.access
        if access.location == location or access.model != model or _sort(access.kind) != _sort(kind):
            continue
        if access.verdict is AccessVerdict.ISOLATED and access.why != UNSHOWN:
            proven.setdefault(access.location, access)
        elif access.verdict in (AccessVerdict.LEAK, AccessVerdict.UNPROVEN):
            unproven.add(access.location)
    kept = tuple(access for place, access in sorted(proven.items()) if place not in unproven)
    return kept, len(unproven)


def _sort(kind: str) -> str:
    return "read" if kind in READS else kind


def message_of(found: Faulty) -> str:
    """The sentence of a finding: who does what to which table, why nothing proves it, and what its siblings do."""
    access = found.access
    many = len(found.ways) > 1
    who = found.ways[0].name + (f" and {len(found.ways) - 1} more" if many else "")
    verb = _VERBS.get(access.kind, "read")
    verb = verb if many else "queries" if verb == "query" else f"{verb}s"
    return f"{who} {verb} {access.model}: {access.why}{_consistency(found)}"


def _consistency(found: Faulty) -> str:
    """Where most accesses of a sort are scoped, the one that is not is hardly meant."""
    scoped, total = len(found.siblings), len(found.siblings) + found.others + 1
    if scoped < 2 or scoped * 2 <= total:
        return ""
    noun = {"insert": "inserts", "update": "changes", "delete": "deletions"}.get(found.access.kind, "reads")
    return f"; {scoped} of {total} {noun} of {found.access.model} are scoped to the user; this one is not"


def evidence(found: Faulty) -> tuple[Related, ...]:
    """The way from the route to the query, the further routes, and how the siblings are bound."""
    first = found.ways[0]
    return (
        Related(first.location, f"{first.name} comes in here"),
        *first.access.chain,
        *(
            [Related(first.access.loaded, f"the row of {first.access.model} is loaded here")]
            if first.access.loaded
            else []
        ),
        *(Related(way.location, f"{way.name} reaches it too") for way in found.ways[1:]),
        *(Related(one.location, _bound(one)) for one in found.siblings[:_MOST_SIBLINGS]),
    )


def _bound(access: Access) -> str:
    return f"here {access.model} is bound by {access.scoped_by}" if access.scoped_by else f"here {access.why}"


def undecided(project: Project) -> tuple[Undecided, ...]:
    """Accesses whose rows could not be told, each place once, and ways that were not followed to their end."""
    found: dict[tuple[Location, str], str] = {}
    for way in entry_accesses(project):
        if way.access.verdict is AccessVerdict.UNPROVEN:
            found.setdefault((way.access.location, way.access.why), f"{way.name}: {way.access.why}")
    for route in project.api.routes:
        if route.mounted and route.isolation is Isolation.UNPROVEN and not route.accesses:
            found[(route.location, "")] = f"{route.name}: {route.guard.why}"
    unreached = _unreached(project)
    if unreached is not None:
        found[(unreached, "")] = "owned tables stand here, and no route was seen to reach any of them"
    return tuple(Undecided(location, reason) for (location, _), reason in sorted(found.items()))


def _unreached(project: Project) -> Location | None:
    """The first owned table of an application whose routes reach none: its queries were not understood."""
    owned = {table.name: table.location for table in project.api.tables if table.owner and not table.is_user}
    reached = any(way.access.model in owned or not way.access.model for way in entry_accesses(project))
    return None if reached or not counts(project) else min(owned.values(), default=None)


def counts(project: Project) -> dict[str, int]:
    """What there was to prove: ways in, accesses, tables; nothing where there is no way in or no table."""
    routes = sum(route.mounted and route.method != "MOUNT" for route in project.api.routes)
    tools = len(project.api.entries)
    places = {(way.access.location, way.access.model, way.access.kind) for way in entry_accesses(project)}
    tables = len(project.api.tables)
    if not (routes or tools) or not (places or tables):
        return {}
    tooled = {"tools": tools} if tools else {}
    return {"routes": routes, **tooled, "accesses": len(places), "tables": tables}
