"""The Markdown reader on hostile and unusual documents: what is read, what is left alone, where it stands, how long."""

import time
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constitution_lint.facts.document import DocumentFacts
from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Source
from constitution_lint.readers.markdown import read
from constitution_lint.readers.markdown.inline import plain
from constitution_lint.readers.markdown.lines import scan

CHECK = "## Constitution Check\n\n"


def plan(text: str) -> DocumentFacts:
    return read(Source("specs/001-a/plan.md", text.encode()))


def spec(text: str) -> DocumentFacts:
    return read(Source("specs/001-a/spec.md", text.encode()))


def claims(text: str) -> list[tuple[str, str]]:
    """Name and status of every answer below a Constitution Check."""
    return [(item.name, item.status) for check in plan(CHECK + text).checks for item in check.items]


# --- shapes of a Constitution Check -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [x] **Security-first**: JWT\n- [ ] **Traceable**: open\n", ["pass", "unmarked"]),
        ("- [N/A] Security-first\n- [X] Traceable\n", ["na", "pass"]),
        ("| Gate | Status |\n|---|---|\n| Security-first | ✅ PASS |\n| Traceable | ❌ |\n", ["pass", "fail"]),
        ("- ✅ Security-first\n- ⚠️ Traceable: partly\n", ["pass", "partial"]),
        ("### Security-first\n**Status**: PASS\n\n### Traceable\n**Status**: VIOLATION\n", ["pass", "fail"]),
        ("1. Security-first: COMPLIANT\n2. Traceable: NOT APPLICABLE\n", ["pass", "na"]),
        ("**Security-first**: ✓ all routes\n\n**Traceable**: PARTIAL\n", ["pass", "partial"]),
        ("- [PASS] Security-first\n- [NOT MET] Traceable\n", ["pass", "fail"]),
        ("- **[x] Security-first:** tokens?\n- **[ ] Traceable:** later\n", ["pass", "unmarked"]),
        ("- **Security-first**: designed in - VERIFIED\n- **Traceable**: ids, NOT VERIFIED\n", ["pass", "partial"]),
        (
            "### Security-first\n✅ **COMPLIANT**: tokens are verified\n\n### Traceable\n✅ **COMPLIANT**: by id\n",
            ["pass"] * 2,
        ),
    ],
)
def test_every_shape_gives_its_answers(text: str, expected: list[str]) -> None:
    assert [status for _, status in claims(text)] == expected
    assert [name for name, _ in claims(text)] == ["Security-first", "Traceable"]


def test_steps_still_to_be_taken_are_no_answers() -> None:
    text = (
        "**Objective**: verify after design.\n\n**Verification Steps**:\n1. Review contracts (Security-first)\n"
        "2. Confirm ids\n\n**Expected Result**: all stay satisfied.\n\n**Answers**:\n1. **✅ Traceable** (by id)\n"
    )
    assert claims(text) == [("Traceable", "pass")]


def test_a_check_below_a_bold_line_is_one() -> None:
    facts = plan("## Quality\n\n**Constitutional Compliance:**\n- [x] Security-first\n\n**Other**:\n- [x] Linted\n")
    assert [(item.name, item.span.line) for check in facts.checks for item in check.items] == [("Security-first", 4)]


def test_a_summary_stands_for_all_and_is_no_answer_of_its_own() -> None:
    assert plan(CHECK + "**All gates still pass** ✓\n").checks[0].state == "summary"
    assert (
        plan(CHECK + "The constitution is a template. No gates to enforce.\n\n**Result**: PASS\n").checks[0].state
        == "prose"
    )


@pytest.mark.parametrize(
    "count",
    [
        "**Violations**: None",
        "- **Violations**: 1 (Principle VII - justified with mitigation)",
        "- Violations: 2 of 9",
        "- **Critical violations found**: 0",
        "- ✅ **Passed**: 9/9",
        "- ❌ Failed: 0",
        "| Verdict | Number |\n|---|---|\n| Passed | 9 |\n| Violations | 0 |",
    ],
)
def test_a_count_of_gates_names_none(count: str) -> None:
    gates = "- **Security-first**: tokens ✅\n- **Traceable**: ids ✅\n\n"
    assert claims(f"{gates}{count}\n") == [("Security-first", "pass"), ("Traceable", "pass")]


