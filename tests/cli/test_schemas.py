"""The published schemas of the JSON that machines read, held against what is really printed."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from small_repository import Run

import constitution_lint

FOLDER = Path(constitution_lint.__file__).parent / "schema"
EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = {"check": ("--show-waived",), "routes": (), "claims": (), "trace": ()}


def schema_of(command: str) -> Any:
    return json.loads((FOLDER / f"{command}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_schema_is_one(command: str) -> None:
    Draft202012Validator.check_schema(schema_of(command))


@pytest.mark.parametrize("target", [".", *sorted(str(path) for path in EXAMPLES.iterdir() if path.is_dir())])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_printed_is_valid(tree: Path, run: Run, command: str, target: str) -> None:
    ran = run(command, target, "--format", "json", "--no-cache", *COMMANDS[command])
    errors = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema_of(command)).iter_errors(json.loads(ran.out))
    ]
    assert errors == []


def test_a_schema_refuses_what_is_not_there() -> None:
    assert not Draft202012Validator(schema_of("check")).is_valid({"version": 1, "findings": []})
    assert not Draft202012Validator(schema_of("check")).is_valid({"version": 2})
