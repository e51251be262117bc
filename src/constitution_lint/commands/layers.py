"""`layers`: the backend's layers as the tool understood them, with the imports between them."""

from pathlib import Path

import click

from constitution_lint.commands.output import emit
from constitution_lint.commands.target import target
from constitution_lint.model.layers import edges, layer_of_files, order_of
from constitution_lint.model.project import Project


@click.command()
@target
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "dot"]), default="text", show_default=True)
@click.option("--no-cache", is_flag=True, help="Neither use nor write the cache.")
def command(tree: Path, form: str, no_cache: bool) -> None:
    """Draw the layers, the files in each, and how many imports run from one to another; those outwards are marked."""
    from constitution_lint.engine import load

    project = load(tree, cache=not no_cache)
    draw = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot}[form]
    emit(draw(project), machine=form != "text")


def as_text(project: Project) -> str:
    """One block a layer, outermost first: its files, then the imports that leave it."""
    files = layer_of_files(project)
    if not files:
        return "no layers: no folder or file of the backend is named like one\n"
    lines: list[str] = []
    for layer in order_of(project):
        inside = [file for file, name in files.items() if name == layer]
        if inside:
            lines += [f"{layer} ({len(inside)} {'file' if len(inside) == 1 else 'files'})", *_leaving(project, layer)]
            lines += [f"    {file}" for file in inside]
    return "\n".join(lines) + "\n"


def _leaving(project: Project, layer: str) -> list[str]:
    lines: list[str] = []
    for source, target_layer, count, outwards in _arrows(project):
        if source == layer:
            lines.append(f"  -> {target_layer}: {count}{' (outwards)' if outwards else ''}")
            lines += [f"     {at}" for at in _places(project, source, target_layer)] if outwards else []
    return lines


def _places(project: Project, source: str, target_layer: str) -> list[str]:
    steps = edges(project)[source, target_layer]
    return [f"{step.source}:{step.span.line} imports {step.target}" for step in steps]


def as_mermaid(project: Project) -> str:
    """A Mermaid flowchart; imports outwards are dotted."""
    lines = ["flowchart TD"]
    lines += [f'    {_id(layer)}["{layer} ({count})"]' for layer, count in _sizes(project)]
    for source, end, count, outwards in _arrows(project):
        arrow = f"-. {count} .->" if outwards else f"-- {count} -->"
        lines.append(f"    {_id(source)} {arrow} {_id(end)}")
    return "\n".join(lines) + "\n"


def as_dot(project: Project) -> str:
    """A Graphviz digraph; imports outwards are red."""
    lines = ["digraph layers {", "    node [shape=box];"]
    lines += [f'    {_id(layer)} [label="{layer} ({count})"];' for layer, count in _sizes(project)]
    for source, end, count, outwards in _arrows(project):
        colour = ", color=red" if outwards else ""
        lines.append(f'    {_id(source)} -> {_id(end)} [label="{count}"{colour}];')
    return "\n".join([*lines, "}"]) + "\n"


def _id(layer: str) -> str:
    """A node's name, safe in both languages whatever a configuration calls its layers ("end" is a word of Mermaid)."""
    return "layer_" + "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in layer)


def _sizes(project: Project) -> list[tuple[str, int]]:
    names = list(layer_of_files(project).values())
    return [(layer, names.count(layer)) for layer in order_of(project) if layer in names]


def _arrows(project: Project) -> list[tuple[str, str, int, bool]]:
    """Both ends, the number of imports, and whether they run outwards."""
    rank = {name: position for position, name in enumerate(order_of(project))}
    return [(source, end, len(steps), rank[end] < rank[source]) for (source, end), steps in edges(project).items()]
