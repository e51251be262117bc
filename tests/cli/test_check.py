"""`check` as a shell sees it: what each option does, exit status, and one sentence for each thing that cannot be."""

import json
import os
from pathlib import Path

import pytest
from small_repository import CLEAN, MAIN, Ran, Run
from trees import plant

from constitution_lint.cache import FOLDER
from constitution_lint.reporters import FORMATS


def rules(ran: Ran) -> set[str]:
    """The rules of a report in JSON."""
    return {finding["rule"] for finding in json.loads(ran.out)["findings"]}


# --- the ways in ------------------------------------------------------------------------------------------------------


def test_a_bare_path_and_a_bare_option_mean_check(tree: Path, run: Run) -> None:
    by_name = run("check", ".", "--format", "json")
    assert by_name.status == 1
    assert "hardcoded-secret" in rules(by_name)
    assert run(".", "--format", "json") == by_name
    assert run("--format", "json") == by_name
    assert run("--format=json") == by_name


def test_text_is_the_default_for_people(tree: Path, run: Run) -> None:
    said = run(".").out
    assert "error[hardcoded-secret]: SECRET_KEY is written into the source" in said
    assert "backend/main.py:5:14" in said
    assert "constitution-lint explain security-first" in said
    assert "\x1b" not in said


def test_plan_line_and_code_line_stand_together(tree: Path, run: Run) -> None:
    first = run(".").out.split("\n\n")[0]
    assert first.startswith("error[false-claim]")
    assert "specs/001-todo/plan.md:8" in first
    assert "backend/main.py:5" in first


def test_paths_lead_from_where_the_user_stands(tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.parent)
    assert "tree/backend/main.py:5:14: error" in run("tree", "--format", "concise").out
    monkeypatch.chdir(tree / "backend")
    assert f"{tree}/backend/main.py:5:14: error" in run(str(tree), "--format", "concise").out


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_the_same_twice(tree: Path, run: Run, form: str) -> None:
    first = run(".", "--format", form)
    assert first.out
    assert first.err == ""
    assert run(".", "--format", form) == first
    assert run(".", "--format", form, "--no-cache") == first


def test_a_report_can_go_to_a_file(tree: Path, run: Run) -> None:
    printed = run(".", "--format", "json").out
    ran = run(".", "--format", "json", "--output-file", "report.json")
    assert ran == Ran(1, "", "")
    assert (tree / "report.json").read_text() == printed


# --- what is shown, and what fails ------------------------------------------------------------------------------------


def test_select_and_ignore_take_lists_and_repetitions(tree: Path, run: Run) -> None:
    assert rules(run(".", "--format", "json", "--select", "hardcoded-secret,missing-spec")) == {"hardcoded-secret"}
    assert "false-claim" not in rules(
        run(".", "--format", "json", "--ignore", "false-claim", "--ignore", "optional-expiry")
    )
    assert rules(run(".", "--format", "json", "--select", "security-first")) >= {"hardcoded-secret", "false-claim"}


def test_excluded_paths_are_not_examined(tree: Path, run: Run) -> None:
    assert "hardcoded-secret" not in rules(run(".", "--format", "json", "--exclude", "backend/,docs/"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--select", "hardcoded-secret"), 1),
        (("--select", "unanswered-gate"), 0),
        (("--select", "unanswered-gate", "--fail-on", "warning"), 1),
        (("--select", "hardcoded-secret", "--exit-zero"), 0),
    ],
)
def test_exit_status_follows_the_worst_finding(tree: Path, run: Run, arguments: tuple[str, ...], status: int) -> None:
    assert run(".", *arguments).status == status


def test_what_is_waived_is_shown_on_demand_only(tree: Path, run: Run) -> None:
    plant(
        tree, {"backend/main.py": MAIN.replace("SECRET", "# constitution: allow hardcoded-secret - a demo\nSECRET", 1)}
    )
    hidden = run(".", "--select", "hardcoded-secret", "--format", "concise")
    assert hidden.status == 0
    assert "hardcoded-secret" not in hidden.out
    shown = run(".", "--select", "hardcoded-secret", "--show-waived")
    assert shown.status == 0
    assert "waived in backend/main.py:5: a demo" in shown.out


def test_the_configuration_can_be_passed_over(tree: Path, run: Run) -> None:
    plant(tree, {"constitution-lint.toml": 'ignore = ["security-first"]\n'})
    assert "hardcoded-secret" not in rules(run(".", "--format", "json"))
    assert "hardcoded-secret" in rules(run(".", "--format", "json", "--no-config"))


