"""Addresses that tests request: their paths, and texts that could be read for ever."""

from itertools import pairwise
from pathlib import Path

import pytest
from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.production.addresses_in_tests import HOLE, path_of, requests_of


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/tasks", "/tasks"),
        ("http://test/api/tasks?done=1#top", "/api/tasks"),
        (f"{HOLE}://{HOLE}/tasks", "/tasks"),
        (f"{HOLE}/tasks/{HOLE}", f"/{HOLE}/tasks/{HOLE}"),
        ("tasks/1", "/tasks/1"),
        ("id", ""),
        ("and / or", ""),
        ("", ""),
    ],
)
def test_path_of_an_address(text: str, path: str) -> None:
    assert path_of(text) == path


def test_texts_of_many_names_with_many_values_come_to_an_end(tmp_path: Path) -> None:
    names = [f"part{number}" for number in range(40)]
    bound = [f'    {name} = "{value}"' for name in names for value in "abcdefgh"]
    chained = [f"    {name} = {before} + {before}" for before, name in pairwise(names)]
    address = "".join(f"/{{{name}}}" for name in names)
    lines = ["def test_all(client):", *bound, *chained, f'    client.get(f"{address}")', '    client.get("/tasks")']
    project = load(plant(tmp_path, {"tests/test_all.py": "\n".join(lines) + "\n"}), cache=False)
    found = set(requests_of(project, "tests/test_all.py"))
    assert ("GET", "/tasks") in found
    assert len(found) < 100
