"""One finding per line, as grep and editors read them, and one line for the ten gates at the end."""

from constitution_lint.findings import Report, Verdict
from constitution_lint.reporters.cells import visible
from constitution_lint.reporters.look import Look


def render(report: Report, look: Look) -> str:
    lines = []
    for finding in look.shown(report):
        span = finding.location.span
        place = f"{look.prefix}{visible(finding.location.file)}:{span.line}:{span.column}"
        waived = " (waived)" if finding.waiver is not None else ""
        lines.append(f"{place}: {finding.severity.value}: [{finding.rule}] {visible(finding.message)}{waived}")
    return "\n".join([*lines, verdicts(report)]) + "\n"


def verdicts(report: Report) -> str:
    """How many gates met which fate: "6 held, 3 broken, 1 not examined"."""
    counts = {verdict: sum(gate.verdict == verdict for gate in report.gates) for verdict in Verdict}
    return "gates: " + ", ".join(
        f"{count} {verdict.value.replace('_', ' ')}" for verdict, count in counts.items() if count
    )
