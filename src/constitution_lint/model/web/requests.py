"""Every request of the frontend: where it is written, its verb, its address, and whether it carries a token.

A call of a client is a request where its path is known. Where the path, or the verb, is a parameter of a function
around it, that function is a wrapper, and each call of it is looked at in its place, through several wrappers.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location, Span
from constitution_lint.facts.web import (
    Call,
    Either,
    Template,
    Text,
)
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.addresses import Address, address_of
from constitution_lint.model.web.calls import calls_of
from constitution_lint.model.web.clients import Presence, Sent, sent_by
from constitution_lint.model.web.evaluation import Evaluator, evaluator_of
from constitution_lint.model.web.tokens import mentions_token
from constitution_lint.model.web.values import Closure, Foreign, Frame, Func, Hole

_LONGEST_CHAIN = 6
_MOST = 6_000
"""Requests and half-known requests of one project; more are not looked at."""


class Site(NamedTuple):
    """A call in its place."""

    file: str
    scope: int
    call: Call


class Request(NamedTuple):
    """One request. `method` is None where it is not known; `addresses` are what its address may be.

    `through` are the calls that lead from the place it is written to the client, innermost last.
    """

    location: Location
    method: str | None
    addresses: tuple[Address, ...]
    authorization: Presence
    credentials: Presence
    file: str
    scope: int
    through: tuple[Location, ...] = ()

    @property
    def shown(self) -> Address:
        """The address by which people are told of it: the first that is known."""
        return next((one for one in self.addresses if one.known), self.addresses[0])

    @property
    def name(self) -> str:
        return f"{self.method or 'a request to'} {self.shown.path}"


class _Sketch(NamedTuple):
    """A chain of calls that ends at a client; `entered` are the functions the calls lead into."""

    sites: tuple[Site, ...]
    entered: tuple[tuple[str, int], ...] = ()


@remembered
def requests_of(project: Project) -> tuple[Request, ...]:
    """All requests of product files, by place."""
    finder = _Finder(project)
    found = dict.fromkeys(finder.requests())
    return tuple(sorted(found, key=lambda one: (one.location, one.method or "", one.addresses)))


class _Finder:
    def __init__(self, project: Project) -> None:
        self.evaluator: Evaluator = evaluator_of(project)
        self.callers: dict[tuple[str, int], list[Site]] = defaultdict(list)
        self.clients: list[Site] = []
        self._count = 0
        for file in project.web:
            if is_product(file):
                for scope, call in calls_of(project, file):
                    self._place(Site(file, scope, call))

    def _place(self, site: Site) -> None:
        frame = self.evaluator.frame(site.file, site.scope)
        args = tuple(Closure(argument, frame) for argument in site.call.args)
        for callee in self.evaluator.ask(site.call.func, frame):
            if isinstance(callee, Func):
                callers = self.callers[callee.file, callee.number]
                callers += [site] if site not in callers[-2:] else []
            elif isinstance(callee, Foreign) and callee.module.startswith("swr") and len(args) > 1:
                self._place(Site(site.file, site.scope, Call(site.call.args[1], site.call.args[:1], site.call.span)))
            elif sent_by(self.evaluator, callee, args) is not None:
                self.clients.append(site)
                return

    def requests(self) -> Iterator[Request]:
        for site in self.clients:
            yield from self._of(_Sketch((site,)))

    def _of(self, sketch: _Sketch) -> Iterator[Request]:
        """The requests a chain stands for: its own, or those of the calls of the wrapper it lies in."""
        self._count += 1
        sent = self._sent(sketch)
        if sent is None or self._count > _MOST:
            return
        addresses = tuple(dict.fromkeys(address_of(text) for text in sent.addresses))
        outer = list(self._called_from(sketch, sent, addresses)) if len(sketch.sites) < _LONGEST_CHAIN else []
        if outer:
            yield from outer
        elif any(address.known for address in addresses):
            yield _request(self.evaluator, sketch, sent, addresses)

    def _called_from(self, sketch: _Sketch, sent: Sent, addresses: tuple[Address, ...]) -> Iterator[Request]:
        wanted = [hole for address in addresses for hole in address.parameters]
        chosen = [method for method in sent.methods if isinstance(method, Hole) and method.kind == "parameter"]
        for function in dict.fromkeys(hole.function for hole in (*wanted, *chosen) if hole.function is not None):
            is_open = bool(chosen) or not all(address.known for address in addresses)
            for site in self.callers.get(function, ()):
                if site in sketch.sites:
                    continue
                outer = _Sketch((site, *sketch.sites), (function, *sketch.entered))
                if is_open or self._tells_more(outer, addresses):
                    yield from self._of(outer)

    def _tells_more(self, sketch: _Sketch, addresses: tuple[Address, ...]) -> bool:
        """Does a caller put a word where the function has a parameter? An id from a variable tells nothing."""
        sent = self._sent(sketch)
        if sent is None:
            return False
        fixed = {segment for address in addresses for segment in address.segments}
        return any(
            segment not in fixed and not segment.isdigit()
            for text in sent.addresses
            for segment in address_of(text).segments
        )

    def _sent(self, sketch: _Sketch) -> Sent | None:
        frame = self._frame(sketch)
        if frame is None:
            return None
        last = sketch.sites[-1]
        args = tuple(Closure(argument, frame) for argument in last.call.args)
        for callee in self.evaluator.ask(last.call.func, frame):
            sent = sent_by(self.evaluator, callee, args)
            if sent is not None:
                return sent
        return None

    def _frame(self, sketch: _Sketch) -> Frame | None:
        """The frame of the innermost call, with the arguments of every call on the way."""
        first = sketch.sites[0]
        frame = self.evaluator.frame(first.file, first.scope)
        for site, function, inner in zip(sketch.sites, sketch.entered, sketch.sites[1:], strict=False):
            args = tuple(Closure(argument, frame) for argument in site.call.args)
            entered = next(
                (
                    Frame(callee.file, callee.number, args, callee.frame, callee.this)
                    for callee in self.evaluator.ask(site.call.func, frame)
                    if isinstance(callee, Func) and (callee.file, callee.number) == function
                ),
                None,
            )
            if entered is None:
                return None
            frame = self.evaluator.frame(inner.file, inner.scope, entered)
        return frame


def _request(evaluator: Evaluator, sketch: _Sketch, sent: Sent, addresses: tuple[Address, ...]) -> Request:
    first = sketch.sites[0]
    in_query = any(isinstance(part, str) and "token=" in part for text in sent.addresses for part in text.parts)
    tells = in_query or any(mentions_token(evaluator, site.file, site.scope) for site in sketch.sites)
    methods = {method for method in sent.methods if isinstance(method, str)}
    method = next(iter(methods)) if len(methods) == 1 and len(sent.methods) == 1 else None
    through = tuple(Location(site.file, site.call.span) for site in sketch.sites[1:])
    return Request(
        Location(first.file, _written_at(first.call)),
        method,
        addresses,
        "yes" if tells else sent.authorization,
        sent.credentials,
        first.file,
        first.scope,
        through,
    )


def _written_at(call: Call) -> Span:
    """The literal that names the path, else the call."""
    for argument in call.args[:2]:
        options = argument.options if isinstance(argument, Either) else (argument,)
        for option in options:
            if isinstance(option, Text | Template):
                return option.span
    return call.span
