"""The report for people: findings as source frames, worst first, then the table of the ten gates and a last line."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice

from constitution_lint.findings import GATES, ClaimStatus, Finding, Report, Severity, Verdict
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.frames import frame, place_of
from constitution_lint.reporters.gate_table import severities, table
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import SEVERITY, lines, paint

FRAMES_OF_A_RULE = 3
_LISTED_OF_A_RULE = 12
_LISTED_OF_A_NOTE = 5
_MOST_UNREAD = 5


def render(report: Report, look: Look) -> str:
    return (
        "\n".join(
            [
                *_findings(report, look),
                *table(report, look),
                "",
                *_unread(report, look),
                *_left_out(report, look),
                paint(look, "bold", last_line(report)),
                *_onwards(report, look),
            ]
        )
        + "\n"
    )


def in_order(findings: tuple[Finding, ...]) -> list[Finding]:
    """Worst first; a false claim before all others of its severity, then by gate and rule: like stands by like."""
    return sorted(
        findings,
        key=lambda one: (
            one.severity.rank,
            one.rule != "false-claim",
            GATES.index(one.gate) if one.gate in GATES else 0,
            "" if one.rule == "false-claim" else one.rule,
        ),
    )


def _findings(report: Report, look: Look) -> Iterator[str]:
    """Of each rule the first findings as frames, the others one a line; notes are all listed, and fewer of them."""
    for (severity, rule), group in groupby(in_order(look.shown(report)), key=lambda one: (one.severity, one.rule)):
        found = list(group)
        if severity == Severity.NOTE:
            yield from _notes(rule, found, report, look)
            continue
        framed = len(GATES) if rule == "false-claim" else FRAMES_OF_A_RULE
        for finding in islice(found, framed):
            yield from frame(finding, report, look)
            yield ""
        if found[framed:]:
            yield from _listed(rule, found[framed:], report, look)
            yield ""


def _listed(rule: str, found: list[Finding], report: Report, look: Look) -> Iterator[str]:
    yield paint(look, "dim", f"{lines(look).more} and {len(found)} more of {rule}:")
    yield from _rows(found, _LISTED_OF_A_RULE, report, look)


def _notes(rule: str, found: list[Finding], report: Report, look: Look) -> Iterator[str]:
    yield paint(look, SEVERITY[Severity.NOTE], f"note[{rule}]") + paint(look, "bold", f": {_title(rule, report)}")
    yield from _rows(found, _LISTED_OF_A_NOTE, report, look)
    yield ""


def _title(rule: str, report: Report) -> str:
    title = report.rules[rule].title if rule in report.rules else rule
    return title[:1].lower() + title[1:]


def _rows(found: list[Finding], most: int, report: Report, look: Look) -> Iterator[str]:
    """One finding a line, up to so many, and how many there are beyond."""
    for finding in found[:most]:
        waived = " (waived)" if finding.waiver is not None else ""
        yield f"    {place_of(finding.location, report, look)}: {visible(finding.message)}{waived}"
    left = len(found) - most
    if left > 0:
        yield paint(look, "dim", f"    {lines(look).more} and {left} more; --format concise lists all")


def _unread(report: Report, look: Look) -> Iterator[str]:
    """What could not be read, and what the run has to say of itself."""
    for lost in report.unreadable[:_MOST_UNREAD]:
        where = f"{look.prefix}{visible(lost.location.file)}:{lost.location.span.line}"
        yield paint(look, "yellow", "not read") + f" {where}: {visible(lost.reason)}"
    left = len(report.unreadable) - _MOST_UNREAD
    if left > 0:
        yield f"{lines(look).more} and {left} more places that could not be read; --format json lists all"
    for note in report.notes:
        yield paint(look, "cyan", "note") + f" {visible(note)}"


def _left_out(report: Report, look: Look) -> Iterator[str]:
    """What was not looked at on purpose, counted by reason."""
    counts = ", ".join(f"{count:,} {reason}" for reason, count in report.left_out.items() if count)
    if counts:
        yield paint(look, "dim", f"left out: {counts}")


def _onwards(report: Report, look: Look) -> Iterator[str]:
    """What a newcomer does next."""
    shown = look.shown(report)
    if shown:
        rule = in_order(shown)[0].rule
        yield paint(look, "dim", f"Run constitution-lint explain {rule} for why it matters and what to do.")


def last_line(report: Report) -> str:
    """How many gates met which fate, how many findings there are, and how many claims are false."""
    fates = Counter(gate.verdict for gate in report.gates)
    verdicts = ", ".join(f"{fates[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict if fates[verdict])
    found = severities(report.findings) or "no findings"
    return f"{len(report.gates)} gates: {verdicts}. {found[:1].upper()}{found[1:]}.{_false_claims(report)}"


def _false_claims(report: Report) -> str:
    passes = sum(claim.status == ClaimStatus.PASS for gate in report.gates for claim in gate.claims)
    false = report.false_claims
    if false is None:
        return ""
    return f" {false} of {passes} claims that a gate passes {'is' if false == 1 else 'are'} false." if passes else ""
