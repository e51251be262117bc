"""Lists and dicts that change: whatever else leads to the same one, here, in the callers and around a function.

A value is never changed: a list that grows becomes another one, and every name, key and attribute under which the old
one stood gets the new. The old one is found by being the same object, which is what an alias is. What functions did to
their arguments and to what they close over is handed to the caller (`HANDED`).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Call,
    ClassDef,
    Collection,
    Expr,
    For,
    FunctionDef,
    Import,
    Lambda,
    Name,
    Scope,
    Starred,
    Stmt,
    Subscript,
    Walrus,
    With,
)
from constitution_lint.model.flow import spilling
from constitution_lint.model.flow.language import dicts
from constitution_lint.model.flow.nested_lists import LEADING, LISTS, lists_in
from constitution_lint.model.flow.state import REQUEST_STATE, Env, State
from constitution_lint.model.flow.traits import taint
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    FunctionValue,
    Instance,
    Made,
    Mapping,
    Method,
    Partial,
    Sequence,
    Value,
)
from constitution_lint.model.walk import walk_expressions, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

_READING = frozenset({"setdefault", "get"})
"""Methods of dicts that give what stands under a key."""


def changed(machine: "Machine", expression: Expr, old: Value, new: Value, state: State, frame: "Frame") -> list[State]:
    """A list or dict that an expression led to has become another."""
    rows = taint(new) - taint(old)
    is_plain = isinstance(expression, Name) and not rows
    met = False if is_plain else _renew(old, new, state := state.copy())
    if isinstance(expression, Name | Attribute) or not met:
        states = _given_back(machine, expression, new, state, frame)
        if states is not None:
            return states
    return [state if met or not rows else spilling.spill(state, spilling.NOWHERE, rows)]


def _given_back(machine: "Machine", expression: Expr, value: Value, state: State, frame: "Frame") -> list[State] | None:
    """The value put where an expression found what it stands for; None where it is not known how."""
    if isinstance(expression, Name):
        if expression.id not in state.env and expression.id not in frame.closure:
            return None
        return machine.bind(expression, value, state, frame)
    if isinstance(expression, Attribute):
        return _to_attribute(machine, expression, value, state, frame)
    if isinstance(expression, Subscript):
        return _under_key(machine, expression.value, expression.index, value, state, frame)
    if isinstance(expression, Call) and isinstance(expression.func, Attribute) and expression.func.attr in _READING:
        key = expression.argument(0, "key")
        if key is not None:
            return _under_key(machine, expression.func.value, key, value, state, frame)
    return None


def _to_attribute(
    machine: "Machine", expression: Attribute, value: Value, state: State, frame: "Frame"
) -> list[State] | None:
    found, kept = [], False
    for after, holder in machine.evaluate(expression.value, state, frame):
        after = after.copy()
        for atom in holder:
            number = atom.number if isinstance(atom, Instance) else 0
            if isinstance(atom, Made) and atom.dotted == "request.state":
                number = REQUEST_STATE
            if number:
                after.store(number, expression.attr, value)
                kept = True
        machine.override(expression, holder, value, after)
        kept = kept or any(isinstance(atom, Body) for atom in holder)
        found.append(after)
    return found if kept else None


def _under_key(
    machine: "Machine", holding: Expr, key: Expr, value: Value, state: State, frame: "Frame"
) -> list[State] | None:
    found: list[State] = []
    for after, holder in machine.evaluate(holding, state, frame):
        for done, at in machine.evaluate(key, after, frame):
            given = _given_back(machine, holding, dicts.with_item(holder, at, value), done, frame)
            if given is None:
                return None
            found += given
    return found


# --- aliases ---------------------------------------------------------------------------------------------------------


def _renew(old: Value, new: Value, state: State) -> bool:
    """Put the new list or dict wherever the old one stands on a path; was there any such place?"""
    met = False
    gone = frozenset(id(atom) for atom in old if type(atom) in LISTS)
    for name in [name for name, value in state.env.items() if not gone.isdisjoint(lists_in(value))]:
        renewed = _renewed(state.env[name], gone, new)
        if renewed is not state.env[name]:
            state.env[name] = renewed
            met = True
    for number, held in list(state.objects()):
        other = {name: renewed for name, value in held.items() if (renewed := _renewed(value, gone, new)) is not value}
        if other:
            state.store_all(number, other)
            met = True
    return met


def _renewed(value: Value, gone: frozenset[int], new: Value) -> Value:
    """A value with the lists or dicts in it replaced that are gone; the value itself where none is in it."""
    if gone.isdisjoint(lists_in(value)):
        return value
    found: list[Atom] = []
    for atom in value:
        if id(atom) in gone:
            found += [one for one in new if one not in found]
        elif type(atom) is Method:
            found += [Method(one, atom.name) for one in _renewed((atom.holder,), gone, new)]
        elif type(atom) in LEADING:
            found.append(_within(atom, gone, new))
        else:
            found.append(atom)
    is_same = len(found) == len(value) and all(one is other for one, other in zip(found, value, strict=True))
    return value if is_same else tuple(found)


def _within(atom: Atom, gone: frozenset[int], new: Value) -> Atom:
    if gone.isdisjoint(lists_in((atom,))):
        return atom
    if isinstance(atom, Sequence):
        return Sequence(tuple(_renewed(item, gone, new) for item in atom.items), atom.open)
    if isinstance(atom, Partial):
        given = tuple((name, _renewed(held, gone, new)) for name, held in atom.keywords)
        return Partial(atom.function, tuple(_renewed(one, gone, new) for one in atom.positional), given)
    assert isinstance(atom, Mapping)
    pairs = tuple((name, _renewed(held, gone, new)) for name, held in atom.items)
    return Mapping(pairs, _renewed(atom.rest, gone, new))


# --- callers ---------------------------------------------------------------------------------------------------------


def handing(function: FunctionValue, entered: Env, closure: Env, ends: list[State]) -> list[State]:
    """The paths that leave a function, with what it made of lists and dicts that it was given or that surround it.

    What one of them changed the others hand on too, as they know it: none speaks for another where they meet.
    """
    names = {name for end in ends for name, value in end.env.items() if _is_changed(name, value, entered, closure)}
    names -= _bound_anew(function.node) if names else names
    if not names:
        return ends
    known = {**closure, **entered}
    found = []
    for end in ends:
        after = end.copy()
        after.hand({name: end.env.get(name, known[name]) for name in sorted(names)})
        found.append(after)
    return found


def _is_changed(name: str, value: Value, entered: Env, closure: Env) -> bool:
    before = entered.get(name)
    is_given = before is not None
    before = before if is_given else closure.get(name)
    if before is None or before is value or before == value:
        return False
    return not is_given or all(isinstance(atom, Sequence | Mapping | Method) for atom in value)


def taken(function: FunctionValue, arguments: "Arguments", after: State, frame: "Frame") -> State:
    """The path behind a call, with what the function made of the caller's lists and dicts."""
    handed = after.handed()
    if not handed:
        return after
    after = after.copy()
    after.hand({})
    given = dict(_given(function, arguments))
    for name, value in handed.items():
        if name in given:
            met = _renew(_led_to(given[name]), _led_to(value), after)
        else:
            met = name in after.env or name in frame.closure
            if met:
                after.env[name] = value
        rows = taint(value)
        if not met and rows:
            after = spilling.spill(after, spilling.NOWHERE, rows)
    return after


