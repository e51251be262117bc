"""A report as JUnit XML: a suite for each gate, a case for each finding, and for a gate without findings its verdict.

A finding that fails the run is a failure, one below that a case that passes and says what it saw. A gate that is held
passes; one that is unproven or was not examined is skipped, so that absence is never counted as a pass.
"""

from collections.abc import Iterator

from constitution_lint.findings import Finding, GateReport, Report, Verdict
from constitution_lint.reporters.checkstyle import attribute
from constitution_lint.reporters.gate_table import counted
from constitution_lint.reporters.look import Look


def render(report: Report, look: Look) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="constitution-lint">']
    for gate in report.gates:
        lines += _suite(gate, report, look)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(gate: GateReport, report: Report, look: Look) -> Iterator[str]:
    found = [finding for finding in look.shown(report) if finding.gate == gate.gate]
    failed = sum(_fails(finding, report) for finding in found)
    skipped = int(not found and gate.verdict in (Verdict.UNPROVEN, Verdict.NOT_EXAMINED))
    yield (
        f'  <testsuite name="{gate.number} {gate.gate}" tests="{max(len(found), 1)}" failures="{failed}" errors="0" '
        f'skipped="{skipped}">'
    )
    for finding in found:
        yield from _case(finding, report, look)
    if not found:
        yield from _verdict(gate)
    yield "  </testsuite>"


def _case(finding: Finding, report: Report, look: Look) -> Iterator[str]:
    span = finding.location.span
    file = attribute(f"{look.prefix}{finding.location.file}")
    name = f"{finding.rule} at line {span.line}"
    said = attribute(finding.message)
    yield f'    <testcase classname="{file}" name="{name}" file="{file}" line="{span.line}">'
    if _fails(finding, report):
        yield f'      <failure type="{finding.severity.value}" message="{said}">{file}:{span.line}: {said}</failure>'
    else:
        yield f"      <system-out>{finding.severity.value}: {said}</system-out>"
    yield "    </testcase>"


def _verdict(gate: GateReport) -> Iterator[str]:
    name = f"{gate.verdict.value.replace('_', ' ')}"
    head = f'    <testcase classname="{gate.gate}" name="{name}'
    if gate.verdict in (Verdict.UNPROVEN, Verdict.NOT_EXAMINED):
        reason = attribute(gate.reasons[0]) if gate.reasons else "nothing to examine"
        yield f'{head}"><skipped message="{reason}"/></testcase>'
    else:
        yield f'{head}: {attribute(counted(gate.examined))}"/>'


def _fails(finding: Finding, report: Report) -> bool:
    return finding.waiver is None and finding.severity.rank <= report.fail_on.rank
