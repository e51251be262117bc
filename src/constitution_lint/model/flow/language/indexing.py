"""Subscripts of abstract values: what is found under a key or index, and what storing one leaves."""

import re
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Expr, Name, Starred
from constitution_lint.model.flow import elements, observations
from constitution_lint.model.flow.fastapi.request_texts import METHOD, PATH
from constitution_lint.model.flow.language import attributes, dicts, lazy_attributes, named_tuples
from constitution_lint.model.flow.libraries import dependency_injector, external_data
from constitution_lint.model.flow.queries import results
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import holds_tools, is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    WRITTEN,
    Atom,
    Body,
    Claims,
    ClassRef,
    ColumnRef,
    Dump,
    External,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

_ANY = re.compile(".+")
Pairs = list[tuple[State, Value]]


def keys_of(targets: tuple[Expr, ...]) -> list[Value]:
    """Where each of several targets finds its part: counted from the end behind a starred one, which takes any."""
    star = next((index for index, one in enumerate(targets) if isinstance(one, Starred)), len(targets))
    ends = [(Known(index if index < star else index - len(targets)),) for index in range(len(targets))]
    return [() if index == star else end for index, end in enumerate(ends)]


def item_at(machine: "Machine", node: Expr, holder: Value, key: Value, state: State) -> Value:
    """The same for a holder as it is written: a module's own dict may be filled before a request."""
    found = item_of(machine, holder, key, state)
    is_of_module = isinstance(node, Name) and node.id not in state.env
    return lazy_attributes.perhaps_set(found, "an item") if is_of_module else found


def item_of(machine: "Machine", holder: Value, key: Value, state: State) -> Value:
    """`holder[key]` for every kind of holder."""
    return union(*(_item(machine, atom, key, state) for atom in holder))


def _item(machine: "Machine", atom: Atom, key: Value, state: State) -> Value:
    known = key[0].value if len(key) == 1 and isinstance(key[0], Known) else None
    if type(atom) is Rows:
        return (Row(atom.table, atom.number),)
    if type(atom) is Result:
        return results.element(atom)
    if type(atom) is Sequence:
        place = known if isinstance(known, int) and not isinstance(known, bool) and not atom.open else None
        if place is not None and -len(atom.items) <= place < len(atom.items):
            return atom.items[place]
        if atom.open:
            return union(*(elements.of_items(item, known) for item in atom.items)) or (Opaque("an item of a list"),)
        return union(*atom.items) if atom.items else (Opaque("an item of a list"),)
    if type(atom) is Mapping:
        return _of_mapping(atom, known)
    if isinstance(atom, (Claims, Body)):
        return attributes.attribute_of(machine, atom, str(known), state)
    if type(atom) is ModuleRef:
        return _of_globals(machine, atom, known, state)
    if type(atom) is Dump:
        return _of_dump(atom, known)
    if type(atom) is Made and (placed := named_tuples.member(atom, known)) is not None:
        return placed
    if type(atom) is Made and holds_tools(atom):
        return (atom,)
    if type(atom) is Made and atom.dotted == "request.state":
        return attributes.of_made(machine, atom, str(known), state)
    if type(atom) is Made and atom.dotted == "request.scope":
        return _of_scope(machine, str(known))
    if type(atom) is Made and atom.dotted.startswith("request."):
        return request_part(machine, atom, str(known))
    if type(atom) is ClassRef and (table := machine.ownership.find(atom.definition)) and known in table.columns:
        return (ColumnRef(table.key, str(known)),)
    if type(atom) is External and atom.dotted in dependency_injector.MARKS:
        return dependency_injector.marked(atom.dotted, key)
    if type(atom) is ClassRef or (type(atom) is External and _is_class_name(atom.dotted)):
        return (atom,)
    if type(atom) is Scalar:
        is_named = atom.origin == "client" and isinstance(known, str) and not atom.credential
        return attributes.attribute_of_scalar(atom, str(known)) if is_named else (elements.at(atom, known),)
    if type(atom) is Row:
        column = _column_at(machine, atom, known)
        return (Scalar("row", f"{atom.table}.{column}", atom.number, column),)
    answered = external_data.client_part(atom, known)
    if answered is not None:
        return (answered,)
    if type(atom) is External:
        return (Opaque(f".{known} of {atom.dotted}"),)
    return (Opaque("an item of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,))),)


def _of_globals(machine: "Machine", atom: ModuleRef, known: object, state: State) -> Value:
    """`globals()["name"]`, or any function of the module where the name is not known."""
    if isinstance(known, str):
        return attributes.attribute_of(machine, atom, known, state)
    return attributes.functions_of(machine, (atom,), _ANY) or (Opaque("a name of the module chosen at run time"),)


def _of_mapping(atom: Mapping, known: object) -> Value:
    held = next((value for name, value in atom.items if name == known), None)
    if held is not None:
        return held
    if known is None:
        return union(*(value for _, value in atom.items), atom.rest)
    if not isinstance(known, str) or not atom.rest:
        return atom.rest or (Opaque(f"key {known!r}"),)
    return union(*(dicts.named(one, known) if isinstance(one, Dump) else (one,) for one in atom.rest))


def _of_dump(atom: Dump, known: object) -> Value:
    put = dicts.overriding(atom, known)
    if put is not None:
        return put
    if known in atom.excluded:
        return (Opaque(f"key {known!r}"),)
    sent: Value = (Scalar("client", f"{atom.key}.{known}"),)
    return union(sent, *(value for _, value in atom.overrides)) if known is None else sent


def _column_at(machine: "Machine", atom: Row, known: object) -> str:
    """`row["user_id"]`, or `row[1]` where a driver gives rows as tuples."""
    loaded = machine.record.loaded(atom.number)
    if isinstance(known, int) and not isinstance(known, bool) and loaded is not None and known < len(loaded.columns):
        return loaded.columns[known]
    return str(known)


def _is_class_name(dotted: str) -> bool:
    """`FastAPIUsers[User, UUID]` is the class, told what it works with."""
    last = dotted.rsplit(".", 1)[-1]
    return last[:1].isupper() and not last.isupper()


def _of_scope(machine: "Machine", name: str) -> Value:
    """An entry of the ASGI scope (ASGI specification, HTTP connection scope)."""
    if name in ("path", "method", "type"):
        if name == "type":
            return (Known("websocket" if machine.is_websocket else "http"),)
        return machine.requested(PATH if name == "path" else METHOD) or (Known(""),)
    if name == "headers":
        return (Made("request.headers", credential=True, client=True),)
    if name == "state":
        return (Made("request.state"),)
    return (Opaque(f"{name} of the scope"),)


def request_part(machine: "Machine", atom: Made, name: str) -> Value:
    """One header, cookie, query or path parameter of the request; nothing for a parameter that the path has not."""
    part = atom.dotted.removeprefix("request.")
    if part == "path_params":
        return (Scalar("client", f"path {name}", column=WRITTEN),) if _is_in_path(machine, name) else ()
    if part in ("headers", "cookies"):
        machine.watch.note_part(name)
    presented = part == "cookies" or (part == "headers" and observations.may_prove(name))
    if part == "query_params":
        presented = observations.proves_in_address(name) and machine.is_websocket
    return (Scalar("client", f"{part} {name}", credential=presented),)


def _is_in_path(machine: "Machine", name: str) -> bool:
    """Middleware runs before the route is found: no parameter is there yet (Starlette, `Request.path_params`)."""
    return machine.is_in_path(name) or not name.isidentifier()
