"""The tables of a project and who owns their rows, from SQLModel and SQLAlchemy classes, for the prover."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import takewhile

import msgspec

from constitution_lint.config import Settings
from constitution_lint.facts.location import START, Location
from constitution_lint.model.api import Column, Table
from constitution_lint.model.file_roles import is_migration
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, Names, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.tables import OwnedTable, Parent, key_of, tables_of

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
_PRIVILEGED = re.compile(r"admin|staff|super|owner|moderator", re.I)
_REFERENCE = re.compile(r"_(?:id|uuid|uid|key)$", re.I)
_LINK_COMPANION = re.compile(r"^(?:id|created_at|updated_at|joined_at|role|added_at|permission|status|is_active)$")


class Ownership:
    """All tables of a project by key; `find` goes from a class definition to its table."""

    def __init__(
        self, tables: dict[str, OwnedTable], in_sql: Callable[[], dict[str, OwnedTable]] = dict[str, OwnedTable]
    ) -> None:
        self.tables = dict(tables)
        """Those of the project, and as runs come upon them aliases and tables that only SQL names."""
        self._in_sql = in_sql
        self._sql: dict[str, OwnedTable] | None = None
        self.by_table: dict[str, OwnedTable] = {}
        for table in tables.values():
            self.by_table.setdefault(table.table.rsplit(".", 1)[-1].lower(), table)

        self.roles_of_all = frozenset(
            column.default
            for table in tables.values()
            for column in (table.columns.values() if table.is_user else ())
            if column.default and "role" in column.name.lower() and not _PRIVILEGED.search(column.default)
        )
        """What a new account is, and so everybody."""
        self.references = frozenset(parent.column for table in tables.values() for parent in table.parents)
        """The columns by which rows hang on others that belong to somebody."""

    @property
    def asked_all_sql(self) -> bool:
        """Was it asked what SQL anywhere in the code says of tables?"""
        return self._sql is not None

    def written_in_sql(self, name: str, owned: bool) -> OwnedTable:
        """A table that no class declares: what migrations and other statements say of it; else what this one does."""
        if self._sql is None:
            self._sql = self._in_sql()
        known = self._sql.get(name)
        if known is not None and (known.owned or not owned):
            return self.tables.setdefault(known.key, known)
        key = f"sql:{name}{'#owned' if owned else ''}"
        if key not in self.tables:
            is_user = _USER_NAME.match(name) is not None
            owners = tuple(sorted(OWNER_NAMES)) if owned and not is_user else ()
            location = Location("", START)
            self.tables[key] = OwnedTable(
                key, name, name, location, {}, {}, "id", owners, is_user=is_user, partial=not owned
            )
        return self.tables[key]

    def alias(self, definition: Definition, place: str) -> Definition:
        """A definition that stands for the same table a second time; the place tells aliases apart."""
        table = self.find(definition)
        if table is None:
            return definition
        alias = definition._replace(name=f"{definition.name}~{place}")
        self.tables[key_of(alias)] = msgspec.structs.replace(table, key=key_of(alias))
        return alias

    def find(self, definition: Definition | None) -> OwnedTable | None:
        return self.tables.get(key_of(definition)) if definition is not None else None


@remembered
def owned_tables(project: Project) -> dict[str, OwnedTable]:
    """The tables of a project by key; settings may name further owner columns and the user table."""
    return _built(names_of(project), project.settings)


def _built(names: Names, settings: Settings) -> dict[str, OwnedTable]:
    """Classes in migrations picture the tables as they once were."""
    current = (file for file in names.code if not is_migration(file))
    bare = [table for file in current for table in tables_of(names, file, names.code[file].body)]
    return _with_owners({table.key: table for table in bare}, settings)


def ownership_of(project: Project) -> Ownership:
    """The tables of a project for the runs over it, with those that only SQL knows where one is come upon."""
    declared = owned_tables(project)
    return Ownership(declared, partial(_in_sql, names_of(project), project.settings, declared))


def _in_sql(names: Names, settings: Settings, declared: dict[str, OwnedTable]) -> dict[str, OwnedTable]:
    """The tables that only SQL and migrations know, owned as they would be if classes declared them."""
    from constitution_lint.model.sql_schema import tables_in_sql

    known = {table.table.rsplit(".", 1)[-1].lower() for table in declared.values()}
    found = {f"sql:{name}": table for name, table in tables_in_sql(names).items() if name not in known}
    together = _with_owners({**declared, **found}, settings, _SQL_OWNERS)
    return {key.removeprefix("sql:"): together[key] for key in found}


_SQL_OWNERS = frozenset({"owner", "user"})
"""In a class these are relationships or free text; a table without classes has no relationships."""


def _with_owners(
    tables: dict[str, OwnedTable], settings: Settings, further: frozenset[str] = frozenset()
) -> dict[str, OwnedTable]:
    users = _user_tables(tables, settings)
    owner_names = OWNER_NAMES | further | {name.lower() for name in settings.owner_columns}
    for key, table in tables.items():
        is_user = key in users
        owners = () if is_user else _owner_columns(table, {tables[user].table for user in users}, owner_names)
        tables[key] = msgspec.structs.replace(table, owners=owners, is_user=is_user)
    return _with_members(_with_parents(_with_naturals(tables)))


def listed(tables: dict[str, OwnedTable]) -> tuple[Table, ...]:
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
        for table in sorted(tables.values(), key=lambda table: (table.location, table.name))
        if table.location.file
    )


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
    likely = {key for key in named if not tables[key].name.lower().startswith(("member", "account")) or len(named) == 1}
    return exact or likely or {key for key, table in tables.items() if _is_account(table)} or _signing_in(tables)


def _signing_in(tables: dict[str, OwnedTable]) -> set[str]:
    """The one table, whatever it is called, whose rows have a password: those who sign in."""
    found = {key for key, table in tables.items() if any(_PASSWORD.match(name) for name in table.columns)}
    return found if len({tables[key].table for key in found}) == 1 else set()


_PASSWORD = re.compile(r"(?:hashed_?|encrypted_?)?pass(?:word|wd)(?:_?(?:hash(?:ed)?|digest))?$|pwd_?hash$", re.I)


def _is_account(table: OwnedTable) -> bool:
    """`DispatchUser` with a password or an address: the application's own name stands before what it is."""
    kept = {name.lower() for name in table.columns}
    return table.name.endswith("User") and any(re.search(r"password|^e_?mail", name) for name in kept)


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
        by_name: dict[str, list[str]] = {}
        for key, table in sorted(tables.items()):
            if table.owned:
                by_name.setdefault(table.table.rsplit(".", 1)[-1].lower(), []).append(key)
        for key, table in tables.items():
            parents = tuple(_parents(table, tables, by_name))
            if parents != table.parents and not table.is_user:
                tables[key] = msgspec.structs.replace(table, parents=parents)
                changed = True
        if not changed:
            break
    return tables


