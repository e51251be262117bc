"""Attributes of abstract values: columns, fields, members of classes and modules, parts of the request."""

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Call,
    ClassDef,
    Collection,
    Expr,
    FunctionDef,
    Name,
    Subscript,
)
from constitution_lint.model.flow.arguments import Arguments
from constitution_lint.model.flow.fastapi import application_state
from constitution_lint.model.flow.fastapi.request_texts import METHOD, PATH
from constitution_lint.model.flow.identity import signed_values
from constitution_lint.model.flow.language import bound_methods, lazy_attributes, module_caches, named_tuples
from constitution_lint.model.flow.libraries import dependency_injector
from constitution_lint.model.flow.state import REQUEST_STATE, State
from constitution_lint.model.flow.traits import is_client, is_credential, taint
from constitution_lint.model.flow.unions import union
from constitution_lint.model.flow.values import (
    Atom,
    Body,
    Claims,
    ClassRef,
    ColumnRef,
    External,
    FunctionValue,
    Instance,
    Known,
    Made,
    Mapping,
    ModuleRef,
    Opaque,
    Query,
    Reply,
    Result,
    Row,
    Rows,
    Scalar,
    Sequence,
    Value,
)
from constitution_lint.model.names import Definition
from constitution_lint.model.walk import dotted_name, walk_statements

if TYPE_CHECKING:
    from constitution_lint.model.flow.machine import Frame, Machine

_MOST_FUNCTIONS = 64
READ_FROM = "<read from>"
"""Under this name a model of pydantic keeps the row whose attributes it was given."""
_PLAIN_BASES = frozenset({"object", "ABC", "Protocol", "Generic", "BaseModel", "SQLModel", "DeclarativeBase", "Base"})
"""Classes of Python, pydantic and SQLAlchemy that give their heirs no attribute of their own that anybody asks for."""
WRAPPED = frozenset({"fn", "func", "coroutine", "original_func", "__wrapped__", "__func__", "__call__"})
"""Attributes by which task queues, tools, decorators and a function itself give the function they were made of."""
_OF_MODELS = frozenset({"metadata", "fields", "json", "schema", "schema_json", "parse_obj", "construct", "validate"})
UNSET = "is not set in the class"
OF_LIBRARY = "is set by a class of a library"
_WITHOUT_TABLES = (sys.stdlib_module_names - {"abc", "typing", "builtins", "collections"}) | {
    "fastapi",
    "starlette",
    "jinja2",
    "wtforms",
}
ON_FUNCTION = "is kept on a function"
_REQUEST_PARTS = {"headers": True, "cookies": True, "query_params": False, "path_params": False}
_HTTP_STATUS = {
    "OK": 200, "CREATED": 201, "ACCEPTED": 202, "NO_CONTENT": 204, "BAD_REQUEST": 400, "UNAUTHORIZED": 401,
    "FORBIDDEN": 403, "NOT_FOUND": 404, "CONFLICT": 409, "UNPROCESSABLE_ENTITY": 422, "INTERNAL_SERVER_ERROR": 500,
}  # fmt: skip


def property_of(machine: "Machine", atom: Atom, name: str) -> FunctionValue | None:
    """The getter behind `object.name` when the class declares it as a property."""
    if type(atom) is Instance:
        member = machine.names.member(atom.definition, name)
    elif type(atom) is Row:
        table = machine.ownership.tables.get(atom.table)
        member = (
            None
            if table is None or name in table.columns or name in table.relationships
            else _row_member(machine, atom, name)
        )
    else:
        return None
    if member is None or type(member.node) is not FunctionDef:
        return None
    names = {dotted_name(decorator).rsplit(".", 1)[-1] for decorator in member.node.decorators}
    if not names & {"property", "cached_property", "hybrid_property", "computed_field"}:
        return None
    return FunctionValue(
        member.file, member.name, member.node, atom, 0, machine.names.resolve(member.file, member.name.split(".")[0])
    )


def getter_of(machine: "Machine", atom: Atom, name: str, state: State) -> tuple[FunctionValue, Arguments] | None:
    """What is run for `object.name`: the getter of a property, or the hook for names that a class does not have."""
    getter = property_of(machine, atom, name)
    if getter is not None:
        return getter, Arguments()
    hook = hook_of(machine, atom, name, state) if type(atom) is Instance else None
    return None if hook is None else (hook, Arguments([(Known(name),)]))


