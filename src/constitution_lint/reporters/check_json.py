"""A report as JSON, version 1: what `check --format json` prints. Keys may be added, never changed."""

from constitution_lint.facts.location import Location
from constitution_lint.findings import Finding, GateReport, Report, Waiver
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look

Fields = dict[str, object]


def render(report: Report, look: Look) -> str:
    return dumps(
        {
            "version": 1,
            "gates": [_gate(gate) for gate in report.gates],
            "findings": [_finding(finding) for finding in report.findings],
            "unreadable": [
                {"file": lost.location.file, "line": lost.location.span.line, "reason": lost.reason}
                for lost in report.unreadable
            ],
            "left_out": report.left_out,
            "notes": list(report.notes),
        }
    )


def _gate(gate: GateReport) -> Fields:
    return {
        "gate": gate.gate,
        "number": gate.number,
        "verdict": gate.verdict.value,
        "examined": gate.examined,
        "claims": [{"plan": claim.plan, "line": claim.line, "status": claim.status.value} for claim in gate.claims],
        "reasons": list(gate.reasons),
    }


def _finding(finding: Finding) -> Fields:
    return {
        "rule": finding.rule,
        "gate": finding.gate,
        "severity": finding.severity.value,
        "message": finding.message,
        **_place(finding.location),
        "related": [{**_place(related.location), "message": related.message} for related in finding.related],
        "waiver": _waiver(finding.waiver) if finding.waiver is not None else None,
        "fingerprint": finding.fingerprint,
    }


def _waiver(waiver: Waiver) -> Fields:
    place = {"file": waiver.location.file, "line": waiver.location.span.line}
    return {**place, "reason": waiver.reason, "until": waiver.until}


def _place(location: Location) -> Fields:
    span = location.span
    return {
        "file": location.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