def test_a_baseline_excuses_what_is_there_and_nothing_new(tree: Path, run: Run) -> None:
    written = run(".", "--write-baseline", "baseline.json")
    assert written.status == 0
    assert written.out == ""
    assert "baseline.json lists" in written.err
    assert run(".", "--baseline", "baseline.json").status == 0
    plant(tree, {"backend/main.py": MAIN + 'API_KEY = "rk_7Hq2Lw9ZpX4vN1tB8cR6"\n'})
    new = run(".", "--baseline", "baseline.json", "--select", "hardcoded-secret", "--format", "concise")
    assert new.status == 1
    assert "API_KEY" in new.out
    assert "SECRET_KEY" not in new.out


def test_a_baseline_written_anew_keeps_its_reason(tree: Path, run: Run) -> None:
    run(".", "--write-baseline", "baseline.json")
    file = tree / "baseline.json"
    file.write_text(file.read_text().replace("accepted in the baseline", "before the audit"))
    run(".", "--write-baseline", "baseline.json")
    assert json.loads(file.read_text())["reason"] == "before the audit"


def test_an_open_buffer_stands_for_its_file(tree: Path, run: Run) -> None:
    ran = run(".", "--stdin-filename", "backend/main.py", "--format", "json", stdin=CLEAN.encode())
    assert "hardcoded-secret" not in rules(ran)
    plant(tree, {"backend/main.py": CLEAN})
    ran = run("--stdin-filename", "backend/main.py", "--format", "json", stdin=MAIN.encode())
    assert ran.status == 1
    assert {finding["file"] for finding in json.loads(ran.out)["findings"]} == {"backend/main.py"}


def test_a_buffer_that_was_never_saved_is_examined(tree: Path, run: Run) -> None:
    ran = run(".", "--stdin-filename", "backend/new.py", "--format", "json", stdin=MAIN.encode())
    assert [finding["rule"] for finding in json.loads(ran.out)["findings"]] == ["hardcoded-secret"]
    assert not (tree / "backend/new.py").exists()


def test_a_buffer_of_an_excluded_file_has_no_findings(tree: Path, run: Run) -> None:
    arguments = (
        ".",
        "--exclude",
        "backend/",
        "--force-exclude",
        "--stdin-filename",
        "backend/main.py",
        "--format",
        "lsp",
    )
    ran = run(*arguments, stdin=MAIN.encode())
    assert ran.status == 0
    assert json.loads(ran.out)[0]["diagnostics"] == []


# --- the environment --------------------------------------------------------------------------------------------------


def test_options_come_from_the_environment(tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSTITUTION_LINT_FORMAT", "json")
    monkeypatch.setenv("CONSTITUTION_LINT_SELECT", "hardcoded-secret,missing-spec")
    monkeypatch.setenv("CONSTITUTION_LINT_EXIT_ZERO", "1")
    ran = run(".")
    assert rules(ran) == {"hardcoded-secret"}
    assert ran.status == 0
    assert run("claims", ".").status == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "always"), {"TERM": "dumb"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"CONSTITUTION_LINT_COLOR": "always"}, True),
    ],
)
def test_colours(
    tree: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    coloured: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(".", *arguments).out) == coloured


