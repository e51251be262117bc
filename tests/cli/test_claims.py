"""`claims`: every answer of every plan, and for a plan without any the reason."""

import json
from pathlib import Path

from small_repository import Run
from trees import plant


def test_the_answers_in_text(tree: Path, run: Run) -> None:
    said = run("claims").out
    assert said.startswith("specs/001-todo/plan.md\n     7  pass      specification-driven")
    assert said.endswith("1 plan: 2 claims, 2 pass.\n")


def test_a_plan_without_claims_says_why(tree: Path, run: Run) -> None:
    plant(tree, {"specs/002-more/plan.md": "# Plan\n", "specs/002-more/spec.md": "# Spec\n"})
    assert "specs/002-more/plan.md\n    there is no Constitution Check\n" in run("claims").out
    assert "- `specs/002-more/plan.md` there is no Constitution Check" in run("claims", "--format", "markdown").out


def test_an_earlier_answer_is_marked(tree: Path, run: Run) -> None:
    again = (
        "# Plan\n\n## Constitution Check\n\n- [x] Traceable\n\n"
        "## Constitution Check (Post-Phase 1)\n\n- [ ] Traceable\n"
    )
    plant(tree, {"specs/001-todo/plan.md": again})
    said = run("claims").out
    assert "Traceable (a later answer stands)\n" in said
    assert said.count("Traceable\n") == 1


def test_the_answers_for_machines(tree: Path, run: Run) -> None:
    first = json.loads(run("claims", "--format", "json").out)["claims"][0]
    assert first == {
        "plan": "specs/001-todo/plan.md",
        "line": 7,
        "name": "Specification-driven",
        "status": "pass",
        "gate": "specification-driven",
    }
