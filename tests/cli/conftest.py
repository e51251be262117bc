"""A small repository with known faults, and the command line run in this process as a shell would see it."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from trees import plant

from constitution_lint import cli

PLAN = """# Implementation Plan: Todo

**Branch**: `001-todo` | **Date**: 2026-01-05 | **Spec**: [spec.md](spec.md)

## Constitution Check

- [x] **Specification-driven**: maps to spec.md
- [x] **Security-first**: JWT authentication everywhere
"""
SPEC = "# Feature Specification: Todo\n\n## Requirements\n\n- **FR-001**: The system MUST list tasks.\n"
MAIN = """import jwt
from fastapi import FastAPI

app = FastAPI()
SECRET_KEY = "correct-horse-battery-staple"


def read(token: str):
    return jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
"""
CLEAN = MAIN.replace('"correct-horse-battery-staple"', 'os.environ["SECRET_KEY"]').replace(
    "import jwt", "import os\n\nimport jwt"
)
TREE = {"backend/main.py": MAIN, "specs/001-todo/spec.md": SPEC, "specs/001-todo/plan.md": PLAN}


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


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