def hook_of(machine: "Machine", atom: Instance, name: str, state: State) -> FunctionValue | None:
    """`__getattr__` of the project, where an object has no such attribute."""
    hook = machine.names.member(atom.definition, "__getattr__")
    if hook is None or not isinstance(hook.node, FunctionDef) or name.startswith("__"):
        return None
    if machine.names.member(atom.definition, name) is not None or machine.heap(state, atom.number, name) is not None:
        return None
    owner = machine.names.resolve(hook.file, hook.name.split(".")[0])
    return FunctionValue(hook.file, hook.name, hook.node, atom, 0, owner)


def _row_member(machine: "Machine", atom: Row, name: str) -> Definition | None:
    file, _, class_name = atom.table.partition(":")
    definition = machine.names.resolve(file, class_name)
    return machine.names.member(definition, name) if definition is not None and definition.kind == "class" else None


def attribute_of(machine: "Machine", atom: Atom, name: str, state: State) -> Value:
    """`atom.name` as a value, empty where it would raise; methods of library objects are met at their call."""
    if name == "_mapping" and (by_column := named_tuples.by_column(atom)):
        return by_column
    kept = bound_methods.method(atom, name) if type(atom) in bound_methods.HOLDERS else None
    if kept is not None:
        return (kept,)
    if type(atom) is Row:
        return _of_row(machine, atom, name, state)
    if isinstance(atom, (Rows, Result)):
        return (Opaque(f".{name} of a result", taint((atom,))),)
    if type(atom) is Instance:
        return _of_instance(machine, atom, name, state)
    if type(atom) is ClassRef:
        return _of_class(machine, atom, name)
    if type(atom) is ModuleRef:
        return _of_module(machine, atom, name)
    if type(atom) is External:
        return external(f"{atom.dotted}.{name}")
    if type(atom) is Claims:
        return (signed_values.claim(atom, name),)
    if type(atom) is Scalar:
        return attribute_of_scalar(atom, name)
    if type(atom) is Body:
        held = next((value for key, value in atom.overrides if key == name), None)
        return held if held is not None else (_of_body(machine, atom, name),)
    if type(atom) is Mapping:
        return next(
            (value for key, value in atom.items if key == name),
            atom.rest or (Opaque(f".{name} of a dict", taint((atom,))),),
        )
    if type(atom) is Made:
        return of_made(machine, atom, name, state)
    if isinstance(atom, Known):
        return (atom,) if name == "value" else (Opaque(f".{name} of a literal"),)
    if type(atom) is Query:
        return _of_query(atom, name)
    if type(atom) is Reply:
        return (Made("response.attribute"),)
    if type(atom) is FunctionValue:
        return (atom,) if name in WRAPPED else (_on_function(machine, atom, name),)
    return (Opaque(f".{name} of something unknown", taint((atom,)), is_credential((atom,)), is_client((atom,))),)


def _of_query(atom: Query, name: str) -> Value:
    """A column of a subquery; `.c` is the subquery itself."""
    if name in ("c", "columns") or not atom.tables:
        return (atom,)
    shape = [column for column in atom.shape if column.table]
    labelled = next((column for column in shape if column.label == name), None)
    found = labelled or next((column for column in shape if column.column == name), ColumnRef(atom.tables[0], name))
    return (ColumnRef(found.table, found.column, atom),)


def _of_row(machine: "Machine", atom: Row, name: str, state: State) -> Value:
    held = machine.heap(state, atom.number, name)
    if held is not None and machine.record.is_made(atom.number):
        return held
    table = machine.ownership.tables.get(atom.table)
    if table is not None and name in table.relationships:
        target = table.relationships[name]
        annotation = machine.record.shape_of(table, name)
        return (Rows(target, atom.number),) if annotation == "many" else (Row(target, atom.number),)
    if name == "__dict__":
        return (atom,)
    scalar = (Scalar("row", f"{atom.table}.{name}", atom.number, name),)
    if held is not None:
        return union(held, scalar)
    if table is not None and name not in table.columns:
        member = _row_member(machine, atom, name)
        if member is not None and isinstance(member.node, FunctionDef):
            return (FunctionValue(member.file, member.name, member.node, atom),)
    return scalar


def _is_of_pydantic(name: str) -> bool:
    """May every model have it, whatever its fields are: `__fields__`, `model_config`, `copy`?"""
    return name.startswith(("_", "model_")) or name in _OF_MODELS


