"""`init`: what it writes changes nothing, and each of its settings can be turned on."""

import re
import tomllib
from pathlib import Path

from small_repository import Ran, Run
from trees import plant

from constitution_lint.config import load
from constitution_lint.engine import load as project_of

MAIN = """from fastapi import FastAPI

from app.routes.tasks import router

app = FastAPI()
app.include_router(router)


@app.get("/health")
def health():
    return {"status": "ok"}
"""
ROUTES = """from fastapi import APIRouter

from app.models import Task

router = APIRouter()


@router.get("/tasks")
def tasks():
    return [Task]
"""
MODELS = """from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)


class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id")
"""
SERVED = {"app/main.py": MAIN, "app/routes/tasks.py": ROUTES, "app/models.py": MODELS}


def turned_on(text: str) -> str:
    return re.sub(r"^#(?=[^ ]|  )", "", text, flags=re.M)


def test_it_tells_what_was_found(tree: Path, run: Run) -> None:
    plant(tree, SERVED)
    assert run("init") == Ran(0, "wrote constitution-lint.toml; constitution-lint . will use it\n", "")
    text = (tree / "constitution-lint.toml").read_text()
    assert '#  { route = "GET /health", reason = "health' in text
    assert '#owner-columns = ["user_id"]\n#user-table = "user"\n' in text
    assert '#routes = ["app/routes"]\n' in text
    assert '#models = ["app/models.py"]\n' in text
    assert "# Features:  specs/001-todo\n" in text


def test_it_changes_nothing(tree: Path, run: Run) -> None:
    before = run(".", "--format", "concise")
    run("init")
    assert tomllib.loads((tree / "constitution-lint.toml").read_text()) == {}
    assert run(".", "--format", "concise") == before


def test_every_setting_can_be_turned_on(tree: Path, run: Run) -> None:
    plant(tree, SERVED)
    before = project_of(tree)
    run("init")
    file = tree / "constitution-lint.toml"
    file.write_text(turned_on(file.read_text()))
    settings = load(tree)
    assert settings.owner_columns == ("user_id",)
    assert settings.waivers[0].until == "2099-12-31"
    assert [name for name, _ in settings.layers] == ["routes", "services", "repositories", "models"]
    after = project_of(tree)
    assert [route.name for route in after.api.routes if route.public] == [
        route.name for route in before.api.routes if route.public
    ]


def test_it_writes_over_nothing(tree: Path, run: Run) -> None:
    plant(tree, {"constitution-lint.toml": 'fail-on = "note"\n'})
    refused = run("init")
    assert refused.status == 2
    assert "constitution-lint.toml already holds a configuration" in refused.err
    assert (tree / "constitution-lint.toml").read_text() == 'fail-on = "note"\n'
    assert run("init", "--force").status == 0
    assert "fail-on" in (tree / "constitution-lint.toml").read_text()


def test_a_configuration_in_the_project_file_is_not_hidden(tree: Path, run: Run) -> None:
    plant(tree, {"pyproject.toml": '[tool.constitution-lint]\nfail-on = "note"\n'})
    refused = run("init")
    assert refused.status == 2
    assert "pyproject.toml already holds a configuration" in refused.err
