"""The layers of a small application with every kind of fault, in each format, byte for byte."""

from pathlib import Path

import pytest
from golden import compare
from trees import plant

from constitution_lint.engine import load
from constitution_lint.reporters.layers import render

GOLDEN = Path(__file__).parent / "golden"
TREE = {
    "backend/main.py": """from fastapi import FastAPI
from routes.tasks import router

app = FastAPI()
app.include_router(router)
""",
    "backend/routes/tasks.py": """from fastapi import APIRouter
from models.task import Task
from services.tasks import page

router = APIRouter()
SIZE = 20
""",
    "backend/services/tasks.py": """import models.task


def page():
    from routes.tasks import SIZE

    return SIZE
""",
    "backend/models/task.py": """from shared import number
import services.tasks


class Task:
    number = number
""",
    "backend/shared.py": "from services.numbers import number\n",
    "backend/services/numbers.py": "def number() -> int:\n    return 1\n",
}


@pytest.mark.parametrize(("form", "ending"), [("text", "txt"), ("mermaid", "mmd"), ("dot", "dot"), ("json", "json")])
def test_format(form: str, ending: str, tmp_path: Path) -> None:
    project = load(plant(tmp_path, TREE), cache=False)
    compare(GOLDEN / f"layers-{form}.{ending}", render(project, form))


def test_a_backend_without_layers(tmp_path: Path) -> None:
    project = load(plant(tmp_path, {"main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}), cache=False)
    assert render(project, "text") == "no layers: no folder or file of the backend is named like one\n"
    assert render(project, "mermaid") == "flowchart TD\n"