def _led_to(value: Value) -> Value:
    """The lists and dicts themselves, of whose methods some may be."""
    return tuple(atom.holder if isinstance(atom, Method) else atom for atom in value)


def _given(function: FunctionValue, arguments: "Arguments") -> Iterator[tuple[str, Value]]:
    """The arguments by the names of the parameters."""
    params = [param.name for param in function.node.params if param.kind in ("plain", "positional", "keyword")]
    if function.bound is not None:
        params = params[1:]
    yield from zip(params, arguments.positional, strict=False)
    yield from arguments.keywords.items()


@lru_cache(maxsize=4096)
def _bound_anew(node: FunctionDef | Lambda) -> frozenset[str]:
    """Names that a function gives a meaning of its own: what becomes of them is no concern of anybody else."""
    if isinstance(node, Lambda):
        return frozenset()
    statements = list(walk_statements(node.body, into_definitions=False))
    outer = {name for one in statements if isinstance(one, Scope) for name in one.names}
    bound = {name for one in statements for name in _names_bound(one)}
    bound |= {one.target for one in walk_expressions(node) if isinstance(one, Walrus)}
    return frozenset(bound - outer)


def _names_bound(statement: Stmt) -> Iterator[str]:
    if isinstance(statement, Assign):
        targets: tuple[Expr | None, ...] = statement.targets
    elif isinstance(statement, AnnAssign | For):
        targets = (statement.target,)
    elif isinstance(statement, With):
        targets = tuple(item.target for item in statement.items)
    else:
        targets = ()
        if isinstance(statement, FunctionDef | ClassDef):
            yield statement.name
        elif isinstance(statement, Import):
            yield from (alias.asname or alias.name for alias in statement.names)
    for target in targets:
        yield from _targeted(target)


def _targeted(target: Expr | None) -> Iterator[str]:
    if isinstance(target, Name):
        yield target.id
    elif isinstance(target, Starred):
        yield from _targeted(target.value)
    elif isinstance(target, Collection):
        for item in target.items:
            yield from _targeted(item)
