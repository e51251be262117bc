"""Tables that no class declares, for the prover: what migrations create and what SQL texts say about columns.

`op.create_table(…)` and `CREATE TABLE` tell all columns of a table; an INSERT, and a statement over one table, tell
some. Nothing else is known of a table that only SQL names.
"""

import re
from collections.abc import Iterator

import msgspec

from constitution_lint.facts.code import Call, Const, Expr, Stmt
from constitution_lint.facts.location import Location
from constitution_lint.model.api import Column
from constitution_lint.model.names import Names
from constitution_lint.model.tables import OwnedTable, declared
from constitution_lint.model.walk import calls, dotted_name, walk_expressions

_SQL = re.compile(r"\s*(?:create\s+(?:\w+\s+)?table|insert\s+into|select|update|delete\s+from)\b", re.I)
_LONGEST = 20_000


def tables_in_sql(names: Names) -> dict[str, OwnedTable]:
    """Tables by name, in lower case; those of which only some columns are known are `partial`."""
    told: dict[str, OwnedTable] = {}
    mentioned: dict[str, OwnedTable] = {}
    for file, facts in sorted(names.code.items()):
        for table in (*_created(names, file, facts.body), *_written(file, facts.body)):
            name = table.table.rsplit(".", 1)[-1].lower()
            kept = mentioned if table.partial else told
            known = kept.get(name)
            kept[name] = _together(known, table) if known is not None else table
    return {**mentioned, **told}


def _together(one: OwnedTable, other: OwnedTable) -> OwnedTable:
    return msgspec.structs.replace(one, columns={**other.columns, **one.columns})


def _created(names: Names, file: str, body: tuple[Stmt, ...]) -> Iterator[OwnedTable]:
    for call in calls(body):
        if dotted_name(call.func).rsplit(".", 1)[-1] == "create_table" and call.args:
            named = _named(call)
            yield from declared(names, Location(file, call.span), f"sql:{named.lower()}", named, call)


def _named(call: Call) -> str:
    first = call.positional(0)
    return str(first.value) if isinstance(first, Const) else ""


def _written(file: str, body: tuple[Stmt, ...]) -> Iterator[OwnedTable]:
    for expression in walk_expressions(body):
        text = _text(expression)
        if text:
            yield from _told(text, Location(file, expression.span))


def _text(expression: Expr) -> str:
    text = expression.value if type(expression) is Const else None
    return text if isinstance(text, str) and len(text) < _LONGEST and _SQL.match(text) else ""


def _told(text: str, location: Location) -> Iterator[OwnedTable]:
    from sqlglot import exp

    from constitution_lint.model.sql_text import parsed_sql

    tree = parsed_sql(text)
    if tree is None:
        return
    named = [table for table in tree.find_all(exp.Table) if table.name]
    if isinstance(tree, exp.Create):
        if isinstance(tree.this, exp.Schema) and named:
            yield _table(named[0].name, location, _declared(tree.this), False)
        return
    if isinstance(tree, exp.Insert):
        columns = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
        yield _table(named[0].name if named else "", location, {one.name: "" for one in columns}, True)
    elif len(named) == 1:
        names = {column.name: "" for column in tree.find_all(exp.Column) if column.name}
        yield _table(named[0].name, location, names, True)


def _table(name: str, location: Location, columns: dict[str, str], partial: bool) -> OwnedTable:
    """A table of columns, each with what its foreign key refers to."""
    found = {column: Column(column, location, "", reference) for column, reference in columns.items()}
    return OwnedTable(f"sql:{name.lower()}", name, name, location, found, {}, partial=partial)


def _declared(schema: object) -> dict[str, str]:
    from sqlglot import exp

    columns: dict[str, str] = {}
    for part in getattr(schema, "expressions", ()):
        if isinstance(part, exp.ColumnDef):
            columns[part.name] = _referred(part.find(exp.Reference))
        elif isinstance(part, exp.ForeignKey):
            referred = _referred(part.args.get("reference"))
            columns.update({one.name: referred for one in part.expressions})
    return columns


def _referred(reference: object) -> str:
    from sqlglot import exp

    table = reference.find(exp.Table) if isinstance(reference, exp.Reference) else None
    return f"{table.name}.id" if table is not None else ""
