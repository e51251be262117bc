"""Beside the calls: functions that a queue, a scheduler or a response runs later, with the arguments given for them.

Celery, Dramatiq, RQ, ARQ, APScheduler and Starlette's background tasks. What runs later is judged as part of the
request that asked for it: it stops nobody, and what it changes was chosen there.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from constitution_lint.facts.code import Call, Const, FunctionDef
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import threads
from constitution_lint.model.flow.libraries import library
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.traits import held
from constitution_lint.model.flow.values import (
    NONE,
    Atom,
    External,
    FunctionValue,
    Known,
    Made,
    Mapping,
    Partial,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]
DEFERRED = frozenset({"delay", "kiq", "send", "enqueue", "fn", "func", "coroutine", "original_func", "__call__"})
"""Methods by which task queues and tool wrappers call the function they stand for."""
_WITH_LISTS = frozenset({"apply_async", "apply", "send_with_options"})
"""Those that take its arguments in a tuple and a dict."""
_SIGNATURES = frozenset({"s", "si", "message"})
_SIGNATURES_WITH_LISTS = frozenset({"signature", "subtask", "message_with_options"})
_CHANGED = frozenset({"set", "link", "link_error", "on_error", "clone"})
_TOGETHER = frozenset({"celery.group", "celery.chain", "celery.chord", "dramatiq.group", "dramatiq.pipeline"})
_BY_NAME = frozenset({"send_task", "enqueue_job"})
_AFTERWARDS = "BackgroundTask"


def call_method(
    machine: "Machine",
    atom: FunctionValue | Partial,
    name: str,
    arguments: Arguments,
    state: State,
    frame: "Frame",
    node: Call,
) -> Pairs | None:
    """A method of a function that a queue made a task of, or of such a task with its arguments; None for any other."""
    if name in _SIGNATURES:
        given = tuple(arguments.positional), tuple(arguments.keywords.items())
        return [(state, (Partial(atom, *given),))]
    if name in _WITH_LISTS or name in _SIGNATURES_WITH_LISTS:
        given_apart = threads.unpacked(machine, arguments.get(0, "args"), arguments.get(1, "kwargs"), frame, node)
        if name in _SIGNATURES_WITH_LISTS:
            return [(state, (Partial(atom, tuple(given_apart.positional), tuple(given_apart.keywords.items())),))]
        return threads.detached(machine, (_as_task(atom),), given_apart, state, frame, node)
    if name in DEFERRED:
        return library.call_value(machine, (_as_task(atom),), arguments, state, frame, node, skip=0)
    if isinstance(atom, Partial) and name in _CHANGED:
        return [(state, (atom,))]
    return None


def _as_task(atom: Atom) -> Atom:
    """A task that is given itself: `@shared_task(bind=True)`."""
    if isinstance(atom, Partial):
        return msgspec.structs.replace(atom, function=_as_task(atom.function))
    if not isinstance(atom, FunctionValue) or not isinstance(atom.node, FunctionDef) or atom.bound is not None:
        return atom
    switches = (one.keyword("bind") for one in atom.node.decorators if isinstance(one, Call))
    is_bound = any(isinstance(one, Const) and one.value is True for one in switches)
    return msgspec.structs.replace(atom, bound=Made("celery.Task")) if is_bound else atom


def of_library(
    machine: "Machine", dotted: str, last: str, arguments: Arguments, state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`group(task.s(1), …)`, `BackgroundTask(function, …)`: a library's function or class that runs tasks."""
    if last == _AFTERWARDS:
        function = arguments.get(0, "func")
        if threads.is_function(function):
            return threads.detached(machine, function or NONE, threads.after(arguments, 0, "func"), state, frame, node)
    if dotted.replace("celery.canvas", "celery") in _TOGETHER:
        for task in _tasks_in(arguments.positional):
            threads.detached(machine, (_as_task(task),), Arguments(), state, frame, node)
        return [(state, (Made(dotted),))]
    return None


def _tasks_in(values: list[Value]) -> Iterator[Atom]:
    for value in values:
        for atom in value:
            if isinstance(atom, Partial):
                yield atom
            elif isinstance(atom, Sequence):
                yield from _tasks_in(list(atom.items))


def by_name(
    machine: "Machine", atom: Atom, name: str, arguments: Arguments, state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """`app.send_task("jobs.close", args=[…])`, `pool.enqueue_job("close", …)`: a task by its name."""
    if name not in _BY_NAME or not isinstance(atom, Made | External | Scalar):
        return None
    named = arguments.get(0, "name" if name == "send_task" else "function")
    written = named[0].value if named and len(named) == 1 and isinstance(named[0], Known) else None
    function = _named(machine, written, frame) if isinstance(written, str) else None
    if function is not None:
        given = threads.after(arguments, 0)
        if name == "send_task":
            given = threads.unpacked(machine, arguments.get(1, "args"), arguments.get(2, "kwargs"), frame, node)
        return threads.detached(machine, (_as_task(function),), given, state, frame, node)
    if any(_is_open(one, state) for value in arguments.all for one in value):
        reason = f"the task {written or 'that is queued'} could not be followed"
        machine.record.leave_unclear(reason, frame.at(node.span))
    return None


def _named(machine: "Machine", written: str, frame: "Frame") -> FunctionValue | None:
    """A task of the file itself: what runs in another process need not be imported, and is not followed."""
    module, _, last = written.rpartition(".")
    if module and not f"/{frame.file}".endswith(f"/{module.replace('.', '/')}.py"):
        return None
    found = machine.names.resolve(frame.file, last)
    return FunctionValue(found.file, found.name, found.node) if found and isinstance(found.node, FunctionDef) else None


def _is_open(atom: Atom, state: State) -> bool:
    """Is it a client's value that nobody has compared, alone or in a list or dict of arguments?"""
    if isinstance(atom, (Sequence, Mapping)):
        return any(_is_open(one, state) for value in held(atom) for one in value)
    if not isinstance(atom, Scalar) or atom.origin != "client":
        return False
    return not state.is_equal(atom.key) and not state.owns(atom.key)
