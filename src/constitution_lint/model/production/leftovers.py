"""For gate 5: what a developer left behind: debug modes, prints, TODO comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Attribute,
    Call,
    ClassDef,
    Expr,
    Name,
)
from constitution_lint.facts.location import Location
from constitution_lint.model.file_roles import called_dotted, product_files, served_body
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import names_of
from constitution_lint.model.production.environment_switches import unconditional
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import (
    calls,
    dotted_name,
    is_true,
    own_expressions,
    walk_expressions,
    walk_statements,
)

_ENGINES = frozenset({"create_engine", "create_async_engine"})
_BREAKS = frozenset({"breakpoint", "pdb.set_trace", "ipdb.set_trace", "pudb.set_trace", "debugpy.listen",
                     "debugpy.wait_for_client", "debugpy.breakpoint"})  # fmt: skip
_MARKER = re.compile(r"^#+\s*(?P<word>TODO|FIXME|XXX|HACK|WIP)\b(?P<after>\s*[:(\-–—].*|\s+[a-z].*|\s*$)")
_PROCESSES = re.compile(r"(?:dockerfile[\w.-]*|containerfile|procfile)$", re.IGNORECASE)
_FOR_DEVELOPERS = re.compile(r"(?<![a-z])(?:dev|develop|development|local|test|debug)(?![a-z])", re.IGNORECASE)
_RELOADS = re.compile(r"\buvicorn\b.*\s--reload\b|\bfastapi dev\b")
_TERMINAL = frozenset({"argparse", "click", "typer", "rich.console", "fire"})


class Leftover(NamedTuple):
    location: Location
    message: str
    subject: str


def debug_switches(project: Project) -> Iterator[Leftover]:
    """Debug modes that are on whatever the environment says, and on unless it says otherwise."""
    for file in product_files(project):
        yield from _switches_in(project, file)
        for found in _settings_on(project, file):
            if found.subject in _read_attributes(project):
                yield found
    yield from _started_to_reload(project)


def _started_to_reload(project: Project) -> Iterator[Leftover]:
    """Images and processes that start the server as a developer does, to watch the source."""
    for file, facts in project.manifests.items():
        if _PROCESSES.search(file) and not _FOR_DEVELOPERS.search(file):
            for script in facts.scripts:
                words = " ".join(re.findall(r"[\w.:/-]+", script.command))
                if _RELOADS.search(words) and not _FOR_DEVELOPERS.search(script.name):
                    message = "the image starts the server in development mode (--reload, fastapi dev)"
                    yield Leftover(Location(file, script.span), message, file)


@of_file
def _switches_in(project: Project, file: str) -> tuple[Leftover, ...]:
    statements = unconditional(served_body(project.code[file].body), into_definitions=True)
    found = (call for one in statements for own in own_expressions(one) for call in calls(own))
    switched = ((call, _switched_on(project, file, call)) for call in found)
    return tuple(
        Leftover(Location(file, call.span), words, dotted_name(call.func)) for call, words in switched if words
    )


def _switched_on(project: Project, file: str, call: Call) -> str:
    called = called_dotted(project, file, call)
    last = called.rpartition(".")[2]
    if called in _BREAKS or (dotted_name(call.func) == "breakpoint" and not called):
        return f"{dotted_name(call.func)}() stops the server for a debugger"
    if last == "FastAPI" and is_true(call.keyword("debug")):
        return "the application runs with debug=True and shows tracebacks to clients"
    if last in _ENGINES and is_true(call.keyword("echo")):
        return f"{last}(echo=True) writes every query and its values to the log"
    if called == "uvicorn.run" and is_true(call.keyword("reload")) and _runs_served(project, file, call):
        return "uvicorn.run(reload=True) serves in development mode"
    return ""


def _runs_served(project: Project, file: str, call: Call) -> bool:
    """At the top of a module, where whoever imports it starts the server too."""
    return any(found is call for found in calls(served_body(project.code[file].body), into_definitions=False))


@of_file
def _settings_on(project: Project, file: str) -> tuple[Leftover, ...]:
    """`debug: bool = True` of a settings class."""
    return tuple(_on_by_default(project, file))


def _on_by_default(project: Project, file: str) -> Iterator[Leftover]:
    for statement in walk_statements(project.code[file].body):
        if not isinstance(statement, ClassDef) or not _is_settings(project, file, statement):
            continue
        for member in statement.body:
            if isinstance(member, AnnAssign) and isinstance(member.target, Name) and _defaults_to_true(member.value):
                name = member.target.id
                if re.fullmatch(r"(?:app_|fastapi_|is_)?debug(?:_mode)?", name, re.I):
                    message = f"{name} is on unless the environment turns it off"
                    yield Leftover(Location(file, member.span), message, name)


def _defaults_to_true(value: Expr | None) -> bool:
    if isinstance(value, Call) and dotted_name(value.func).rpartition(".")[2] == "Field":
        value = value.argument(0, "default")
    return is_true(value)


def _is_settings(project: Project, file: str, node: ClassDef) -> bool:
    names = names_of(project)
    found = names.resolve(file, node.name)
    return found is not None and found.kind == "class" and names.is_subclass(found, "BaseSettings")


@remembered
def _read_attributes(project: Project) -> frozenset[str]:
    return frozenset().union(*(_attributes_in(project, file) for file in product_files(project)))


@of_file
def _attributes_in(project: Project, file: str) -> frozenset[str]:
    return frozenset(one.attr for one in walk_expressions(project.code[file].body) if isinstance(one, Attribute))


def prints(project: Project) -> Iterator[Leftover]:
    """Files of the served code that print, each once; commands for a terminal are meant to."""
    for file in product_files(project):
        yield from _prints_in(project, file)


@of_file
def _prints_in(project: Project, file: str) -> tuple[Leftover, ...]:
    if _speaks_to_terminal(project, file):
        return ()
    body = served_body(project.code[file].body)
    found = [call for call in calls(body) if isinstance(call.func, Name) and call.func.id == "print"]
    if not found or names_of(project).resolve(file, "print") is not None:
        return ()
    times = "once" if len(found) == 1 else f"{len(found)} times"
    return (Leftover(Location(file, found[0].span), f"prints {times} instead of logging", file),)


def _speaks_to_terminal(project: Project, file: str) -> bool:
    return any(imported.dotted in _TERMINAL for imported in names_of(project).imports(file))


def postponing_comments(project: Project) -> Iterator[Leftover]:
    """Comments that put work off."""
    for file in product_files(project):
        for comment in project.code[file].comments:
            match = _MARKER.match(comment.text)
            if match is not None:
                words = comment.text.lstrip("# ").strip()
                yield Leftover(Location(file, comment.span), f"work is left: {words[:120]}", words[:120])
