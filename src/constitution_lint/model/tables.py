"""Table classes of SQLModel and SQLAlchemy as the ownership model takes them: columns, keys, indexes, relationships."""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Attribute,
    Binary,
    Call,
    ClassDef,
    Collection,
    Const,
    Expr,
    FunctionDef,
    Name,
    Return,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Column
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.walk import dotted_name, is_true


class Parent(msgspec.Struct, frozen=True):
    """A column that leads to a row of another owned table."""

    column: str
    table: str


class OwnedTable(msgspec.Struct, frozen=True):
    """What the prover asks about a table; tables are named by their key ("backend/models.py:Task")."""

    key: str
    name: str
    table: str
    location: Location
    columns: dict[str, Column]
    relationships: dict[str, str]
    """Attribute -> key of the table it leads to."""
    primary: str = "id"
    owners: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()
    members: tuple[Parent, ...] = ()
    """Link tables through which users reach the row: (column of the link table, key of the link table)."""
    is_user: bool = False
    is_link: bool = False
    """A table of memberships: its rows say which users belong to which parents."""
    naturals: tuple[str, ...] = ()
    """Unique columns by which children refer to a row instead of its primary key."""
    primaries: tuple[str, ...] = ()
    """The columns of the primary key in order, when they are more than one."""
    partial: bool = False
    """Are there columns that nothing tells of? Whether the rows are owned is open then, unless a known one says so."""
    lists: tuple[str, ...] = ()
    """Relationships whose annotation says that they lead to many rows."""
    attributes: frozenset[str] | None = None
    """Every name that the class and its bases give a meaning to; None where a base is not known."""

    @property
    def owned(self) -> bool:
        return bool(self.is_user or self.owners or self.parents or self.members)

    @property
    def why(self) -> str:
        if self.is_user:
            return "the user's own row"
        if self.owners:
            column = self.columns.get(self.owners[0])
            target = f" -> {column.foreign_key}" if column is not None and column.foreign_key else ""
            return f"{self.owners[0]}{target}"
        if self.parents:
            return f"{self.parents[0].column} -> {self.parents[0].table.rsplit(':', 1)[-1]}"
        if self.members:
            return f"membership through {self.members[0].table.rsplit(':', 1)[-1]}"
        return ""


def key_of(definition: Definition) -> str:
    return f"{definition.file}:{definition.name}"


def tables_of(names: Names, file: str, body: tuple[Stmt, ...]) -> Iterator[OwnedTable]:
    """The tables a module declares, in source order."""
    for node in body:
        if isinstance(node, ClassDef):
            definition = Definition("class", file, node.name, node, node.name)
            if _is_table(node):
                yield _table(names, definition, node)
        elif isinstance(node, Assign) and isinstance(node.targets[0], Name):
            yield from _core_table(names, file, node.targets[0].id, node.value)


def _core_table(names: Names, file: str, variable: str, value: Expr) -> Iterator[OwnedTable]:
    """`tasks = Table("tasks", metadata, Column(…), …)` of SQLAlchemy Core: the variable is what queries name."""
    if not isinstance(value, Call) or _callee(value) != "Table" or len(value.args) < 3:
        return
    found = names.resolve_expression(file, value.func)
    if found is not None and found.kind == "external" and found.dotted.startswith("sqlalchemy"):
        key = key_of(Definition("value", file, variable, None, variable))
        yield from declared(names, Location(file, value.span), key, variable, value)


def declared(names: Names, location: Location, key: str, name: str, call: Call) -> Iterator[OwnedTable]:
    """The table that `Table(…)` or `op.create_table(…)` declares by its name and its columns."""
    named = call.positional(0)
    if not isinstance(named, Const) or not isinstance(named.value, str):
        return
    columns: dict[str, Column] = {}
    for arg in call.args[1:]:
        first = arg.value.positional(0) if isinstance(arg.value, Call) and _callee(arg.value) == "Column" else None
        if isinstance(first, Const) and isinstance(first.value, str):
            columns[first.value] = _column(names, location.file, first.value, None, arg.value)
    keys = tuple(column.name for column in columns.values() if column.primary_key)
    primary, primaries = (keys[0] if keys else "id"), (keys if len(keys) > 1 else ())
    yield OwnedTable(key, name, named.value, location, columns, {}, primary, primaries=primaries)


def _is_table(node: ClassDef) -> bool:
    if any(
        word.name == "table" and isinstance(word.value, Const) and word.value.value is True for word in node.keywords
    ):
        return True
    named = {name: value for name, _, value in _assignments(node) if name}
    if "__abstract__" in named:
        return False
    declared = any(_callee(value) in ("Column", "mapped_column") for value in named.values())
    return ("__tablename__" in named and (declared or bool(node.bases))) or (declared and bool(node.bases))