def test_no_violations_counted_speaks_for_every_gate() -> None:
    assert claims("- **Security-first**: tokens\n\n**Violations**: None\n") == [("Security-first", "pass")]
    assert claims("- **Security-first**: tokens\n\n**Violations**: 1\n") == [("Security-first", "unmarked")]
    assert claims("- **Violations**: Principle II\n") == [("Principle II", "fail")]


def test_a_cross_before_what_is_not_done_is_no_failure() -> None:
    text = "### Architecture\n✅ **COMPLIANT**: one part\n\n❌ **NO CHANGES** to the backend\n"
    assert claims(text) == [("Architecture", "pass")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "**Core Principles:**\n- **1. Traceable**: Met. By id.\n- **2. Isolation**: Partially met. Later.\n",
            [("1. Traceable", "pass"), ("2. Isolation", "partial")],
        ),
        (
            "### The Two Pillars ✅\n\n1. **Traceable**: ✅ PASS\n   - by id\n2. **Isolation**: ⚠️ PARTIAL\n",
            [("The Two Pillars", "pass"), ("Traceable", "pass"), ("Isolation", "partial")],
        ),
        ("### ✅ Traceable\n- ✅ Ids given\n- ✅ Specification complete: `spec.md`\n", [("Traceable", "pass")]),
        (
            "### Technologies\n\n✅ **PASS**: Next.js\n- 16\n\n⚠️ **DEVIATION**: No Tailwind CSS\n- **Reason**: asked\n",
            [("Next.js", "pass"), ("No Tailwind CSS", "partial")],
        ),
        (
            "### ✅ Compliance Checks\n- **Traceable**: by id\n\n### ❌ Violations\nNone.\n\n### ⚠️ Concerns\nNone.\n",
            [("Traceable", "pass")],
        ),
        (
            "- ✅ Traceable: by id\n\n**Gate Status: ✅ ALL GATES PASS - Ready for /next.tasks**\n",
            [("Traceable", "pass")],
        ),
    ],
)
def test_where_groups_and_their_items_both_carry_marks(text: str, expected: list[tuple[str, str]]) -> None:
    assert claims(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "**Status**: ⚠️ No active constitution file\n\nIt is a placeholder.\n",
        "**Status**: PASS (Constitution template is a placeholder - no specific gates defined yet)\n",
    ],
)
def test_a_constitution_that_is_not_there_asks_nothing(text: str) -> None:
    assert plan(CHECK + text).checks[0].state == "prose"


def test_of_the_outcomes_of_a_form_the_ticked_one_speaks_for_all() -> None:
    form = "- [x] PASS: All principles satisfied\n- [ ] FAIL WITH JUSTIFICATION: kept in the table\n- [ ] BLOCK: stop\n"
    assert claims(f"- **Traceable**: by id\n\n### Gate Outcome\n\n{form}") == [("Traceable", "pass")]


@pytest.mark.parametrize("label", ["Blockers", "Violations", "Potential violations", "Risk Assessment"])
@pytest.mark.parametrize("form", ["**{}**:", "### {}"])
def test_a_list_of_what_would_be_wrong_claims_nothing(label: str, form: str) -> None:
    text = f"- [x] Traceable\n\n{form.format(label)}\n\n- [ ] Missing security requirements\n- ⚠️ Old data: kept\n"
    assert claims(text) == [("Traceable", "pass")]


@pytest.mark.parametrize("label", ["Key Standards", "Key Standards Verification", "Version Control"])
def test_a_list_of_standards_is_none_of_asides(label: str) -> None:
    assert claims(f"- **Isolation**: PASS\n\n**{label}**:\n- [x] Traceable: by id\n") == [
        ("Isolation", "pass"),
        ("Traceable", "pass"),
    ]


def test_a_heading_without_violations_fails_nothing() -> None:
    assert ("No Complexity Violations", "fail") not in claims("- [x] Traceable\n\n### 🚫 No Complexity Violations\n")


def test_answers_with_a_sign_and_a_word_below_a_heading_that_answers() -> None:
    text = "### Guarantees ✅\n\n1. **Traceable**: ✅ PLANNED\n   - by id\n\n2. **Isolation**: ✅ PASS\n"
    assert claims(text) == [("Guarantees", "pass"), ("Traceable", "pass"), ("Isolation", "pass")]


