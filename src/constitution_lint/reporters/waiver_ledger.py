"""The ledger of waivers as text, Markdown and JSON: where each stands, what it excuses, why, until when, its state."""

from collections import Counter
from collections.abc import Iterator

from constitution_lint.findings import Excused, Report
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.cells import visible, wrapped
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.markdown import cell, code, table
from constitution_lint.reporters.paint import paint

_COLOUR = {"used": "green", "unused": "yellow", "undecided": "cyan", "faulty": "red"}


def as_text(report: Report, look: Look) -> str:
    """An entry a paragraph, and the sum of all below."""
    lines: list[str] = []
    for one in report.waivers:
        head = f"{_place(one, look)}  {paint(look, 'bold', ', '.join(one.names) or '(no rule)')}"
        lines += [f"{head}  {paint(look, _COLOUR[one.state], _state(one))}"]
        lines += [f"    {line}" for line in wrapped(_why(one), look.width - 4)]
    return "\n".join([*lines, "", _sum(report)] if lines else [_sum(report)]) + "\n"


def as_markdown(report: Report, look: Look) -> str:
    rows = (
        (
            code(_place(one, look)),
            one.source,
            cell(", ".join(one.names)),
            cell(one.fault or one.reason),
            cell(one.until or ""),
            _state(one),
        )
        for one in report.waivers
    )
    lines = table(("place", "written in", "rule or gate", "reason", "until", "state"), rows)
    return "\n".join(["## Waivers", "", _sum(report), "", *(lines if report.waivers else ())]).rstrip() + "\n"


def as_json(report: Report, look: Look) -> str:
    """Version 1: keys may be added, never changed."""
    entries = [
        {
            "file": one.location.file,
            "line": one.location.span.line,
            "source": one.source,
            "names": list(one.names),
            "reason": one.reason,
            "until": one.until,
            "findings": one.findings,
            "state": one.state,
            "fault": one.fault,
        }
        for one in report.waivers
    ]
    return dumps({"version": 1, "waivers": entries})


def _place(one: Excused, look: Look) -> str:
    line = "" if one.source == "baseline" else f":{one.location.span.line}"
    return f"{look.prefix}{visible(one.location.file)}{line}"


def _state(one: Excused) -> str:
    """What it is good for: how many findings it covers, or why none."""
    if one.state == "used":
        return f"covers {one.findings} finding{'' if one.findings == 1 else 's'}"
    return {"unused": "covers nothing", "undecided": "not examined", "faulty": "faulty"}[one.state]


def _why(one: Excused) -> str:
    until = f" (until {one.until})" if one.until else ""
    return f"{visible(one.fault or one.reason)}{'' if one.fault else until}"


def _sum(report: Report) -> str:
    """ "3 waivers: 2 used, 1 faulty. 14 findings are excused." """
    return " ".join(_sentences(report))


def _sentences(report: Report) -> Iterator[str]:
    states = Counter(one.state for one in report.waivers)
    counts = ", ".join(f"{states[state]} {state}" for state in _COLOUR if states[state])
    number = len(report.waivers)
    yield f"{number} waiver{'' if number == 1 else 's'}{f': {counts}' if counts else ''}."
    excused = sum(finding.waiver is not None for finding in report.findings)
    yield f"{excused} finding{' is' if excused == 1 else 's are'} excused."
