"""Repositories that hold what nobody should have committed: the run ends with ten verdicts and no traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from small_repository import MAIN, PLAN, SPEC, Ran, Run
from trees import plant

from constitution_lint.cache import FOLDER

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
    "halves of surrogate pairs": {
        "main.py": MAIN + "HALF = '\\ud800'\n",
        "contracts/api.json": '{"openapi": "3.0.0", "paths": {"/\\udfff": {"get": {"responses": {"\\ud800": {}}}}}}',
        "web/app.ts": "export const half = '\\ud800';\n",
        "package.json": '{"name": "\\ud800", "dependencies": {"next": "16.0.0"}}',
    },
    "functions in functions": {"main.py": MAIN, "web/app.ts": "f(() => " * 1500 + "fetch('/a')" + ")" * 1500},
    "odd patterns of git": {"main.py": MAIN, ".gitignore": b"[\n!\n[[:alpha:]]x\n[z-a]\n**/**/**/q\n\\\n\xff\n"},
    "a broken index of git": {"main.py": MAIN, ".git/index": b"DIRC\x00\x00\x00\x04\xff\xff\xff\xff" + b"\x80" * 99},
    "names that are markup": {
        "app/a\nb.py": MAIN,
        "app/]]><b>&\"'.py": MAIN,
        "app/::error::%0A.py": MAIN,
        "app/\x1b[2J\u202e.py": MAIN,
        "specs/00|1`/plan.md": PLAN,
    },
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


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "package.json", ".gitignore", ".git/index", "main.py", "specs/001-a/plan.md"]
)
def test_a_pipe_is_not_waited_for(tree: Path, run: Run, name: str) -> None:
    """Whoever opens a pipe that nobody writes to waits without end."""
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(tree / name)
    assert run(".", "--format", "json").status == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "no regular file"),
        (os.mkdir, "Is a directory"),
    ],
)
def test_a_configuration_that_is_no_file(tree: Path, run: Run, make: Callable[[Path], None], said: str) -> None:
    make(tree / "constitution-lint.toml")
    sentence = f"constitution-lint: constitution-lint.toml: cannot be read ({said})\n"
    assert run(".") == Ran(2, "", sentence)
    (tree / "constitution-lint.toml").rename(tree / "base.json")
    ran = run(".", "--baseline", "base.json")
    assert ran == Ran(2, "", f"constitution-lint: base.json: the baseline cannot be read ({said})\n")


def test_a_cache_that_leads_elsewhere_is_not_written(tree: Path, run: Run) -> None:
    elsewhere = tree.parent / "elsewhere"
    elsewhere.mkdir()
    (tree / FOLDER).symlink_to(elsewhere)
    ran = run(".")
    assert ran.status == 1
    assert f"nothing was cached: {FOLDER} is a link" in ran.out
    assert list(elsewhere.iterdir()) == []


def test_links_in_circles_and_outwards_are_left_out(tree: Path, run: Run) -> None:
    (tree / "loop").symlink_to(".")
    (tree / "self").symlink_to("self")
    (tree / "zero.py").symlink_to("/dev/zero")
    report = json.loads(run(".", "--format", "json").out)
    assert report["left_out"]["links"] == 3


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