def _table(names: Names, definition: Definition, node: ClassDef) -> OwnedTable:
    columns: dict[str, Column] = {}
    relationships: dict[str, str] = {}
    lists: list[str] = []
    for owner in names.ancestors(definition):
        if not isinstance(owner.node, ClassDef):
            continue
        for name, annotation, value in _assignments(owner.node):
            if not name or name.startswith("__") or name == "model_config":
                continue
            if _callee(value).lower() == "relationship":
                target = _related(names, owner.file, annotation, value)
                if target:
                    relationships.setdefault(name, target)
                    if annotation is not None and _LISTED.search(_written(annotation)):
                        lists.append(name)
            elif annotation is not None or _callee(value) in ("Column", "mapped_column"):
                columns.setdefault(name, _column(names, owner.file, name, annotation, value))
    for name in _indexed_together(names, definition) & columns.keys():
        columns[name] = msgspec.structs.replace(columns[name], indexed=True)
    keys = tuple(column.name for column in columns.values() if column.primary_key)
    primary, primaries = (keys[0] if keys else "id"), (keys if len(keys) > 1 else ())
    location = Location(definition.file, node.head)
    table = _table_name(names, definition, node)
    return OwnedTable(
        key_of(definition),
        node.name,
        table,
        location,
        columns,
        relationships,
        primary,
        primaries=primaries,
        lists=tuple(lists),
        attributes=_attributes(names, definition),
    )


_BARE_BASES = frozenset(
    [
        "SQLModel",
        "DeclarativeBase",
        "DeclarativeBaseNoMeta",
        "MappedAsDataclass",
        "AsyncAttrs",
        "Generic",
        "ABC",
        "object",
    ]
)
"""Bases out of libraries that keep nothing of their own in a row."""


def _attributes(names: Names, definition: Definition) -> frozenset[str] | None:
    """The names that a table class and its bases define; None where one of them is a library's, or not found."""
    found: set[str] = set()
    for owner in names.ancestors(definition):
        if not isinstance(owner.node, ClassDef):
            continue
        for base in owner.node.bases:
            meaning = names.resolve_expression(owner.file, base)
            known = meaning is not None and (meaning.kind == "class" or meaning.name in _BARE_BASES)
            if not known and not (meaning is not None and _is_declarative(meaning)):
                return None
        found.update(name for name, _, _ in _assignments(owner.node))
        found.update(one.name for one in owner.node.body if isinstance(one, FunctionDef))
    return frozenset(found)


def _is_declarative(meaning: Definition) -> bool:
    """`Base = declarative_base()`."""
    node = meaning.node
    value = node.value if isinstance(node, Assign | AnnAssign) else None
    return _callee(value) in ("declarative_base", "generate_base")


_LISTED = re.compile(r"(?:^|\W)(?:list|set|sequence|collection)\[|^(?:WriteOnly|Dynamic)Mapped\[", re.I)


def _table_name(names: Names, definition: Definition, node: ClassDef) -> str:
    """What a class says its table is called; else what a base derives from its name: `tasknote` or `task_note`."""
    for name, _, value in _assignments(node):
        if name == "__tablename__" and isinstance(value, Const) and isinstance(value.value, str):
            return value.value
    derived = names.member(definition, "__tablename__")
    body = derived.node.body if derived is not None and isinstance(derived.node, FunctionDef) else ()
    returned = next((one.value for one in body if isinstance(one, Return)), None)
    if returned is None or (isinstance(returned, Call) and _callee(returned) == "lower"):
        return node.name.lower()
    return _WORDS.sub("_", node.name).lower()


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _assignments(node: ClassDef) -> Iterator[tuple[str, Expr | None, Expr | None]]:
    for statement in node.body:
        if isinstance(statement, AnnAssign) and isinstance(statement.target, Name):
            yield statement.target.id, statement.annotation, statement.value
        elif isinstance(statement, Assign):
            for target in statement.targets:
                if isinstance(target, Name):
                    yield target.id, None, statement.value


def _callee(value: Expr | None) -> str:
    return dotted_name(value.func).rsplit(".", 1)[-1] if isinstance(value, Call) else ""


def _column(names: Names, file: str, name: str, annotation: Expr | None, value: Expr | None) -> Column:
    calls = list(_calls(value))
    words = {arg.name: arg.value for call in calls for arg in call.args if arg.name}
    span = (annotation or value).span if (annotation or value) is not None else None  # type: ignore[union-attr]
    assert span is not None
    return Column(
        name,
        Location(file, span),
        "" if annotation is None else _written(annotation),
        _foreign_key(names, file, calls, words),
        _nullable(annotation, words),
        is_true(words.get("index")) or is_true(words.get("unique")),
        is_true(words.get("primary_key")),
        is_true(words.get("unique")),
        _default(names, file, words.get("default") or words.get("server_default") or value),
    )


def _default(names: Names, file: str, value: Expr | None) -> str:
    """A text, or the member of an enumeration that stands for one; "" for anything else."""
    if isinstance(value, Call) and _callee(value) == "Field":
        value = value.positional(0)
    if isinstance(value, Attribute) and value.attr == "value":
        value = value.value
    if isinstance(value, Attribute) and isinstance(value.value, Name):
        owner = names.resolve(file, value.value.id)
        member = names.member(owner, value.attr) if owner is not None and owner.kind == "class" else None
        value = member.node.value if member is not None and isinstance(member.node, Assign) else None
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else ""


