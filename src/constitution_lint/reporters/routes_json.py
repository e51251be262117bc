"""The route table as JSON, version 1: what `routes --format json` prints. Keys may be added, never changed."""

from constitution_lint.facts.location import Location
from constitution_lint.model.api import Access, Api, Entry, Route, Table
from constitution_lint.reporters.as_json import dumps

Fields = dict[str, object]


def render(routes: tuple[Route, ...], entries: tuple[Entry, ...] = (), tables: tuple[Table, ...] | None = None) -> str:
    """`tables` stands in the document when it was asked for."""
    document: Fields = {
        "version": 1,
        "routes": [_route(route) for route in routes],
        "entries": [_entry(entry) for entry in entries],
    }
    if tables is not None:
        document["tables"] = [_table(table) for table in tables]
    return dumps(document)


def render_tables(api: Api) -> str:
    return dumps({"version": 1, "tables": [_table(table) for table in api.tables]})


def _route(route: Route) -> Fields:
    return {
        "method": route.method,
        "path": route.path,
        **_place(route.location),
        "function": route.handler.qualname if route.handler is not None else "",
        "mounted": route.mounted,
        "auth": route.guard.auth.value,
        "guard": route.guard.name,
        "auth_why": route.guard.why,
        "public": bool(route.public),
        "public_why": route.public,
        "isolation": route.isolation.value,
        "success_status": route.success_status,
        "mutates": route.mutates is not None,
        "condition": route.condition,
        "shadowed_by": route.shadowed_by,
        "accesses": [_access(access) for access in route.accesses],
    }


def _access(access: Access) -> Fields:
    return {
        **_place(access.location),
        "model": access.model,
        "kind": access.kind,
        "verdict": access.verdict.value,
        "why": access.why,
        "rule": access.fault,
        "chain": [{**_place(step.location), "message": step.message} for step in access.chain],
    }


def _entry(entry: Entry) -> Fields:
    return {
        "kind": entry.kind,
        "name": entry.name,
        **_place(entry.location),
        "isolation": entry.isolation.value,
        "accesses": [_access(access) for access in entry.accesses],
    }


def _table(table: Table) -> Fields:
    return {
        "model": table.name,
        "table": table.table,
        **_place(table.location),
        "owner": table.owner,
        "owner_columns": list(table.owner_columns),
        "is_user": table.is_user,
        "columns": [
            {"name": column.name, "annotation": column.annotation, "foreign_key": column.foreign_key}
            for column in table.columns
        ],
    }


def _place(location: Location) -> Fields:
    return {"file": location.file, "line": location.span.line}
