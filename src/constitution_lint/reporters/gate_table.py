"""The table of the ten gates: what the plans claim, the verdict, what was examined, and where to look further."""

import re
from collections import Counter
from collections.abc import Iterator

from constitution_lint.findings import Claim, ClaimStatus, Finding, GateReport, Report, Severity, Verdict
from constitution_lint.reporters.cells import padded, visible, width, wrapped
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import VERDICT, lines, paint

_MOST_REASONS = 3
_LEAST_ROOM = 24
"""Cells that the evidence takes beside its gate; where there are fewer, it stands below."""
_PLAIN = re.compile(r"[\w@%+=:,./-]*")
_GATE = 24
_VERDICT = 14
_EVIDENCE = {
    "separation-of-concerns": "layers",
    "traceable": "trace",
    "strict-rest-api": "contract",
    "enforced-authentication": "routes --unguarded",
    "user-data-isolation": "routes --leaks",
}
"""The command that shows a gate's evidence; of the other gates the card tells most."""


def table(report: Report, look: Look) -> Iterator[str]:
    """A heading, then one row a gate, with further lines for what is not held."""
    claims = {gate.gate: claimed(gate.claims) for gate in report.gates}
    widest = min(max((width(text) for text in claims.values()), default=0), 20)
    columns = (4, _GATE, max(widest, 9) + 2, _VERDICT)
    head = "".join(
        padded(name, cells) for name, cells in zip(("  #", "gate", "plans say", "verdict"), columns, strict=True)
    )
    yield paint(look, "bold", head + "evidence")
    for gate in report.gates:
        yield from _row(gate, claims[gate.gate], columns, report, look)


def claimed(claims: tuple[Claim, ...]) -> str:
    """What the plans say of a gate, the last word of each plan: "pass" of one, of several "2 pass, 1 partial"."""
    last = {claim.plan: claim.status for claim in claims}
    counts = Counter(last.values())
    if len(last) == 1:
        return next(iter(counts)).value
    return ", ".join(f"{counts[status]} {status.value}" for status in ClaimStatus if counts[status])


def is_claimed_falsely(gate: GateReport) -> bool:
    """Is the gate broken, and a plan says that it passes?"""
    last = {claim.plan: claim.status for claim in gate.claims}
    return gate.verdict == Verdict.BROKEN and ClaimStatus.PASS in last.values()


def counted(counts: dict[str, int]) -> str:
    """ "12 routes, 31 accesses"; what is counted as none is left out."""
    return ", ".join(f"{count:,} {_number(noun, count)}" for noun, count in counts.items() if count)


def severities(findings: tuple[Finding, ...]) -> str:
    """ "2 errors, 1 note"; the waived ones are counted apart."""
    counts = Counter(finding.severity for finding in findings if finding.waiver is None)
    parts = [f"{counts[one]} {one.value}{'' if counts[one] == 1 else 's'}" for one in Severity if counts[one]]
    waived = sum(finding.waiver is not None for finding in findings)
    return ", ".join([*parts, f"{waived} waived"] if waived else parts)


def command_for(gate: str, look: Look) -> str:
    """What to type next, from where the user stands."""
    if gate not in _EVIDENCE:
        return f"constitution-lint explain {gate}"
    folder = visible(look.prefix.rstrip("/")) or ("/" if look.prefix else "")
    return f"constitution-lint {_EVIDENCE[gate]} {_quoted(folder)}".rstrip()


def _quoted(path: str) -> str:
    return path if _PLAIN.fullmatch(path) else "'" + path.replace("'", "'\"'\"'") + "'"


def _row(gate: GateReport, claim: str, columns: tuple[int, ...], report: Report, look: Look) -> Iterator[str]:
    head = f"{gate.number:3} {padded(gate.gate, columns[1])}"
    shown = padded(claim or lines(look).rule, columns[2])
    verdict = paint(look, VERDICT[gate.verdict], padded(gate.verdict.value.replace("_", " ").upper(), columns[3]))
    margin = sum(columns) if look.width - sum(columns) >= _LEAST_ROOM else columns[0]
    told = wrapped(summary(gate, report), look.width - margin)
    first = told.pop(0) if margin == sum(columns) else ""
    yield f"{head}{paint(look, 'red' if is_claimed_falsely(gate) else 'dim', shown)}{verdict}{first}".rstrip()
    yield from (" " * margin + line for line in told)
    if gate.verdict == Verdict.UNPROVEN:
        for reason in _reasons(gate, look):
            yield from _hanging(reason, look)
    if gate.verdict not in (Verdict.HELD, Verdict.NOT_EXAMINED):
        yield " " * margin + paint(look, "dim", command_for(gate.gate, look))


def summary(gate: GateReport, report: Report) -> str:
    """What was found in what was examined, or what is absent."""
    found = severities(tuple(finding for finding in report.findings if finding.gate == gate.gate))
    looked_at = counted(gate.examined)
    if gate.verdict == Verdict.NOT_EXAMINED:
        looked_at = ", ".join(gate.reasons)
        return f"{found}; {looked_at}" if found else looked_at
    return " in ".join(part for part in (found, looked_at) if part) or ("" if gate.reasons else "nothing to examine")


def _reasons(gate: GateReport, look: Look) -> list[str]:
    shown = [visible(reason) for reason in gate.reasons[:_MOST_REASONS]]
    left = len(gate.reasons) - len(shown)
    return [*shown, f"{lines(look).more} and {left} more reasons"] if left else shown


def _hanging(text: str, look: Look) -> Iterator[str]:
    """A reason below its gate, over the whole width: places are long."""
    first, *rest = wrapped(text, look.width - 7)
    yield f"     - {first}"
    yield from (f"       {line}" for line in rest)


def _number(noun: str, count: int) -> str:
    """The singular of a plural noun where there is one of it."""
    if count != 1:
        return noun
    words = {
        "entities": "entity",
        "histories": "history",
        "accesses": "access",
        "queries": "query",
        "requests left open": "request left open",
    }
    return words.get(noun, noun.removesuffix("s"))
