"""The verdict on a route's guard, from a run of the interpreter: enforced, or the way around it with its place."""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from constitution_lint.facts.location import Location
from constitution_lint.findings import Related
from constitution_lint.model.api import Auth, Guard
from constitution_lint.model.flow.fastapi.authentication_backends import UNDEMANDED
from constitution_lint.model.flow.fastapi.requests import Outcome
from constitution_lint.model.flow.language.exceptions import REFUSALS
from constitution_lint.model.flow.machine import Machine
from constitution_lint.model.flow.observations import Sighting
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Reply, Value
from constitution_lint.model.routing.types import Endpoint

_ANSWERED_NOTHING = frozenset({301, 302, 303, 307, 308, *range(400, 600)})


def guard_of(machine: Machine, outcome: Outcome, endpoint: Endpoint) -> Guard:
    """Enforced when every normal return has seen a verification; a refusal that is returned is no normal return."""
    states = _normal(machine, outcome, endpoint)
    verified = [state for state in states if state.verified]
    if states and len(verified) == len(states):
        return _enforced(machine, states[0].verified)
    if not states and not outcome.started:
        return _shut(machine, endpoint)
    maybe = next((state.maybe for state in states if state.maybe and not state.verified), "")
    maybe = maybe or (machine.watch.refusing if not verified else "")
    if maybe:
        return Guard(Auth.UNPROVEN, _name(machine), maybe, "", _noted(machine), _place(machine))
    open_ones = [state for state in states if not state.verified]
    switched = _switched(open_ones, verified)
    if any(state.verified != UNDEMANDED for state in verified):
        return _optional(machine, switched)
    return _open(machine, endpoint)


def _shut(machine: Machine, endpoint: Endpoint) -> Guard:
    """No request was seen to reach the handler: a middleware holds all back, or a dependency is not understood."""
    if not machine.watch.passed and any(one.handler is not None for one in endpoint.middleware):
        return _enforced(machine, "no request gets past the middleware without a verification")
    why = "no request was seen to get past the dependencies"
    return Guard(Auth.UNPROVEN, _name(machine), why, "", _noted(machine), _place(machine))


def _normal(machine: Machine, outcome: Outcome, endpoint: Endpoint) -> list[State]:
    """The states in which a request ends without a refusal.

    Where others verify, a redirect or an error without any data refuses too: a `try` around all may turn 401 into 500.
    """
    if endpoint.method == "WEBSOCKET":
        return _serving(machine, outcome)
    ends = [(state, value) for state, value in outcome.returned if not _is_reply(value, REFUSALS)]
    if any(state.verified for state, _ in ends):
        ends = [(state, value) for state, value in ends if state.verified or not _is_reply(value, _ANSWERED_NOTHING)]
    return [state for state, _ in ends] or outcome.started


def _serving(machine: Machine, outcome: Outcome) -> list[State]:
    """The states in which a websocket is served: those that exchange in a loop, or end after an exchange.

    A first message, in which the token comes, is received by all; a message sent before the connection is closed leads
    nowhere.
    """
    returned = [state for state, _ in outcome.returned]
    lasting = [*machine.watch.looped, *(state for state in returned if state.served)]
    return lasting or returned or outcome.started


def _is_reply(value: Value, statuses: frozenset[int]) -> bool:
    return all(isinstance(atom, Reply) and atom.status in statuses and not atom.taint for atom in value)


def _switched(states: list[State], verified: list[State]) -> str:
    """What the source or the environment decides, when nothing but that leads around the verification."""
    conditions = {state.switched for state in states}
    if len(conditions) != 1 or any(state.switched in conditions for state in verified):
        return ""
    return conditions.pop()


def _enforced(machine: Machine, why: str) -> Guard:
    return Guard(Auth.ENFORCED, _name(machine), why, location=_place(machine), lapse=None)


def _optional(machine: Machine, switched: str) -> Guard:
    seen = _lax(machine)
    lapse = seen.lapses[0] if seen is not None and seen.lapses else _passed_by(machine)
    why = f"unverified requests go on where {switched}" if switched else "requests without a valid token go on"
    fault = "bypassed-guard" if switched else "optional-guard"
    return Guard(Auth.OPTIONAL, _name(machine), why, fault, _noted(machine), _place(machine), lapse)


