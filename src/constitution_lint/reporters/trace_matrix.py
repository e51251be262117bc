"""Output of `trace`: the matrix, one feature after another, as text or Markdown."""

from collections import Counter
from collections.abc import Iterable, Iterator

from constitution_lint.model.tracing import Element, Link, Trace
from constitution_lint.reporters.cells import padded, visible, width
from constitution_lint.reporters.look import PLAIN, Look
from constitution_lint.reporters.paint import paint

_ASKED = ("story", "requirement", "criterion", "entity", "operation")
_MOST_ANSWERS = 4
_HEADS = ("what", "state", "answered by")
_CODE_HEADS = ("what", "state", "answers")
_CODE = "Code"


_COLOUR = {
    "covered": "green",
    "uncovered": "red",
    "dangling": "red",
    "orphaned": "yellow",
    "outdated": "yellow",
    "undecided": "dim",
}


def render(trace: Trace, form: str, look: Look = PLAIN) -> str:
    """What each feature asks for and what answers it; then the code and what it answers; then what leads nowhere."""
    parts = [_part(title, rows, form, look) for title, rows in _chapters(trace) if rows]
    if trace.dangling:
        lines = [visible(f"{one.location.place}: {one.message}") for one in trace.dangling]
        parts.append(_listed("Dangling", lines, form))
    return "\n".join([*parts, _summary(trace, form)]) + "\n"


def _chapters(trace: Trace) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    answers, reasons = trace.answers(), trace.reasons()
    for feature in dict.fromkeys(element.feature for element in trace.elements if element.feature):
        own = [element for element in trace.elements if element.feature == feature]
        rows = [_row(trace, one, answers.get(one, [])) for kind in _ASKED for one in own if one.kind == kind]
        rows += [_row(trace, one, []) for one in own if one.kind == "task" and _is_told(trace, one)]
        yield feature, rows
    code = trace.of_kind("route", "table")
    yield _CODE, [_row(trace, one, reasons.get(one, []), upwards=True) for one in code]


def _is_told(trace: Trace, task: Element) -> bool:
    """Of the tasks only those with something wrong; the others stand beside what they answer."""
    return trace.states.get(task, "undecided") in ("orphaned", "outdated", "dangling")


def _row(trace: Trace, one: Element, links: list[Link], upwards: bool = False) -> tuple[str, str, str]:
    told = [link for link in links if not (upwards and link.above.kind == "file")]
    surest: dict[str, str] = {}
    for link in told:
        surest.setdefault((link.above if upwards else link.below).name, _doubt(link))
    ends = [f"{name}{doubt}" for name, doubt in surest.items()]
    more = [f"{len(ends) - _MOST_ANSWERS} more"] if len(ends) > _MOST_ANSWERS else []
    return one.name, trace.states.get(one, "undecided"), ", ".join([*ends[:_MOST_ANSWERS], *more])


def _doubt(link: Link) -> str:
    return " (likely)" if link.sureness == "likely" else ""


def _part(title: str, rows: list[tuple[str, str, str]], form: str, look: Look) -> str:
    if form == "markdown":
        lines = [f"| {' | '.join(_CODE_HEADS if title == _CODE else _HEADS)} |", "|---|---|---|"]
        lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in rows]
        return "\n".join([f"## {_escaped(title)}", "", *lines, ""])
    shown = [tuple(visible(cell) for cell in row) for row in rows]
    wide = [max(width(row[column]) for row in shown) for column in (0, 1)]
    lines = [f"  {padded(row[0], wide[0])}  {_state(row[1], wide[1], look)}  {row[2]}".rstrip() for row in shown]
    return "\n".join([paint(look, "bold", visible(title)), *lines, ""])


def _state(state: str, cells: int, look: Look) -> str:
    return paint(look, _COLOUR.get(state, "dim"), padded(state, cells))


def _listed(title: str, lines: list[str], form: str) -> str:
    if form == "markdown":
        return "\n".join([f"## {title}", "", *(f"- {_escaped(line)}" for line in lines), ""])
    return "\n".join([title, *(f"  {line}" for line in lines), ""])


def _escaped(text: str) -> str:
    for sign in "\\`*_|<>[]":
        text = text.replace(sign, f"\\{sign}")
    return visible(text)


def _summary(trace: Trace, form: str) -> str:
    requirements = trace.of_kind("requirement")
    told = _counted(trace.states.get(one, "undecided") for one in requirements)
    line = f"{len(requirements)} requirements{told}; {len(trace.links)} links{_counted(_sure(trace.links))}"
    return f"**{line}**" if form == "markdown" else line


def _sure(links: Iterable[Link]) -> Iterator[str]:
    return (link.sureness for link in links)


def _counted(states: Iterable[str]) -> str:
    counts = Counter(states)
    return ": " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts)) if counts else ""
