"""A second process reads a part of a target that is not known yet, and nothing of it shows in a report."""

import os
from pathlib import Path

import msgspec
import pytest
from trees import plant

from constitution_lint import examine, forking
from constitution_lint.config import Settings
from constitution_lint.discovery.survey import discover
from constitution_lint.load_balancing import share_of_second

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")

MODULE = (
    "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/tasks')\ndef tasks():\n    return []\n"
)
CONTRACT = "openapi: 3.0.3\ninfo: {title: Tasks, version: '1'}\npaths: {/tasks: {get: {responses: {}}}}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    modules = {f"backend/app/m{number}.py": MODULE + "# filling\n" * 6_000 for number in range(20)}
    plan = {"specs/001-tasks/plan.md": "# Plan\n\n## Constitution Check\n\n- [x] Security First\n" * 200}
    broken = {"backend/app/broken.py": "def broken(:\n", "backend/app/halves.py": 'NAME = "\\ud800"\n'}
    plant(tmp_path, {**modules, **plan, **broken, "specs/001-tasks/contracts/api.yaml": CONTRACT})
    return tmp_path


def test_work_is_handed_over() -> None:
    second = forking.start(lambda: b"found" * 100_000)
    assert second is not None
    assert second.result() == b"found" * 100_000


@pytest.mark.parametrize("ends", [lambda: 1 / 0, lambda: os._exit(3), lambda: os.kill(os.getpid(), 9), lambda: b""])
def test_work_that_fails_comes_to_nothing(ends: object) -> None:
    second = forking.start(ends)  # type: ignore[arg-type]
    assert second is not None
    assert second.result() == b""


def test_work_can_be_given_up() -> None:
    read, write = os.pipe()
    second = forking.start(lambda: os.read(read, 1))
    assert second is not None
    second.give_up()
    with pytest.raises(ChildProcessError):
        os.waitpid(second.pid, 0)
    os.close(read)
    os.close(write)


def test_both_processes_get_about_as_much(tree: Path) -> None:
    survey = discover(tree, Settings(), {})
    second = set(share_of_second(survey))
    assert "specs/001-tasks/contracts/api.yaml" not in second or "specs/001-tasks/plan.md" not in second
    assert any(path.endswith(".py") for path in second)
    assert any(path.endswith(".py") for path in survey.kinds if path not in second)


def test_little_is_read_by_one_process(tmp_path: Path) -> None:
    plant(tmp_path, {"backend/app/main.py": MODULE})
    assert share_of_second(discover(tmp_path, Settings(), {})) == []


def test_one_process_and_two_say_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = _report(tree, monkeypatch, is_alone=True)
    assert _report(tree, monkeypatch, is_alone=False) == one
    assert b"broken.py" in one


def test_what_the_second_process_leaves_is_read_by_the_first(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = _report(tree, monkeypatch, is_alone=True)
    monkeypatch.setattr("constitution_lint.reading._facts_by_key", lambda *_: os._exit(1))
    assert _report(tree, monkeypatch, is_alone=False) == one


def test_an_interrupted_first_process_ends_the_second(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(forking.Beside, "give_up", lambda self: ended.append(self.result()))
    monkeypatch.setattr(forking, "may_start", lambda: True)
    monkeypatch.setattr("constitution_lint.reading._read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        examine(tree, cache=False)
    assert len(ended) == 1


def test_what_the_second_process_read_is_kept_for_the_next_run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "may_start", lambda: True)
    first = examine(tree)
    (tree / "backend/app/new.py").write_text("x = 1\n")
    monkeypatch.setattr(forking, "start", lambda _: pytest.fail("facts are known"))
    assert len(examine(tree).findings) == len(first.findings)


def _report(tree: Path, monkeypatch: pytest.MonkeyPatch, *, is_alone: bool) -> bytes:
    started = []
    start = forking.start
    monkeypatch.setattr(forking, "may_start", lambda: not is_alone)
    monkeypatch.setattr(forking, "start", lambda work: started.append(work) or start(work))
    report = msgspec.json.encode(examine(tree, cache=False))
    assert bool(started) is not is_alone
    return report