def _nullable(annotation: Expr | None, words: dict[str, Expr]) -> bool:
    """What `nullable=` says; else the annotation; a bare `Column(...)` may be empty unless it is the key."""
    said = words.get("nullable")
    if said is not None:
        return is_true(said)
    if is_true(words.get("primary_key")):
        return False
    if annotation is None or "sa_column" in words:
        return True
    return _allows_none(annotation)


_INDEXES = frozenset({"Index", "UniqueConstraint", "PrimaryKeyConstraint"})


def _indexed_together(names: Names, definition: Definition) -> set[str]:
    """The first columns of what `__table_args__` indexes."""
    found: set[str] = set()
    for owner in names.ancestors(definition):
        for name, _, value in _assignments(owner.node) if isinstance(owner.node, ClassDef) else ():
            if name != "__table_args__" or not isinstance(value, Collection):
                continue
            for item in value.items:
                if isinstance(item, Call) and _callee(item) in _INDEXES:
                    position = 1 if _callee(item) == "Index" else 0
                    first = item.positional(position)
                    found.add(str(first.value) if isinstance(first, Const) else _written(first) if first else "")
    return found


def _calls(value: Expr | None) -> Iterator[Call]:
    if isinstance(value, Call):
        yield value
        for arg in value.args:
            yield from _calls(arg.value)


def _foreign_key(names: Names, file: str, calls: list[Call], words: dict[str, Expr]) -> str:
    word = words.get("foreign_key")
    if word is not None:
        return _reference(names, file, word)
    for call in calls:
        if _callee(call) == "ForeignKey" and call.args:
            return _reference(names, file, call.args[0].value)
    return ""


def _reference(names: Names, file: str, value: Expr) -> str:
    """The "table.column" a foreign key names; `User.id` is turned to the name of the table."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    if isinstance(value, Attribute):
        holder = value.value
        if isinstance(holder, Attribute) and holder.attr in ("c", "columns"):
            holder = holder.value
        found = names.resolve_expression(file, holder)
        if found is not None and isinstance(found.node, ClassDef):
            return f"{_table_name(names, found, found.node)}.{value.attr}"
        if found is not None and isinstance(found.node, Assign) and isinstance(found.node.value, Call):
            return f"{_written(found.node.value.args[0].value) if found.node.value.args else '?'}.{value.attr}"
    return _written(value)


def _related(names: Names, file: str, annotation: Expr | None, value: Expr | None) -> str:
    """The key of the table class a relationship leads to, from its annotation or its first argument."""
    candidates = list(_class_names(annotation))
    if isinstance(value, Call) and value.args and value.args[0].name is None:
        candidates.extend(_class_names(value.args[0].value))
    for candidate in candidates:
        found = names.resolve(file, candidate) or _anywhere(names, candidate)
        if found is not None and found.kind == "class":
            return key_of(found)
    return ""


def _anywhere(names: Names, name: str) -> Definition | None:
    """A class by its bare name, when just one file defines a table of that name (registries resolve strings so)."""
    found = [(file, node) for file, node in _classes(names).get(name, ()) if _is_table(node)]
    return Definition("class", found[0][0], name, found[0][1], name) if len(found) == 1 else None


@lru_cache(maxsize=2)
def _classes(names: Names) -> dict[str, list[tuple[str, ClassDef]]]:
    """The classes of all modules by their bare names."""
    found: dict[str, list[tuple[str, ClassDef]]] = {}
    for file, facts in names.code.items():
        for node in facts.body:
            if isinstance(node, ClassDef):
                found.setdefault(node.name, []).append((file, node))
    return found


def _class_names(expression: Expr | None) -> Iterator[str]:
    if isinstance(expression, Const) and isinstance(expression.value, str):
        yield from re.findall(r"[A-Z]\w*", expression.value)
    elif isinstance(expression, Name):
        yield expression.id
    elif isinstance(expression, Attribute):
        yield dotted_name(expression)
    elif isinstance(expression, Subscript):
        yield from _class_names(expression.index)
    elif isinstance(expression, Binary):
        yield from _class_names(expression.left)
        yield from _class_names(expression.right)
    elif isinstance(expression, Collection):
        for item in expression.items:
            yield from _class_names(item)


def _written(expression: Expr) -> str:
    """A short spelling of an annotation: names, dots, brackets and `|`; "?" for anything else."""
    if isinstance(expression, Name | Attribute):
        return dotted_name(expression)
    if isinstance(expression, Const):
        return str(expression.value)
    if isinstance(expression, Subscript):
        return f"{_written(expression.value)}[{_written(expression.index)}]"
    if isinstance(expression, Binary):
        return f"{_written(expression.left)} {expression.op} {_written(expression.right)}"
    if isinstance(expression, Collection):
        return ", ".join(_written(item) for item in expression.items)
    return "?"


def _allows_none(annotation: Expr) -> bool:
    return re.search(r"\bNone\b|\bOptional\b", _written(annotation)) is not None
