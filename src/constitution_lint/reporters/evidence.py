"""Output of `routes`: why a route or tool was judged as it was (guard, calls, queries), and who owns what.

`routes --explain` prints the first, `routes --owners` the second.
"""

from constitution_lint.model.api import Access, AccessVerdict, Api, Entry, Route, Table
from constitution_lint.reporters.cells import padded, visible, width

_ORDER = (
    AccessVerdict.LEAK,
    AccessVerdict.UNPROVEN,
    AccessVerdict.ADMIN,
    AccessVerdict.ISOLATED,
    AccessVerdict.NOT_OWNED,
)


def matching(api: Api, wanted: str) -> tuple[tuple[Route, ...], tuple[Entry, ...]]:
    """The routes and tools meant by "GET /tasks/{id}", "/tasks/{id}", a handler's or a tool's name."""
    word = wanted.strip().casefold()
    routes = tuple(route for route in api.routes if word in _names(route))
    return routes, tuple(
        entry for entry in api.entries if word in (entry.name.casefold(), f"{entry.kind} {entry.name}".casefold())
    )


def _names(route: Route) -> set[str]:
    handler = route.handler.qualname if route.handler is not None else ""
    return {name.casefold() for name in (route.name, route.path, handler, handler.rsplit(".", 1)[-1]) if name}


def explained(routes: tuple[Route, ...], entries: tuple[Entry, ...]) -> str:
    """One block a way in."""
    return "\n".join([*map(_route, routes), *map(_entry, entries)])


def _route(route: Route) -> str:
    handler = route.handler.qualname if route.handler is not None else "no handler that can be read"
    guard = f"{route.guard.name}: " if route.guard.name else ""
    lines = [
        f"{route.name}  {route.isolation.value}",
        _step(route.location.place, handler),
        f"  guard     {route.guard.auth.value}: {guard}{route.guard.why}",
        *([f"  public    {route.public}"] if route.public else []),
        *_accesses(route.accesses),
    ]
    return _block(lines)


def _entry(entry: Entry) -> str:
    head = f"{entry.kind} {entry.name}  {entry.isolation.value}"
    given = _step(entry.location.place, "what a model passes to it is the client's")
    return _block([head, given, *_accesses(entry.accesses)])


def _accesses(accesses: tuple[Access, ...]) -> list[str]:
    """The worst first; each with the calls that lead to it."""
    if not accesses:
        return ["  it reaches no table"]
    lines: list[str] = []
    for access in sorted(accesses, key=lambda one: (_ORDER.index(one.verdict), one.location)):
        fault = f" [{access.fault}]" if access.fault else ""
        lines.append(f"  {padded(access.verdict.value, 9)} {access.kind} {access.model or '?'}: {access.why}{fault}")
        lines += [_step(step.location.place, step.message) for step in access.chain]
        lines.append(_step(access.location.place, f"{access.kind} of {access.model or 'a table that is not known'}"))
    return lines


def _step(where: str, what: str) -> str:
    return f"      {where}  {what}"


def _block(lines: list[str]) -> str:
    return "".join(f"{visible(line)}\n" for line in lines)


def owners(tables: tuple[Table, ...]) -> str:
    """A line a table: its class, its table, who owns it and why, where it stands."""
    if not tables:
        return "no tables: no SQLModel or SQLAlchemy class declares one\n"
    rows = [(table.name, table.table, _owner(table), table.location.place) for table in tables]
    rows.insert(0, ("model", "table", "owner", "place"))
    shown = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(width(row[column]) for row in shown) for column in range(3)]
    return "".join(_line(row, widths) for row in shown)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join([*(padded(row[column], cells) for column, cells in enumerate(widths)), row[3]]) + "\n"


def _owner(table: Table) -> str:
    if table.is_user:
        return "the users themselves"
    return table.owner or "shared: nobody owns its rows"