def _open(machine: Machine, endpoint: Endpoint) -> Guard:
    """Nothing verifies: a guard is there and lets everyone by, or there is none."""
    noted = _noted(machine)
    if machine.watch.notes:
        place, fault, why = machine.watch.notes[0]
        return Guard(Auth.NONE, _name(machine), why, fault, noted, _place(machine), place)
    seen = _lax(machine)
    if seen is not None:
        lapse = seen.lapses[0] if seen.lapses else seen.location
        why = f"{seen.name} takes what is presented, and nothing verifies it"
        return Guard(Auth.NONE, seen.name, why, "guard-never-rejects", noted, seen.location, lapse)
    if machine.watch.passed_by:
        name, lapse = next(iter(machine.watch.passed_by.items()))
        related = (Related(lapse, f"{name} lets it by here"),)
        why = "nothing verifies who is calling"
        return Guard(Auth.NONE, "", why, _unguarded(endpoint), related, None, lapse, _passers(machine))
    return Guard(Auth.NONE, "", "nothing verifies who is calling", _unguarded(endpoint))


def without_bystanders(guards: list[Guard]) -> list[Guard]:
    """The guards of all routes; middleware that holds up no request of any is not told as letting one by."""
    if any(guard.auth is Auth.UNPROVEN for guard in guards):
        return guards
    holding = {guard.name for guard in guards if guard.auth is not Auth.NONE}
    return [
        msgspec.structs.replace(guard, related=(), lapse=None, passed_by=())
        if guard.auth is Auth.NONE and not guard.name and guard.passed_by and not holding.intersection(guard.passed_by)
        else guard
        for guard in guards
    ]


def _passers(machine: Machine) -> tuple[str, ...]:
    return tuple(machine.watch.passed_by)


def _unguarded(endpoint: Endpoint) -> str:
    return "unguarded-websocket" if endpoint.method == "WEBSOCKET" else "unguarded-route"


def _noted(machine: Machine) -> tuple[Related, ...]:
    return tuple(Related(place, text) for place, _, text in machine.watch.notes)


def _name(machine: Machine) -> str:
    seen = _lax(machine)
    return machine.watch.guard or (seen.name if seen is not None else "")


def _place(machine: Machine) -> Location | None:
    name = _name(machine)
    return next(
        (one.location for one in machine.watch.sightings if one.name == name and one.location is not None), None
    )


def _lax(machine: Machine) -> Sighting | None:
    """The innermost guard that hands over unverified: the project's own before a scheme of the framework."""
    lax = [one for one in machine.watch.sightings if not one.is_certain]
    possible = [one for one in lax if one.is_possible]
    own = [one for one in lax if one.is_written_here]
    return next(iter(possible or own or lax), None)


def _passed_by(machine: Machine) -> Location | None:
    return next(iter(machine.watch.passed_by.values()), None)


# --- guards that are there only sometimes ---------------------------------------------------------------------------


def ways_around(endpoint: Endpoint) -> Iterator[tuple[Endpoint, Callable[[Guard], Guard]]]:
    """The endpoint with guards it has only sometimes, or that a mount left behind, and what that makes of a guard."""
    conditions = [one.condition for one in endpoint.middleware if one.condition]
    conditions += [one.condition for one in endpoint.conditional_dependencies]
    if conditions:
        every = (*endpoint.dependencies, *endpoint.conditional_dependencies)
        place = next((one.location for one in endpoint.middleware if one.condition), endpoint.declared)
        yield endpoint._replace(dependencies=every), partial(_installed_sometimes, conditions[0], place)
    if endpoint.dropped and endpoint.mount is not None:
        every = (*endpoint.dropped, *endpoint.dependencies)
        yield endpoint._replace(dependencies=every), partial(_left_behind, endpoint.mount)


def _installed_sometimes(condition: str, place: Location, guard: Guard) -> Guard:
    why = f"{guard.name or 'the guard'} is there only if {condition}"
    return Guard(Auth.OPTIONAL, guard.name, why, "bypassed-guard", (), guard.location, place)


def _left_behind(mount: Location, guard: Guard) -> Guard:
    why = f"the mount leaves {guard.name or 'the guard'} of the application behind"
    return Guard(Auth.NONE, "", why, "unguarded-mount", (), guard.location, mount)
