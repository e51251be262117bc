"""`waivers`: the ledger of comments, configuration, Complexity Tracking and baseline; and what a baseline survives."""

import json
from pathlib import Path

import pytest
from small_repository import MAIN, PLAN, Ran, Run
from trees import plant

SECRET = 'SECRET_KEY = "correct-horse-battery-staple"'
TRACKING = """
## Complexity Tracking

| Violation | Why Needed | Simpler Alternative Rejected Because |
| --- | --- | --- |
| unanswered-gate | the other gates are answered by the platform team | none |
"""
CONFIGURATION = """
[[waivers]]
rule = "permissive-cors"
reason = "an internal tool"

[[waivers]]
rule = "missing-spec"
reason = "expired long ago"
until = 2020-01-01
"""


@pytest.fixture
def excused(tree: Path) -> Path:
    """A waiver from each place: used, unused, faulty."""
    comment = f"# constitution: allow hardcoded-secret - a demo key until 2099-12-31\n{SECRET}"
    return plant(
        tree,
        {
            "backend/main.py": MAIN.replace(SECRET, comment),
            "specs/001-todo/plan.md": PLAN + TRACKING,
            "constitution-lint.toml": CONFIGURATION,
        },
    )


def entries(ran: Ran) -> dict[str, tuple[str, str, int]]:
    """Source, state and number of findings by the rule named."""
    return {
        ",".join(one["names"]): (one["source"], one["state"], one["findings"]) for one in json.loads(ran.out)["waivers"]
    }


def test_every_waiver_has_its_entry(excused: Path, run: Run) -> None:
    assert entries(run("waivers", "--format", "json")) == {
        "hardcoded-secret": ("comment", "used", 1),
        "unanswered-gate": ("complexity tracking", "used", 1),
        "permissive-cors": ("configuration", "unused", 0),
        "missing-spec": ("configuration", "faulty", 0),
    }


def test_the_ledger_reads_well(excused: Path, run: Run) -> None:
    said = run("waivers").out
    assert "backend/main.py:5  hardcoded-secret  covers 1 finding\n    a demo key (until 2099-12-31)\n" in said
    assert (
        "constitution-lint.toml:7  missing-spec  faulty\n    the waiver of missing-spec expired on 2020-01-01\n" in said
    )
    assert said.endswith("4 waivers: 2 used, 1 unused, 1 faulty. 2 findings are excused.\n")


def test_the_ledger_as_markdown(excused: Path, run: Run) -> None:
    said = run("waivers", "--format", "markdown").out
    assert "| `backend/main.py:5` | comment | hardcoded-secret | a demo key | 2099-12-31 | covers 1 finding |" in said


def test_nothing_excused(tree: Path, run: Run) -> None:
    assert run("waivers").out == "0 waivers. 0 findings are excused.\n"


def test_a_baseline_is_listed_by_rule(tree: Path, run: Run) -> None:
    run(".", "--write-baseline", "baseline.json")
    listed = entries(run("waivers", "--baseline", "baseline.json", "--format", "json"))
    assert listed["hardcoded-secret"] == ("baseline", "used", 1)
    plant(tree, {"backend/main.py": MAIN.replace(SECRET, "SECRET_KEY = input()")})
    listed = entries(run("waivers", "--baseline", "baseline.json", "--format", "json"))
    assert listed["hardcoded-secret"] == ("baseline", "unused", 0)


@pytest.mark.parametrize(
    ("edit", "excuses"),
    [
        (lambda text: f"# a new head\n\n\n{text}\n\nx = 1\n", True),
        (lambda text: text.replace(SECRET, f"if True:\n    {SECRET}"), True),
        (lambda text: text.replace("staple", "stapler"), False),
        (lambda text: text.replace("SECRET_KEY", "SIGNING_SECRET_KEY"), False),
    ],
    ids=["lines around it", "indentation", "the value", "the name"],
)
def test_a_baseline_survives_all_but_edits_of_what_it_excuses(
    tree: Path, run: Run, edit: object, excuses: bool
) -> None:
    run(".", "--write-baseline", "baseline.json")
    plant(tree, {"backend/main.py": edit(MAIN)})  # type: ignore[operator]
    status = run(".", "--baseline", "baseline.json", "--select", "hardcoded-secret").status
    assert status == (0 if excuses else 1)


def test_moved_code_keeps_its_entry_and_a_copy_does_not(tree: Path, run: Run) -> None:
    run(".", "--write-baseline", "baseline.json")
    (tree / "backend/main.py").rename(tree / "backend/application.py")
    assert run(".", "--baseline", "baseline.json", "--select", "hardcoded-secret").status == 0
    plant(tree, {"backend/main.py": MAIN})
    assert run(".", "--baseline", "baseline.json", "--select", "hardcoded-secret").status == 1
