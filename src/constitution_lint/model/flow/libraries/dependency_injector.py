"""Objects provided by a declared container (`dependency_injector`), as its providers say.

A provider is a `Made` that keeps what it was given. `Provide[Container.service]` marks where FastAPI or `@inject` puts
what it makes; that is made once, at the module level, whichever scope the provider has. The source of the forms is the
manual of Dependency Injector 4.
"""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, ClassDef, Name
from constitution_lint.facts.location import Span
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.language import attributes, calls
from constitution_lint.model.flow.libraries import injection
from constitution_lint.model.flow.state import State
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    SERVER,
    Atom,
    ClassRef,
    FunctionValue,
    Known,
    Made,
    Mapping,
    Opaque,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Machine

_PROVIDERS = "dependency_injector.providers."
_CLOSING = "dependency_injector.wiring.Closing"
_PROVIDED = "dependency_injector.provided"
MARKS = frozenset({"dependency_injector.wiring.Provide", "dependency_injector.wiring.Provider", _CLOSING})
_CALLING = frozenset(
    {"Factory", "Singleton", "ThreadSafeSingleton", "ThreadLocalSingleton", "ContextLocalSingleton", "Callable",
     "Coroutine", "Resource", "AbstractFactory", "AbstractSingleton"}
)  # fmt: skip
"""Providers that call what they are given first with the rest."""
_FILLED_IN = frozenset({f"{_PROVIDERS}{name}" for name in ("Dependency", "DependenciesContainer", "Configuration")})
"""Providers that the container around theirs may fill in, under their name."""
_DEEPEST = 12


def is_provider(atom: Atom) -> bool:
    return isinstance(atom, Made) and atom.dotted.startswith((_PROVIDERS, _PROVIDED))


def is_mark(atom: Atom) -> bool:
    return isinstance(atom, Made) and atom.dotted in MARKS


def declared(dotted: str, arguments: Arguments) -> Made | None:
    """A provider with all it is given; None for calls of other things."""
    if not dotted.startswith(_PROVIDERS) or dotted.count(".") > _PROVIDERS.count("."):
        return None
    given = Sequence(tuple(arguments.positional)), Mapping(tuple(arguments.keywords.items()))
    return Made(dotted, (("given", (given[0],)), ("words", (given[1],))))


def named(value: Value, name: str) -> Value:
    """A provider that is filled in from outside knows its name in the container."""
    own = name.rpartition(".")[2]
    return tuple(
        Made(atom.dotted, (*atom.arguments, ("name", (Known(own),))))
        if isinstance(atom, Made) and atom.dotted in _FILLED_IN
        else atom
        for atom in value
    )


def marked(mark: str, key: Value) -> Value:
    """`Provide[key]`; closing something afterwards changes nothing of it."""
    return key if mark == _CLOSING else (Made(mark, (("of", key),)),)


def attribute(machine: "Machine", provider: Made, name: str, state: State) -> Value:
    """`container.service`, `service.provided.repository`, `service.provider`."""
    if provider.dotted == _PROVIDED:
        return (Made(_PROVIDED, (*provider.arguments, ("part", (Known(name),)))),)
    if name == "provided":
        return (Made(_PROVIDED, (("of", (provider,)),)),)
    if name == "provider":
        return (Made(f"{_PROVIDERS}Object", (("given", (Sequence(((provider,),)),)),)),)
    if provider.dotted == f"{_PROVIDERS}Container":
        return _of_container(machine, provider, name, state)
    if provider.dotted == f"{_PROVIDERS}DependenciesContainer":
        return (Made(provider.dotted, (*provider.arguments, ("part", (Known(name),)))),)
    return (Made(f"{provider.dotted}.{name}"),)


def _of_container(machine: "Machine", provider: Made, name: str, state: State) -> Value:
    """A provider of a container in a container, filled in with what the outer one hands over."""
    words = _words(provider)
    if name in words:
        return words[name]
    inner = _given(provider)[:1]
    found = [attributes.attribute_of(machine, atom, name, state) for value in inner for atom in value]
    return union(*(_filled(machine, value, words, state) for value in found)) if found else ()


def _filled(machine: "Machine", value: Value, words: dict[str, Value], state: State, depth: int = 0) -> Value:
    return union(*(_filled_atom(machine, atom, words, state, depth) for atom in value)) if value else value


def _filled_atom(machine: "Machine", atom: Atom, words: dict[str, Value], state: State, depth: int) -> Value:
    if isinstance(atom, Sequence):
        items = tuple(_filled(machine, item, words, state, depth + 1) for item in atom.items)
        return (Sequence(items, atom.open),)
    if isinstance(atom, Mapping):
        return (Mapping(tuple((key, _filled(machine, held, words, state, depth + 1)) for key, held in atom.items)),)
    if not isinstance(atom, Made) or not is_provider(atom) or depth > _DEEPEST:
        return (atom,)
    name = next(
        (one.value for key, value in atom.arguments if key == "name" for one in value if isinstance(one, Known)), ""
    )
    if atom.dotted in _FILLED_IN and name in words:
        return _parts_of(machine, words[str(name)], atom, state)
    arguments = tuple((key, _filled(machine, held, words, state, depth + 1)) for key, held in atom.arguments)
    return (Made(atom.dotted, arguments),)


def _parts_of(machine: "Machine", value: Value, asked: Made, state: State) -> Value:
    """What is asked of something, attribute by attribute."""
    for key, part in asked.arguments:
        if key == "part" and isinstance(part[0], Known):
            value = union(*(attributes.attribute_of(machine, atom, str(part[0].value), state) for atom in value))
    return value


