"""What git says has changed: merge base, renamed and quoted paths, new files, and revisions that are none."""

import subprocess
from pathlib import Path

import pytest
from trees import plant

from constitution_lint.changes import changed_lines, only_new
from constitution_lint.config import ConfigurationError
from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Finding, Report, Severity


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    plant(tmp_path, {"app/a.py": "1\n2\n3\n4\n", "app/b é.py": "1\n", "other.py": "1\n"})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_changed_lines_of_edits_and_new_files(repository: Path) -> None:
    plant(repository, {"app/a.py": "1\nTWO\n3\n4\nfive\nsix\n", "app/b é.py": "one\n", "app/new.py": "x\n"})
    assert changed_lines(repository, "HEAD") == {
        "app/a.py": [range(2, 3), range(5, 7)],
        "app/b é.py": [range(1, 2)],
        "app/new.py": None,
    }


def test_paths_are_relative_to_the_target(repository: Path) -> None:
    plant(repository, {"app/a.py": "one\n2\n3\n4\n", "other.py": "one\n"})
    assert list(changed_lines(repository / "app", "HEAD")) == ["a.py"]


def test_what_others_did_on_main_since_is_not_new(repository: Path) -> None:
    git(repository, "checkout", "-qb", "topic")
    git(repository, "checkout", "-q", "main")
    plant(repository, {"other.py": "changed on main\n"})
    git(repository, "commit", "-qam", "elsewhere")
    git(repository, "checkout", "-q", "topic")
    plant(repository, {"app/a.py": "one\n2\n3\n4\n"})
    git(repository, "commit", "-qam", "here")
    assert list(changed_lines(repository, "main")) == ["app/a.py"]


def test_only_findings_on_changed_lines_are_kept(repository: Path) -> None:
    plant(repository, {"app/a.py": "1\nTWO\n3\n4\n"})
    findings = tuple(
        Finding("r", "g", Severity.ERROR, Location("app/a.py", Span(line, 1, line, 2)), "", (), str(line))
        for line in (1, 2, 3)
    )
    kept = only_new(Report("/", (), findings), repository, "HEAD").findings
    assert [finding.fingerprint for finding in kept] == ["2"]


def test_what_is_no_revision_is_said_in_one_sentence(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for folder, revision in (
        (repository, "nowhere"),
        (repository, "--output=x"),
        (tmp_path_factory.mktemp("x"), "HEAD"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            changed_lines(folder, revision)
        assert "\n" not in str(caught.value)