def _keeps_no_tables(base: Definition) -> bool:
    """Is it a library's class whose own attributes lead to no database: of templates, forms, middleware, of Python?"""
    return base.kind == "external" and base.dotted.split(".")[0] in _WITHOUT_TABLES


def _of_instance(machine: "Machine", atom: Instance, name: str, state: State) -> Value:
    held = machine.heap(state, atom.number, name)
    if held is not None:
        if state.attribute(atom.number, name) is not None:
            return held
        return module_caches.initial_value(
            machine,
            lazy_attributes.completed(machine, atom, name, held),
            atom.file,
            f"{atom.name}.{name}",
            of_object=True,
        )
    member = machine.names.member(atom.definition, name)
    if member is None:
        if machine.names.is_subclass(atom.definition, "BaseModel", "SQLModel") and not _is_of_pydantic(name):
            return ()
        of_library = any(_keeps_no_tables(one) for one in machine.names.ancestors(atom.definition))
        return (Opaque(f"{atom.name}.{name} {OF_LIBRARY if of_library else UNSET}"),)
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    if isinstance(member.node, FunctionDef):
        if "staticmethod" in {dotted_name(decorator) for decorator in member.node.decorators}:
            return (FunctionValue(member.file, member.name, member.node, None, 0, owner),)
        return (FunctionValue(member.file, member.name, member.node, atom, 0, owner),)
    value = _member_value(machine, member, atom)
    return (
        lazy_attributes.completed(machine, atom, name, value)
        if atom.number in machine.shared.numbering.fixed
        else value
    )


def has(machine: "Machine", atom: Instance | Row | ClassRef, name: str, state: State) -> bool | None:
    """Has an object or class of the project an attribute? None where a class of a library, or a hook, may give it."""
    if isinstance(atom, Row):
        table = machine.ownership.tables.get(atom.table)
        known = table is not None and (name in table.columns or name in table.relationships)
        return True if known or _row_member(machine, atom, name) is not None else None
    table = machine.ownership.find(atom.definition)
    if table is not None and name in {**table.columns, **table.relationships}:
        return True
    if isinstance(atom, Instance) and machine.heap(state, atom.number, name) is not None:
        return True
    member = machine.names.member(atom.definition, name)
    if member is not None:
        return None if isinstance(member.node, AnnAssign) and member.node.value is None else True
    return None if _may_have_more(machine, atom.definition) else False


def _may_have_more(machine: "Machine", definition: Definition) -> bool:
    """Does a class end in one of a library that may give it attributes, or has it a hook for any name?"""
    hooked = any(machine.names.member(definition, hook) is not None for hook in ("__getattr__", "__getattribute__"))
    line = machine.names.ancestors(definition)
    return hooked or any(not isinstance(one.node, ClassDef) and one.name not in _PLAIN_BASES for one in line)


def _member_value(machine: "Machine", member: Definition, atom: Instance) -> Value:
    if member.kind == "class":
        return (ClassRef(member.file, member.name, member),)
    value = _default_of(getattr(member.node, "value", None))
    if value is None:
        if is_settings(machine, atom.definition):
            return (Scalar("server", f"setting {member.name.split('.')[-1]}"),)
        return (Opaque(f"{member.name} has no value that can be read"),)
    if type(value) is Call and value.func is (factory := _factory_of(member)) and factory is not None:
        return _made_by_default(machine, member, value)
    found = machine.shared.constant(machine, member)
    if value is not getattr(member.node, "value", None):
        pairs = machine.evaluate(value, State(), _frame_of(member))
        found = union(*(given for _, given in pairs)) if pairs else found
    if is_settings(machine, atom.definition):
        setting = member.name.split(".")[-1]
        known = tuple(Known(one.value, setting) for one in found if isinstance(one, Known))
        if all(isinstance(one, Sequence) and one.items for one in found):
            return found
        return known or (Scalar("server", f"setting {setting}"),)
    return found


def _default_of(value: Expr | None) -> Expr | None:
    """What a field is when nobody gives it: `Field(None, description="…")` stands for its default."""
    if not isinstance(value, Call) or dotted_name(value.func).rsplit(".", 1)[-1] not in ("Field", "field"):
        return value
    factory = value.keyword("default_factory")
    return value.argument(0, "default") or (Call(value.span, factory, ()) if factory is not None else value)


def _factory_of(member: Definition) -> Expr | None:
    written = getattr(member.node, "value", None)
    return written.keyword("default_factory") if isinstance(written, Call) else None