def test_github_gets_annotations_and_a_job_summary(tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tree.parent / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert "::error file=backend/main.py,line=5," in run(".", "--format", "github").out
    assert summary.read_text().startswith("# Before\n## Constitution gates\n")


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere/else",), "nowhere/else does not exist"),
        (("bakend/",), 'bakend/ does not exist; did you mean "backend"?'),
        (("chekc",), '"chekc" is neither a command nor a folder; did you mean "check"?'),
        (("backend/main.py",), "backend/main.py is a file; name the folder of a repository"),
        ((".", "--format", "jsno"), 'unknown format "jsno"; did you mean "json"?'),
        ((".", "--format", "pdf"), f'unknown format "pdf"; choose from {", ".join(FORMATS)}'),
        ((".", "--fail-on", "erorr"), 'unknown severity "erorr"; did you mean "error"?'),
        (
            (".", "--select", "hard-secret"),
            '--select: unknown rule or gate "hard-secret"; did you mean "hardcoded-secret"?',
        ),
        ((".", "--ignore", "securty"), '--ignore: unknown rule or gate "securty"; did you mean "security-first"?'),
        (
            (".", "--fomat"),
            'unknown option "--fomat"; did you mean "--format"? (see constitution-lint check --help)',
        ),
        ((".", "--baseline", "absent.json"), "absent.json: the baseline cannot be read (No such file or directory)"),
        ((".", "--output-file", "no/where.json"), "no/where.json cannot be written (No such file or directory)"),
        ((".", "--new-since", "--upload-pack=x"), '"--upload-pack=x" is not a revision'),
        (("",), 'the path is empty; use "." for the current folder'),
        (("check", ""), 'the path is empty; use "." for the current folder'),
        (("a" * 5000,), f'"{"a" * 5000}" is neither a command nor a folder'),
        (("./" + "a" * 5000,), f"./{'a' * 5000} does not exist"),
    ],
)
def test_one_sentence_and_status_2(tree: Path, run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    ran = run(*arguments)
    assert ran == Ran(2, "", f"constitution-lint: {sentence}\n")


def test_an_empty_folder_is_no_success(tree: Path, run: Run) -> None:
    (tree / "empty").mkdir()
    ran = run("empty")
    assert ran.status == 2
    assert "nothing to examine" in ran.err
    assert list((tree / "empty").iterdir()) == []


def test_claims_are_counted_whatever_is_shown(tree: Path, run: Run) -> None:
    """Rules that are not selected are not shown; what the plans claim is false all the same."""
    told = "1 of 2 claims that a gate passes is false."
    assert told in run(".").out
    assert told in run(".", "--select", "unanswered-gate").out
    assert "claims" not in run(".", "--ignore", "false-claim").out.splitlines()[-2]


def test_what_is_declared_and_is_not_there_is_told(tree: Path, run: Run) -> None:
    text = """owner-columns = ["tenant"]
user-table = "account"
layers = { services = ["app/services"] }
[[public-routes]]
route = "GET /prices"
reason = "shown to everybody"
[[guards]]
name = "app.auth.check"
reason = "the gateway verifies"
"""
    plant(tree, {"constitution-lint.toml": text})
    assert json.loads(run(".", "--format", "json").out)["notes"] == [
        'constitution-lint.toml:5: no route is called "GET /prices"',
        'constitution-lint.toml:8: no route rests on the guard "app.auth.check"',
        'constitution-lint.toml: no table is called "account"',
        'constitution-lint.toml: no table has a column "tenant"',
        'constitution-lint.toml: the layer "services" names app/services, where no Python file is',
    ]


def test_the_next_command_can_be_typed_from_here(tree: Path, run: Run) -> None:
    plant(
        tree.parent / "two words",
        {"main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n@app.get('/a')\ndef a(): ...\n"},
    )
    assert "constitution-lint routes --unguarded '../two words'" in run("../two words").out.replace(
        str(tree.parent), ".."
    )


def test_a_buffer_outside_the_target(tree: Path, run: Run) -> None:
    ran = run(".", "--stdin-filename", "/etc/hosts")
    assert ran == Ran(2, "", f"constitution-lint: --stdin-filename: /etc/hosts is outside {tree}\n")


def test_an_unknown_key_of_the_configuration(tree: Path, run: Run) -> None:
    plant(tree, {"constitution-lint.toml": "fail_on = 1\n"})
    assert (
        run(".").err == 'constitution-lint: constitution-lint.toml:1: unknown key "fail_on"; did you mean "fail-on"?\n'
    )
    plant(tree, {"constitution-lint.toml": 'select = ["hardcoded"]\n'})
    ran = run(".")
    assert ran.status == 2
    assert 'unknown rule or gate "hardcoded" in select; did you mean "hardcoded-secret"?' in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tree: Path, run: Run) -> None:
    tree.chmod(0o555)
    try:
        ran = run(".")
    finally:
        tree.chmod(0o755)
    assert ran.status == 1
    assert f"nothing was cached: {FOLDER} cannot be written (Permission denied)" in ran.out


def test_a_cache_that_cannot_be_made(tree: Path, run: Run) -> None:
    plant(tree, {FOLDER: "a file stands in the way"})
    ran = run(".")
    assert ran.status == 1
    assert f"nothing was cached: {FOLDER} cannot be written (File exists)" in ran.out


def test_a_fault_of_our_own_is_one_line(tree: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("x")

    monkeypatch.setattr("constitution_lint.engine.examine", broken)
    ran = run(".")
    assert ran.status == 2
    assert ran.err.startswith("constitution-lint: internal error (RuntimeError at test_check.py:")
    assert ran.err.count("\n") == 1