def _with_naturals(tables: dict[str, OwnedTable]) -> dict[str, OwnedTable]:
    """`Step.task_id` and a unique `History.task_id`: steps refer to a history by a key that is not its primary."""
    for key, table in tables.items():
        unique = {
            column.name for column in table.columns.values() if column.unique and _REFERENCE.search(column.name)
        } - {*table.owners, table.primary}
        others = {name for other in tables.values() if other.table != table.table for name in other.columns}
        if table.owners and unique & others:
            tables[key] = msgspec.structs.replace(table, naturals=tuple(sorted(unique & others)))
    return tables


def _natural_parent(column: Column, table: OwnedTable, tables: dict[str, OwnedTable]) -> str | None:
    if column.foreign_key:
        return None
    found = [key for key, other in tables.items() if column.name in other.naturals and other.table != table.table]
    return _nearest(table, found) if len({tables[key].table for key in found}) == 1 else None


def _parents(table: OwnedTable, tables: dict[str, OwnedTable], by_name: dict[str, list[str]]) -> Iterator[Parent]:
    for column in table.columns.values():
        if column.name in table.owners:
            continue
        target = None
        if column.foreign_key:
            target = _nearest(table, by_name.get(column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower(), ()))
        elif column.name.endswith("_id"):
            stem = column.name.removesuffix("_id")
            found = by_name.get(stem) or by_name.get(stem + "s") or ()
            target = _natural_parent(column, table, tables) or _nearest(table, found)
        if target is not None and not tables[target].is_user and target != table.key:
            yield Parent(column.name, target)


def _with_members(tables: dict[str, OwnedTable]) -> dict[str, OwnedTable]:
    """Link tables of users and a parent make the parent reachable by membership; to have a role is not to own it."""
    for link in list(tables.values()):
        if not link.owners or not _is_link(link):
            continue
        tables[link.key] = msgspec.structs.replace(tables[link.key], is_link=True)
        for column in link.columns.values():
            target = _referred(column, link, tables)
            if target is not None and not tables[target].is_user and not _RANK.search(tables[target].name):
                members = (*tables[target].members, Parent(column.name, link.key))
                tables[target] = msgspec.structs.replace(tables[target], members=members)
    return _with_parents(tables)


_RANK = re.compile(r"(?:role|permission|privilege)s?(?:entity|model|orm|table|db)?$", re.I)
"""Tables of what users may do: all that have a role share its row."""


def _is_link(table: OwnedTable) -> bool:
    foreign = [column for column in table.columns.values() if column.foreign_key]
    others = [
        column for column in table.columns.values() if not column.foreign_key and not _LINK_COMPANION.match(column.name)
    ]
    return len(foreign) >= 2 and (not others or _MEMBERSHIP.search(table.name) is not None)


def _referred(column: Column, link: OwnedTable, tables: dict[str, OwnedTable]) -> str | None:
    wanted = column.foreign_key.rsplit(".", 1)[0].rsplit(".", 1)[-1].lower() if column.foreign_key else None
    return _nearest(link, [key for key, table in tables.items() if wanted and table.table.lower() == wanted])


def _nearest(table: OwnedTable, keys: Sequence[str]) -> str | None:
    """Of the tables of one name that several applications of a repository have, that of the table's own application."""
    if len(keys) < 2:
        return keys[0] if keys else None
    return max(keys, key=lambda key: (_shared_folders(key, table.key), key))


def _shared_folders(key: str, other: str) -> int:
    pairs = zip(key.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
