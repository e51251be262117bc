"""The ledger: all that is excused, by which waiver, for how many findings, and waivers that excuse nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping

from constitution_lint.facts.location import START, Location
from constitution_lint.findings import Excused, Finding, Verdict
from constitution_lint.judge.baseline import Baseline
from constitution_lint.judge.outcomes import Outcome
from constitution_lint.judge.verdicts import was_decided
from constitution_lint.judge.waivers import Excuse, Waivers


def ledger(
    waivers: Waivers,
    baseline: Baseline,
    findings: list[Finding],
    outcomes: Mapping[str, Outcome],
    verdicts: Mapping[str, Verdict],
) -> tuple[Excused, ...]:
    """Every waiver as written, sound or not, by file and line; of a baseline one entry a rule."""
    entries = [*_of_waivers(waivers, outcomes, verdicts), *_of_baseline(baseline, findings)]
    return tuple(sorted(entries, key=lambda one: (one.location, one.names, one.state)))


def _of_waivers(
    waivers: Waivers, outcomes: Mapping[str, Outcome], verdicts: Mapping[str, Verdict]
) -> Iterator[Excused]:
    for excuse, count in waivers.counted():
        state = "used" if count else _idle(excuse, outcomes, verdicts)
        one = excuse.written
        yield Excused(one.location, one.source, one.names, one.reason, one.until, count, state)
    for one, fault in waivers.faults:
        yield Excused(one.location, one.source, one.names, one.reason, one.until, 0, "faulty", fault)


def _idle(excuse: Excuse, outcomes: Mapping[str, Outcome], verdicts: Mapping[str, Verdict]) -> str:
    return "unused" if all(was_decided(gate, outcomes, verdicts) for gate in excuse.gates) else "undecided"


def _of_baseline(baseline: Baseline, findings: list[Finding]) -> Iterator[Excused]:
    if not baseline.name:
        return
    covered = Counter(
        finding.rule
        for finding in findings
        if finding.waiver is not None and finding.waiver.location.file == baseline.name
    )
    place = Location(baseline.name, START)
    for rule, count in covered.items():
        yield Excused(place, "baseline", (rule,), baseline.reason, None, count, "used")
    for rule in baseline.gone():
        yield Excused(place, "baseline", (rule,), baseline.reason, None, 0, "unused")
