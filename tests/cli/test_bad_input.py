"""Repositories that hold what nobody should have committed: the run ends with ten verdicts and no traceback."""

import json
from pathlib import Path

import pytest
from small_repository import MAIN, PLAN, SPEC, Run
from trees import plant

BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
TREES: dict[str, dict[str, str | bytes]] = {
    "no plan": {"main.py": MAIN},
    "no backend": {"specs/001-a/plan.md": PLAN, "specs/001-a/spec.md": SPEC},
    "invalid UTF-8": {"main.py": MAIN.encode() + b"# \xff\xfe\n", "specs/001-a/plan.md": b"# Plan \xe9\n"},
    "UTF-16": {"main.py": MAIN.encode("utf-16"), "specs/001-a/plan.md": PLAN.encode("utf-16")},
    "BOM": {"main.py": b"\xef\xbb\xbf" + MAIN.encode(), "specs/001-a/plan.md": b"\xef\xbb\xbf" + PLAN.encode()},
    "invalid Python": {"main.py": MAIN, "broken.py": "def (:\n"},
    "YAML bomb": {"main.py": MAIN, "contracts/api.yaml": f"openapi: 3.1.0\n{BOMB}paths: *m\n"},
    "null bytes": {"main.py": b"\x00" * 500, "specs/001-a/plan.md": b"\x00\x01"},
    "empty files": {"main.py": "", "specs/001-a/plan.md": "", "contracts/api.json": ""},
    "deep nesting": {"main.py": "(" * 3000, "contracts/a.json": "[" * 5000, "specs/001-a/plan.md": "> " * 3000},
    "escape sequences": {"main.py": MAIN, "specs/001-a/plan.md": PLAN.replace("everywhere", "\x1b[2J\x07\u202e")},
}


@pytest.mark.parametrize("name", TREES)
def test_ten_verdicts_and_no_traceback(tree: Path, run: Run, name: str) -> None:
    plant(tree.parent / "bad", TREES[name])
    ran = run("../bad", "--format", "json")
    assert ran.status in (0, 1)
    assert ran.err == ""
    report = json.loads(ran.out)
    assert len(report["gates"]) == 10
    assert not [lost for lost in report["unreadable"] if "the reader failed" in lost["reason"]]
    text = run("../bad")
    assert text.status == ran.status
    assert "\x1b" not in text.out
    assert "\u202e" not in text.out


def test_what_is_not_there_is_not_held(tree: Path, run: Run) -> None:
    def verdicts(name: str) -> dict[int, str]:
        plant(tree.parent / name, TREES[name])
        return {
            gate["number"]: gate["verdict"] for gate in json.loads(run(f"../{name}", "--format", "json").out)["gates"]
        }

    assert verdicts("no plan")[1] == "not_examined"
    assert {verdicts("no backend")[number] for number in (8, 9)} == {"not_examined"}


def test_invalid_python_is_named_with_its_line(tree: Path, run: Run) -> None:
    plant(tree, {"backend/broken.py": "x = 1\ndef (:\n"})
    assert "not read backend/broken.py:2: " in run(".").out


@pytest.mark.parametrize("command", ["routes", "claims", "layers", "contract", "trace", "waivers"])
def test_every_command_takes_a_repository_without_backend(tree: Path, run: Run, command: str) -> None:
    plant(tree.parent / "bad", TREES["no backend"])
    ran = run(command, "../bad")
    assert ran.status in (0, 2)
    assert "fault of its own" not in ran.err


@pytest.mark.parametrize("command", ["check", "routes", "claims", "layers", "contract", "waivers", "init"])
def test_every_command_refuses_what_is_not_there(tree: Path, run: Run, command: str) -> None:
    ran = run(command, "nowhere")
    assert ran.status == 2
    assert ran.err == "constitution-lint: nowhere does not exist\n"
