"""Within the routing evaluator: from routers with their entries to endpoints in the order FastAPI matches them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import FunctionDef
from constitution_lint.facts.location import Location
from constitution_lint.findings import Undecided
from constitution_lint.model.routing.entries import is_entry_name
from constitution_lint.model.routing.scopes import expression_of, handler_of
from constitution_lint.model.routing.types import Endpoint, Handler, Middleware, Scoped
from constitution_lint.model.routing.values import (
    Class,
    Either,
    External,
    Function,
    Inclusion,
    Installed,
    Instance,
    Made,
    Registration,
    Router,
    Unknown,
    Value,
)

_ARCHIVED = re.compile(r"(?:^|/)_?(?:archived?|archives|retired|obsolete)/", re.IGNORECASE)
_DEEPEST = 30
_MOST = 40_000


class Setting(NamedTuple):
    """What the routers around a route add to it."""

    prefix: str = ""
    dependencies: tuple[Scoped, ...] = ()
    tags: tuple[str, ...] = ()
    include_in_schema: bool = True
    condition: tuple[str, ...] = ()
    is_served: bool = True

    def within(self, inclusion: Inclusion, is_served: bool) -> Setting:
        return Setting(
            self.prefix + inclusion.prefix,
            (*self.dependencies, *inclusion.dependencies),
            (*self.tags, *inclusion.tags),
            self.include_in_schema and inclusion.include_in_schema,
            (*self.condition, *(one for one in inclusion.condition if one not in self.condition)),
            self.is_served and is_served,
        )


class Table:
    """Endpoints as they are collected; `shown` are the registrations that reached one."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []
        self.made: dict[Location, set[tuple[str, str, Location]]] = {}
        self.applications: list[Router] = []
        self.visits = 0
        self.shown: set[int] = set()
        self.mounted: set[int] = set()
        self.undecided: dict[Undecided, None] = {}
        self.unmounted: list[Endpoint] = []

    def fill(self, routers: list[Router], replaced: set[int]) -> None:
        """Take the endpoints of every application that is mounted in no other one, then the routes nobody serves.

        `replaced` are applications whose name was bound to another one afterwards: no server finds them. Nor does any
        start what lies in an archive.
        """
        mounted = {id(getattr(entry, "target", None)) for router in routers for entry in router.entries}
        for app in routers:
            if not app.is_app or id(app) in mounted or not app.entries or id(app) in replaced:
                continue
            if _ARCHIVED.search(app.where.file):
                continue
            if self.add_application(app, app.name or app.where.file):
                self.applications.append(app)
        self.add_unmounted([router for router in routers if not router.is_app or id(router) in replaced])

    def add_application(self, app: Router, name: str) -> bool:
        """Every endpoint of one application, those of mounted ones among them.

        A factory that is called twice makes the same application twice; the second one is left out, and False given.
        """
        count = len(self.endpoints)
        self._walk(app, app, name, Setting(), tuple(middleware_of(app)), [])
        shown = {(one.method, one.path, one.declared) for one in self.endpoints[count:]}
        if shown <= self.made.get(app.where, set()):
            del self.endpoints[count:]
            return False
        self.made.setdefault(app.where, set()).update(shown)
        return True

    def _walk(
        self,
        router: Router,
        app: Router,
        name: str,
        setting: Setting,
        middleware: tuple[Middleware, ...],
        above: list[Router],
    ) -> None:
        if self._goes_too_far(router, above):
            return
        for entry in list(router.entries):
            is_served = router is not app or _belongs(entry, app)
            if isinstance(entry, Inclusion):
                inner = setting.within(entry, is_served)
                self._walk(entry.router, app, name, inner, middleware, [*above, router])
            elif entry.methods == ("MOUNT",) and isinstance(entry.target, Router):
                self._mount(entry, entry.target, name, setting, middleware, [*above, router])
            else:
                self._show(entry, name, setting._replace(is_served=setting.is_served and is_served), middleware)

    def _goes_too_far(self, router: Router, above: list[Router]) -> bool:
        """Is a router inside itself, or are there more inclusions or routes than are followed?"""
        self.visits += 1
        if any(router is one for one in above):
            return True
        if len(above) <= _DEEPEST and self.visits <= _MOST and len(self.endpoints) + len(self.unmounted) <= _MOST:
            return False
        self.undecided.setdefault(Undecided(router.where, "more inclusions of routers than are followed"))
        return True

    def _mount(
        self,
        entry: Registration,
        target: Router,
        name: str,
        setting: Setting,
        middleware: tuple[Middleware, ...],
        above: list[Router],
    ) -> None:
        self.mounted.add(id(target))
        self.shown.add(id(entry))
        condition = (*setting.condition, *(one for one in entry.condition if one not in setting.condition))
        inner = Setting(setting.prefix + entry.path, condition=condition, is_served=setting.is_served)
        first, dropped = len(self.endpoints), tuple(above[-1].dependencies)
        self._walk(target, target, name, inner, (*middleware, *middleware_of(target)), above)
        self.endpoints[first:] = [
            one._replace(dropped=(*dropped, *one.dropped), mount=one.mount or entry.declared)
            for one in self.endpoints[first:]
        ]

    def _show(self, entry: Registration, name: str, setting: Setting, middleware: tuple[Middleware, ...]) -> None:
        if setting.is_served:
            self.shown.add(id(entry))
        elif id(entry) in self.shown:
            return
        into = self.endpoints if setting.is_served else self.unmounted
        handlers = handlers_of(entry)
        for method, handler in handlers:
            if handler is None and method != "MOUNT":
                self._unresolved(entry, method, setting)
            into.append(_endpoint(entry, method, handler, name, setting, middleware))

    def _unresolved(self, entry: Registration, method: str, setting: Setting) -> None:
        path = setting.prefix + entry.path
        reason = f"the handler of {method} {path or '/'} cannot be found"
        self.undecided.setdefault(Undecided(entry.declared, reason))

    def add_unmounted(self, routers: list[Router]) -> None:
        """Routes of routers that no application includes; outer routers before those they include."""
        included = {id(entry.router) for router in routers for entry in router.entries if isinstance(entry, Inclusion)}
        for first in (True, False):
            for router in routers:
                if (id(router) not in included) is first:
                    self._walk_unmounted(router, Setting(is_served=False), [])

    def _walk_unmounted(self, router: Router, setting: Setting, above: list[Router]) -> None:
        if self._goes_too_far(router, above):
            return
        for entry in list(router.entries):
            if isinstance(entry, Inclusion):
                self._walk_unmounted(entry.router, setting.within(entry, False), [*above, router])
            elif id(entry) not in self.shown:
                self._show(entry, "", setting, ())
                self.shown.add(id(entry))


