"""Modules loaded at run time, as values: a project module is what an import would give, others stay open."""

from typing import TYPE_CHECKING

from constitution_lint.facts.code import Call, Const, JoinedStr
from constitution_lint.model import loading
from constitution_lint.model.flow.values import Atom, External, Known, Made, ModuleRef, Value

if TYPE_CHECKING:
    from constitution_lint.model.flow.arguments import Arguments
    from constitution_lint.model.flow.machine import Frame, Machine

_MODULE = "module.loaded"
UNKNOWN = "which module is loaded at run time could not be followed"
_MACHINERY = frozenset({"exec_module", "load_module", "create_module", "setdefault"})


def call(machine: "Machine", dotted: str, arguments: "Arguments", frame: "Frame", node: Call) -> Value | None:
    """`importlib.import_module(name)` and its relatives; a specification is the module it leads to."""
    if dotted == loading.OF_SPEC and (spec := arguments.get(0, "spec")) is not None:
        return spec
    if dotted not in loading.BY_NAME | loading.BY_PATH:
        return None
    key = loading.loaded_by(machine.names, frame.file, node)
    name = arguments.get(0, "name")
    written = name[0].value if name and len(name) == 1 and isinstance(name[0], Known) else None
    is_named = dotted in loading.BY_NAME and isinstance(written, str)
    if key is None and is_named:
        key = machine.names.module(frame.file, str(written))
    if key is not None:
        return (ModuleRef(machine.names.modules.get(key, key), key),)
    if is_named:
        return (External(str(written)),)
    return (External(package),) if (package := _foreign(machine, frame, node)) else (Made(_MODULE),)


def _foreign(machine: "Machine", frame: "Frame", node: Call) -> str:
    """`f"library.{name}"`: the package of a library that the module lies in, whichever it is."""
    written = node.argument(0, "name")
    first = written.parts[0] if isinstance(written, JoinedStr) and written.parts else None
    begun = first.value if isinstance(first, Const) and isinstance(first.value, str) else ""
    package, dot, _ = begun.partition(".")
    is_whole = bool(package and dot)
    return package if is_whole and machine.names.module(frame.file, package) is None else ""


def is_open(atom: Atom, name: str = "") -> bool:
    """Does a call run code of a module of which it is not known which it is?"""
    return isinstance(atom, Made) and atom.dotted.startswith(_MODULE) and name not in _MACHINERY
