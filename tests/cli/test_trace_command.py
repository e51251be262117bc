"""`trace`: the matrix of all features, or the chain of one id."""

import json
from pathlib import Path

from small_repository import Run
from trees import plant


def test_the_matrix(tree: Path, run: Run) -> None:
    said = run("trace", "--no-cache").out
    assert said.startswith("specs/001-todo\n")
    assert "FR-001" in said
    assert said.endswith("stated\n") or "1 requirements" in said


def test_an_id_and_a_folder_in_either_order(tree: Path, run: Run) -> None:
    first, second = run("trace", "FR-001", str(tree), "--no-cache"), run("trace", str(tree), "fr-001", "--no-cache")
    assert first.status == 0
    assert first.out == second.out
    assert first.out.startswith("FR-001 specs/001-todo/spec.md:")


def test_one_feature_of_several(tree: Path, run: Run) -> None:
    plant(tree, {"specs/002-more/spec.md": "# Spec\n\n- **FR-001**: More MUST come.\n"})
    assert len(run("trace", "FR-001", "--format", "json", "--no-cache").out.split('"answered_by"')) == 3
    chains = json.loads(run("trace", "FR-001", "--feature", "002-more", "--format", "json", "--no-cache").out)["chains"]
    assert [one["feature"] for one in chains] == ["specs/002-more"]


def test_an_unknown_id_names_the_nearest(tree: Path, run: Run) -> None:
    ran = run("trace", "FR-0001", "--no-cache")
    assert ran.status == 2
    assert 'no traced item is named "FR-0001"; did you mean "FR-001"?' in ran.err


def test_an_unknown_feature_names_those_there_are(tree: Path, run: Run) -> None:
    ran = run("trace", "--feature", "009-none", "--no-cache")
    assert ran.status == 2
    assert 'unknown feature "009-none"; the features are: specs/001-todo' in ran.err


def test_two_ids_are_refused(tree: Path, run: Run) -> None:
    assert run("trace", "FR-001", "FR-002").status == 2
