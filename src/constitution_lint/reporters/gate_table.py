"""The table of the ten gates: what the plans claim, the verdict, what was examined, and where to look further."""

from collections import Counter
from collections.abc import Iterator

from constitution_lint.findings import Claim, ClaimStatus, Finding, GateReport, Report, Severity, Verdict
from constitution_lint.reporters.cells import padded, visible, width, wrapped
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import VERDICT, lines, paint

_MOST_REASONS = 3
_GATE = 24
_VERDICT = 14
_EVIDENCE = {
    "separation-of-concerns": "layers",
    "traceable": "trace",
    "strict-rest-api": "contract",
    "enforced-authentication": "routes --unguarded",
    "user-data-isolation": "routes --owners",
}
"""The command that shows a gate's evidence; of the other gates the card tells most."""


def table(report: Report, look: Look) -> Iterator[str]:
    """A heading, then one row a gate, with further lines for what is not held."""
    claims = {gate.gate: claimed(gate.claims) for gate in report.gates}
    widest = min(max((width(text) for text in claims.values()), default=0), 20)
    columns = (4, _GATE, max(widest, 5) + 2, _VERDICT)
    head = "".join(padded(name, cells) for name, cells in zip(("  #", "gate", "plan", "verdict"), columns, strict=True))
    yield paint(look, "bold", head + "evidence")
    for gate in report.gates:
        yield from _row(gate, claims[gate.gate], columns, report, look)


def claimed(claims: tuple[Claim, ...]) -> str:
    """What the plans say of a gate, the last word of each plan: "pass", or "pass 2, partial 1" when they differ."""
    last = {claim.plan: claim.status for claim in claims}
    counts = Counter(last.values())
    if len(counts) == 1:
        status = next(iter(counts))
        return status.value if len(last) == 1 else f"{status.value} {len(last)}"
    return ", ".join(f"{status.value} {counts[status]}" for status in ClaimStatus if counts[status])


def counted(counts: dict[str, int]) -> str:
    """ "12 routes, 31 accesses"; what is counted as none is left out."""
    return ", ".join(f"{count:,} {_number(noun, count)}" for noun, count in counts.items() if count)


def severities(findings: tuple[Finding, ...]) -> str:
    """ "2 errors, 1 note"; the waived ones are counted apart."""
    counts = Counter(finding.severity for finding in findings if finding.waiver is None)
    parts = [f"{counts[one]} {one.value}{'' if counts[one] == 1 else 's'}" for one in Severity if counts[one]]
    waived = sum(finding.waiver is not None for finding in findings)
    return ", ".join([*parts, f"{waived} waived"] if waived else parts)


def command_for(gate: str) -> str:
    return f"constitution-lint {_EVIDENCE.get(gate, f'explain {gate}')}"


def _row(gate: GateReport, claim: str, columns: tuple[int, ...], report: Report, look: Look) -> Iterator[str]:
    head = f"{gate.number:3} {padded(gate.gate, columns[1])}"
    is_false = claim.startswith("pass") and gate.verdict == Verdict.BROKEN
    shown = padded(claim or lines(look).rule, columns[2])
    verdict = paint(look, VERDICT[gate.verdict], padded(gate.verdict.value.replace("_", " ").upper(), columns[3]))
    room = max(24, look.width - sum(columns))
    first, *rest = _details(gate, report, look, room)
    yield f"{head}{paint(look, 'red' if is_false else 'dim', shown)}{verdict}{first}".rstrip()
    for line in rest:
        yield " " * sum(columns) + line


def _details(gate: GateReport, report: Report, look: Look, room: int) -> list[str]:
    """Findings and counts; for what is not held also the reasons and the command that shows more."""
    found = severities(tuple(finding for finding in report.findings if finding.gate == gate.gate))
    counts = counted(gate.examined)
    summary = " in ".join(part for part in (found, counts) if part) or "nothing to examine"
    details = wrapped(summary, room)
    if gate.verdict in (Verdict.HELD, Verdict.NOT_EXAMINED):
        return details
    if gate.verdict == Verdict.UNPROVEN:
        details += [line for text in _reasons(gate, look) for line in _hanging(text, room)]
    return [*details, paint(look, "dim", command_for(gate.gate))]


def _reasons(gate: GateReport, look: Look) -> list[str]:
    shown = [visible(reason) for reason in gate.reasons[:_MOST_REASONS]]
    left = len(gate.reasons) - len(shown)
    return [*shown, f"{lines(look).more} and {left} more reasons"] if left else shown


def _hanging(text: str, room: int) -> list[str]:
    first, *rest = wrapped(text, room - 2)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _number(noun: str, count: int) -> str:
    """The singular of a plural noun where there is one of it."""
    if count != 1:
        return noun
    words = {"entities": "entity", "histories": "history", "accesses": "access", "queries": "query"}
    return words.get(noun, noun.removesuffix("s"))
