"""Standard streams that are closed, full or read no further: an exit status, at most one sentence, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from small_repository import TREE
from trees import plant

COMMAND = f"{sys.executable} -m constitution_lint.cli"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path / "tree", TREE)


def shell(line: str, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_a_closed_output_leaves_the_exit_status(tree: Path) -> None:
    assert shell(f"{COMMAND} . >&-", tree) == (1, "", "")
    assert shell(f"{COMMAND} . >&- 2>&-", tree) == (1, "", "")
    assert shell(f"{COMMAND} nowhere 2>&-", tree) == (2, "", "")


def test_a_closed_input(tree: Path) -> None:
    assert shell(f"{COMMAND} . --format concise <&-", tree)[0] == 1
    said = "constitution-lint: --stdin-filename: standard input is closed\n"
    assert shell(f"{COMMAND} . --stdin-filename backend/main.py <&-", tree) == (2, "", said)


@pytest.mark.parametrize("command", ["check .", "routes .", "explain", "contract ."])
def test_a_reader_that_stops_reading(tree: Path, command: str) -> None:
    assert shell(f"{COMMAND} {command} | :", tree)[2] == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", ["check .", "routes .", "explain", "contract . --format openapi"])
def test_a_full_disk(tree: Path, command: str) -> None:
    plant(
        tree, {"backend/api.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/a')\ndef a(): ...\n"}
    )
    said = "constitution-lint: standard output cannot be written (No space left on device)\n"
    assert shell(f"{COMMAND} {command} > /dev/full", tree) == (2, "", said)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text in the file system's encoding")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    tree = plant(tmp_path / "na\udcefve", TREE)
    for form in ("text", "json", "sarif", "html"):
        status, out, err = shell(f"{COMMAND} . --format {form}", tree)
        assert (status, err) == (1, "")
        assert "hardcoded-secret" in out
