"""A report made by hand that holds what formats stumble over: astral characters, markup, commands, no excerpt."""

from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import (
    GATES,
    About,
    Claim,
    ClaimStatus,
    Finding,
    GateReport,
    Related,
    Report,
    Severity,
    UnreadableFile,
    Verdict,
    Waiver,
)
from constitution_lint.reporters.look import Look

PLAN = "specs/001-todo/plan.md"
CODE = "backend/app & co/tâches.py"
SOURCES = {
    PLAN: "# Plan\n\n## Constitution Check\n\n- [x] **User Data Isolation**: 🔒 all queries are filtered\n",
    CODE: (
        "import x\n\n\ndef get(task_id):\n"
        '    note = "🎉🎉"; return session.get(Task, task_id)  # <b>::error::</b> 100%\n'
    ),
}
LINES = {file: dict(enumerate(text.splitlines(), 1)) for file, text in SOURCES.items()}
READ = Location(CODE, Span(5, 25, 5, 51))
CLAIM = Location(PLAN, Span(5, 1, 5, 57))


def finding(rule: str, gate: str, severity: Severity, location: Location, message: str, **more: object) -> Finding:
    related = more.get("related", ())
    waiver = more.get("waiver")
    name = f"{rule}:{location.span.line}".encode().hex()[:24]
    return Finding(rule, gate, severity, location, message, related, name, waiver)  # type: ignore[arg-type]


FINDINGS = (
    finding(
        "unscoped-read",
        "user-data-isolation",
        Severity.ERROR,
        READ,
        "get reads \"Task\" by the client's key, and any user's row answers: 100%, 🎉 <b>",
        related=(Related(Location(CODE, Span(4, 5, 4, 8)), "the way in"),),
    ),
    finding(
        "false-claim",
        "user-data-isolation",
        Severity.ERROR,
        CLAIM,
        'the plan says that "User Data Isolation" passes, and the evidence breaks it: unscoped-read',
        related=(Related(READ, "the row is read by the client's key alone"),),
    ),
    finding(
        "unanswered-gate",
        "specification-driven",
        Severity.WARNING,
        Location(PLAN, Span(3, 4, 3, 22)),
        "the Constitution Check answers 1 of the ten gates | and no more",
    ),
    finding(
        "vague-requirement",
        "reproducible-execution",
        Severity.NOTE,
        Location("specs/001-todo/spec.md", Span(40, 1, 41, 9)),
        'FR-001 says "fast"\nand gives no measure',
    ),
    finding(
        "hardcoded-secret",
        "security-first",
        Severity.ERROR,
        Location(CODE, Span(1, 1, 1, 9)),
        "SECRET is written into the source",
        waiver=Waiver(Location("constitution-lint.toml", Span(3, 1, 3, 1)), "a demo, see #12", "2027-01-01"),
    ),
)
VERDICTS = {
    "specification-driven": Verdict.HELD,
    "security-first": Verdict.WAIVED,
    "traceable": Verdict.NOT_EXAMINED,
    "strict-rest-api": Verdict.UNPROVEN,
    "user-data-isolation": Verdict.BROKEN,
}
COUNTS = {"specification-driven": {"plans": 1, "answers": 1}, "user-data-isolation": {"routes": 12, "accesses": 1031}}


def gate_report(gate: str) -> GateReport:
    claims = (Claim(PLAN, 5, "User Data Isolation", ClaimStatus.PASS, gate),) if gate == "user-data-isolation" else ()
    reasons = (f"{CODE}:5: a query is built by a call that cannot be followed",) if gate == "strict-rest-api" else ()
    verdict = VERDICTS.get(gate, Verdict.HELD)
    return GateReport(gate, GATES.index(gate) + 1, verdict, COUNTS.get(gate, {"files": 3}), claims, reasons)


def report(findings: tuple[Finding, ...] = FINDINGS) -> Report:
    gates = tuple(
        gate_report(gate)
        if gate != "traceable"
        else GateReport(
            gate, GATES.index(gate) + 1, Verdict.NOT_EXAMINED, {}, (), ("there is no requirement and no task",)
        )
        for gate in GATES
    )
    rules = {
        one.rule: About(
            f"Title of {one.rule}",
            one.gate,
            one.severity,
            "It matters because of\n`this` & <that>.\n\nA second paragraph.",
            "Compare the **owner** first.",
        )
        for one in sorted(findings, key=lambda one: one.rule)
    }
    return Report(
        root="/srv/a project",
        gates=gates,
        findings=findings,
        unreadable=(UnreadableFile(Location("backend/broken.py", Span(7, 1, 7, 1)), "invalid syntax, at <x>"),),
        claims=gates[8].claims,
        left_out={"dependencies": 2, "git-ignored": 14},
        notes=("nothing was cached",),
        excerpts=LINES,
        false_claims=sum(one.rule == "false-claim" for one in findings),
        rules=rules,
    )


CLEAN = report(())
LOOK = Look(source=lambda file: SOURCES.get(file, ""))