def _made_by_default(machine: "Machine", member: Definition, call: Call) -> Value:
    """What a factory makes for a field; one for all objects that have been given none."""
    key, known = ("default", member.file, member.name), machine.shared.bound
    if key not in known:
        known[key] = (Opaque(f"{member.name} is made by itself"),)
        known[key] = machine.shared.registered_object(machine, member.file, call)
    return known[key]


def _frame_of(member: Definition) -> "Frame":
    from constitution_lint.model.flow.machine import Frame

    return Frame(member.file, "<class>")


def is_settings(machine: "Machine", definition: Definition) -> bool:
    return machine.names.is_subclass(definition, "BaseSettings")


def _of_class(machine: "Machine", atom: ClassRef, name: str) -> Value:
    table = machine.ownership.find(atom.definition)
    if table is not None:
        if name in table.columns or name in table.relationships:
            return (ColumnRef(table.key, name),)
        if name in ("__table__", "c", "columns"):
            return (atom,)
    member = machine.names.member(atom.definition, name)
    if member is None:
        if name == "__name__":
            return (Known(atom.name),)
        if name in ("model_fields", "__fields__"):
            return (_fields_of(machine, atom),)
        return (Opaque(f"{atom.name}.{name} is not in the class"),)
    owner = machine.names.resolve(member.file, member.name.split(".")[0])
    if isinstance(member.node, FunctionDef):
        decorators = {dotted_name(decorator) for decorator in member.node.decorators}
        bound = atom if "classmethod" in decorators else None
        return (FunctionValue(member.file, member.name, member.node, bound, 0, owner),)
    if member.kind == "class":
        return (ClassRef(member.file, member.name, member),)
    if isinstance(member.node, FunctionDef | ClassDef):
        return (Opaque("a member that is not followed"),)
    return lazy_attributes.perhaps_set(machine.shared.constant(machine, member), name)


def _fields_of(machine: "Machine", atom: ClassRef) -> Mapping:
    """`Model.model_fields`: what a model of pydantic declares, by name."""
    from constitution_lint.model.flow.language.instantiation import field_names

    return Mapping(
        tuple((name, (Opaque("what is declared of a field"),)) for name in field_names(machine, atom.definition))
    )


def _on_function(machine: "Machine", atom: FunctionValue, name: str) -> Opaque:
    """`function.name`: an object that code keeps there, or something that Python or a decorator puts on functions."""
    known = machine.shared.set_on_names.get(atom.file)
    if known is None:
        known = machine.shared.set_on_names[atom.file] = frozenset(_set_on_names(machine, atom.file))
    is_kept = (atom.qualname.rpartition(".")[2], name) in known
    return Opaque(f"{name} {ON_FUNCTION}" if is_kept else f".{name} of a function")


def _set_on_names(machine: "Machine", file: str) -> Iterator[tuple[str, str]]:
    """What the code of a file sets on anything by its name: the name and the attribute."""
    for node in walk_statements(machine.names.code[file].body):
        for target in node.targets if isinstance(node, Assign) else ():
            if isinstance(target, Attribute) and isinstance(target.value, Name):
                yield target.value.id, target.attr


def functions_of(machine: "Machine", holder: Value, written: re.Pattern[str]) -> Value | None:
    """`getattr(module, name)`: any function there whose name can be that; None for other holders, or for many."""
    if not all(isinstance(atom, ModuleRef | Instance) for atom in holder):
        return None
    found = [one for atom in holder for one in _functions_in(machine, atom, written)]
    functions = tuple(dict.fromkeys(found))
    return functions if 0 < len(functions) <= _MOST_FUNCTIONS else None


def _functions_in(machine: "Machine", atom: Atom, written: re.Pattern[str]) -> Iterator[Atom]:
    if isinstance(atom, ModuleRef) and atom.file in machine.names.code:
        for name in sorted(machine.names.scope(atom.file).bound):
            known = machine.names.resolve(atom.file, name) if written.fullmatch(name) else None
            if known is not None and isinstance(known.node, FunctionDef):
                yield from machine.meaning(known)
    elif isinstance(atom, Instance):
        for owner in machine.names.ancestors(atom.definition):
            for node in owner.node.body if isinstance(owner.node, ClassDef) else ():
                if isinstance(node, FunctionDef) and not node.name.startswith("__") and written.fullmatch(node.name):
                    yield FunctionValue(owner.file, f"{owner.name}.{node.name}", node, atom, 0, owner)


