"""The judge on hand-made cases: severities, verdicts, order, fingerprints, claims, waivers and baselines."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from constitution_lint.catalogue import Card, Catalogue
from constitution_lint.config import ConfiguredWaiver, Settings
from constitution_lint.facts.location import START, Location, Span
from constitution_lint.findings import (
    GATES,
    Claim,
    ClaimStatus,
    Examination,
    Finding,
    Report,
    Severity,
    Undecided,
    UnreadableFile,
    Verdict,
    Violation,
)
from constitution_lint.judge import Case, judge
from constitution_lint.judge.baseline import Baseline, Entry, written
from constitution_lint.judge.outcomes import Outcome
from constitution_lint.judge.source_lines import Texts
from constitution_lint.model.project import Project
from constitution_lint.workspace import Workspace

TODAY = date(2026, 6, 1)
AUTHENTICATION, ISOLATION = "enforced-authentication", "user-data-isolation"


def card(rule: str, gate: str, severity: str) -> Card:
    return Card(rule, gate, "A title", Severity(severity), "", "", "", "", "")


CATALOGUE = Catalogue(
    {
        "unguarded-route": card("unguarded-route", AUTHENTICATION, "error"),
        "guard-note": card("guard-note", AUTHENTICATION, "note"),
        "unscoped-read": card("unscoped-read", ISOLATION, "error"),
        "false-claim": card("false-claim", "specification-driven", "error"),
        "bad-waiver": card("bad-waiver", "specification-driven", "error"),
        "unused-waiver": card("unused-waiver", "specification-driven", "warning"),
    },
    (),
)
APP = "import x\n\n@app.get('/a')\ndef a(): ...\n\n@app.get('/b')\ndef b(): ...\n"


def at(line: int, file: str = "app.py") -> Location:
    return Location(file, Span(line, 1, line, 5))


def seen(line: int, message: str = "a is open", file: str = "app.py", subject: str = "") -> Violation:
    return Violation(at(line, file), message, subject=subject)


def outcome(gate: str, *violations: tuple[str, Violation], undecided: Iterable[Undecided] = ()) -> Outcome:
    return Outcome(gate, violations, Examination({"routes": 2}, tuple(undecided)))


def judged(
    *outcomes: Outcome,
    files: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    claims: tuple[Claim, ...] = (),
    unreadable: tuple[UnreadableFile, ...] = (),
    kinds: Mapping[str, str] | None = None,
    baseline: Baseline | None = None,
) -> Report:
    """Judge what gates saw; `app.py` is a module of two routes unless `files` says otherwise."""
    texts = files or {"app.py": APP}
    given = {one.gate: one for one in outcomes}
    return judge(
        Case(
            project=Project(Workspace("/r"), settings or Settings(), unreadable=unreadable),
            catalogue=CATALOGUE,
            outcomes={gate: given.get(gate, Outcome(gate, (), Examination({}))) for gate in GATES},
            claims=claims,
            kinds=kinds or {},
            texts=Texts(lambda path: texts.get(path, "").encode()),
            marked=tuple(path for path, text in texts.items() if "constitution:" in text),
            today=TODAY,
            baseline=baseline or Baseline(),
        )
    )


def verdicts(report: Report) -> dict[str, Verdict]:
    return {gate.gate: gate.verdict for gate in report.gates}


def told(report: Report) -> list[str]:
    """Findings without waiver, as `file:line: rule`."""
    return [_told(finding) for finding in report.findings if finding.waiver is None]


def _told(finding: Finding) -> str:
    return f"{finding.location.file}:{finding.location.span.line}: {finding.rule}"


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_the_five_verdicts() -> None:
    report = judged(
        outcome(AUTHENTICATION, ("unguarded-route", seen(4))),
        outcome(ISOLATION, undecided=[Undecided(at(3), "the table is made at run time")]),
        outcome("traceable"),
    )
    assert verdicts(report)[AUTHENTICATION] == Verdict.BROKEN
    assert verdicts(report)[ISOLATION] == Verdict.UNPROVEN
    assert verdicts(report)["traceable"] == Verdict.HELD
    assert verdicts(report)["security-first"] == Verdict.NOT_EXAMINED
    assert report.gates[8].reasons == ("app.py:3: the table is made at run time",)


def test_notes_and_warnings_break_no_gate() -> None:
    assert verdicts(judged(outcome(AUTHENTICATION, ("guard-note", seen(4)))))[AUTHENTICATION] == Verdict.HELD


def test_a_gate_is_not_held_while_a_file_it_needs_is_unreadable() -> None:
    lost = UnreadableFile(Location("bad.py", START), "invalid syntax")
    report = judged(outcome(AUTHENTICATION), outcome("traceable"), unreadable=(lost,), kinds={"bad.py": "python"})
    assert verdicts(report)[AUTHENTICATION] == Verdict.UNPROVEN
    assert verdicts(report)["traceable"] == Verdict.HELD
    assert report.gates[7].reasons == ("bad.py:1: could not be read: invalid syntax",)


def test_a_rule_that_failed_keeps_its_gate_from_being_held() -> None:
    failed = msgspec.structs.replace(outcome(AUTHENTICATION), failures=(Undecided(Location("", START), "it failed"),))
    assert verdicts(judged(failed))[AUTHENTICATION] == Verdict.UNPROVEN
    nothing_else = msgspec.structs.replace(failed, examination=Examination({}))
    assert verdicts(judged(nothing_else))[AUTHENTICATION] == Verdict.UNPROVEN


def test_leaving_a_rule_out_holds_no_gate() -> None:
    left_out = msgspec.structs.replace(outcome(AUTHENTICATION), not_run=("unguarded-route",))
    report = judged(left_out, settings=Settings(ignore=("unguarded-route",)))
    assert verdicts(report)[AUTHENTICATION] == Verdict.UNPROVEN


# --- findings ---------------------------------------------------------------------------------------------------------


def test_worst_first_then_file_line_and_rule() -> None:
    report = judged(
        outcome(AUTHENTICATION, ("guard-note", seen(1)), ("unguarded-route", seen(7)), ("unguarded-route", seen(4))),
        outcome(ISOLATION, ("unscoped-read", seen(4))),
    )
    assert told(report) == [
        "app.py:4: unguarded-route",
        "app.py:4: unscoped-read",
        "app.py:7: unguarded-route",
        "app.py:1: guard-note",
    ]


def test_the_same_thing_seen_twice_is_one_finding() -> None:
    report = judged(outcome(AUTHENTICATION, ("unguarded-route", seen(4)), ("unguarded-route", seen(4))))
    assert len(report.findings) == 1


def test_the_order_of_violations_changes_nothing() -> None:
    violations = [("unguarded-route", seen(line)) for line in (7, 4, 6)]
    forwards = judged(outcome(AUTHENTICATION, *violations))
    assert judged(outcome(AUTHENTICATION, *reversed(violations))) == forwards


def test_fingerprints_survive_lines_above_and_spacing_but_not_edits() -> None:
    def of(text: str, line: int) -> str:
        return (
            judged(outcome(AUTHENTICATION, ("unguarded-route", seen(line))), files={"app.py": text})
            .findings[0]
            .fingerprint
        )

    assert of("def a(): ...\n", 1) == of("import x\n\ndef  a(): ...\n", 3)
    assert of("def a(): ...\n", 1) != of("def b(): ...\n", 1)


def test_equal_findings_have_different_fingerprints() -> None:
    report = judged(
        outcome(AUTHENTICATION, ("unguarded-route", seen(1)), ("unguarded-route", seen(2))),
        files={"app.py": "x()\nx()\n"},
    )
    assert len({finding.fingerprint for finding in report.findings}) == 2


def test_excerpts_hold_the_lines_around_each_place() -> None:
    report = judged(outcome(AUTHENTICATION, ("unguarded-route", seen(4))))
    assert report.excerpts["app.py"][4] == "def a(): ..."
    assert list(report.excerpts["app.py"]) == [2, 3, 4, 5, 6]


def test_select_shows_only_what_it_names_and_leaves_verdicts_true() -> None:
    outcomes = (
        outcome(AUTHENTICATION, ("unguarded-route", seen(4))),
        outcome(ISOLATION, ("unscoped-read", seen(7))),
    )
    report = judged(*outcomes, settings=Settings(select=(ISOLATION,)))
    assert told(report) == ["app.py:7: unscoped-read"]
    assert verdicts(report)[AUTHENTICATION] == Verdict.BROKEN
    assert told(judged(*outcomes, settings=Settings(ignore=("unscoped-read",)))) == ["app.py:4: unguarded-route"]


# --- claims -----------------------------------------------------------------------------------------------------------


def test_a_tick_against_the_evidence_is_a_false_claim() -> None:
    claims = (
        Claim("plan.md", 2, "Enforced Authentication", ClaimStatus.PASS, AUTHENTICATION),
        Claim("plan.md", 3, "User Data Isolation", ClaimStatus.PASS, ISOLATION),
    )
    report = judged(
        outcome(AUTHENTICATION, ("unguarded-route", seen(7, "b is open")), ("unguarded-route", seen(4))),
        outcome(ISOLATION),
        claims=claims,
        files={"app.py": APP, "plan.md": "# Plan\n- [x] **Enforced Authentication**\n- [x] **User Data Isolation**\n"},
    )
    [claim] = [finding for finding in report.findings if finding.rule == "false-claim"]
    assert claim.gate == AUTHENTICATION
    assert claim.location == Location("plan.md", Span(2, 1, 2, 34))
    assert "unguarded-route, and 1 more" in claim.message
    assert [related.location for related in claim.related] == [at(4)]


def test_the_last_claim_on_a_gate_stands() -> None:
    claims = (
        Claim("plan.md", 2, "Authentication", ClaimStatus.PASS, AUTHENTICATION),
        Claim("plan.md", 9, "Authentication", ClaimStatus.FAIL, AUTHENTICATION),
    )
    report = judged(outcome(AUTHENTICATION, ("unguarded-route", seen(4))), claims=claims)
    assert told(report) == ["app.py:4: unguarded-route"]


def test_a_waived_gate_is_no_false_claim() -> None:
    report = judged(
        outcome(AUTHENTICATION, ("unguarded-route", seen(2))),
        claims=(Claim("plan.md", 2, "Authentication", ClaimStatus.PASS, AUTHENTICATION),),
        files={"app.py": "# constitution: allow unguarded-route - internal network only\nopen()\n"},
    )
    assert told(report) == []
    assert verdicts(report)[AUTHENTICATION] == Verdict.WAIVED


# --- waivers ----------------------------------------------------------------------------------------------------------


def waived(text: str, line: int, file: str = "app.yaml") -> Report:
    return judged(outcome(AUTHENTICATION, ("unguarded-route", seen(line, file=file))), files={file: text})


def test_a_comment_on_the_line_or_above_it_waives() -> None:
    comment = "# constitution: allow unguarded-route - by decision 12"
    for text, line in ((f"a: 1  {comment}\n", 1), (f"{comment}\na: 1\n", 2), (f"{comment}\n# more\na: 1\n", 3)):
        report = waived(text, line)
        [finding] = report.findings
        assert finding.waiver is not None
        assert finding.waiver.reason == "by decision 12"


def test_a_comment_above_the_decorators_waives_the_function() -> None:
    text = "// constitution: allow unguarded-route - public\n@Get(\n  '/a',\n)\nasync def a(): ...\n"
    assert told(waived(text, 5, "app.ts")) == []


def test_a_comment_of_the_function_above_does_not_reach() -> None:
    text = "// constitution: allow unguarded-route - public\ndef a(): ...\n@x\ndef b(): ...\n"
    assert told(waived(text, 4, "app.ts")) == ["app.ts:4: unguarded-route", "app.ts:1: unused-waiver"]


def test_a_gate_can_be_named_and_several_rules() -> None:
    assert told(waived("# constitution: allow enforced-authentication - internal\na: 1\n", 2)) == []
    assert told(waived("# constitution: allow unscoped-read, unguarded-route - internal\na: 1\n", 2)) == []


def test_every_kind_of_comment() -> None:
    for file, text in {
        "a.tsx": "{/* constitution: allow unguarded-route - internal */}\n<x/>\n",
        "a.js": "/* constitution: allow unguarded-route - internal until 2026-07-01 */\nx\n",
        "a.md": "<!-- constitution: allow unguarded-route - internal -->\nx\n",
        "a.toml": "# constitution: allow unguarded-route - internal (until 2026-07-01)\nx = 1\n",
    }.items():
        [finding] = waived(text, 2, file).findings
        assert finding.waiver is not None, file
        assert finding.waiver.reason == "internal", file


def test_a_faulty_waiver_excuses_nothing() -> None:
    for comment in (
        "allow unguarded-route",
        "allow unguarded-route - late until 2026-05-31",
        "allow unguarded-rout - x",
    ):
        assert told(waived(f"# constitution: {comment}\na: 1\n", 2)) == [
            "app.yaml:1: bad-waiver",
            "app.yaml:2: unguarded-route",
        ]


def test_a_faulty_waiver_breaks_the_gate_of_its_card_and_cannot_be_waived() -> None:
    text = "# constitution: allow bad-waiver - never mind\n# constitution: allow unguarded-route\na: 1\n"
    report = waived(text, 3)
    assert "app.yaml:2: bad-waiver" in told(report)
    assert verdicts(report)["specification-driven"] == Verdict.BROKEN


def test_configured_waivers_hold_for_their_files() -> None:
    settings = Settings(
        file="constitution-lint.toml",
        waivers=(
            ConfiguredWaiver("unguarded-route", "internal", "src/**", line=3),
            ConfiguredWaiver("unscoped-read", "", line=6),
            ConfiguredWaiver("unguarded-route", "old", "lib/**", line=9),
        ),
    )
    report = judged(
        outcome(
            AUTHENTICATION, ("unguarded-route", seen(1, file="src/a.py")), ("unguarded-route", seen(1, file="b.py"))
        ),
        files={"src/a.py": "a", "b.py": "b"},
        settings=settings,
    )
    assert told(report) == [
        "b.py:1: unguarded-route",
        "constitution-lint.toml:6: bad-waiver",
        "constitution-lint.toml:9: unused-waiver",
    ]


# --- baselines --------------------------------------------------------------------------------------------------------


def baseline_of(report: Report) -> Baseline:
    entries = msgspec.json.decode(written(report))["findings"]
    return Baseline("baseline.json", tuple(msgspec.convert(entry, Entry) for entry in entries))


def two_routes(text: str, *lines: int, baseline: Baseline | None = None, file: str = "app.py") -> Report:
    violations = [("unguarded-route", seen(line, file=file)) for line in lines]
    return judged(outcome(AUTHENTICATION, *violations), files={file: text}, baseline=baseline)


def test_a_baseline_excuses_what_it_was_written_of() -> None:
    first = two_routes(APP, 4, 7)
    assert told(two_routes(APP, 4, 7, baseline=baseline_of(first))) == []


def test_moved_code_keeps_its_entry() -> None:
    first = two_routes(APP, 4, 7)
    assert told(two_routes("\n\n" + APP, 6, 9, baseline=baseline_of(first))) == []
    assert told(two_routes(APP, 4, 7, baseline=baseline_of(first), file="moved.py")) == []


def test_edited_code_is_open_again() -> None:
    first = two_routes(APP, 4, 7)
    edited = APP.replace("def b()", "def b(x)")
    report = two_routes(edited, 4, 7, baseline=baseline_of(first))
    assert told(report) == ["app.py:7: unguarded-route"]
    assert report.notes == ("baseline.json: 1 of its findings is gone; write it anew",)


def test_a_baseline_counts() -> None:
    text = "x()\nx()\nx()\n"
    first = two_routes(text, 1, 2)
    assert told(two_routes(text, 1, 2, 3, baseline=baseline_of(first))) == ["app.py:3: unguarded-route"]


def test_a_copy_in_another_file_is_new_while_the_first_stands() -> None:
    first = two_routes("x()\n", 1)
    violations = [("unguarded-route", seen(1, file=file)) for file in ("aaa.py", "app.py")]
    report = judged(
        outcome(AUTHENTICATION, *violations), files={"aaa.py": "x()\n", "app.py": "x()\n"}, baseline=baseline_of(first)
    )
    assert told(report) == ["aaa.py:1: unguarded-route"]


def test_writing_a_baseline_again_changes_nothing() -> None:
    first = two_routes(APP, 4, 7)
    again = two_routes(APP, 4, 7, baseline=baseline_of(first))
    assert written(again) == written(first)
