"""Settings that match nothing, told as notes: whoever misspells a route believes that it is taken care of."""

from collections.abc import Iterator

from constitution_lint.model.project import Project
from constitution_lint.model.public_routes import is_called
from constitution_lint.suggestions import did_you_mean


def idle_declarations(project: Project) -> Iterator[str]:
    """One sentence with its place for each declared route, guard, table, column or folder that is not there."""
    for line, said in (*_routes(project), *_guards(project), *_tables(project), *_layers(project)):
        yield f"{project.settings.file}{f':{line}' if line else ''}: {said}"


def _routes(project: Project) -> Iterator[tuple[int, str]]:
    served = [(route.method, route.path) for route in project.api.routes]
    promised = [(one.method, one.path) for facts in project.contracts.values() for one in facts.operations]
    known = sorted({*served, *promised})
    for one in project.settings.public_routes:
        if not any(is_called(one.name, method, path) for method, path in known):
            hint = did_you_mean(one.name, [" ".join(name) for name in known])
            yield one.line, f'no route is called "{one.name}"{hint}'


def _guards(project: Project) -> Iterator[tuple[int, str]]:
    used = {route.guard.why for route in project.api.routes}
    for one in project.settings.guards:
        if f"declared: {one.reason}" not in used:
            yield one.line, f'no route rests on the guard "{one.name}"'


def _tables(project: Project) -> Iterator[tuple[int, str]]:
    tables = project.api.tables
    names = {name.lower() for table in tables for name in (table.name, table.table)}
    wanted = project.settings.user_table
    if wanted and wanted.lower() not in names:
        yield 0, f'no table is called "{wanted}"{did_you_mean(wanted, names)}'
    columns = {column.name.lower() for table in tables for column in table.columns}
    for name in project.settings.owner_columns:
        if name.lower() not in columns:
            yield 0, f'no table has a column "{name}"{did_you_mean(name, columns)}'


def _layers(project: Project) -> Iterator[tuple[int, str]]:
    for layer, folders in project.settings.layers:
        for folder in folders:
            place = folder.strip("/")
            if not any(file == place or file.startswith(f"{place}/") for file in project.code):
                yield 0, f'the layer "{layer}" names {folder}, where no Python file is'
