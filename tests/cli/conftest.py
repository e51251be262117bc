"""The small repository on disk, and the command line run in this process as a shell would see it."""

import io
import sys
from pathlib import Path

import pytest
from small_repository import TREE, Ran, Run
from trees import plant

from constitution_lint import cli


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, which is also the current folder; the environment says nothing about colours or runners."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    folder = plant(tmp_path / "tree", TREE)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command line; `stdin` are the bytes it may read."""

    def ran(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = cli.run(list(arguments))
        out, err = capfdbinary.readouterr()
        return Ran(status, out.decode(), err.decode())

    return ran
