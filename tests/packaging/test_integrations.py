"""What other tools take up from this repository: the action, the hook, the examples for CI, and that they work."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from constitution_lint.commands.check import command as check

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
OPTIONS = {name for parameter in check.params for name in parameter.opts}
VARIABLES = {
    f"CONSTITUTION_LINT_{parameter.name.upper()}"
    for parameter in check.params
    if isinstance(parameter, click.Option) and parameter.name
}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def arguments_of(line: str) -> list[str]:
    """The arguments of the command line that starts the tool, without the program."""
    words = shlex.split(line)
    return words[words.index("check") + 1 :]


def options_in(line: str) -> set[str]:
    return {word for word in arguments_of(line) if word.startswith("-") and word != "--"}


def schema_check(schema: str, file: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / file)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "examples/github-workflow.yml"),
        ("vendor.gitlab-ci", "examples/gitlab-ci.yml"),
    ],
)
def test_the_file_is_valid(schema: str, file: str) -> None:
    done = schema_check(schema, file)
    assert done.returncode == 0, done.stdout


def test_the_action_sets_variables_that_are_options() -> None:
    used = {name for step in STEPS for name in step.get("env", {}) if name.startswith("CONSTITUTION_LINT_")}
    assert used
    assert used <= VARIABLES


def test_every_input_of_the_action_is_used_and_only_through_the_environment() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")
    text = str(STEPS)
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []


def test_foreign_actions_are_pinned() -> None:
    workflow = yaml.safe_load((ROOT / "examples/github-workflow.yml").read_text(encoding="utf-8"))
    steps = [*STEPS, *workflow["jobs"]["gates"]["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [name for name in used if not PINNED.fullmatch(name)] == ["OWNER/constitution-lint@REVISION"]


def test_the_workflow_gives_inputs_that_the_action_takes() -> None:
    workflow = yaml.safe_load((ROOT / "examples/github-workflow.yml").read_text(encoding="utf-8"))
    (step,) = [one for one in workflow["jobs"]["gates"]["steps"] if one["uses"].startswith("OWNER/")]
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_every_command_line_has_options_that_exist() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    job = yaml.safe_load((ROOT / "examples/gitlab-ci.yml").read_text(encoding="utf-8"))["constitution"]
    lines = [step["run"] for step in STEPS if " check " in step.get("run", "")]
    lines += [hook["entry"], *(line for line in job["script"] if " check " in line)]
    assert len(lines) == 5
    for line in lines:
        assert options_in(line) <= OPTIONS, line


def test_the_hook_runs_once_for_the_whole_repository() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["pass_filenames"] is False
    assert hook["require_serial"] is True
    assert hook["entry"].split()[0] == hook["id"] == "constitution-lint"
    assert re.search(hook["files"], "specs/001-todo/plan.md")


def test_what_the_action_runs_works(tmp_path: Path) -> None:
    """The two commands of the action, with their variables, on a repository of one file."""
    (tmp_path / "main.py").write_text(
        'from fastapi import FastAPI\n\napp = FastAPI()\nSECRET_KEY = "hunter2-hunter2"\n'
    )
    for step in STEPS:
        if " check " not in step.get("run", ""):
            continue
        given = {name: "" for name in step["env"] if name.startswith("CONSTITUTION_LINT_")}
        given |= {"CONSTITUTION_LINT_OUTPUT_FILE": "x.sarif"} if "sarif" in step["run"] else {}
        line = [sys.executable, "-P", "-m", "constitution_lint.cli", "check", *arguments_of(step["run"])]
        done = subprocess.run(
            [word.replace("$TREE", ".") for word in line], cwd=tmp_path, env={"PATH": "", **given}, capture_output=True
        )
        assert done.returncode == (0 if "sarif" in step["run"] else 1), done.stderr
    assert (tmp_path / "x.sarif").exists()
