"""A report as one HTML page that asks for nothing else: no scripts, no fonts, no requests, light and dark.

Its content security policy admits the style sheet in the page and nothing besides. Text of the target is escaped, and
characters that would turn or hide other text are shown as signs.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path

from constitution_lint import __version__
from constitution_lint.facts.location import Location
from constitution_lint.findings import About, Finding, GateReport, Report, Verdict
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.gate_table import claimed, is_claimed_falsely, summary
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.places import line_text
from constitution_lint.reporters.text import in_order, last_line

_MOST_REASONS = 20
_OPEN = 20
"""Findings of a rule up to which its section stands open."""


def render(report: Report, look: Look) -> str:
    body = [*_head(report), *_gates(report), *_findings(report, look), *_unread(report, look)]
    return "\n".join([*_opening(report), *body, *_closing(report), "</body>", "</html>"]) + "\n"


@cache
def _style() -> str:
    return Path(__file__).with_name("html.css").read_text(encoding="utf-8")


def _opening(report: Report) -> Iterator[str]:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>Constitution gates of {_text(report.root.rpartition('/')[2])}</title>"
    yield f"<style>{_style()}</style>"
    yield "</head>"
    yield "<body>"


def _head(report: Report) -> Iterator[str]:
    yield f"<h1>Constitution gates of {_text(report.root.rpartition('/')[2])}</h1>"
    yield f"<p>{_text(last_line(report))}</p>"


def _gates(report: Report) -> Iterator[str]:
    yield '<div class="scroll"><table>'
    yield '<thead><tr><th scope="col">#</th><th scope="col">Gate</th><th scope="col">Plans say</th>'
    yield '<th scope="col">Verdict</th><th scope="col">Evidence</th></tr></thead>'
    yield "<tbody>"
    for gate in report.gates:
        yield from _gate(gate, report)
    yield "</tbody></table></div>"


def _gate(gate: GateReport, report: Report) -> Iterator[str]:
    claim = claimed(gate.claims) or "–"
    yield f'<tr><td class="number">{gate.number}</td><th scope="row">{gate.gate}</th>'
    yield f'<td class="{"false" if is_claimed_falsely(gate) else "soft"}">{_text(claim)}</td>'
    yield f'<td class="verdict {gate.verdict.value}">{gate.verdict.value.replace("_", " ")}</td>'
    yield f"<td>{_text(summary(gate, report))}{''.join(_reasons(gate))}</td></tr>"


def _reasons(gate: GateReport) -> Iterator[str]:
    if gate.verdict == Verdict.UNPROVEN and gate.reasons:
        yield f"<details><summary>{len(gate.reasons)} not decided</summary><div><ul>"
        for reason in gate.reasons[:_MOST_REASONS]:
            yield f"<li>{_text(reason)}</li>"
        if len(gate.reasons) > _MOST_REASONS:
            yield f"<li>and {len(gate.reasons) - _MOST_REASONS} more</li>"
        yield "</ul></div></details>"


def _findings(report: Report, look: Look) -> Iterator[str]:
    yield "<h2>Findings</h2>"
    shown = in_order(look.shown(report))
    if not shown:
        yield "<p>None.</p>"
    for (severity, rule), group in groupby(shown, key=lambda one: (one.severity, one.rule)):
        found = list(group)
        yield f"<details{' open' if len(found) <= _OPEN else ''}><summary><h3><code>{rule}</code> "
        yield f'<span class="{severity.value}">{severity.value}</span></h3> <span class="count">{len(found)}</span>'
        yield "</summary><div>"
        if rule in report.rules:
            yield from _about(report.rules[rule])
        for finding in found:
            yield from _finding(finding, report, look)
        yield "</div></details>"


def _about(about: About) -> Iterator[str]:
    yield f"<p><strong>{_text(about.title)}.</strong></p>"
    yield from _paragraphs(about.why)
    yield "<p><strong>What to do</strong></p>"
    yield from _paragraphs(about.remedy)


def _paragraphs(markdown: str) -> Iterator[str]:
    """Prose of a card: blank lines part paragraphs, backticks set code."""
    for paragraph in markdown.split("\n\n"):
        pieces = enumerate(paragraph.split("`"))
        yield f"<p>{''.join(f'<code>{_text(piece)}</code>' if at % 2 else escape(piece) for at, piece in pieces)}</p>"


def _finding(finding: Finding, report: Report, look: Look) -> Iterator[str]:
    yield f"<article><p>{_text(finding.message)}</p>"
    yield from _place(finding.location, "", report, look)
    for one in finding.related:
        yield from _place(one.location, one.message, report, look)
    if finding.waiver is not None:
        where = f"{look.prefix}{finding.waiver.location.place}"
        yield f'<p class="waived">waived in <code>{_text(where)}</code>: {_text(finding.waiver.reason)}</p>'
    yield "</article>"


def _place(location: Location, message: str, report: Report, look: Look) -> Iterator[str]:
    where = f"{look.prefix}{location.place}:{location.span.column}"
    label = f" {_text(message)}" if message else ""
    yield f'<div><code class="soft">{_text(where)}</code>{label}</div>'
    text = line_text(report, location, location.span.line)
    if text.strip():
        yield f'<pre><span class="number">{location.span.line} </span>{_marked(text, location)}</pre>'


def _marked(text: str, location: Location) -> str:
    span = location.span
    first = span.column - 1
    last = span.end_column - 1 if span.end_line == span.line else len(text)
    return f"{_text(text[:first])}<mark>{_text(text[first:last])}</mark>{_text(text[last:])}"


def _unread(report: Report, look: Look) -> Iterator[str]:
    if report.unreadable:
        yield "<h2>Not read</h2>"
        yield from _list(f"{look.prefix}{lost.location.place}: {lost.reason}" for lost in report.unreadable)
    if report.notes:
        yield "<h2>Notes</h2>"
        yield from _list(report.notes)


def _list(items: Iterable[str]) -> Iterator[str]:
    yield "<ul>"
    for item in items:
        yield f"<li>{_text(item)}</li>"
    yield "</ul>"


def _closing(report: Report) -> Iterator[str]:
    left = ", ".join(f"{count} {reason}" for reason, count in report.left_out.items() if count)
    yield f'<p class="soft">constitution-lint {__version__}{f"; left out: {_text(left)}" if left else ""}</p>'


def _text(text: str) -> str:
    return escape(visible(text))
