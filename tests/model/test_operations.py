"""What routes ask for and answer, derived from the source as FastAPI would derive it."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator

from constitution_lint.commands.contract import command
from constitution_lint.engine import load
from constitution_lint.model.operations import ServedOperation, served_operations
from constitution_lint.model.operations.applications import applications
from constitution_lint.reporters.openapi import document

SOURCE = """
from datetime import date
from enum import Enum
from typing import Annotated, Generic, Literal, Optional, TypeVar
from uuid import UUID

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Query, UploadFile
from fastapi.security import HTTPBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, ConfigDict, Field, computed_field

app = FastAPI()
router = APIRouter(prefix="/tasks")
bearer = HTTPBearer()
T = TypeVar("T")


class Priority(str, Enum):
    low = "low"
    high = "high"


class TaskBase(BaseModel):
    title: str
    due: Optional[date] = None
    priority: Priority = Priority.low


class TaskOut(TaskBase):
    model_config = ConfigDict(alias_generator=to_camel)
    task_id: UUID
    parts: list["TaskOut"] = []
    _secret: str = ""

    @computed_field
    @property
    def is_late(self) -> bool:
        return False


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int


class Filters(BaseModel):
    mine: bool = False
    word: str = Field(alias="q")


def paging(limit: int = 20, offset: Annotated[int, Query(ge=0)] = 0):
    return limit, offset


class Guard:
    def __init__(self, role: str):
        self.role = role

    def __call__(self, token=Depends(bearer), x_tenant: Annotated[str | None, Header()] = None):
        return self.role


@router.get("/{task_id}/parts", response_model=Page[TaskOut])
def parts(task_id: int, filters: Annotated[Filters, Query()], page: tuple = Depends(paging), who=Depends(Guard("a"))):
    if not task_id:
        raise HTTPException(404)
    return {}


@router.post("", status_code=201)
def create(task: TaskBase, kind: Literal["a", "b"], session: Annotated[str | None, Cookie()] = None) -> TaskOut: ...


@router.put("/{task_id}")
def both(task_id: int, task: TaskBase, note: str = Body(...)): ...


@router.post("/upload")
def upload(file: UploadFile = File(...), label: str = Form("x")): ...


class Problem(BaseModel):
    detail: str


COMMON = {401: {"model": Problem}}


@router.delete("/{task_id}", status_code=204, responses={**COMMON, 404: {"description": "gone"}})
def remove(task_id: int): ...


@app.get("/told", response_model=Page[dict], responses=COMMON)
def told(): ...


@app.post("/login")
def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]): ...


app.include_router(router)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "backend").mkdir()
    (folder / "backend" / "main.py").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def operations(tree: Path) -> dict[str, ServedOperation]:
    return {one.name: one for one in served_operations(load(tree, cache=False))}


@pytest.fixture(scope="module")
def made(tree: Path) -> Any:
    project = load(tree, cache=False)
    (app,) = applications(project).values()
    return document(project, app)


def named(one: ServedOperation) -> set[tuple[str, str, bool]]:
    return {(parameter.name, parameter.place, parameter.required) for parameter in one.inputs.parameters}


def test_parameters_of_handler_models_and_dependencies(operations: dict[str, ServedOperation]) -> None:
    assert named(operations["GET /tasks/{task_id}/parts"]) == {
        ("task_id", "path", True),
        ("mine", "query", False),
        ("q", "query", True),
        ("limit", "query", False),
        ("offset", "query", False),
        ("x-tenant", "header", False),
    }
    assert [scheme.name for scheme in operations["GET /tasks/{task_id}/parts"].inputs.schemes] == ["HTTPBearer"]
    assert named(operations["POST /tasks"]) == {("kind", "query", True), ("session", "cookie", False)}


def test_bodies(operations: dict[str, ServedOperation]) -> None:
    assert [(part.name, part.kind) for part in operations["PUT /tasks/{task_id}"].inputs.body] == [
        ("task", "json"),
        ("note", "json"),
    ]
    assert [part.kind for part in operations["POST /tasks/upload"].inputs.body] == ["file", "form"]
    assert {part.name for part in operations["POST /login"].inputs.body} >= {"username", "password"}


def test_answers(operations: dict[str, ServedOperation]) -> None:
    created = operations["POST /tasks"].answers
    assert [status.code for status in created.successes] == [201]
    assert [status.code for status in operations["GET /tasks/{task_id}/parts"].answers.errors] == [404]


def test_the_document_is_valid_and_names_what_fastapi_would(made: Any) -> None:
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []
    schemas = made["components"]["schemas"]
    assert set(schemas) >= {"Page_TaskOut_", "TaskOut", "TaskBase", "Priority", "Body_both_tasks__task_id__put"}
    assert set(schemas["TaskOut"]["properties"]) == {"title", "due", "priority", "taskId", "parts", "isLate"}
    assert schemas["TaskBase"]["required"] == ["title"]
    assert schemas["Priority"]["enum"] == ["low", "high"]
    assert made["paths"]["/tasks"]["post"]["operationId"] == "create_tasks_post"
    assert "Page_dict_" in schemas


def test_the_document_holds_the_answers_a_decorator_lists(made: Any) -> None:
    answers = made["paths"]["/tasks/{task_id}"]["delete"]["responses"]
    assert answers["401"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert answers["404"] == {"description": "gone"}
    assert "401" in made["paths"]["/told"]["get"]["responses"]
    assert made["components"]["schemas"]["Problem"]["required"] == ["detail"]


def test_the_command_writes_the_document(tree: Path) -> None:
    written = CliRunner().invoke(command, [str(tree), "--no-cache", "--format", "openapi"])
    assert written.exit_code == 0
    assert '"openapi": "3.1.0"' in written.output
    table = CliRunner().invoke(command, [str(tree), "--no-cache", "--format", "markdown"])
    assert "| POST | `/tasks` | 201 |" in table.output


def test_the_command_shows_both_sides(tree: Path) -> None:
    contracts = tree / "specs" / "001-tasks" / "contracts"
    contracts.mkdir(parents=True)
    (contracts / "api.md").write_text(
        "# API\n\n### POST /tasks\n\nStatus: 200 OK\n\n### DELETE /tasks\n\nStatus: 204\n"
    )
    shown = CliRunner().invoke(command, [str(tree), "--no-cache"]).output
    assert "~ POST /tasks  specs/001-tasks/contracts/api.md:3" in shown
    assert "answers 201, and the contract promises 200" in shown
    assert "- DELETE /tasks  specs/001-tasks/contracts/api.md:7" in shown
