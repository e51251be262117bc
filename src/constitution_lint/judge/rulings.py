"""The rules that only the judge can apply: claims against verdicts, and waivers. Each has its card like any other."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Claim, ClaimStatus, Finding, Related, Severity, Verdict, Violation
from constitution_lint.judge.outcomes import Outcome
from constitution_lint.judge.source_lines import Texts
from constitution_lint.judge.verdicts import was_decided
from constitution_lint.judge.waivers import Waivers
from constitution_lint.model.documents.claim_topics import common_subjects, is_general
from constitution_lint.model.documents.claims import standing_claims
from constitution_lint.model.documents.coverage import answers_for
from constitution_lint.model.project import Project


def false_claim(
    project: Project,
    claims: tuple[Claim, ...],
    verdicts: Mapping[str, Verdict],
    findings: list[Finding],
    texts: Texts,
) -> Iterator[Violation]:
    """A plan ticks a gate that is broken where the plan answers: one violation for each plan and gate, at the answer
    that speaks most clearly of a breach, with that breach beside it."""
    clearest: dict[tuple[str, str], tuple[Claim, list[_Breach]]] = {}
    for claim in standing_claims(claims):
        if claim.status != ClaimStatus.PASS or verdicts.get(claim.gate) != Verdict.BROKEN:
            continue
        breaches = _contradicting(project, claim, findings)
        known = clearest.get((claim.plan, claim.gate))
        if breaches and (known is None or breaches[0].shared > known[1][0].shared):
            clearest[claim.plan, claim.gate] = claim, breaches
    for claim, breaches in clearest.values():
        worst, further = breaches[0].finding, len(breaches) - 1
        more = f", and {further} more" if further else ""
        message = f'the plan says that "{claim.name}" passes, and the evidence breaks it: {worst.rule}{more}'
        related = (Related(worst.location, worst.message),)
        span = Span.of_line(claim.line, texts.line(claim.plan, claim.line))
        yield Violation(Location(claim.plan, span), message, related, claim.gate)


class _Breach(NamedTuple):
    """A breach that an answer is held against, and how many subjects they share."""

    finding: Finding
    shared: int


def _contradicting(project: Project, claim: Claim, findings: list[Finding]) -> list[_Breach]:
    """The breaches that make a claim false: of its gate, of what its plan answers for, of what it speaks of."""
    whole = is_general(claim, project.gate_aliases)
    ranked = []
    for finding in findings:
        if finding.gate != claim.gate or not _breaks(finding) or not answers_for(project, claim.plan, *finding.places):
            continue
        shared = common_subjects(claim, finding.rule, finding.message)
        if whole or shared:
            ranked.append((-shared, finding.location, finding.rule, _Breach(finding, shared)))
    return [breach for *_, breach in sorted(ranked, key=lambda one: one[:3])]


def _breaks(finding: Finding) -> bool:
    return finding.severity == Severity.ERROR and finding.waiver is None and finding.rule != "false-claim"


def bad_waiver(waivers: Waivers) -> Iterator[Violation]:
    """A waiver that excuses nothing because it is faulty: no reason, no such rule, expired, no date."""
    for written, fault in waivers.faults:
        yield Violation(written.location, fault)


def unused_waiver(
    waivers: Waivers, outcomes: Mapping[str, Outcome], verdicts: Mapping[str, Verdict]
) -> Iterator[Violation]:
    """A sound waiver for a rule that ran and saw nothing there."""
    for excuse in waivers.unused():
        if all(was_decided(gate, outcomes, verdicts) for gate in excuse.gates):
            names = ", ".join(excuse.written.names)
            yield Violation(excuse.written.location, f"the waiver of {names} excuses nothing")
