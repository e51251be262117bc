"""The routes of a project as gates see them: each endpoint is run by the interpreter, its guard and accesses judged."""

import re
from typing import NamedTuple

import msgspec

from constitution_lint.facts.code import Call
from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import (
    Access,
    AccessVerdict,
    Api,
    Auth,
    FunctionRef,
    Guard,
    Isolation,
    Route,
)
from constitution_lint.model.flow import requests
from constitution_lint.model.flow.machine import BudgetExceeded, Machine, Shared
from constitution_lint.model.flow.values import Reply
from constitution_lint.model.names import Names, names_of
from constitution_lint.model.ownership import Ownership, listed, ownership_of
from constitution_lint.model.project import Project
from constitution_lint.model.public import public_by_design
from constitution_lint.model.routing.types import Endpoint

_REFUSED = frozenset({401, 403})


def build_api(project: Project) -> Api:
    """Every route of every application with its guard, accesses and verdicts."""
    from constitution_lint.model.routing import endpoints_of

    names, ownership = names_of(project), ownership_of(project)
    served = endpoints_of(names, project.workspace.backends)
    shared = Shared()
    routes = tuple(_route(project, names, ownership, shared, endpoint) for endpoint in served.endpoints)
    return Api(routes, listed(ownership), (), tuple(app.location for app in served.apps))


class Run(NamedTuple):
    """What interpreting one endpoint gave."""

    guard: Guard
    accesses: tuple[Access, ...]
    isolation: Isolation
    mutates: Location | None


def _route(project: Project, names: Names, ownership: Ownership, shared: Shared, endpoint: Endpoint) -> Route:
    run = interpret(names, ownership, shared, endpoint)
    public = public_by_design(project.settings, endpoint, run.guard, run.accesses)
    accesses = _without_credentials(run.accesses, ownership) if public.startswith("credential") else run.accesses
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
        (),
        run.guard,
        public,
        isolation_of(accesses, run.isolation is Isolation.UNPROVEN and not accesses),
        run.mutates,
        accesses,
    )


def success_status(endpoint: Endpoint) -> int | None:
    """The status the decorator declares, else FastAPI's default of 200."""
    return endpoint.status_code if endpoint.status_code is not None else 200


def interpret(names: Names, ownership: Ownership, shared: Shared, endpoint: Endpoint) -> Run:
    """Run one endpoint; a run that exceeds its budget is unproven in everything it had not shown before."""
    machine = Machine(names, ownership, shared)
    try:
        outcome = requests.run(machine, endpoint)
        guard = _guard(machine, outcome, endpoint)
        exceeded = False
    except (BudgetExceeded, RecursionError):
        guard = Guard(Auth.UNPROVEN, machine.guard, "the request takes more steps than are followed")
        exceeded = True
    accesses = _listed(machine, exceeded)
    mutates = min(machine.record.writes, default=None)
    return Run(guard, accesses, isolation_of(accesses, exceeded), mutates)


def _listed(machine: Machine, exceeded: bool) -> tuple[Access, ...]:
    found = list(machine.record.accesses())
    if not any(access.verdict is AccessVerdict.LEAK for access in found):
        for reason, place in sorted(machine.unclear.items(), key=lambda item: (item[1], item[0])):
            found.append(Access(place, "", "select", AccessVerdict.UNPROVEN, reason))
    if exceeded:
        found = [
            msgspec.structs.replace(access, verdict=AccessVerdict.UNPROVEN, why="not followed to the end")
            if access.verdict is AccessVerdict.ISOLATED
            else access
            for access in found
        ]
    return tuple(found)


def isolation_of(accesses: tuple[Access, ...], exceeded: bool) -> Isolation:
    """The worst of a route's accesses."""
    verdicts = {access.verdict for access in accesses}
    for verdict, isolation in (
        (AccessVerdict.LEAK, Isolation.LEAK),
        (AccessVerdict.UNPROVEN, Isolation.UNPROVEN),
        (AccessVerdict.ADMIN, Isolation.ADMIN),
        (AccessVerdict.ISOLATED, Isolation.ISOLATED),
    ):
        if verdict in verdicts:
            return isolation
    return Isolation.UNPROVEN if exceeded else Isolation.NOT_APPLICABLE


def _without_credentials(accesses: tuple[Access, ...], ownership: Ownership) -> tuple[Access, ...]:
    """Looking up the account that logs in is no access to owned data."""
    users = {table.name for table in ownership.tables.values() if table.is_user}
    tokens = re.compile(r"token|session|verification|reset|otp|code|credential|login|audit", re.I)
    return tuple(access for access in accesses if access.model not in users and not tokens.search(access.model))


def _guard(machine: Machine, outcome: requests.Outcome, endpoint: Endpoint) -> Guard:
    """Enforced when every normal return has seen a verification; a refusal that is returned is no normal return."""
    normal = [
        state
        for state, value in outcome.returned
        if not all(isinstance(atom, Reply) and atom.status in _REFUSED for atom in value)
    ]
    states = normal or outcome.started
    verified = [state for state in states if state.verified]
    if states and len(verified) == len(states):
        return Guard(Auth.ENFORCED, machine.guard, states[0].verified)
    if not states and machine.passed is not None and endpoint.middleware and not outcome.started:
        return Guard(Auth.ENFORCED, machine.guard, "no request gets past the middleware without a verification")
    related = tuple(Related(place, text) for place, _, text in machine.notes)
    maybe = next((state.maybe for state in states if state.maybe and not state.verified), "")
    if maybe:
        return Guard(Auth.UNPROVEN, machine.guard, maybe, "", related)
    if verified:
        return Guard(Auth.OPTIONAL, machine.guard, "requests without a valid token go on", "optional-guard", related)
    if machine.notes:
        return Guard(Auth.NONE, machine.guard, machine.notes[0][2], machine.notes[0][1], related)
    return Guard(Auth.NONE, "", "nothing verifies who is calling", "unguarded-route")


def decorated(endpoint: Endpoint) -> Call | None:
    return endpoint.decorator
