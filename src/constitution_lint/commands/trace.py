"""`trace`: how requirements, tasks, files, operations, routes, tables and tests are linked, in full or for one id."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from constitution_lint.commands import options

if TYPE_CHECKING:
    from constitution_lint.model.tracing import Element, Trace


@click.command()
@click.argument("words", nargs=-1, metavar="[ID] [FOLDER]")
@click.option("--feature", default="", help="Show this feature only (its folder, or the end of its name).")
@options.formats(("text", "markdown", "json"))
@options.no_cache
@options.color
def command(words: tuple[str, ...], feature: str, format: str, no_cache: bool, color: str) -> None:
    """Print the matrix of requirements and what answers them, or the chain of one id (FR-003, US1, T014, "GET /tasks").

    Each link says how it was derived and how sure it is: stated (an id is written there), certain (a path, a verb and
    path, or a name leads there), likely (both speak of the same thing).
    """
    from constitution_lint.commands.output import emit
    from constitution_lint.commands.terminal import look_at
    from constitution_lint.engine import load
    from constitution_lint.model.tracing import trace_of
    from constitution_lint.reporters import trace_chain, trace_json, trace_matrix

    name, folder = _told_apart(words)
    trace = _within(trace_of(load(folder, cache=not no_cache)), feature)
    look = look_at(folder, color)
    if name:
        chosen = _named(trace, name)
        text = trace_json.chain(trace, chosen) if format == "json" else trace_chain.render(trace, chosen, format)
    else:
        text = trace_json.whole(trace) if format == "json" else trace_matrix.render(trace, format, look)
    emit(text, machine=format == "json", colour=look.colour)


def _told_apart(words: tuple[str, ...]) -> tuple[str, Path]:
    """The id and the folder: a word that is a folder is one, the other one is an id."""
    folders = [word for word in words if Path(word).is_dir()]
    names = [word for word in words if word not in folders]
    if len(folders) > 1 or len(names) > 1:
        raise click.UsageError("give one id and one folder at most")
    return (names[0] if names else ""), Path(folders[0] if folders else ".")


def _within(trace: "Trace", feature: str) -> "Trace":
    """The trace of one feature: its own elements, the code, and the links between them. Raises `TargetError`."""
    from constitution_lint.engine import TargetError
    from constitution_lint.model.tracing import Trace

    wanted = feature.strip("/")
    if not wanted:
        return trace
    folders = sorted({element.feature for element in trace.elements if element.feature})
    chosen = [one for one in folders if one == wanted or one.endswith(f"/{wanted}")]
    if not chosen:
        raise TargetError(f'unknown feature "{feature}"; the features are: {", ".join(folders) or "none"}')
    kept = {"", *chosen}
    return Trace(
        tuple(one for one in trace.elements if one.feature in kept),
        tuple(one for one in trace.links if one.below.feature in kept and one.above.feature in kept),
        trace.states,
        tuple(one for one in trace.dangling if any(one.location.file.startswith(f"{own}/") for own in chosen)),
    )


def _named(trace: "Trace", name: str) -> tuple["Element", ...]:
    """Every element of a name, whatever its case. Raises `TargetError` where there is none."""
    from constitution_lint.engine import TargetError
    from constitution_lint.suggestions import did_you_mean

    found = tuple(one for one in trace.elements if one.name.casefold() == name.casefold())
    if not found:
        hint = did_you_mean(name, sorted({one.name for one in trace.elements}))
        raise TargetError(f'no traced item is named "{name}"{hint}')
    return found
