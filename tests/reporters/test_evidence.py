"""`routes --explain` and `routes --owners`: the way to a query with what bound it, and the ownership model."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from trees import plant

from constitution_lint.commands.routes import command

FILES = {
    "main.py": """\
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from jose import jwt
from sqlmodel import Field, Session, SQLModel, select
from mcp.server.fastmcp import FastMCP

app = FastAPI()
mcp = FastMCP("tasks")


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)


class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id")


class Country(SQLModel, table=True):
    id: int = Field(primary_key=True)


def get_session():
    yield Session()


def get_user_id(token=Depends(HTTPBearer())) -> int:
    return jwt.decode(token.credentials, "key", algorithms=["RS256"])["sub"]


def find(session: Session, task_id: int, owner: int):
    return session.exec(select(Task).where(Task.id == task_id, Task.user_id == owner)).first()


@app.get("/tasks/{task_id}")
def read_task(task_id: int, session: Session = Depends(get_session), me: int = Depends(get_user_id)):
    return find(session, task_id, me)


@mcp.tool()
def tasks_of(who: int):
    with Session() as session:
        return session.exec(select(Task).where(Task.user_id == who)).all()
"""
}

ROUTE = """\
GET /tasks/{task_id}  isolated
      main.py:37  read_task
  guard     enforced: get_user_id: the token's signature is verified
  isolated  select Task: user_id is bound to the token's user
      main.py:38  find is called here
      main.py:33  select of Task
"""

TOOL = """\
MCP tool tasks_of  leak
      main.py:42  what a model passes to it is the client's
  leak      select Task: user_id is taken from argument who, which is never compared with the token's \
[client-named-owner]
      main.py:44  select of Task
"""

OWNERS = """\
model    table    owner                             place
User     user     the users themselves              main.py:11
Task     task     user_id -> user.id                main.py:15
Country  country  shared: nobody owns its rows      main.py:20
"""


def shown(folder: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(plant(folder, FILES)), "--no-cache", *options])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["GET /tasks/{task_id}", "/tasks/{task_id}", "read_task"])
def test_a_route_is_explained_by_any_of_its_names(tmp_path: Path, name: str) -> None:
    assert shown(tmp_path, "--explain", name) == (0, ROUTE)


def test_a_tool_is_explained(tmp_path: Path) -> None:
    assert shown(tmp_path, "--explain", "tasks_of") == (0, TOOL)


def test_a_misspelt_route_is_refused_with_a_hint(tmp_path: Path) -> None:
    status, output = shown(tmp_path, "--explain", "GET /task/{task_id}")
    assert status == 2
    assert 'did you mean "GET /tasks/{task_id}"?' in output


def test_the_ownership_model_is_listed(tmp_path: Path) -> None:
    status, output = shown(tmp_path, "--owners")
    assert status == 0
    assert [line.split() for line in output.splitlines()] == [line.split() for line in OWNERS.splitlines()]


def test_both_are_there_for_machines(tmp_path: Path) -> None:
    assert '"GET"' in shown(tmp_path, "--explain", "read_task", "--format", "json")[1]
    assert '"owner": "user_id -> user.id"' in shown(tmp_path, "--owners", "--format", "json")[1]
