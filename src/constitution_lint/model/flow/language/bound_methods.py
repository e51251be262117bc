"""Beside the calls: methods of Python's own values and of sessions that code keeps, to call them later or hand them on.

`add = out.append`, `map(out.append, rows)`, `run = session.exec`, and by the name of the class `list.append(out, row)`.
"""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Attribute, Call, Const
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Dump,
    Made,
    Mapping,
    Method,
    Query,
    Sequence,
    Session,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
_OF_LISTS = frozenset(
    {"append", "add", "insert", "appendleft", "extend", "update", "extendleft", "pop", "popleft", "copy"}
)
_OF_DICTS = frozenset({"update", "setdefault", "get", "pop", "items", "values", "keys", "copy", "__setitem__"})
_OF_STATEMENTS = frozenset({"where", "filter", "filter_by", "all", "first", "one", "one_or_none", "scalar"})
_OF_SOCKETS = frozenset({"send", "send_text", "send_json", "send_bytes", "receive_json", "receive_text", "close"})
_SENT = frozenset({"model_dump", "dict", "copy", "model_copy"})
_DATA_OF_SESSIONS = frozenset({"bind", "info", "dirty", "new", "deleted", "dialect", "is_active", "sync_session"})
_INTO_FIRST = {"heapq.heappush": "append", "bisect.insort": "append", "bisect.insort_left": "append",
               "bisect.insort_right": "append"}  # fmt: skip
"""Functions that put their second argument into the list which is their first."""
_CLASSES = frozenset({"list", "set", "dict", "collections.deque"})


HOLDERS = frozenset({Sequence, Mapping, Dump, Session, Query, Made})


def method(atom: Atom, name: str) -> Method | None:
    """`atom.name` where that is a method which nobody calls yet; a key of a dict, or a column, is none."""
    kind = type(atom)
    if kind is Sequence:
        is_method = name in _OF_LISTS
    elif kind is Mapping or kind is Dump:
        is_method = name in _OF_DICTS and not any(name == key for key, _ in _named(atom))
    elif kind is Session:
        is_method = name not in _DATA_OF_SESSIONS
    elif kind is Query:
        is_method = name in _OF_STATEMENTS
    else:
        is_method = kind is Made and atom.dotted == "request" and name in _OF_SOCKETS  # type: ignore[attr-defined]
    return Method(atom, name) if is_method else None


def _named(atom: Atom) -> tuple[tuple[str, Value], ...]:
    return atom.items if isinstance(atom, Mapping) else atom.overrides if isinstance(atom, Dump | Body) else ()


def call(machine: "Machine", atom: Method, arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """Call a method that was kept: what it changes stands wherever the list or dict does."""
    from constitution_lint.model.flow.language.calls import call_method

    return call_method(machine, atom.holder, _written(node, atom.name), arguments, state, frame, node)


def _written(node: Call, name: str) -> Attribute:
    """The method as if it were asked of the object where it is called, which has no name there."""
    return Attribute(node.span, Const(node.span, None), name)


def of_class(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`list.append(out, row)`, `heapq.heappush(out, row)`: a method by its class's name, or a function that is one."""
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.language.calls import call_method

    is_method = dotted.rpartition(".")[0] in _CLASSES and (last in _OF_LISTS or last in _OF_DICTS)
    name = last if is_method else _INTO_FIRST.get(dotted, "")
    if not name or not arguments.positional:
        return None
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.star, arguments.rest)
    of = _written(node, name)
    if node.args and len(node.args) == len(arguments.positional):
        of = Attribute(node.span, node.args[0].value, name)
    found: Pairs = []
    for holder in arguments.positional[0]:
        found += call_method(machine, holder, of, rest, state, frame, node)
    return found