def test_an_open_box_that_says_why_it_does_not_apply() -> None:
    text = "- [x] Traceable\n- [ ] Events (Phase V - not applicable yet)\n"
    assert claims(text) == [("Traceable", "pass"), ("Events (Phase V - not applicable yet)", "na")]


def test_a_heading_that_only_sums_up_leaves_the_answers_to_its_items() -> None:
    assert claims("### ✅ Passing Checks\n\n- [x] **Traceable**: by id\n- **Isolation**: by owner\n") == [
        ("Traceable", "pass"),
        ("Isolation", "pass"),
    ]


def test_one_deviation_among_the_passes_of_a_heading_is_told() -> None:
    text = "### Stack\n\n- ✅ **PASS**: Next.js\n- ⚠️ **DEVIATION (JUSTIFIED)**: another router\n- ✅ **PASS**: Neon\n"
    assert claims(text) == [("Stack", "partial")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "| Gate | Asks | Status |\n|---|---|---|\n| G1 | Traceable | ✅ |\n| G2 | Isolation | ❌ |\n",
            ["pass", "fail"],
        ),
        ("- **Traceable**: ✅ PLANNED\n- **Isolation**: ⏳ PLANNED\n", ["pass", "partial"]),
        (
            "| Gate | Status |\n|---|---|\n| Traceable | ✅ Planned |\n| Isolation | **FIX NEEDED** |\n",
            ["pass", "partial"],
        ),
        ("### Traceable ✅ PASS\n\n### Isolation PARTIAL (Justified)\n", ["pass", "partial"]),
    ],
)
def test_what_is_planned_coded_or_justified(text: str, expected: list[str]) -> None:
    assert claims(text) == list(zip(["Traceable", "Isolation"], expected, strict=True))


def test_a_name_keeps_its_brackets_and_its_slashes() -> None:
    assert claims("- [x] Layers kept (application layer: the API)\n") == [
        ("Layers kept (application layer: the API)", "pass")
    ]
    assert claims("### Versions and CI/CD ✅ PASS\n") == [("Versions and CI/CD", "pass")]


@pytest.mark.parametrize(
    ("heading", "table", "expected"),
    [
        (
            "Verificação da Constituição",
            "| Princípio | Status |\n|---|---|\n| Tests | ✅ PASSA |\n| Stack | Não conforme |\n",
            "pf",
        ),
        (
            "Verificación de constitución",
            "| Regla | Cumple |\n|---|---|\n| Tests | Sí |\n| Stack | No cumple |\n",
            "pf",
        ),
        ("Vérification de la constitution", "- **Tests**: ✅ Conforme - un\n- **Stack**: Non conforme\n", "pf"),
        ("憲章檢查", "| 原則 | 狀態 |\n|---|---|\n| Tests | ✅ 計劃中 |\n| Stack | 違反 |\n", "pf"),
        ("宪章检查", "- Tests：通过。有\n- **Stack**：不符合\n", "pf"),
        ("憲章チェック", "| 原則 | 結果 |\n|---|---|\n| Tests | 適合 |\n| Stack | 不適合 |\n", "pf"),
        ("Verfassungsprüfung", "- **Tests**: erfüllt\n- **Stack**: nicht erfüllt\n", "pf"),
    ],
)
def test_a_check_in_another_language(heading: str, table: str, expected: str) -> None:
    found = [(item.name, item.status[0]) for check in plan(f"## {heading}\n\n{table}").checks for item in check.items]
    assert found == list(zip(["Tests", "Stack"], expected, strict=True))


def test_a_recheck_is_kept_apart() -> None:
    first, second = plan(
        CHECK + "- [x] Security-first\n\n### Post-Phase 1 Re-check\n\n- [ ] Security-first: FAIL\n"
    ).checks
    assert first.items[0].status == "pass"
    assert second.items[0].status == "fail"


# --- torture ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fence", ["```", "~~~~", "  ```", "- ```"])
def test_a_check_inside_a_fence_is_ignored(fence: str) -> None:
    close = fence.strip(" -")
    inside = "## Constitution Check\n\n- [x] **Security-first**: FAKE\n\n```inner\n"
    text = f"# Plan\n\n{fence}markdown\n{inside.replace('```inner', '')}{close}\n\nDone.\n"
    assert plan(text).checks == ()


