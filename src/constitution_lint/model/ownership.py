"""The tables of a project and who owns their rows, read from SQLModel and SQLAlchemy classes for the prover."""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from constitution_lint.config import Settings
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
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.facts.location import START, Location
from constitution_lint.model.api import Column, Table
from constitution_lint.model.names import Definition, Names, dotted_name, names_of
from constitution_lint.model.project import Project

OWNER_NAMES = frozenset(
    [
        "user_id",
        "owner_id",
        "created_by",
        "created_by_id",
        "creator_id",
        "author_id",
        "account_id",
        "userid",
        "ownerid",
        "owner_user_id",
        "belongs_to",
        "uploaded_by",
        "submitted_by",
        "customer_id",
        "user_uuid",
        "owner_uuid",
        "user_uid",
        "owner_uid",
        "user_email",
        "owner_email",
    ]
)
_USER_NAME = re.compile(
    r"^(?:app_?|auth_?|db_?|t_?|tbl_?)?(?:user|account|member|person)s?(?:_?(?:model|table|db|orm|entity|account))?$",
    re.I,
)
_MEMBERSHIP = re.compile(r"member|collaborator|participant|share|access|permission|role|link|team|assign", re.I)
_LINK_COMPANION = re.compile(r"^(?:id|created_at|updated_at|joined_at|role|added_at|permission|status|is_active)$")


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


class Ownership:
    """All tables of a project by key; `find` goes from a class definition to its table."""

    def __init__(self, tables: dict[str, OwnedTable]) -> None:
        self.tables = tables
        self.by_table: dict[str, OwnedTable] = {}
        for table in tables.values():
            self.by_table.setdefault(table.table.rsplit(".", 1)[-1].lower(), table)

    def written_in_sql(self, name: str, owned: bool) -> OwnedTable:
        """A table that only SQL names: no class says what it holds, so it is owned when a statement treats it so."""
        key = f"sql:{name}{'#owned' if owned else ''}"
        if key not in self.tables:
            is_user = _USER_NAME.match(name) is not None
            owners = tuple(sorted(OWNER_NAMES)) if owned and not is_user else ()
            location = Location("", START)
            self.tables[key] = OwnedTable(key, name, name, location, {}, {}, "id", owners, is_user=is_user)
        return self.tables[key]

    def find(self, definition: Definition | None) -> OwnedTable | None:
        return self.tables.get(key_of(definition)) if definition is not None else None


def key_of(definition: Definition) -> str:
    return f"{definition.file}:{definition.name}"


@lru_cache(maxsize=4)
def ownership_of(project: Project) -> Ownership:
    """The ownership model of a project; settings may name further owner columns and the user table."""
    return build_ownership(names_of(project), project.settings)


def build_ownership(names: Names, settings: Settings) -> Ownership:
    bare = [table for file, facts in names.code.items() for table in _tables_of(names, file, facts.body)]
    tables = {table.key: table for table in bare}
    users = _user_tables(tables, settings)
    owner_names = OWNER_NAMES | {name.lower() for name in settings.owner_columns}
    for key, table in tables.items():
        is_user = key in users
        owners = () if is_user else _owner_columns(table, {tables[user].table for user in users}, owner_names)
        tables[key] = msgspec.structs.replace(table, owners=owners, is_user=is_user)
    return Ownership(_with_members(_with_parents(tables)))


def listed(ownership: Ownership) -> tuple[Table, ...]:
    """The tables as the API shows them."""
    return tuple(
        Table(
            table.name,
            table.table,
            table.location,
            tuple(table.columns.values()),
            table.why,
            table.owners,
            table.is_user,
            tuple((name, key.rsplit(":", 1)[-1]) for name, key in sorted(table.relationships.items())),
        )
        for table in sorted(ownership.tables.values(), key=lambda table: (table.location, table.name))
        if table.location.file
    )


# --- reading table classes -------------------------------------------------------------------------------------------


def _tables_of(names: Names, file: str, body: tuple[Stmt, ...]) -> Iterator[OwnedTable]:
    for node in body:
        if isinstance(node, ClassDef):
            definition = Definition("class", file, node.name, node, node.name)
            if _is_table(node):
                yield _table(names, definition, node)


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
            elif annotation is not None or _callee(value) in ("Column", "mapped_column"):
                columns.setdefault(name, _column(names, owner.file, name, annotation, value))
    primary = next((column.name for column in columns.values() if column.primary_key), "id")
    location = Location(definition.file, node.head)
    table = _table_name(node)
    return OwnedTable(key_of(definition), node.name, table, location, columns, relationships, primary)


