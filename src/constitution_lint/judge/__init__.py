"""The judge: what the gates saw becomes findings with severity and waiver, ten verdicts, and the report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from constitution_lint.catalogue import Card, Catalogue
from constitution_lint.findings import (
    GATES,
    About,
    Claim,
    Excused,
    Finding,
    GateReport,
    Report,
    Severity,
    Undecided,
    Verdict,
    Violation,
)
from constitution_lint.judge.baseline import Baseline
from constitution_lint.judge.fingerprints import Identity, identities
from constitution_lint.judge.ledger import ledger
from constitution_lint.judge.outcomes import Outcome
from constitution_lint.judge.rulings import bad_waiver, false_claim, unused_waiver
from constitution_lint.judge.selection import is_selected
from constitution_lint.judge.source_lines import Texts
from constitution_lint.judge.verdicts import ABSENT, doubts, left_out_doubts, reason_of, verdict_of
from constitution_lint.judge.waivers import Waivers
from constitution_lint.model.project import Project

_SECRET = "hardcoded-secret"
"""The rule whose place is the secret itself: no report carries it on."""


@dataclass(frozen=True)
class Case:
    """All the judge goes by. `kinds` is the reader of each file; `marked` are the files that hold a waiver mark."""

    project: Project
    catalogue: Catalogue
    outcomes: dict[str, Outcome]
    claims: tuple[Claim, ...]
    kinds: Mapping[str, str]
    texts: Texts
    marked: tuple[str, ...]
    today: date
    baseline: Baseline
    notes: tuple[str, ...] = ()


def judge(case: Case) -> Report:
    """Findings are ordered by severity, file, line and rule; nothing else decides the order of anything."""
    waivers = Waivers.collect(case.project, case.catalogue, case.texts, case.marked, case.today)
    seen = [(rule, violation) for outcome in case.outcomes.values() for rule, violation in outcome.violations]
    findings = _findings(seen, case, waivers)
    verdicts = _verdicts(findings, case)
    findings += _findings(
        _judged("false-claim", false_claim(case.project, case.claims, verdicts, findings, case.texts), case),
        case,
        waivers,
    )
    faults = [
        *_judged("bad-waiver", bad_waiver(waivers), case),
        *_judged("unused-waiver", unused_waiver(waivers, case.outcomes, verdicts), case),
    ]
    findings += _findings(faults, case, waivers)
    excused = ledger(waivers, case.baseline, findings, case.outcomes, verdicts)
    return _report(findings, _verdicts(findings, case), excused, case)


def _judged(rule: str, violations: Iterable[Violation], case: Case) -> list[tuple[str, Violation]]:
    """What the judge itself finds, under the same conditions as what a gate finds: a card, and not ignored."""
    if rule not in case.catalogue.cards or rule in case.project.settings.ignore:
        return []
    return [(rule, violation) for violation in violations]


def _findings(seen: list[tuple[str, Violation]], case: Case, waivers: Waivers) -> list[Finding]:
    """Findings of violations, each place and message once, numbered in the order of the file."""
    once = {(rule, seen_at.location, seen_at.message): (rule, seen_at) for rule, seen_at in seen}
    entries = [once[key] for key in sorted(once)]
    findings = []
    for (rule, violation), identity in zip(entries, identities(entries, case.texts), strict=True):
        finding = _finding(rule, violation, identity, case)
        findings.append(msgspec.structs.replace(finding, waiver=waivers.covering(finding)))
    return case.baseline.excuse(findings)


def _finding(rule: str, violation: Violation, identity: Identity, case: Case) -> Finding:
    card = case.catalogue.cards[rule]
    return Finding(
        rule=rule,
        gate=violation.subject if rule == "false-claim" else card.gate,
        severity=card.severity,
        location=violation.location,
        message=violation.message,
        related=violation.related,
        fingerprint=identity.fingerprint,
        content=identity.content,
    )


def _verdicts(findings: list[Finding], case: Case) -> dict[str, Verdict]:
    return {
        gate: verdict_of(
            case.outcomes[gate], [finding for finding in findings if finding.gate == gate], _doubts(gate, case)
        )
        for gate in GATES
    }


def _doubts(gate: str, case: Case) -> tuple[Undecided, ...]:
    outcome = case.outcomes[gate]
    return doubts(outcome, case.project.unreadable, case.kinds) + left_out_doubts(outcome, case.catalogue)


def _report(findings: list[Finding], verdicts: dict[str, Verdict], excused: tuple[Excused, ...], case: Case) -> Report:
    settings = case.project.settings
    kept = sorted((finding for finding in findings if is_selected(finding, settings)), key=_order)
    places = [finding.location for finding in kept]
    places += [related.location for finding in kept for related in finding.related]
    return Report(
        root=case.project.workspace.root,
        gates=tuple(_gate_report(gate, verdicts[gate], case) for gate in GATES),
        findings=tuple(kept),
        unreadable=case.project.unreadable,
        claims=case.claims,
        waivers=excused,
        left_out=case.project.workspace.left_out,
        notes=(*case.notes, *case.baseline.notes()),
        excerpts=case.texts.excerpts(places, [one.location for one in findings if one.rule == _SECRET]),
        false_claims=_false_claims(findings, case),
        rules={rule: _about(case.catalogue.cards[rule]) for rule in sorted({finding.rule for finding in kept})},
        fail_on=Severity(settings.fail_on),
    )


def _false_claims(findings: list[Finding], case: Case) -> int | None:
    if "false-claim" in case.project.settings.ignore:
        return None
    return sum(finding.rule == "false-claim" and finding.waiver is None for finding in findings)


def _about(card: Card) -> About:
    return About(card.title, card.gate, card.severity, card.why, card.remedy)


def _order(finding: Finding) -> tuple[int, str, int, str, object, str]:
    location = finding.location
    return finding.severity.rank, location.file, location.span.line, finding.rule, location.span, finding.message


def _gate_report(gate: str, verdict: Verdict, case: Case) -> GateReport:
    claims = tuple(claim for claim in case.claims if claim.gate == gate)
    reasons = tuple(dict.fromkeys(reason_of(doubt) for doubt in _doubts(gate, case)))
    if verdict == Verdict.NOT_EXAMINED:
        reasons = (ABSENT[gate],)
    return GateReport(gate, GATES.index(gate) + 1, verdict, case.outcomes[gate].examination.counts, claims, reasons)