def test_an_unclosed_fence_swallows_the_rest() -> None:
    assert plan("# Plan\n\n```\n## Constitution Check\n- [x] Security-first\n").checks == ()


def test_a_check_inside_a_comment_is_ignored() -> None:
    assert plan("# Plan\n\n<!--\n## Constitution Check\n\n- [x] Security-first\n-->\n").checks == ()
    assert claims("- [x] Security-first <!-- - [ ] Traceable -->\n") == [("Security-first", "pass")]


def test_pipes_in_code_part_no_cells() -> None:
    text = "| Gate | Note | Status |\n|---|---|---|\n| Security-first | `a | b` and a \\| b | PASS |\n"
    assert claims(text) == [("Security-first", "pass")]


def test_nested_lists_explain_the_answer_above() -> None:
    text = "- [x] **Security-first**: yes\n  - [ ] JWT in the header\n    - [ ] refresh\n- [ ] **Traceable**: no\n"
    assert claims(text) == [("Security-first", "pass"), ("Traceable", "unmarked")]


@pytest.mark.parametrize(
    "heading",
    ["##Constitution Check", "Constitution Check\n---", "## Constitution Check ##", "## **Constitution Check**"],
)
def test_headings_in_other_spellings(heading: str) -> None:
    facts = plan(f"# Plan\n\n{heading}\n\n- [x] Security-first\n")
    assert [item.name for check in facts.checks for item in check.items] == ["Security-first"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_none_at_the_end(end: str, last: bool) -> None:
    text = f"# Plan{end}{end}## Constitution Check{end}{end}- [x] Security-first{end if last else ''}"
    [check] = plan(text).checks
    assert check.items[0].span == Span(5, 7, 5, 21)


def test_front_matter_is_no_text() -> None:
    facts = plan("---\ntitle: 'a'\n---\n" + CHECK + "- [x] Security-first\n")
    assert facts.front_matter is not None
    assert facts.checks[0].items[0].span.line == 6


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert plan("---\n" + CHECK + "- [x] Security-first\n").checks[0].items[0].status == "pass"


def test_text_from_right_to_left_keeps_its_columns() -> None:
    text = "# تعليمات\n\n- **FR-001**: يجب على النظام عرض المهام `GET /api/tasks`\n"
    facts = spec(text)
    [requirement] = facts.requirements
    assert cut(text, requirement.span) == "FR-001"
    assert facts.endpoints[0].path == "/api/tasks"


def test_astral_characters_count_once() -> None:
    text = "- 🚀🚀 **FR-001**: x\n\n🚀 see T001 and `backend/main.py`\n"
    facts = spec(text)
    assert [cut(text, reference.span) for reference in facts.references if reference.id == "T001"] == ["T001"]
    assert [cut(text, path.span) for path in facts.paths] == ["backend/main.py"]


@pytest.mark.parametrize(
    "piece",
    [
        "- [x] **Security-first**: yes\n",
        "| a | b | c |\n",
        "<!-- x\n",
        "```\n",
        "# a\n",
        "[a](b) `c` **d** _e_ FR-001 T001 GET /a/b\n",
        "> - 1. a\n",
        "\t\t- a\n",
    ],
)
def test_time_grows_with_the_size_alone(piece: str) -> None:
    """A generous bound: what is linear takes half a second, what is quadratic would take minutes."""
    text = CHECK + piece * (200_000 // len(piece))
    begun = time.process_time()
    plan(text)
    assert time.process_time() - begun < 10


def test_five_megabytes_are_read() -> None:
    facts = plan(CHECK + "- [x] **Security-first**: yes\n" + "Words that say nothing of it.\n" * (5_000_000 // 30))
    assert [item.status for item in facts.checks[0].items] == ["pass"]


@pytest.mark.parametrize(
    "character", ["*", "`", "[", "(", "|", "<", "_", "a", "-", "#", "✅", "[a](", "**a ", "GET /", "<!--"]
)
def test_one_long_line_takes_bounded_time(character: str) -> None:
    begun = time.process_time()
    plan(CHECK + "- " + character * 100_000 + "\n")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a `b` c", "a b c"),
        ("``a ` b``", "a ` b"),
        ("`a `` b`", "a `` b"),
        ("``` a", "``` a"),
        ("`*a*`", "a"),
        ("a ` b", "a ` b"),
    ],
)
def test_a_code_span_ends_with_as_many_backticks_as_it_begins(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize("begun_with", ["- ", "1. ", "# a", "> ", "", "| a |", "> |"])
def test_blanks_by_the_thousand_take_bounded_time(begun_with: str) -> None:
    begun = time.process_time()
    plan(CHECK + begun_with + " " * 100_000 + "x |\n")
    assert time.process_time() - begun < 10


def test_backticks_by_the_thousand_take_bounded_time() -> None:
    begun = time.process_time()
    for text in ("`" * 20_000, "` `` " * 4_000, "`" * 9_999 + "a" + "`" * 9_998):
        plain(text)
    assert time.process_time() - begun < 10


# --- spans ------------------------------------------------------------------------------------------------------------


class Spanned(NamedTuple):
    span: Span
    text: str


def cut(text: str, span: Span) -> str:
    """The text a span of one line covers."""
    line = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[span.line - 1]
    return line[span.column - 1 : span.end_column - 1]


def spanned(facts: DocumentFacts) -> list[Spanned]:
    """Facts whose text stands in the source just as it is kept."""
    found = [Spanned(one.span, one.text) for one in facts.placeholders]
    found += [Spanned(one.span, one.id) for one in facts.requirements if one.id.startswith("FR-")]
    found += [Spanned(one.span, one.path) for one in facts.paths]
    return found


WORDS = st.sampled_from(
    [
        "a",
        "é",
        "🚀",
        "**b**",
        "`backend/main.py`",
        "FR-001",
        "| c |",
        "TBD",
        "[x]",
        "- ",
        "\t",
        "> ",
        "مهام",
        "src/a.ts",
    ]
)
LINES = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=12)


@settings(max_examples=200, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_spans_cover_what_they_name(lines: list[str], end: str) -> None:
    text = end.join(lines)
    for one in spanned(spec(text)):
        assert cut(text, one.span) == one.text


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="#-*`|[]<>!x :\n\t1.é🚀", max_size=200))
def test_no_text_stops_the_reader(text: str) -> None:
    facts = plan(text)
    for section in facts.sections:
        assert 1 <= section.span.line <= section.last_line <= facts.lines


@pytest.mark.parametrize(
    ("line", "indent"),
    [("- x", 0), ("  - x", 2), ("\t- x", 4), ("> - x", 0), ("> > - x", 0), (" > - x", 1), ("    y", 4), ("z", 0)],
)
def test_the_indent_of_a_line_is_the_space_before_any_mark(line: str, indent: int) -> None:
    assert scan(line).lines[0].indent == indent


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Requests carry a JWT.", True),
        ("Every route\nREQUIRES AUTHENTICATION\nand more", True),
        ("Do requests carry a JWT?", False),
        ("Do requests carry a JWT? **\nThey carry a bearer.", True),
        ("A better plan: authenticate.", False),
        ("Nothing of the kind", False),
    ],
)
def test_a_token_is_named_where_no_question_is_asked(text: str, named: bool) -> None:
    assert read(Source("specs/a/spec.md", text.encode())).names_token is named


@pytest.mark.parametrize(
    ("text", "words"),
    [("# A\none two", 2), ("# A\n-- one", 1), ("# A\n_ -x- é2", 2), ("# A\n[to be said] left", 1), ("# A\n— …", 0)],
)
def test_words_are_what_holds_a_letter_or_a_digit(text: str, words: int) -> None:
    assert read(Source("a.md", text.encode())).sections[0].words == words


def test_a_constitution_without_a_section_of_technologies_may_name_the_parts_of_its_stack() -> None:
    found = read(
        Source(
            "constitution.md",
            b"# Law\n\n## Constraints\n\n**Phase II:**\n\n- Frontend: Next.js + TypeScript\n- **Backend**: FastAPI\n"
            b"- API: RESTful, every user for himself\n\n### Database: Neon PostgreSQL\n",
        )
    ).constitution
    assert found is not None
    assert sorted((field.name, field.value) for field in found.technologies) == [
        ("Backend", "FastAPI"),
        ("Database", "Neon PostgreSQL"),
        ("Frontend", "Next.js + TypeScript"),
    ]
