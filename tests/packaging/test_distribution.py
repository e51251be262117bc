"""Wheel and source distribution as a user gets them: built, installed in a fresh environment, run from elsewhere."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one wheel and one source distribution, the wheel built from the latter."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of a fresh environment that holds the wheel, and its requirements from this one."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=True, symlinks=True)
    (wheel,) = distributions.glob("*.whl")
    python = home / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = (home / "lib").glob("python*/site-packages")
    (packages / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "constitution-lint"


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([script, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)


def test_the_wheel_brings_every_card_and_nothing_else_of_the_checkout(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    packaged = {name.removeprefix("constitution_lint/_rules/") for name in names if "/_rules/" in name}
    assert packaged == {file.relative_to(ROOT / "rules").as_posix() for file in (ROOT / "rules").rglob("*.md")}
    assert {name.split("/")[0].split("-")[0] for name in names} <= {"constitution_lint"}
    assert "constitution_lint/py.typed" in names


def test_the_source_distribution_can_run_its_tests(distributions: Path) -> None:
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "tests/test_gates.py",
        "rules/01-specification-driven/gate.md",
    } <= names


def test_it_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, str(ROOT / "examples" / "unlawful"), "--format", "concise", "--no-cache", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "unguarded-route" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_explains_from_its_own_cards(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "explain", "unguarded-route", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Remedy" in done.stdout


def test_the_version_is_the_one_in_the_metadata(installed: Path, tmp_path: Path) -> None:
    import constitution_lint

    assert constitution_lint.__version__ in run(installed, "--version", cwd=tmp_path).stdout


def test_it_runs_by_the_name_of_its_module(installed: Path, tmp_path: Path) -> None:
    done = run(installed.with_name("python"), "-m", "constitution_lint", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == run(installed, "--version", cwd=tmp_path).stdout