def _belongs(entry: Registration | Inclusion, app: Router) -> bool:
    """Is what a module adds to an application there when the server imports it?

    A module that nothing imports adds nothing, unless it is the one the server starts with.
    """
    if entry.root in ("", app.root, app.home):
        return True
    return is_entry_name(entry.root) or not is_entry_name(app.home)


def _endpoint(
    entry: Registration,
    method: str,
    handler: Handler | None,
    name: str,
    setting: Setting,
    middleware: tuple[Middleware, ...],
) -> Endpoint:
    condition = (*setting.condition, *(one for one in entry.condition if one not in setting.condition))
    dependencies = (*setting.dependencies, *entry.dependencies)
    return Endpoint(
        method,
        (setting.prefix + entry.path) or "/",
        handler,
        Location(handler.file, handler.definition.head) if handler is not None else entry.declared,
        entry.declared,
        entry.call,
        name,
        setting.is_served,
        " and ".join(condition),
        "",
        setting.include_in_schema and entry.include_in_schema,
        entry.status_code,
        entry.response_model,
        tuple(dict.fromkeys((*setting.tags, *entry.tags))),
        tuple(one for one in dependencies if not one.condition),
        middleware,
        tuple(one for one in dependencies if one.condition),
        name_of(entry.target) if method == "MOUNT" else "",
    )


def name_of(target: Value) -> str:
    """The dotted name of what is mounted or installed."""
    if isinstance(target, Made | External):
        return target.dotted
    if isinstance(target, Instance):
        return target.cls.definition.name
    if isinstance(target, Class):
        return target.definition.name
    if isinstance(target, Function):
        return target.qualname
    return target.reason if isinstance(target, Unknown) else ""


def handlers_of(entry: Registration) -> Iterator[tuple[str, Handler | None]]:
    """Each method of a registration with its handler; a class of endpoints has one handler for each method."""
    target = entry.target
    if isinstance(target, Either):
        target = next((one for one in target.options if isinstance(one, Function)), target.options[0])
    if isinstance(target, Class) and entry.methods != ("MOUNT",):
        for name in ("get", "post", "put", "patch", "delete", "options", "head", "on_connect", "on_receive"):
            member = target.member(name)
            if isinstance(member, Function):
                yield "WEBSOCKET" if name.startswith("on_") else name.upper(), handler_of(member)
        return
    for method in entry.methods:
        yield method, None if method == "MOUNT" else handler_of(target)


# --- middleware ------------------------------------------------------------------------------------------------------


def middleware_of(app: Router) -> Iterator[Middleware]:
    for installed in app.middleware:
        yield _middleware(installed)


def _middleware(installed: Installed) -> Middleware:
    condition = " and ".join(installed.condition)
    target = installed.target
    handler = None
    if isinstance(target, Function):
        handler = handler_of(target)
    elif isinstance(target, Class | Instance):
        handler = _method_of(target if isinstance(target, Class) else target.cls)
    else:
        dispatch = dict(installed.keywords).get("dispatch")
        handler = handler_of(dispatch)
    name = handler.definition.name if handler is not None and handler.owner is None else name_of(target)
    written = expression_of(target)
    return Middleware(installed.declared, handler, written, installed.written, name, condition)


def _method_of(cls: Class) -> Handler | None:
    for name in ("dispatch", "__call__"):
        member = cls.member(name)
        if isinstance(member, Function) and isinstance(member.node, FunctionDef):
            found = handler_of(member)
            return found._replace(owner=cls.definition) if found is not None else None
    return None
