"""The routes of a project as gates see them: the interpreter runs each endpoint; guard and accesses are judged."""

import re
from functools import partial
from typing import NamedTuple

import msgspec

from constitution_lint.facts.location import Location
from constitution_lint.model import capabilities
from constitution_lint.model.api import (
    Access,
    AccessVerdict,
    Api,
    Auth,
    Entry,
    FunctionRef,
    Guard,
    Isolation,
    Route,
)
from constitution_lint.model.dependency_overrides import dependency_overrides
from constitution_lint.model.documents.constitution_public_routes import public_by_law
from constitution_lint.model.entry_points import Signing, accesses_of, entries_of, isolation_of, with_accesses
from constitution_lint.model.exception_handlers import exception_handlers
from constitution_lint.model.flow.fastapi import requests
from constitution_lint.model.flow.identity.signed_values import Handed
from constitution_lint.model.flow.libraries.injection import CONTAINERS
from constitution_lint.model.flow.limits import BudgetExceeded
from constitution_lint.model.flow.machine import Machine
from constitution_lint.model.flow.queries import scoping
from constitution_lint.model.flow.shared import Shared
from constitution_lint.model.flow.state import FEW_STATES
from constitution_lint.model.guard_verdicts import guard_of, ways_around, without_bystanders
from constitution_lint.model.memory import near, remembered
from constitution_lint.model.module_mutations import filled_lists
from constitution_lint.model.names import Names, names_of
from constitution_lint.model.ownership import Ownership, listed, owned_tables, ownership_of
from constitution_lint.model.project import Project
from constitution_lint.model.public_routes import CREDENTIAL, may_be_public, public_by_design, with_catalogues
from constitution_lint.model.reachable_code import all_code
from constitution_lint.model.routing import served_of
from constitution_lint.model.routing.types import Endpoint
from constitution_lint.model.tools import tools_of
from constitution_lint.model.visible_code import within_sight


@remembered
def build_api(project: Project) -> Api:
    """Every route of every application with its guard, accesses and verdicts."""
    ownership = _workshop(project).ownership
    served = served_of(project)
    common = _common_files(project)
    runs = _told_together([_run_of(project, endpoint, common) for endpoint in served.endpoints])
    called = frozenset().union(*(run.called_tools for run in runs))
    entries, handed = _kept_entries(project, tuple(sorted(common)), called)
    ways = [
        *(_way(endpoint, run) for endpoint, run in zip(served.endpoints, runs, strict=True)),
        *(capabilities.Way(f"{one.kind} {one.name}", one.name, one.accesses, handed[one.location]) for one in entries),
    ]
    settled = iter(capabilities.settled(ways))
    routes = tuple(
        _route(project, ownership, endpoint, run._replace(accesses=accesses))
        for endpoint, run, accesses in zip(served.endpoints, runs, settled, strict=False)
    )
    tables = listed(owned_tables(project))
    return Api(
        with_catalogues(routes, tables),
        tables,
        tuple(with_accesses(entry, accesses) for entry, accesses in zip(entries, settled, strict=True)),
        tuple(app.location for app in served.apps),
        served.undecided,
    )


_LOG = re.compile(
    r"(?:audit|access|activity|event|usage|login|request|security)_?(?:logs?|trails?|events?|records?|entr(?:y|ies))$"
    r"|(?:^|_)audits?$",
    re.IGNORECASE,
)
"""Tables in which an application keeps what happened: a safe request may well be logged (RFC 9110, section 9.2.1)."""


class Workshop(NamedTuple):
    """What all runs over one state of the code share."""

    names: Names
    ownership: Ownership
    shared: Shared


@near
def _workshop(project: Project) -> Workshop:
    shared = Shared(
        tools_of(project),
        project.settings.guards,
        project.workspace.backends,
        filled=partial(filled_lists, project),
        answering=partial(exception_handlers, project),
        overrides=dependency_overrides(project),
    )
    return Workshop(names_of(project), ownership_of(project), shared)


class Run(NamedTuple):
    """What interpreting one endpoint gave."""

    guard: Guard
    accesses: tuple[Access, ...]
    isolation: Isolation
    mutates: Location | None
    asked_write: Location | None = None
    exchanged: frozenset[str] = frozenset()
    """What happened to credentials: "password" checked or hashed, "token" made or read, "cookie" set or deleted."""
    handed: tuple[Handed, ...] = ()
    """What it signs where it ends well."""
    called_tools: frozenset[Location] = frozenset()
    """Tools of a model that it runs with arguments of its own."""


