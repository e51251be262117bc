"""What the gates yield and the judge decides: violations, findings, verdicts, and the report that reporters print."""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from constitution_lint.facts.location import Location


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting puts errors first."""
        return ("error", "warning", "note").index(self.value)


class Verdict(StrEnum):
    HELD = "held"
    BROKEN = "broken"
    WAIVED = "waived"
    UNPROVEN = "unproven"
    NOT_EXAMINED = "not_examined"


class ClaimStatus(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    PARTIAL = "partial"
    NA = "na"
    UNMARKED = "unmarked"


GATES = (
    "specification-driven",
    "security-first",
    "separation-of-concerns",
    "reproducible-execution",
    "production-ready",
    "traceable",
    "strict-rest-api",
    "enforced-authentication",
    "user-data-isolation",
    "declared-tech-stack",
)
"""The slugs of the ten gates in the order of the plan template: gate N is GATES[N - 1]."""


class Related(msgspec.Struct, frozen=True):
    """A second place that belongs to a violation: the plan line, the guard, the query three calls down."""

    location: Location
    message: str


class Violation(msgspec.Struct, frozen=True):
    """What a check saw. No rule name, severity or remedy: the catalogue, the card and the judge add those.

    `message` is one lower-case sentence that says what is, in the user's own spelling.
    `subject` names the offender independently of lines ("GET /tasks/{id}"); it steadies the fingerprint.
    """

    location: Location
    message: str
    related: tuple[Related, ...] = ()
    subject: str = ""


class Undecided(msgspec.Struct, frozen=True):
    """Something a gate had to judge and could not: it makes the gate UNPROVEN."""

    location: Location
    reason: str


class Examination(msgspec.Struct, frozen=True):
    """What a gate looked at: counts by plural noun ("routes": 12). All zero means the gate's input is absent."""

    counts: dict[str, int]
    undecided: tuple[Undecided, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """One answer of one plan's Constitution Check. `gate` is a slug of GATES or "other"."""

    plan: str
    line: int
    name: str
    status: ClaimStatus
    gate: str


class Waiver(msgspec.Struct, frozen=True):
    """Why a finding is excused: where that is written and the reason given there."""

    location: Location
    reason: str
    until: str | None = None


class Excused(msgspec.Struct, frozen=True):
    """One entry of the ledger: a waiver as written, what it names, and how many findings it covers.

    `source` is comment, configuration, complexity tracking or baseline; `state` is used, unused, undecided (what it
    names was not examined) or faulty, with the fault.
    """

    location: Location
    source: str
    names: tuple[str, ...]
    reason: str
    until: str | None
    findings: int
    state: str
    fault: str = ""


class Finding(msgspec.Struct, frozen=True):
    """A violation judged."""

    rule: str
    gate: str
    severity: Severity
    location: Location
    message: str
    related: tuple[Related, ...]
    fingerprint: str
    waiver: Waiver | None = None
    content: str = ""
    """What the fingerprint is made of but file and occurrence: a baseline knows moved code again by it."""

    @property
    def places(self) -> tuple[Location, ...]:
        """Its own place first, then the related ones."""
        return self.location, *(related.location for related in self.related)


class GateReport(msgspec.Struct, frozen=True):
    """The fate of one gate: verdict, claims, what was examined, and why anything is undecided."""

    gate: str
    number: int
    verdict: Verdict
    examined: dict[str, int]
    claims: tuple[Claim, ...]
    reasons: tuple[str, ...]


class About(msgspec.Struct, frozen=True):
    """What the card of a rule says to someone who meets a finding of it; `why` and `remedy` are Markdown."""

    title: str
    gate: str
    severity: Severity
    why: str
    remedy: str


class UnreadableFile(msgspec.Struct, frozen=True):
    location: Location
    reason: str


class Report(msgspec.Struct, frozen=True):
    """All that one run found. Reporters read nothing else, so equal reports print equal bytes."""

    root: str
    gates: tuple[GateReport, ...]
    findings: tuple[Finding, ...]
    unreadable: tuple[UnreadableFile, ...] = ()
    claims: tuple[Claim, ...] = ()
    waivers: tuple[Excused, ...] = ()
    left_out: dict[str, int] = {}
    notes: tuple[str, ...] = ()
    excerpts: dict[str, dict[int, str]] = {}
    """Source lines that findings name, by file and line, so that frames and fingerprints need no second reading."""
    rules: dict[str, About] = {}
    """The rules that have findings here, by name in order, for formats that explain what they list."""
    false_claims: int | None = None
    """How many claims the evidence breaks and nothing excuses, whatever is shown; None where that was not judged."""
    fail_on: Severity = Severity.ERROR
    """The least severity at which a finding fails the run, from the settings."""

    def within(self, files: Collection[str]) -> "Report":
        """The report with the findings that stand in these files; verdicts stay those of the whole target."""
        return msgspec.structs.replace(
            self,
            findings=tuple(finding for finding in self.findings if finding.location.file in files),
            unreadable=tuple(lost for lost in self.unreadable if lost.location.file in files),
        )
