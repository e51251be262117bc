"""The project's own gates: formatted, linted, typed, and layered as the import contracts say."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = {
    "formatted": ("ruff", "format", "--check", "."),
    "linted": ("ruff", "check", "."),
    "typed": ("mypy",),
    "layered": ("lint-imports", "--no-cache"),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_source_is(check: str) -> None:
    name, *arguments = CHECKS[check]
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
