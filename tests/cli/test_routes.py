"""`routes`: the table in each form, its filters, and the reasons behind the verdicts."""

import json
from pathlib import Path

import pytest
from small_repository import Run
from trees import plant

MAIN = """import os

import jwt
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

app = FastAPI()


def current_user(token=Depends(HTTPBearer())):
    return jwt.decode(token.credentials, os.environ["KEY"], algorithms=["HS256"])


@app.get("/health")
def health():
    return "alive"


@app.get("/tasks", dependencies=[Depends(current_user)])
def read():
    return []


@app.post("/tasks/{task_id}/a-rather-long-path/to-a-rather-long-resource")
def change(task_id: int):
    return []
"""
TABLE = """\
method  path                                                           handler             access    guard
GET     /health                                                        backend/main.py:15  public
GET     /tasks                                                         backend/main.py:20  enforced  current_user
POST    /tasks/{task_id}/a-rather-long-path/to-a-rather-long-resource  backend/main.py:25  open

3 routes: 1 public, 1 enforced, 1 open
"""


@pytest.fixture
def served(tree: Path) -> Path:
    return plant(tree / "served", {"backend/main.py": MAIN})


def test_a_line_a_route(run: Run, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    assert run("routes", str(served)).out == TABLE


def test_a_narrow_terminal_cuts_the_beginning_of_paths(run: Run, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run("routes", str(served)).out
    assert max(map(len, said.splitlines())) <= 80
    assert "rather-long-resource" in said
    assert "main.py:25" in said


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_unguarded_leaves_the_public_and_the_guarded_out(run: Run, served: Path, form: str) -> None:
    said = run("routes", str(served), "--unguarded", "--format", form).out
    assert "a-rather-long-path" in said
    assert "/health" not in said
    assert "current_user" not in said


def test_filters_add_up_and_may_leave_nothing(run: Run, served: Path) -> None:
    assert "a-rather-long" in run("routes", str(served), "--leaks", "--unguarded").out
    assert run("routes", str(served), "--leaks", "--unproven").out == "no route that was asked for\n"


def test_verbose_says_why(run: Run, served: Path) -> None:
    said = run("routes", str(served), "-v").out
    assert "    - health, documentation or key set: it reads nobody's data\n" in said
    assert "    - the token's signature is verified\n" in said
    assert "    - current_user is defined at backend/main.py:10\n" in said
    assert "    - nothing verifies who is calling\n" in said


def test_markdown_is_a_table(run: Run, served: Path) -> None:
    said = run("routes", str(served), "--format", "markdown", "-v").out
    assert "| GET | `/tasks` | `backend/main.py:20` | enforced | current\\_user |  |  | the token's signature" in said


def test_json_keeps_its_form(run: Run, served: Path) -> None:
    said = json.loads(run("routes", str(served), "--format", "json").out)
    assert said["version"] == 1
    assert [(one["method"], one["path"], one["auth"], one["public"]) for one in said["routes"]][:2] == [
        ("GET", "/health", "none", True),
        ("GET", "/tasks", "enforced", False),
    ]


def test_colours_are_painted_where_they_are_wanted(run: Run, served: Path) -> None:
    assert "\x1b[1;31mopen" in run("routes", str(served), "--color", "always").out
    assert "\x1b" not in run("routes", str(served)).out
