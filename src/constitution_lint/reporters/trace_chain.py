"""Output of `trace`: the chain of one element: what it answers, and step by step what answers it."""

from collections.abc import Iterator

from constitution_lint.model.tracing import Element, Link, Trace
from constitution_lint.reporters.cells import visible

_DEEPEST = 6
_ENDS = frozenset({"file"})
"""Kinds below which a chain does not go on: a file holds more than what led to it."""


def render(trace: Trace, chosen: tuple[Element, ...], form: str) -> str:
    """One block for each element of the name, as indented text or as a nested Markdown list."""
    return "\n".join("\n".join(_block(trace, one, form)) + "\n" for one in chosen)


def _block(trace: Trace, one: Element, form: str) -> Iterator[str]:
    mark = "- " if form == "markdown" else ""
    yield visible(f"{mark}{one.name}{_at(one)}: {trace.states.get(one, 'undecided')}")
    if one.text:
        yield visible(f"  {one.text}")
    for link in trace.reasons().get(one, []):
        yield visible(f"  {mark}answers {link.above.kind} {link.above.name}{_at(link.above)} ({_how(link)})")
    answers = trace.answers()
    yield from (f"  {line}" for line in _below(answers, one, mark, (one,)))
    if one not in answers:
        yield f"  {mark}nothing answers it"


def _below(answers: dict[Element, list[Link]], one: Element, mark: str, path: tuple[Element, ...]) -> Iterator[str]:
    """Each answer with its own answers below it; a circle and what was deep enough end the way."""
    if len(path) > _DEEPEST or one.kind in _ENDS:
        return
    for link in answers.get(one, []):
        below = link.below
        yield visible(f"{mark}{below.kind} {below.name}{_at(below)} ({_how(link)})")
        if below not in path:
            yield from (f"  {line}" for line in _below(answers, below, mark, (*path, below)))


def _at(one: Element) -> str:
    return "" if one.kind == "file" else f" {one.location.place}"


def _how(link: Link) -> str:
    return f"{link.sureness}: {link.how}"
