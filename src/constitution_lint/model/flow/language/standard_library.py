"""Python's built-in functions, and what a program reads from its environment."""

import re
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, Const, JoinedStr
from constitution_lint.model.flow import elements
from constitution_lint.model.flow.fastapi import application_state
from constitution_lint.model.flow.language import (
    attributes,
    bound_methods,
    comprehensions,
    dicts,
    expressions,
    loaded_modules,
    named_tuples,
    regular_expressions,
    threads,
)
from constitution_lint.model.flow.libraries import external_data, library
from constitution_lint.model.flow.queries import client_keys, writes
from constitution_lint.model.flow.state import REQUEST_STATE, State
from constitution_lint.model.flow.traits import is_client, is_credential, taint, truth
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    NONE,
    SERVER,
    Atom,
    Body,
    ClassRef,
    Dump,
    Instance,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Partial,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

Pairs = list[tuple[State, Value]]


def call(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """A call of a function of Python's own; None for any other."""
    for table in (bound_methods.of_class, _made_or_read, _asked, _gone_through, _around, _set_going):
        found = table(machine, dotted, last, arguments, state, frame, node)
        if found is not None:
            return found
    return None


def _made_or_read(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """What makes values, hands them on, or reads them out of text and by name."""
    first = arguments.get(0)
    if dotted in ("typing.cast", "typing_extensions.cast"):
        return [(state, arguments.get(1, "val") or NONE)]
    if dotted in library.PASSING or last in ("UUID", "ObjectId", "jsonable_encoder"):
        if dotted == "enumerate" and first is not None:
            rounds, _ = expressions.rounds_of(machine, first, state, frame.at(node.span))
            kept = [elements.collected(one, first) for one in rounds]
            return [(state, (Sequence(tuple((Sequence((SERVER, one)),) for one in kept), True),))]
        return [(state, _passed(first) if first is not None else (Sequence(()),))]
    if dotted == "collections.deque":
        return [(state, _passed(first) if first is not None else (Sequence(()),))]
    if dotted == "collections.defaultdict" and not machine.module_level:
        return [(after, _filled_by(made)) for after, made in _default(machine, arguments, state, frame, node)]
    if dotted in ("dict", "collections.OrderedDict"):
        value: Value = _as_dict(first) if first is not None else (Mapping(()),)
        value = dicts.with_items(value, arguments.rest) if arguments.rest else value
        for name, held in arguments.keywords.items():
            value = dicts.with_item(value, (Known(name),), held)
        return [(state, value)]
    if dotted in ("json.loads", "orjson.loads", "ujson.loads", "ast.literal_eval", "eval", "builtins.eval"):
        parsed = external_data.default_json(first) or external_data.parse_json(first)
        return [(state, parsed)] if parsed is not None else None
    if dotted == "globals" and not arguments.all:
        return [(state, (ModuleRef(frame.file, frame.file.removesuffix(".py")),))]
    if dotted in ("collections.namedtuple", "typing.NamedTuple"):
        return [(state, (named_tuples.make_class(arguments),))]
    if dotted in ("getattr", "setattr", "hasattr"):
        return _by_name(machine, dotted, arguments, state, frame, node)
    return None


def _as_dict(value: Value) -> Value:
    """`dict(row)` of a row that holds some columns."""
    return union(*(named_tuples.by_column(atom) or (atom,) for atom in value))


def _default(machine: "Machine", arguments: "Arguments", state: State, frame: "Frame", node: Call) -> Pairs:
    """What a `defaultdict` has under a key that nobody set."""
    from constitution_lint.model.flow.arguments import Arguments

    factory = arguments.get(0, "default_factory")
    if factory is None:
        return [(state, ())]
    return library.call_value(machine, factory, Arguments(), state, frame, node, skip=0)


def _filled_by(made: Value) -> Value:
    return (Mapping((), tuple(Sequence(one.items, True) if isinstance(one, Sequence) else one for one in made)),)


def _asked(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """Questions about values and texts."""
    first = arguments.get(0)
    if dotted == "bool" and first is not None and len({truth(atom) for atom in first} | {None}) == 2:
        return [(state, (Known(truth(first[0])),))]
    if dotted in ("any", "all") and first is not None and (decided := _any_or_all(dotted, first)) is not None:
        return [(state, (Known(decided),))]
    if dotted == "re.sub" and (whole := arguments.get(2, "string")) is not None:
        return [(state, whole)]
    if dotted in ("re.compile", "re.match", "re.search", "re.fullmatch") and first is not None:
        return [(state, regular_expressions.call(machine, dotted, first, arguments.get(1, "string")))]
    if dotted in ("any", "all", "bool"):
        return [(state, (Opaque(f"{dotted}(…)", frozenset(), any(is_credential(value) for value in arguments.all)),))]
    return None


def _gone_through(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """What counts and goes through lists."""
    first = arguments.get(0)
    if dotted == "len" and first is not None and (counted := client_keys.length(machine, first, state)) is not None:
        return [(state, (counted,))]
    if dotted in ("len", "sum", "max", "min", "abs", "round"):
        rows = frozenset(number for value in arguments.all for number in machine.exposed(value, state))
        return [(state, (Opaque(f"{dotted}(…)", rows),) if rows else SERVER)]
    if dotted in ("next", "anext") and first is not None:
        rounds, _ = expressions.rounds_of(machine, first, state, frame.at(node.span))
        return [(state, union(*rounds, *([arguments.get(1) or NONE] if len(arguments.positional) > 1 else [])))]
    if dotted in ("filter", "map") and first is not None:
        over = comprehensions.filtered if dotted == "filter" else comprehensions.mapped
        return over(machine, first, arguments.get(1) or NONE, state, frame, node)
    return None


def _around(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """What a program says, reads from its surroundings and raises."""
    if dotted == "print" and "file" in arguments.keywords:
        return None
    if dotted in ("print", "isinstance", "issubclass"):
        return [(state, NONE)]
    if dotted in ("os.getenv", "os.environ.get"):
        return [(state, _environment(arguments))]
    if last.endswith(("Error", "Exception")) and last[0].isupper():
        return [(state, (library.failure_of(last, arguments, machine, state),))]
    return None


def _set_going(
    machine: "Machine", dotted: str, last: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs | None:
    """What is run in another task or thread, or called later."""
    first = arguments.get(0)
    if dotted in ("asyncio.gather",):
        return [(state, (Sequence(tuple(arguments.positional)),))]
    if (
        dotted in ("asyncio.create_task", "asyncio.wait_for", "asyncio.shield", "asyncio.run", "anyio.run")
        and first is not None
    ):
        return [(state, first)]
    if last in ("run_in_threadpool", "to_thread", "run_sync") and first is not None:
        return library.call_value(machine, first, arguments, state, frame, node, skip=1)
    if last in ("sync_to_async", "async_to_sync", "lru_cache", "delayed") and threads.is_function(first):
        return [(state, first or NONE)]
    if dotted.startswith(("threading.", "multiprocessing.")):
        return threads.started(machine, dotted, arguments, state, frame, node)
    if last == "partial" and first is not None:
        further = tuple(arguments.positional[1:]), tuple(arguments.keywords.items())
        return [(state, tuple(Partial(atom, *further) for atom in first))]
    return None


def _any_or_all(dotted: str, value: Value) -> bool | None:
    """The outcome over a display whose elements are all known."""
    if len(value) != 1 or not isinstance(value[0], Sequence) or value[0].open:
        return None
    decided = [truth(item[0]) if len(item) == 1 else None for item in value[0].items]
    if any(one is None for one in decided):
        return None
    return any(decided) if dotted == "any" else all(decided)


def _passed(value: Value) -> Value:
    return tuple(
        Rows(atom.table, atom.number) if isinstance(atom, Result) and not atom.parts else atom for atom in value
    )


def _environment(arguments: "Arguments") -> Value:
    name = arguments.get(0, "key")
    key = str(name[0].value) if name and isinstance(name[0], Known) else "variable"
    default = arguments.get(1, "default")
    known = tuple(Known(atom.value, key) for atom in default or () if isinstance(atom, Known))
    return (
        (Scalar("server", f"environment {key}"), *known)
        if known
        else (Scalar("server", f"environment {key}"), Known(None, key))
    )


def _by_name(
    machine: "Machine", dotted: str, arguments: "Arguments", state: State, frame: "Frame", node: Call
) -> Pairs:
    """`getattr`, `setattr`, `hasattr` with a literal name, or with the field names of a client's object."""
    holder, name = arguments.get(0), arguments.get(1)
    if holder is None or name is None:
        return [(state, NONE)]
    literal = name[0].value if len(name) == 1 and isinstance(name[0], Known) else None
    is_set = _is_set(machine, holder, literal, state) if isinstance(literal, str) else None
    if dotted == "hasattr":
        return [(state, (Known(True), Known(False)) if is_set is None else (Known(is_set),))]
    if dotted == "getattr" and is_set is False and len(arguments.positional) > 2:
        return [(state, arguments.positional[2])]
    if dotted == "setattr":
        if isinstance(literal, str):
            application_state.note(machine, node.args[0].value, literal, arguments.get(2) or NONE, state)
        return [(_set_by_name(machine, holder, name, arguments.get(2) or NONE, state, frame, node), NONE)]
    if not isinstance(literal, str):
        if any(isinstance(atom, ClassRef) and machine.ownership.find(atom.definition) for atom in holder):
            return [(state, (Made("dynamic.column", (("of", holder),)),))]
        if any(loaded_modules.is_open(atom) for atom in holder):
            return [(state, holder)]
        return [(state, _chosen(machine, holder, name, arguments, node))]
    default = arguments.get(2)
    found: list[Value] = []
    for atom in holder:
        has = None if default is None else _has(machine, atom, literal, state)
        if has is not False:
            found.append(attributes.attribute_of(machine, atom, literal, state))
        if default is not None and not has:
            found.append(default)
    return [(state, union(*found))]


def _chosen(machine: "Machine", holder: Value, name: Value, arguments: "Arguments", node: Call) -> Value:
    """`getattr(holder, name)`: the functions that the client, or a name that is half written down, may mean."""
    read = expressions.mixed("an attribute chosen at run time", *arguments.all)
    written = node.args[1].value if len(node.args) > 1 else None
    parts = written.parts if isinstance(written, JoinedStr) else ()
    texts = [re.escape(str(one.value)) if isinstance(one, Const) else ".+" for one in parts] or [".+"]
    is_of_module = all(isinstance(atom, ModuleRef) for atom in holder)
    if not (is_of_module or is_client(name) or any(isinstance(one, Const) for one in parts)):
        return read
    functions = attributes.functions_of(machine, holder, re.compile("".join(texts)))
    if functions is None:
        return read
    if is_of_module:
        return functions
    return (*functions, Made("attribute.chosen", (), taint(read), is_credential(read), is_client(read)))


def _is_set(machine: "Machine", holder: Value, name: str, state: State) -> bool | None:
    """Does everything that the holder can be have the attribute (True), or nothing of it (False)?"""
    known = {_has(machine, atom, name, state) for atom in holder}
    return known.pop() if len(known) == 1 else None


_OF_MODELS = frozenset({"model_dump", "model_dump_json", "model_copy", "model_fields", "model_fields_set", "__dict__"})
"""What every model of a client's object has."""


def _has(machine: "Machine", atom: Atom, name: str, state: State) -> bool | None:
    """Has an object an attribute? None where that is not known."""
    if isinstance(atom, Made) and atom.dotted == "request.state":
        if machine.heap(state, REQUEST_STATE, name) is not None:
            return True
        return False if machine.is_state_known else None
    if type(atom) is Body and atom.definition is not None:
        return True if name in _OF_MODELS or machine.names.member(atom.definition, name) is not None else None
    return attributes.has(machine, atom, name, state) if isinstance(atom, Instance | Row | ClassRef) else None


def _set_by_name(
    machine: "Machine", holder: Value, name: Value, value: Value, state: State, frame: "Frame", node: Call
) -> State:
    state = state.copy()
    for key in name:
        for atom in holder:
            if isinstance(key, Known) and isinstance(key.value, str):
                machine.set_attribute(atom, key.value, value, state, frame.at(node.span), frame)
            elif isinstance(atom, Row):
                fields = _dumped_fields(key)
                writes.assign_many(machine, atom, fields, state, frame.at(node.span), frame)
    return state


def _dumped_fields(key: Atom) -> tuple[Dump, ...]:
    if isinstance(key, Made) and key.dotted == "dump.key":
        return tuple(atom for _, value in key.arguments for atom in value if isinstance(atom, Dump))
    return (Dump("the client's input", None),) if is_client((key,)) else ()
