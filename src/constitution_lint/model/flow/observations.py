"""What a run saw of guards on the way of one request, and of credentials that changed hands."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import ClassDef, FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.model.flow.journal import Journal, effect, lasting_effect
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import Atom, ClassRef, FunctionValue, Instance

if TYPE_CHECKING:
    from constitution_lint.model.flow.identity.signed_values import Handed, Signed

_PROOF = re.compile(r"auth|token|api[-_]?key|session|secret|jwt|bearer|sid$|user|credential|signature|key$", re.I)
"""Headers and cookies by which a client says who it is; `User-Agent` and the like are none."""
_NO_PROOF = re.compile(r"agent|idempoten|request[-_]id|trace", re.I)
_IN_ADDRESS = re.compile(r"token|jwt|auth|session|ticket|api_?key|bearer|secret", re.I)
_TELLS = re.compile(
    r"(?:accept(?:-\w+)?|cache-control|connection|content-\w+|cf-connecting-ip|cf-ipcountry|date|dnt|expect|forwarded|host"
    r"|idempotency-key|if-[\w-]+|last-event-id|origin|pragma|range|referer|sec-(?:ch|fetch)-[\w-]+|te|traceparent|tracestate"
    r"|true-client-ip|upgrade|user-agent|via|x-(?:client|real|cluster-client)-ip|x-correlation-id|x-request-id"
    r"|x-forwarded-(?:for|host|port|proto|server|prefix|path)|x-requested-with)",
    re.I,
)
"""Headers of RFC 9110, of proxies and of tracing: they tell of the request, and nobody proves with them who he is."""

ASKED = "password asked for"
"""Of what is exchanged: the body has a field for a password; that one is checked or hashed is not said."""


class Sighting(msgspec.Struct, frozen=True):
    """A dependency that read what a client presents, or verified it. `lapses` are where it hands over unverified."""

    name: str
    location: Location | None
    is_certain: bool
    """Did every way through it verify?"""
    is_possible: bool
    """Did any?"""
    is_written_here: bool
    """Is it the project's own code, no scheme of the framework alone?"""
    lapses: tuple[Location, ...] = ()


@dataclass
class Watch:
    """Kept by one run. `presented` counts readings of what a client proves itself with."""

    journal: Journal
    part: str = "watch"
    guard: str = ""
    """The name of the first guard that verified."""
    notes: list[tuple[Location, str, str]] = field(default_factory=list)
    """Where a guard lets go: (place, rule of gate 8, what is there)."""
    passed: list[State] = field(default_factory=list)
    """The states in which the middleware that is being followed hands the request on."""
    presented: int = 0
    sightings: list[Sighting] = field(default_factory=list)
    lapses: list[Location] = field(default_factory=list)
    """Where the guard that is being followed hands over unverified."""
    passed_by: dict[str, Location] = field(default_factory=dict)
    """Middleware that let the request go on unverified, with the first place where it does."""
    looped: list[State] = field(default_factory=list)
    """The states in which a websocket sends or receives again and again."""
    signed: "dict[int, Signed]" = field(default_factory=dict)
    """What was signed, by a number that stands in the state of each path that signed it."""
    handed: "dict[Handed, Handed]" = field(default_factory=dict)
    """What was signed on the ways that end well, judged there; of several ways to one place the first."""
    called_tools: set[Location] = field(default_factory=set)
    """Tools that are run with arguments of the request's own: they are judged there."""
    refusing: str = ""
    """What gets the whole request, cannot be followed, and is asked before a request without rights is refused."""
    exchanged: set[str] = field(default_factory=set)
    """What happened to credentials: "password" checked or hashed, "token" made or read, "cookie" set or deleted."""

    def note_part(self, name: str) -> None:
        """A header or cookie of this name is read."""
        if is_proof(name):
            self.present()

    @effect
    def present(self) -> None:
        self.presented += 1

    @effect
    def note(self, location: Location, rule: str, text: str) -> None:
        self.notes.append((location, rule, text))

    @lasting_effect
    def name_guard(self, name: str) -> None:
        self.guard = self.guard or name

    @lasting_effect
    def refuse(self, entrusted: str) -> None:
        self.refusing = self.refusing or entrusted

    @lasting_effect
    def exchange(self, what: str) -> None:
        self.exchanged.add(what)

    @lasting_effect
    def call_tool(self, tool: Location) -> None:
        self.called_tools.add(tool)

    @effect
    def sight(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)

    @effect
    def lapse(self, place: Location) -> None:
        self.lapses.append(place)

    @effect
    def set_lapses(self, places: tuple[Location, ...]) -> None:
        self.lapses = list(places)

    @effect
    def hand_on(self, state: State) -> None:
        """A middleware lets the request pass."""
        self.passed.append(state)

    @effect
    def loop(self, state: State) -> None:
        self.looped.append(state)

    @effect
    def sign(self, number: int, signed: "Signed") -> None:
        self.signed.setdefault(number, signed)


def may_prove(name: str) -> bool:
    """May a client say by a header of this name who it is? Any may but those that are known to tell other things."""
    return _TELLS.fullmatch(name.replace("_", "-")) is None


def is_proof(name: str) -> bool:
    return bool(_PROOF.search(name)) and not _NO_PROOF.search(name)


def proves_in_address(name: str) -> bool:
    """A query parameter in which a websocket gets its token: a browser sends no header of its own with it."""
    return _IN_ADDRESS.search(name) is not None


def place_of(atom: Atom) -> Location | None:
    """Where the project defines what a dependency calls."""
    if isinstance(atom, FunctionValue):
        node = atom.node
        return Location(atom.file, node.head if isinstance(node, FunctionDef) else node.span)
    if isinstance(atom, ClassRef | Instance) and isinstance(atom.definition.node, ClassDef):
        return Location(atom.definition.file, atom.definition.node.head)
    return None
