"""Functions handed to threads, executors and event loops, which call them with the arguments that follow."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call
from constitution_lint.model.flow.language import comprehensions
from constitution_lint.model.flow.libraries import library
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    FunctionValue,
    Instance,
    Known,
    Made,
    Mapping,
    Partial,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]

_FUTURE = "future"
_WAITED = {"run_in_executor": (1, "func"), "submit": (0, "fn"), "call": (0, "func"), "call_async": (0, "func")}
"""Methods whose caller may have the result, and where their function stands."""
_DETACHED = {"call_soon": 0, "call_soon_threadsafe": 0, "call_later": 1, "call_at": 1, "start_soon": 0}
_THREADS = {"Thread": (1, "target"), "Process": (1, "target"), "Timer": (1, "function")}


def call_method(
    machine: "Machine", atom: Atom, name: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """A method of an executor, a pool, a loop or of what they give back; None for any other."""
    if isinstance(atom, Made) and atom.dotted == _FUTURE and name in ("result", "get"):
        return [(state, dict(atom.arguments)["of"])]
    if name in _WAITED:
        index, word = _WAITED[name]
        function = arguments.get(index, word)
        if not is_function(function):
            return None
        given = after(arguments, index, word)
        if name == "submit":
            return _submitted(machine, function or NONE, given, state, frame, node)
        return library.call_value(machine, function or NONE, given, state, frame, node, skip=0)
    first = arguments.get(0, "func")
    if name == "add_job" and is_function(first):
        given = unpacked(machine, arguments.get(2, "args"), arguments.get(3, "kwargs"), frame, node)
        return detached(machine, first or NONE, given, state, frame, node)
    if name == "map" and is_function(first):
        return comprehensions.mapped(machine, first or NONE, arguments.get(1) or NONE, state, frame, node)
    if name == "apply_async" and is_function(first):
        given = unpacked(machine, arguments.get(1, "args"), arguments.get(2, "kwds"), frame, node)
        return _submitted(machine, first or NONE, given, state, frame, node)
    if name in _DETACHED and is_function(arguments.get(_DETACHED[name])):
        function = arguments.get(_DETACHED[name]) or NONE
        return detached(machine, function, after(arguments, _DETACHED[name]), state, frame, node)
    return None


def started(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`Thread(target=…, args=…)`: taken to be started; it stops nothing where it was made."""
    place = _THREADS.get(dotted.rpartition(".")[2])
    function = arguments.get(*place) if place is not None else None
    if function is None or not is_function(function):
        return None
    is_timer = dotted.endswith("Timer")
    args, words = arguments.get(2 if is_timer else 3, "args"), arguments.get(3 if is_timer else 4, "kwargs")
    return detached(machine, function, unpacked(machine, args, words, frame, node), state, frame, node)


def is_function(value: Value | None) -> bool:
    """May it be a function of the project, or an object of it that can be called?"""
    return any(isinstance(atom, FunctionValue | Partial | Instance) for atom in value or ())


def after(arguments: "Arguments", index: int, word: str = "") -> "Arguments":
    """What follows the function."""
    from constitution_lint.model.flow.arguments import Arguments

    words = {name: value for name, value in arguments.keywords.items() if name not in (word, "executor", "context")}
    return Arguments(arguments.positional[index + 1 :], words, arguments.star, arguments.rest)


def unpacked(machine: "Machine", args: Value | None, words: Value | None, frame: "Frame", node: Call) -> "Arguments":
    """The arguments in a tuple and a dict."""
    from constitution_lint.model.flow.arguments import Arguments

    given = Arguments()
    for atom in args or ():
        if isinstance(atom, Sequence) and not atom.open and len(args or ()) == 1:
            given.positional = list(atom.items)
        elif not (isinstance(atom, Known) and atom.value is None):
            machine.record.leave_unclear("what a thread is given could not be followed", frame.at(node.span))
    for atom in words or ():
        if isinstance(atom, Mapping) and not atom.rest and len(words or ()) == 1:
            given.keywords = dict(atom.items)
        elif not (isinstance(atom, Known) and atom.value is None):
            machine.record.leave_unclear("what a thread is given could not be followed", frame.at(node.span))
    return given


def _submitted(
    machine: "Machine", function: Value, given: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """What runs aside while its caller goes on: until it is asked for its result, it stops nobody."""
    raised = len(frame.raises)
    pairs = library.call_value(machine, function, given, state, frame, node, skip=0)
    stopped = [(after, NONE) for after, _ in frame.raises[raised:]]
    del frame.raises[raised:]
    return [(after, (_future(value),)) for after, value in [*pairs, *stopped]]


def detached(
    machine: "Machine", function: Value, given: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """What runs aside: what it reads and changes counts, what it finds out and raises stops nobody."""
    raised = len(frame.raises)
    pairs = library.call_value(machine, function, given, state, frame, node, skip=0)
    del frame.raises[raised:]
    return [(state, (_future(union(*(value for _, value in pairs))),))]


def _future(value: Value) -> Made:
    return Made(_FUTURE, (("of", value),), frozenset(taint(value)), is_credential(value), is_client(value))
