"""Beneath injection: which class a container makes where an interface is asked for, as code binds them.

`provide(Sql, provides=Store)`, `container.register(Store, Sql)`, `binder.bind(Store, to=Sql)`, and functions that say
by their annotation what they provide. What is bound to several classes is left open.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, ClassDef, Expr, FunctionDef, Return, Stmt
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import calls, dotted_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Machine

Key = tuple[str, str]
_BINDING = frozenset(
    {"provide", "register", "bind", "add", "add_singleton", "add_transient", "add_scoped", "register_factory"}
)
_PROVIDING = frozenset({"provide", "provider", "singleton", "factory"})
_GIVEN = ("to", "factory", "source", "implementation", "instance", "concrete")
_ASKED = ("provides", "service", "interface", "abstract")


def bound(machine: "Machine", interface: Definition) -> Definition | None:
    """The one class that an interface is bound to; None where that is none, or may be several."""
    known = machine.shared.bindings
    if known is None:
        known = machine.shared.bindings = _bindings(machine)
    found = known.get((interface.file, interface.name), ())
    return found[0] if len(found) == 1 else None


def _bindings(machine: "Machine") -> dict[Key, tuple[Definition, ...]]:
    found: dict[Key, dict[Key, Definition]] = {}
    for file, facts in machine.names.code.items():
        for asked, given in (*_by_calls(file, facts.body, machine), *_by_functions(file, facts.body, machine)):
            if (asked.file, asked.name) != (given.file, given.name):
                found.setdefault((asked.file, asked.name), {})[given.file, given.name] = given
    return {key: tuple(classes.values()) for key, classes in found.items()}


def _by_calls(file: str, body: tuple[Stmt, ...], machine: "Machine") -> Iterator[tuple[Definition, Definition]]:
    for call in calls(body):
        if dotted_name(call.func).rpartition(".")[2] not in _BINDING:
            continue
        first, second = call.positional(0), call.positional(1)
        asked = next((one for name in _ASKED if (one := call.keyword(name)) is not None), None)
        given = next((one for name in _GIVEN if (one := call.keyword(name)) is not None), None)
        if asked is not None:
            given = given if given is not None else first
        else:
            asked, given = first, given if given is not None else second
        pair = _class(machine, file, asked), _class(machine, file, given)
        if pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1]


def _by_functions(file: str, body: tuple[Stmt, ...], machine: "Machine") -> Iterator[tuple[Definition, Definition]]:
    """`@provide def store(self) -> Store: return Sql(…)`."""
    for node in walk_statements(body):
        if not isinstance(node, FunctionDef) or node.returns is None or not any(map(_provides, node.decorators)):
            continue
        made = [one.value for one in walk_statements(node.body, into_definitions=False) if isinstance(one, Return)]
        asked = _class(machine, file, node.returns)
        for value in made if asked is not None else ():
            given = _class(machine, file, value.func) if isinstance(value, Call) else None
            if given is not None and asked is not None:
                yield asked, given


def _provides(decorator: Expr) -> bool:
    written = decorator.func if isinstance(decorator, Call) else decorator
    return dotted_name(written).rpartition(".")[2] in _PROVIDING


def _class(machine: "Machine", file: str, expression: Expr | None) -> Definition | None:
    if isinstance(expression, Call):
        expression = expression.func
    found = machine.names.resolve_expression(file, expression) if expression is not None else None
    return found if found is not None and isinstance(found.node, ClassDef) else None