def _run_of(project: Project, endpoint: Endpoint, common: frozenset[str]) -> Run:
    """The run of an endpoint, remembered with the files it rests on where another examination may follow."""
    files = common | (_files(endpoint) & project.code.keys()) if project.memory.lasting else ()
    return _kept_run(project, tuple(sorted(files)), endpoint)


@within_sight
def _kept_run(project: Project, files: tuple[str, ...], endpoint: Endpoint) -> Run:
    """Rests on what is seen from its files, and on all code where something was asked of all of it."""
    workshop = _workshop(project)
    _note_what_is_common(project)
    run = interpret(*workshop, endpoint)
    _note_what_was_asked_of_all(project, workshop)
    return run


def _note_what_is_common(project: Project) -> None:
    """Whatever a run does, it rests on the tables, and on what the application replaces."""
    owned_tables(project), tools_of(project), project.settings
    dependency_overrides(project)


def _note_what_was_asked_of_all(project: Project, workshop: Workshop) -> None:
    """What is put into dicts and lists, what SQL says, which class a container takes: all code has a part in that."""
    if workshop.shared.asked_what_is_filled:
        filled_lists(project)
    if workshop.shared.asked_who_answers:
        exception_handlers(project)
    shared = workshop.shared
    if (
        shared.remembered
        or shared.registered
        or shared.asked_what_starts
        or workshop.ownership.asked_all_sql
        or _has_container(project)
    ):
        all_code(project)


@remembered
def _has_container(project: Project) -> bool:
    """Does a library of the project make the objects that handlers ask for?"""
    names = names_of(project)
    outside = (one.dotted for file in project.code for one in names.imports(file) if one.file is None)
    return any("inject" in dotted or dotted.partition(".")[0] in CONTAINERS for dotted in outside)


@within_sight
def _kept_entries(
    project: Project, files: tuple[str, ...], called: frozenset[Location]
) -> tuple[tuple[Entry, ...], Signing]:
    """The tools that no request calls, as ways in; what they rest on is that of a run."""
    workshop = _workshop(project)
    _note_what_is_common(project)
    found = entries_of(*workshop, called)
    _note_what_was_asked_of_all(project, workshop)
    return found


def _common_files(project: Project) -> frozenset[str]:
    """Where tables stand, and tools that a server offers: a run may come to them whatever its own files import."""
    tables = {table.location.file for table in owned_tables(project).values()}
    return frozenset({tool.file for tool in tools_of(project)} | tables) & project.code.keys()


def _files(part: object) -> set[str]:
    """Every text in an endpoint that may be the name of a file; definitions and expressions hold none."""
    if isinstance(part, str):
        return {part}
    if isinstance(part, Location):
        return {part.file}
    return set().union(*map(_files, part)) if isinstance(part, tuple) else set()


def _told_together(runs: list[Run]) -> list[Run]:
    guards = without_bystanders([run.guard for run in runs])
    return [run._replace(guard=guard) for run, guard in zip(runs, guards, strict=True)]


def _way(endpoint: Endpoint, run: Run) -> capabilities.Way:
    function = endpoint.handler.definition.name if endpoint.handler is not None else endpoint.path
    return capabilities.Way(f"{endpoint.method} {endpoint.path}", function, run.accesses, run.handed)


def _route(project: Project, ownership: Ownership, endpoint: Endpoint, run: Run) -> Route:
    public = public_by_design(project.settings, endpoint, run.guard, run.accesses, run.exchanged)
    if not public and may_be_public(run.guard, run.accesses):
        public = public_by_law(project, endpoint.method, endpoint.path)
    accesses = _without_credentials(run.accesses, ownership) if public.startswith(CREDENTIAL) else run.accesses
    handler = endpoint.handler
    reference = FunctionRef(handler.file, handler.qualname, handler.definition) if handler is not None else None
    return Route(
        endpoint.method,
        endpoint.path,
        reference,
        endpoint.location,
        endpoint.declared,
        endpoint.app,
        endpoint.mounted,
        endpoint.condition,
        endpoint.shadowed_by,
        endpoint.decorator,
        success_status(endpoint),
        endpoint.response_model.expression if endpoint.response_model is not None else None,
        endpoint.include_in_schema,
        endpoint.tags,
        run.guard,
        public,
        isolation_of(accesses, run.isolation is Isolation.UNPROVEN and not accesses),
        run.mutates,
        run.asked_write,
        accesses,
    )


