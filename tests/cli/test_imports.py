"""What each way of starting imports: asking for help costs click alone, an unchanged run no parser and no model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from trees import plant

from constitution_lint.cli import COMMANDS

PRINT_MODULES = """
import sys
from constitution_lint.cli import run
try:
    run(sys.argv[1:])
finally:
    import json
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""
HEAVY = {"libcst", "pydantic", "yaml", "markdown_it", "tree_sitter", "sqlglot", "openapi_spec_validator", "pathspec"}
OURS = {"reading", "linking", "judge", "catalogue", "model", "gates", "readers", "discovery.survey"}


def modules(*arguments: str, cwd: Path, **environment: str) -> set[str]:
    """The modules that were loaded when a run of the command line ended."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    names: list[str] = json.loads(done.stderr[done.stderr.index("[") :])
    return set(names)


def foreign(names: set[str]) -> set[str]:
    """Those that are neither Python's own nor brought in by the environment's start-up files."""
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    tops = {name.partition(".")[0] for name in names - set(bare.stdout.split())}
    return tops - sys.stdlib_module_names - {"constitution_lint"}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "--help"), ("explain", "--help")])
def test_asking_for_help_imports_click_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    names = modules(*arguments, cwd=tmp_path)
    assert foreign(names) <= {"click"}
    assert "constitution_lint.engine" not in names


@pytest.mark.parametrize("words", ["constitution-lint ", "constitution-lint che", "constitution-lint check --fo"])
def test_completion_imports_click_alone(tmp_path: Path, words: str) -> None:
    names = modules(
        cwd=tmp_path,
        _CONSTITUTION_LINT_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(words.count(" ")),
    )
    assert foreign(names) <= {"click"}


def test_completion_names_every_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from constitution_lint.cli import main; main()"],
        env={
            **os.environ,
            "_CONSTITUTION_LINT_COMPLETE": "bash_complete",
            "COMP_WORDS": "constitution-lint ",
            "COMP_CWORD": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} >= set(COMMANDS)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "lsp", "github"])
def test_an_unchanged_run_imports_no_parser_and_no_model(tree: Path, form: str) -> None:
    first = modules(".", "--format", form, cwd=tree)
    assert "constitution_lint.judge" in first
    second = modules(".", "--format", form, cwd=tree)
    assert second & HEAVY == set()
    assert second & {f"constitution_lint.{name}" for name in OURS} == set()
    plant(tree, {"backend/more.py": "x = 1\n"})
    assert "constitution_lint.judge" in modules(".", cwd=tree)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "constitution_lint.cli", command, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: constitution-lint {command}")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
def test_hashes_of_strings_decide_nothing(tree: Path, form: str) -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "constitution_lint.cli", ".", "--no-cache", "--format", form],
            cwd=tree,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "77")
    }
    assert len(outputs) == 1