def _of_module(machine: "Machine", atom: ModuleRef, name: str) -> Value:
    found = machine.names.resolve(atom.file, name) if atom.file in machine.names.code else None
    if found is None:
        inner = machine.names.submodule(atom.dotted, name)
        return machine.meaning(inner) if inner is not None else (Opaque(f"{atom.dotted} has no {name}"),)
    return machine.meaning(found)


def attribute_of_scalar(atom: Scalar, name: str) -> Value:
    if name in ("value", "hex", "credentials") or atom.origin == "server":
        return (atom,)
    if atom.origin == "row":
        return (atom,)
    return (Scalar(atom.origin, name if atom.origin == "principal" else f"{atom.key}.{name}", 0, "", atom.credential),)


def _of_body(machine: "Machine", atom: Body, name: str) -> Atom:
    if name == "__dict__":
        from constitution_lint.model.flow.language.container_methods import sent

        return sent(machine, atom)
    if atom.definition is not None:
        member = machine.names.member(atom.definition, name)
        annotation = getattr(member.node, "annotation", None) if member is not None else None
        inner = (
            machine.names.resolve_expression(member.file, bare(annotation))
            if member is not None and annotation is not None
            else None
        )
        if inner is not None and inner.kind == "class" and not machine.names.is_subclass(inner, "Enum", "StrEnum"):
            return Body(f"{atom.key}.{name}", inner)
        if member is not None and isinstance(member.node, FunctionDef):
            return FunctionValue(member.file, member.name, member.node, atom)
    return Scalar("client", f"{atom.key}.{name}")


def bare(annotation: Expr | None) -> Expr | None:
    """The type `X` in `X | None`, `Optional[X]` and `list[X]`; of a dict the dict."""
    while annotation is not None:
        if isinstance(annotation, Subscript):
            items = annotation.index.items if isinstance(annotation.index, Collection) else (annotation.index,)
            if dotted_name(annotation.value) in ("dict", "Dict"):
                return annotation.value
            annotation = items[0] if items else None
        elif hasattr(annotation, "left") and hasattr(annotation, "op"):
            annotation = annotation.left
        else:
            return annotation
    return None


def of_made(machine: "Machine", atom: Made, name: str, state: State) -> Value:
    if dependency_injector.is_provider(atom):
        return dependency_injector.attribute(machine, atom, name, state)
    if atom.dotted == "request":
        if name == "state":
            return (Made("request.state"),)
        if name in _REQUEST_PARTS:
            return (Made(f"request.{name}", credential=_REQUEST_PARTS[name], client=True),)
        if name == "url":
            return (Made("request.url"),)
        if name == "method":
            return machine.requested(METHOD) or (Opaque("the request's method"),)
        if name == "scope":
            return (Made("request.scope"),)
        found = machine.heap(state, REQUEST_STATE, f"request.{name}")
        if found is not None:
            return found
        if name in ("user", "auth", "session"):
            return (Opaque(f"request.{name} is set by a middleware", client=False, credential=True),)
        return (Made(f"request.{name}", client=True),)
    if atom.dotted == "request.state":
        found = machine.heap(state, REQUEST_STATE, name)
        return (
            found
            if found is not None
            else (Opaque(f"request.state.{name} is set nowhere that was followed", credential=True),)
        )
    if atom.dotted == "request.url" and name == "path":
        return machine.requested(PATH) or (Opaque("the request's path"),)
    if name == "__call__":
        return (atom,)
    if application_state.is_kept_by(atom):
        held = application_state.kept(machine, name)
        if held:
            return held
    argument = next((value for key, value in atom.arguments if key == name), None)
    if argument is not None:
        return argument
    read = next((value[0] for key, value in atom.arguments if key == READ_FROM), None)
    if isinstance(read, Row) and has(machine, read, name, state):
        return attribute_of(machine, read, name, state)
    return (
        Made(
            f"{atom.dotted}.{name}",
            atom.arguments if atom.dotted.startswith("response") else (),
            taint((atom,)),
            is_credential((atom,)),
            is_client((atom,)),
        ),
    )


def external(dotted: str) -> Value:
    """A library thing by name; HTTP status constants are their number."""
    last = dotted.rsplit(".", 1)[-1]
    if last.startswith(("HTTP_", "WS_")) and last[5:8].isdigit():
        return (Known(int(last[5:8])),)
    if dotted.startswith("http.HTTPStatus.") and last in _HTTP_STATUS:
        return (Known(_HTTP_STATUS[last]),)
    return (External(dotted),)