# --- making ----------------------------------------------------------------------------------------------------------


def injected(machine: "Machine", value: Value) -> Value:
    """A value with what its marks ask for in their place."""
    if not any(map(is_mark, value)):
        return value
    return union(*(machine.shared.provided(machine, atom) if isinstance(atom, Made) else (atom,) for atom in value))


def provided(machine: "Machine", atom: Made, arguments: "Arguments | None" = None) -> Value:
    """What a mark or a provider gives; `machine` runs at the module level."""
    if atom.dotted in MARKS:
        asked = next(held for key, held in atom.arguments if key == "of")
        asked = union(*(_by_name(machine, one) for one in asked))
        return asked if atom.dotted.endswith("Provider") else _made_of(machine, asked)
    return _provided(machine, atom, arguments)


def _by_name(machine: "Machine", atom: Atom) -> Value:
    """`Provide["service"]`: what the containers of the project have under the name."""
    if not isinstance(atom, Known) or not isinstance(atom.value, str):
        return (atom,)
    first, *parts = atom.value.split(".")
    found: list[Value] = []
    for file, facts in machine.names.code.items():
        for node in facts.body:
            definition = machine.names.resolve(file, node.name) if isinstance(node, ClassDef) else None
            if definition is None or not machine.names.is_subclass(definition, "DeclarativeContainer"):
                continue
            if machine.names.member(definition, first) is not None:
                value: Value = (ClassRef(file, definition.name, definition),)
                for part in (first, *parts):
                    value = union(*(attributes.attribute_of(machine, one, part, State()) for one in value))
                found.append(value)
    return union(*found) if found else (Opaque(f"{atom.value} {injection.PROVIDED}", credential=True),)


def _made_of(machine: "Machine", value: Value) -> Value:
    """Each provider of a value as what it gives; other values are given as they are."""
    return union(
        *(_provided(machine, atom) if isinstance(atom, Made) and is_provider(atom) else (atom,) for atom in value)
    )


def _provided(machine: "Machine", provider: Made, arguments: "Arguments | None" = None) -> Value:
    kind = provider.dotted.removeprefix(_PROVIDERS)
    given, words = _given(provider), _words(provider)
    if provider.dotted == _PROVIDED:
        holder = _made_of(machine, next(held for key, held in provider.arguments if key == "of"))
        return _parts_of(machine, holder, provider, State())
    if kind in _CALLING and given:
        return _called(machine, kind, given, words, arguments)
    if kind == "Object" and given:
        return given[0]
    if kind == "Dependency":
        return _of_type(machine, given, words)
    if kind == "List":
        return (Sequence(tuple(_made_of(machine, item) for item in given)),)
    if kind == "Dict":
        return (Mapping(tuple((key, _made_of(machine, held)) for key, held in words.items())),)
    if kind == "Selector":
        return union(*(_made_of(machine, held) for held in words.values())) if words else SERVER
    if kind.startswith("Configuration"):
        return SERVER
    return (Opaque(f"what {kind} {injection.PROVIDED}", credential=True),)


def _called(
    machine: "Machine", kind: str, given: list[Value], words: dict[str, Value], more: "Arguments | None"
) -> Value:
    """The first thing given is called with the others, each as what its own provider gives, and what a caller adds."""
    positional = [_made_of(machine, one) for one in given[1:]]
    keywords = {name: _made_of(machine, held) for name, held in words.items()}
    if more is not None:
        positional, keywords = [*positional, *more.positional], {**keywords, **more.keywords}
    found = [_call(machine, callee, Arguments(list(positional), dict(keywords))) for callee in given[0]]
    if kind == "Resource":
        found = [union(*map(_yielded, value)) for value in found]
    return union(*found)


def _call(machine: "Machine", callee: Atom, arguments: Arguments) -> Value:
    from constitution_lint.model.flow.machine import Frame

    if isinstance(callee, Made) and is_provider(callee):
        return _provided(machine, callee, arguments)
    span, file = Span.of_line(1), ""
    if isinstance(callee, FunctionValue):
        span, file = callee.node.span, callee.file
    elif isinstance(callee, ClassRef) and callee.definition.node is not None:
        span, file = callee.definition.node.span, callee.file
    node = Call(span, Name(span, getattr(callee, "dotted", "provided")), ())
    found: list[Value] = []
    for state, value in calls.call_atom(machine, callee, arguments, State(), Frame(file, "<container>"), node):
        machine.shared.keep(state)
        found.append(value)
    return union(*found) if found else (Opaque(f"what always raises {injection.PROVIDED}", credential=True),)


def _yielded(atom: Atom) -> Value:
    """What a resource that is a generator hands over."""
    return union(*atom.items) if isinstance(atom, Sequence) and atom.items else (atom,)


def _of_type(machine: "Machine", given: list[Value], words: dict[str, Value]) -> Value:
    """A dependency that nobody fills in: its default, or an object of the class it must be."""
    if "default" in words:
        return _made_of(machine, words["default"])
    wanted = words.get("instance_of") or (given[0] if given else ())
    if not wanted:
        return (Opaque(f"a dependency {injection.PROVIDED}", credential=True),)
    return union(*(injection.made_of(machine, atom) for atom in wanted))


def _given(provider: Made) -> list[Value]:
    held = next((value for key, value in provider.arguments if key == "given"), ())
    return [item for atom in held if isinstance(atom, Sequence) for item in atom.items]


def _words(provider: Made) -> dict[str, Value]:
    held = next((value for key, value in provider.arguments if key == "words"), ())
    return {key: value for atom in held if isinstance(atom, Mapping) for key, value in atom.items}
