"""Output of `layers`: the backend's layers, their files and the imports between them: text, Mermaid, DOT or JSON.

Imports outwards are marked wherever they are drawn; those that run through a file without a layer are listed apart.
"""

from collections.abc import Iterator

from constitution_lint.model.layers import Breach, Step, breaches, cycles, edges, layer_of_files, order_of
from constitution_lint.model.project import Project
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.look import PLAIN, Look
from constitution_lint.reporters.paint import paint

Fields = dict[str, object]
_OUTWARDS = " (outwards)"


def render(project: Project, form: str, look: Look = PLAIN) -> str:
    """One of the four formats."""
    if form == "text":
        return as_text(project, look)
    return {"mermaid": as_mermaid, "dot": as_dot, "json": as_json}[form](project)


def as_text(project: Project, look: Look = PLAIN) -> str:
    """One block a layer, outermost first: the imports that leave it, then its files. Breaches and rings come last."""
    sizes = _sizes(project)
    if not sizes:
        return "no layers: no folder or file of the backend is named like one\n"
    blocks = [_block(project, layer) for layer, _ in sizes]
    blocks += [["breaches", *(f"  {_chain(breach.chain)}" for breach in found)] for found in [_found(project)] if found]
    rings = [f"  {_chain(ring)}" for ring in cycles(project)]
    blocks += [["rings", *rings]] if rings else []
    return "\n\n".join("\n".join(_painted(block, look)) for block in blocks) + "\n"


def _painted(block: list[str], look: Look) -> Iterator[str]:
    heading, *others = (visible(line) for line in block)
    yield paint(look, "bold", heading)
    for line in others:
        yield paint(look, "red", line) if line.endswith(_OUTWARDS) else line


def _block(project: Project, layer: str) -> list[str]:
    inside = [file for file, name in layer_of_files(project).items() if name == layer]
    leaving = [
        f"  -> {end}: {count} {'import' if count == 1 else 'imports'}{_OUTWARDS if outwards else ''}"
        for source, end, count, outwards in _arrows(project)
        if source == layer
    ]
    heading = f"{layer} ({len(inside)} {'file' if len(inside) == 1 else 'files'})"
    return [heading, *leaving, *(f"     {file}" for file in inside)]


def _chain(steps: tuple[Step, ...]) -> str:
    """`services/a.py:3 -> shared.py:1 -> routes/b.py`: each file with the line that imports the next."""
    return " -> ".join([*(f"{step.source}:{step.span.line}" for step in steps), steps[-1].target])


def as_mermaid(project: Project) -> str:
    """A Mermaid flowchart; imports outwards are dotted."""
    lines = ["flowchart TD"]
    lines += [f'    {_id(layer)}["{_quoted(layer)} ({count})"]' for layer, count in _sizes(project)]
    for source, end, count, outwards in _arrows(project):
        arrow = f"-. {count} .->" if outwards else f"-- {count} -->"
        lines.append(f"    {_id(source)} {arrow} {_id(end)}")
    return "\n".join(lines) + "\n"


def as_dot(project: Project) -> str:
    """A Graphviz digraph; imports outwards are red."""
    lines = ["digraph layers {", "    node [shape=box];"]
    lines += [f'    {_id(layer)} [label="{_quoted(layer)} ({count})"];' for layer, count in _sizes(project)]
    for source, end, count, outwards in _arrows(project):
        colour = ", color=red" if outwards else ""
        lines.append(f'    {_id(source)} -> {_id(end)} [label="{count}"{colour}];')
    return "\n".join([*lines, "}"]) + "\n"


def as_json(project: Project) -> str:
    """Version 1: layers with their files, imports between layers with their places, breaches and rings as chains."""
    layers = layer_of_files(project)
    document: Fields = {
        "version": 1,
        "layers": [
            {"name": name, "files": [file for file, layer in layers.items() if layer == name]}
            for name, _ in _sizes(project)
        ],
        "imports": [
            {"from": source, "to": end, "outwards": outwards, "places": _steps(edges(project)[source, end])}
            for source, end, _, outwards in _arrows(project)
        ],
        "breaches": [
            {"from": breach.inner, "to": breach.outer, "chain": _steps(breach.chain)} for breach in breaches(project)
        ],
        "rings": [_steps(ring) for ring in cycles(project)],
    }
    return dumps(document)


def _steps(steps: tuple[Step, ...]) -> list[Fields]:
    return [{"file": step.source, "line": step.span.line, "imports": step.target} for step in steps]


def _found(project: Project) -> tuple[Breach, ...]:
    return tuple(breaches(project))


def _id(layer: str) -> str:
    """A node's name, safe in both languages whatever a configuration calls its layers ("end" is a word of Mermaid)."""
    return "layer_" + "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in layer)


def _quoted(layer: str) -> str:
    return layer.replace("\\", "/").replace('"', "'")


def _sizes(project: Project) -> list[tuple[str, int]]:
    names = list(layer_of_files(project).values())
    return [(layer, names.count(layer)) for layer in order_of(project) if layer in names]


def _arrows(project: Project) -> list[tuple[str, str, int, bool]]:
    """Both ends, the number of imports, and whether they run outwards; in the order of the layers."""
    rank = {name: position for position, name in enumerate(order_of(project))}
    found = sorted(edges(project).items(), key=lambda edge: (rank[edge[0][0]], rank[edge[0][1]]))
    return [(source, end, len(steps), rank[end] < rank[source]) for (source, end), steps in found]