def _table_name(node: ClassDef) -> str:
    for name, _, value in _assignments(node):
        if name == "__tablename__" and isinstance(value, Const) and isinstance(value.value, str):
            return value.value
    return node.name.lower()


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
        _is_true(words.get("nullable")) or (annotation is not None and _allows_none(annotation)),
        _is_true(words.get("index")) or _is_true(words.get("unique")),
        _is_true(words.get("primary_key")),
    )


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
        found = names.resolve_expression(file, value.value)
        if found is not None and isinstance(found.node, ClassDef):
            return f"{_table_name(found.node)}.{value.attr}"
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
    found = [
        Definition("class", file, name, node, name)
        for file, facts in names.code.items()
        for node in facts.body
        if isinstance(node, ClassDef) and node.name == name and _is_table(node)
    ]
    return found[0] if len(found) == 1 else None


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


def _is_true(value: Expr | None) -> bool:
    return isinstance(value, Const) and value.value is True


# --- who owns what ---------------------------------------------------------------------------------------------------


def _user_tables(tables: dict[str, OwnedTable], settings: Settings) -> set[str]:
    if settings.user_table:
        wanted = settings.user_table.lower()
        return {key for key, table in tables.items() if wanted in (table.name.lower(), table.table.lower())}
    named = {key for key, table in tables.items() if _USER_NAME.match(table.name) or _USER_NAME.match(table.table)}
    exact = {
        key
        for key in named
        if tables[key].name.lower() in ("user", "users") or tables[key].table.lower() in ("user", "users")
    }
    return exact or {
        key for key in named if not tables[key].name.lower().startswith(("member", "account")) or len(named) == 1
    }


def _owner_columns(table: OwnedTable, user_tables: set[str], owner_names: frozenset[str]) -> tuple[str, ...]:
    users = {name.lower() for name in user_tables} | {"user", "users"}
    referring = [
        column.name
        for column in table.columns.values()
        if column.foreign_key and column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower() in users
    ]
    named = [column.name for column in table.columns.values() if column.name.lower().replace("-", "_") in owner_names]
    found = list(dict.fromkeys([*referring, *named]))
    strong = [name for name in found if name.lower() in owner_names]
    return tuple(strong + [name for name in found if name not in strong])


def _with_parents(tables: dict[str, OwnedTable]) -> dict[str, OwnedTable]:
    """Follow foreign keys from owned tables to their children until nothing changes."""
    for _ in range(len(tables) + 1):
        changed = False
        by_name = {table.table.rsplit(".", 1)[-1].lower(): key for key, table in sorted(tables.items()) if table.owned}
        for key, table in tables.items():
            parents = tuple(_parents(table, tables, by_name))
            if parents != table.parents and not table.is_user:
                tables[key] = msgspec.structs.replace(table, parents=parents)
                changed = True
        if not changed:
            break
    return tables


def _parents(table: OwnedTable, tables: dict[str, OwnedTable], by_name: dict[str, str]) -> Iterator[Parent]:
    for column in table.columns.values():
        if column.name in table.owners:
            continue
        target = None
        if column.foreign_key:
            target = by_name.get(column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower())
        elif column.name.endswith("_id"):
            stem = column.name.removesuffix("_id")
            target = by_name.get(stem) or by_name.get(stem + "s")
        if target is not None and not tables[target].is_user and target != table.key:
            yield Parent(column.name, target)


def _with_members(tables: dict[str, OwnedTable]) -> dict[str, OwnedTable]:
    """Link tables of users and a parent make the parent reachable by membership."""
    for link in list(tables.values()):
        if not link.owners or not _is_link(link):
            continue
        for column in link.columns.values():
            target = _referred(column, tables)
            if target is not None and not tables[target].is_user:
                members = (*tables[target].members, Parent(column.name, link.key))
                tables[target] = msgspec.structs.replace(tables[target], members=members)
    return _with_parents(tables)


def _is_link(table: OwnedTable) -> bool:
    foreign = [column for column in table.columns.values() if column.foreign_key]
    others = [
        column for column in table.columns.values() if not column.foreign_key and not _LINK_COMPANION.match(column.name)
    ]
    return len(foreign) >= 2 and (not others or _MEMBERSHIP.search(table.name) is not None)


def _referred(column: Column, tables: dict[str, OwnedTable]) -> str | None:
    wanted = column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower() if column.foreign_key else None
    return next((key for key, table in tables.items() if wanted and table.table.lower() == wanted), None)
