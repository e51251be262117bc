"""What the README shows is what the tool prints, and the commands it names are those that continuous integration runs.

A `console` fence is a command and its output. `CONSTITUTION_LINT_ACCEPT=1` rewrites the output.
"""

import os
import re
import shlex
from pathlib import Path

import pytest

from constitution_lint import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FENCE = re.compile(r"^```console\n\$ constitution-lint (?P<command>[^\n]*)\n(?P<output>.*?)^```$", re.S | re.M)
EXAMPLES = {match["command"]: match["output"] for match in FENCE.finditer(README.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_is_what_is_printed(
    command: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.run([*shlex.split(command), "--no-cache"]) in (0, 1)
    printed = "".join(f"{line.rstrip()}\n" for line in capfd.readouterr().out.splitlines())
    if os.environ.get("CONSTITUTION_LINT_ACCEPT"):
        text = README.read_text(encoding="utf-8")
        old = f"$ constitution-lint {command}\n{EXAMPLES[command]}```"
        README.write_text(text.replace(old, f"$ constitution-lint {command}\n{printed}```"), encoding="utf-8")
    else:
        assert printed == EXAMPLES[command]


def test_every_command_of_the_tool_is_named() -> None:
    named = set(re.findall(r"`constitution-lint (\w+)", README.read_text(encoding="utf-8")))
    assert set(cli.COMMANDS) <= named | {"check"}


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    shown = re.findall(r"^```sh\n(.*?)\n```$", README.read_text(encoding="utf-8"), re.S | re.M)
    assert any(command.endswith("pytest -n auto") and command in (ROOT / ".ci/run").read_text() for command in shown)