def success_status(endpoint: Endpoint) -> int | None:
    """The status the decorator declares, else FastAPI's default of 200."""
    return endpoint.status_code if endpoint.status_code is not None else 200


def interpret(names: Names, ownership: Ownership, shared: Shared, endpoint: Endpoint) -> Run:
    """Run one endpoint as it is always served; where that refuses nobody, tell a guard that is there only sometimes."""
    certain = tuple(one for one in endpoint.middleware if not one.condition)
    run = _interpret(names, ownership, shared, endpoint._replace(middleware=certain))
    if run.guard.auth not in (Auth.NONE, Auth.OPTIONAL):
        return run
    for variant, way_around in ways_around(endpoint):
        guard = _interpret(names, ownership, shared, variant).guard
        if guard.auth is Auth.ENFORCED:
            return run._replace(guard=way_around(guard))
    return run


def _interpret(names: Names, ownership: Ownership, shared: Shared, endpoint: Endpoint) -> Run:
    """Run one endpoint; beyond its budget, or before its handler, what it did not show is unproven.

    One that takes too many steps is run again with fewer paths kept apart.
    """
    machine = Machine(names, ownership, shared)
    run = _run(machine, endpoint)
    if run is None:
        machine = Machine(names, ownership, shared, most_states=FEW_STATES)
        run = _run(machine, endpoint)
    guard, unseen = run if run is not None else (_guard_before_handler(machine, endpoint), True)
    accesses = accesses_of(machine, unseen)
    if guard.auth is not Auth.NONE:
        accesses = tuple(map(_of_who_stands_in, accesses))
    mutates = min(machine.record.writes, default=None)
    watch = machine.watch
    return Run(
        guard,
        accesses,
        isolation_of(accesses, unseen),
        mutates,
        _asked_write(machine, guard, accesses),
        frozenset(watch.exchanged),
        tuple(watch.handed.values()),
        frozenset(watch.called_tools),
    )


def _of_who_stands_in(access: Access) -> Access:
    """A user whom the source names for those whom a guard lets by: that is the guard's fault, and told of it."""
    if access.verdict is not AccessVerdict.UNPROVEN or not access.why.endswith(scoping.WHOEVER):
        return access
    why = access.why.removesuffix(scoping.WHOEVER)
    return msgspec.structs.replace(access, verdict=AccessVerdict.ISOLATED, why=f"{why} where nobody is verified")


def _run(machine: Machine, endpoint: Endpoint) -> tuple[Guard, bool] | None:
    """The guard of an endpoint, and whether its handler was never reached; None where it takes too many steps."""
    try:
        outcome = requests.run(machine, endpoint)
    except (BudgetExceeded, RecursionError):
        return None
    guard = guard_of(machine, outcome, endpoint)
    return guard, not outcome.started and guard.auth is Auth.UNPROVEN


def _guard_before_handler(machine: Machine, endpoint: Endpoint) -> Guard:
    """Of a handler that was not followed to its end: whoever it starts for has been verified, or it cannot be told."""
    if machine.started and all(state.verified for state in machine.started):
        return guard_of(machine, requests.Outcome(machine.started, []), endpoint)
    return Guard(Auth.UNPROVEN, machine.watch.guard, "the request takes more steps than are followed")


def _asked_write(machine: Machine, guard: Guard, accesses: tuple[Access, ...]) -> Location | None:
    """The first write that the request asks for. What middleware writes, and what the guard keeps of its caller on the
    way, by itself or by a function that it calls, nobody asks for; nor does anybody ask to be logged."""
    home = guard.location.file if guard.location is not None else None
    called = {one.location.file for one in accesses if any(call.location.file == home for call in one.chain)}
    logged = {one.location for one in accesses if one.kind in ("insert", "raw") and _LOG.search(one.model)}
    writes = machine.record.writes
    before, own = writes[machine.entered : machine.prepared], writes[machine.prepared :]
    asked = (place for place in before if place.file != home and place.file not in called)
    return min((place for place in (*asked, *own) if place not in logged), default=None)


def _without_credentials(accesses: tuple[Access, ...], ownership: Ownership) -> tuple[Access, ...]:
    """Looking up the account that logs in is no access to owned data."""
    users = {table.name for table in ownership.tables.values() if table.is_user}
    tokens = re.compile(r"token|session|verification|reset|otp|code|credential|login|audit", re.I)
    return tuple(access for access in accesses if access.model not in users and not tokens.search(access.model))
