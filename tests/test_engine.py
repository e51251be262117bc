"""The whole way, on small trees: bad input, the cache, repeated runs, open buffers."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from trees import plant

from constitution_lint import ConfigurationError, Overrides, Report, TargetError, Verdict, examine
from constitution_lint.cache import FOLDER
from constitution_lint.engine import load

APPLICATION = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/tasks")\ndef tasks():\n    return []\n'
SPEC = "# Feature Specification: Todo\n\n## Requirements\n\n- **FR-001**: The system MUST list tasks.\n"
TREE = {"backend/main.py": APPLICATION, "specs/001-todo/spec.md": SPEC, "specs/001-todo/plan.md": "# Plan\n"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path / "tree", TREE)


def reasons(report: Report) -> dict[str, str]:
    return {lost.location.file: lost.reason for lost in report.unreadable}


# --- bad input --------------------------------------------------------------------------------------------------------


def test_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="does not exist"):
        examine(tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(tree: Path) -> None:
    with pytest.raises(TargetError, match="is a file"):
        examine(tree / "backend/main.py")


def test_an_empty_folder_has_nothing_to_examine(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nothing to examine"):
        examine(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_are_refused_with_a_suggestion(tree: Path) -> None:
    with pytest.raises(ConfigurationError, match='--select: unknown rule or gate "tracable"; did you mean "traceable"'):
        examine(tree, Overrides(select=("tracable",)), cache=False)
    plant(tree, {"constitution-lint.toml": "colour = 1\n"})
    with pytest.raises(ConfigurationError, match=r'constitution-lint\.toml:1: unknown key "colour"'):
        examine(tree, cache=False)


def test_a_baseline_that_is_none(tree: Path) -> None:
    plant(tree, {"broken.json": "[]"})
    for name, said in (("absent.json", "cannot be read"), ("broken.json", "is no baseline")):
        with pytest.raises(ConfigurationError, match=said):
            examine(tree, Overrides(baseline=name), cache=False)


def test_no_plan_and_no_backend_are_not_examined(tmp_path: Path) -> None:
    only_code = examine(plant(tmp_path / "code", {"main.py": APPLICATION}), cache=False)
    assert only_code.gates[0].verdict == Verdict.NOT_EXAMINED
    only_plan = examine(plant(tmp_path / "plan", {"specs/001-a/plan.md": "# Plan\n"}), cache=False)
    assert {only_plan.gates[7].verdict, only_plan.gates[8].verdict} == {Verdict.NOT_EXAMINED}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"\xff\xfex\x00",
        b"\xef\xbb\xbfx = 1\n",
        b"\x00\x01\x02",
        b"def (:\n",
        b"\xe9 = 1\n",
        b"(" * 5000,
        b"",
    ],
    ids=["bom alone", "utf-16", "bom", "binary", "invalid", "latin-1", "deep", "empty"],
)
@pytest.mark.parametrize(
    "path",
    ["a.py", "specs/1/plan.md", "specs/1/contracts/api.yaml", "specs/1/contracts/a.json", "web/a.tsx", "package.json",
     "pyproject.toml", "requirements.txt", "docker-compose.yml", ".env.example", ".gitignore"],
)  # fmt: skip
def test_no_bytes_stop_a_run(tmp_path: Path, path: str, data: bytes) -> None:
    report = examine(plant(tmp_path, {"main.py": APPLICATION, path: data}), cache=False)
    assert len(report.gates) == 10
    assert not [reason for reason in reasons(report).values() if reason.startswith("the reader failed")]
    assert not [reason for gate in report.gates for reason in gate.reasons if "failed on this project" in reason]


def test_an_unreadable_module_keeps_the_code_gates_from_being_held(tree: Path) -> None:
    plant(tree, {"backend/broken.py": "def (:\n"})
    report = examine(tree, cache=False)
    assert list(reasons(report)) == ["backend/broken.py"]
    assert Verdict.HELD not in {report.gates[number - 1].verdict for number in (2, 3, 5, 7, 8, 9, 10)}


def test_of_very_many_broken_files_the_first_are_told(tmp_path: Path) -> None:
    files = {f"backend/part_{number}.py": "def (:\n" for number in range(60)}
    report = examine(plant(tmp_path, {**files, "backend/main.py": APPLICATION}))
    assert len(report.unreadable) >= len(files)
    told = next(gate.reasons for gate in report.gates if gate.gate == "enforced-authentication")
    assert (len(told), told[-1]) == (51, "10 more files could not be read")


def test_a_plan_of_noise_and_a_plan_of_another_kind_of_application_hold_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "001-a"
    folder.mkdir(parents=True)
    (folder / "plan.md").write_bytes(bytes((7 * number * number + number) % 256 for number in range(3_000)))
    report = examine(tmp_path)
    assert reasons(report) == {"specs/001-a/plan.md": "is no text"}
    assert Verdict.HELD not in {gate.verdict for gate in report.gates}
    (folder / "plan.md").write_bytes(b"# Implementation Plan: A \x13 B\0\n\n## Summary\n\nA clock for the terminal.\n")
    assert not examine(tmp_path).unreadable
    assert {gate.gate: gate.verdict for gate in examine(tmp_path).gates}["security-first"] == Verdict.NOT_EXAMINED


def test_a_file_too_large_to_be_written_by_hand_is_unreadable(tree: Path) -> None:
    plant(tree, {"backend/data.py": b"x = 1\n" * 400_000})
    assert reasons(examine(tree, cache=False)) == {"backend/data.py": "larger than 2 MB"}


def test_a_script_that_carries_an_archive_as_a_literal_is_read(tree: Path) -> None:
    archive = ("P)h>@6aWAK2mofY{#pP" * 4 + "\n") * 30_000
    plant(tree, {"install.py": f'import sys\n\nDATA = b"""\n{archive}"""\n\nprint(len(DATA), file=sys.stderr)\n'})
    assert (tree / "install.py").stat().st_size > 2_000_000
    assert reasons(examine(tree, cache=False)) == {}


def test_a_yaml_bomb_is_survived(tree: Path) -> None:
    levels = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12))
    plant(tree, {"specs/001-todo/contracts/api.yaml": f"openapi: 3.1.0\na: &a [x]\n{levels}paths: *m\n"})
    assert len(examine(tree, cache=False).gates) == 10


# --- the cache --------------------------------------------------------------------------------------------------------


def test_the_second_run_says_the_same(tree: Path) -> None:
    first = examine(tree)
    assert examine(tree) == first
    assert examine(tree, cache=False) == first
    assert (tree / FOLDER / ".gitignore").read_text().endswith("*\n")


def test_without_cache_nothing_is_written(tree: Path) -> None:
    examine(tree, cache=False)
    assert not (tree / FOLDER).exists()


UNCHANGED = """
import json, sys
from constitution_lint import examine
report = examine(sys.argv[1])
heavy = ("libcst", "pydantic", "markdown_it", "yaml", "tree_sitter", "pathspec", "openapi_spec_validator", "sqlglot")
ours = ("readers.python", "readers.markdown", "model.routes", "gates", "judge", "catalogue", "discovery.survey")
print(json.dumps([name for name in (*heavy, *(f"constitution_lint.{name}" for name in ours)) if name in sys.modules]))
"""


def test_an_unchanged_tree_is_not_parsed_again(tree: Path) -> None:
    """The run that replays the last report imports no parser and nothing of the model."""

    def loaded() -> list[str]:
        done = subprocess.run([sys.executable, "-c", UNCHANGED, str(tree)], capture_output=True, check=True)
        names: list[str] = json.loads(done.stdout)
        return names

    assert "constitution_lint.judge" in loaded()
    assert loaded() == []
    plant(tree, {"backend/main.py": APPLICATION + "x = 1\n"})
    assert "constitution_lint.judge" in loaded()


def changes(tree: Path) -> dict[str, object]:
    return {"edit": lambda: plant(tree, {"backend/main.py": APPLICATION.replace("tasks", "todos")})}


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename", "ignore", "configure"])
def test_every_change_is_seen(tree: Path, change: str) -> None:
    examine(tree)
    if change == "edit":
        plant(tree, {"backend/main.py": APPLICATION + "def (:\n"})
    elif change == "add":
        plant(tree, {"backend/more/new.py": "def (:\n"})
    elif change == "remove":
        (tree / "specs/001-todo/spec.md").unlink()
    elif change == "rename":
        (tree / "specs/001-todo").rename(tree / "specs/002-todo")
    elif change == "ignore":
        plant(tree, {".gitignore": "specs/\n"})
    else:
        plant(tree, {"constitution-lint.toml": 'exclude = ["specs/"]\n'})
    assert examine(tree) == examine(tree, cache=False)


def test_options_and_the_day_have_reports_of_their_own(tree: Path) -> None:
    plant(tree, {"backend/main.py": "# constitution: allow unguarded-route - x until 2026-01-01\n" + APPLICATION})
    for day in (date(2026, 1, 1), date(2026, 1, 2)):
        assert examine(tree, today=day) == examine(tree, today=day, cache=False)
    assert examine(tree, Overrides(exclude=("specs/",))) == examine(tree, Overrides(exclude=("specs/",)), cache=False)


@pytest.mark.parametrize("name", ["facts.msgpack", "report.msgpack"])
def test_a_damaged_cache_is_no_cache(tree: Path, name: str) -> None:
    first = examine(tree)
    for data in (b"", b"\xc1garbage", b"\x81\xa4tool\xa1x"):
        (tree / FOLDER / name).write_bytes(data)
        assert examine(tree) == first


def test_where_nothing_can_be_cached_the_report_says_so(tree: Path) -> None:
    plant(tree, {FOLDER: "a file stands in the way"})
    report = examine(tree)
    assert report.notes == (f"nothing was cached: {FOLDER} cannot be written (File exists)",)
    assert len(report.gates) == 10


# --- other ways in ----------------------------------------------------------------------------------------------------


def test_an_open_buffer_stands_before_the_file(tree: Path) -> None:
    report = examine(tree, overlay={"backend/main.py": b"def (:\n"})
    assert list(reasons(report)) == ["backend/main.py"]
    assert reasons(examine(tree)) == {}


def test_the_project_can_be_had_without_a_verdict(tree: Path) -> None:
    project = load(tree)
    assert list(project.code) == ["backend/main.py"]
    assert [feature.name for feature in project.workspace.features] == ["001-todo"]


def test_two_processes_say_the_same_bytes(tree: Path) -> None:
    """Hashes of strings differ from process to process; reports do not."""
    script = (
        "import sys, msgspec; from constitution_lint import examine;"
        "sys.stdout.buffer.write(msgspec.json.encode(examine(sys.argv[1], cache=False)))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(tree)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_routes_that_cannot_be_linked_are_told_and_hold_no_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from constitution_lint.model import routes

    def fail(_: object) -> None:
        raise ModuleNotFoundError("a library is missing")

    monkeypatch.setattr(routes, "build_api", fail)
    plant(tmp_path, {"backend/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"})
    report = examine(tmp_path, cache=False)
    assert any("could not be linked" in lost.reason for lost in report.unreadable)
    assert not any(gate.verdict is Verdict.HELD for gate in report.gates)
