"""The verdict on a gate: one of five, with reasons, from its findings and from what was examined."""

from collections.abc import Iterable, Mapping

from constitution_lint.catalogue import Catalogue
from constitution_lint.facts.location import START, Location
from constitution_lint.findings import GATES, Finding, Severity, Undecided, UnreadableFile, Verdict
from constitution_lint.judge.outcomes import Outcome

NOWHERE = Location("", START)
_MOST_LOST = 50

NEEDS: dict[str, frozenset[str]] = {
    "python": frozenset(GATES) - {"specification-driven", "reproducible-execution", "traceable"},
    "markdown": frozenset({"specification-driven", "reproducible-execution", "traceable"}),
    "contract": frozenset({"strict-rest-api"}),
    "typescript": frozenset(
        {
            "security-first",
            "separation-of-concerns",
            "strict-rest-api",
            "enforced-authentication",
            "declared-tech-stack",
        }
    ),
    "manifest": frozenset({"declared-tech-stack"}),
}
"""The gates that need the files of each reader: none of them can be held while such a file is unreadable."""


ABSENT: dict[str, str] = {
    "specification-driven": "there is no plan and no specification",
    "security-first": "there is no plan, no contract and no application code",
    "separation-of-concerns": "there are no layers and no frontend",
    "reproducible-execution": "there is no plan, no specification and no task",
    "production-ready": "there is no FastAPI application",
    "traceable": "there is no requirement and no task",
    "strict-rest-api": "there is no route, no contract and no request of a frontend",
    "enforced-authentication": "there is no route and no frontend",
    "user-data-isolation": "there is no route that reaches a table",
    "declared-tech-stack": "no plan and no constitution declares a stack",
}
"""What a gate that was not examined would have to look at."""


def verdict_of(outcome: Outcome, findings: Iterable[Finding], undecided: tuple[Undecided, ...]) -> Verdict:
    """Errors decide first, then doubts; what was not examined is never shown as a pass."""
    errors = [finding for finding in findings if finding.severity == Severity.ERROR]
    if any(finding.waiver is None for finding in errors):
        return Verdict.BROKEN
    if errors:
        return Verdict.WAIVED
    if not any(outcome.examination.counts.values()) and not outcome.examination.undecided and not outcome.failures:
        return Verdict.NOT_EXAMINED
    return Verdict.UNPROVEN if undecided else Verdict.HELD


def doubts(outcome: Outcome, unreadable: Iterable[UnreadableFile], kinds: Mapping[str, str]) -> tuple[Undecided, ...]:
    """All that keeps a gate from being held: its own doubts, what failed, what it needed and could not be read.

    Each file is told once, and of very many the first.
    """
    lost: dict[str, Undecided] = {}
    for file in unreadable:
        if outcome.gate in NEEDS.get(kinds.get(file.location.file, ""), frozenset(GATES)):
            lost.setdefault(file.location.file, Undecided(file.location, f"could not be read: {file.reason}"))
    told = tuple(lost.values())[:_MOST_LOST]
    more = len(lost) - len(told)
    rest = (Undecided(NOWHERE, f"{more} more files could not be read"),) if more else ()
    return tuple(dict.fromkeys((*outcome.examination.undecided, *outcome.failures, *told, *rest)))


def left_out_doubts(outcome: Outcome, catalogue: Catalogue) -> tuple[Undecided, ...]:
    """A gate is not held by leaving its rules out: each ignored rule at error severity is a doubt."""
    return tuple(
        Undecided(NOWHERE, f"{rule} was not run: the settings ignore it")
        for rule in outcome.not_run
        if rule in catalogue.cards and catalogue.cards[rule].severity == Severity.ERROR
    )


def reason_of(undecided: Undecided) -> str:
    """One line for a doubt: its place, where it has one, and its reason."""
    location = undecided.location
    return f"{location.place}: {undecided.reason}" if location.file else undecided.reason


def was_decided(gate: str, outcomes: Mapping[str, Outcome], verdicts: Mapping[str, Verdict]) -> bool:
    """Where a gate had no input, or rules of it were left out or failed, nothing can be said of its waivers."""
    outcome = outcomes[gate]
    return verdicts[gate] != Verdict.NOT_EXAMINED and not outcome.failures and not outcome.not_run
