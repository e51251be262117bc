"""The trace of a small feature, whole and for one requirement, in each format, byte for byte."""

from pathlib import Path

import pytest
from golden import compare
from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.tracing import Trace, trace_of
from constitution_lint.reporters import trace_chain, trace_json, trace_matrix

GOLDEN = Path(__file__).parent / "golden"
TREE = {
    "specs/001-tasks/spec.md": """# Feature Specification: Tasks

### User Story 1 - Keep tasks (Priority: P1)

1. **Given** a user, **When** a task is made, **Then** the list shows it.

### User Story 2 - Drop tasks (Priority: P2)

1. **Given** a task, **When** it is dropped, **Then** the list is empty.

## Requirements

- **FR-001**: Users MUST be able to create tasks.
- **FR-002**: Users MUST be able to delete tasks.
- **FR-003**: The system MUST export invoices | quarterly.

## Success Criteria

- **SC-001**: The list opens within two seconds.
""",
    "specs/001-tasks/data-model.md": """# Data Model

## Task

| Field | Type |
|-------|------|
| id | integer |
| title | string |
""",
    "specs/001-tasks/tasks.md": """# Tasks

- [x] T001 [US1] Create the Task model in backend/models.py
- [x] T002 [US1] Add `POST /api/tasks` in backend/main.py (FR-001)
- [ ] T003 Implement deletion of tasks in backend/remove.py
- [x] T004 Keep counts in backend/counts.py
- [ ] T005 [US4] Share lists in backend/share.py
""",
    "specs/001-tasks/contracts/api.yaml": """openapi: 3.1.0
info: {title: Tasks, version: 1.0.0}
paths:
  /api/tasks:
    post:
      responses: {"201": {description: Made}}
  /api/tasks/{id}:
    delete:
      responses: {"204": {description: Gone}}
""",
    "backend/models.py": """from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
""",
    "backend/main.py": """from fastapi import FastAPI

app = FastAPI()


@app.post("/api/tasks", status_code=201)
def create_task(title: str) -> str:
    return title
""",
    "backend/tests/test_tasks.py": """def test_create(client):
    \"\"\"FR-001: tasks are made.\"\"\"
    assert client.post("/api/tasks", json={}).status_code == 201
""",
}


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    return trace_of(load(plant(tmp_path, TREE), cache=False))


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_matrix(trace: Trace, form: str) -> None:
    compare(GOLDEN / f"trace.{form}", trace_matrix.render(trace, form))


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_chain_of_one_requirement(trace: Trace, form: str) -> None:
    chosen = tuple(one for one in trace.elements if one.name == "FR-001")
    compare(GOLDEN / f"trace-chain.{form}", trace_chain.render(trace, chosen, form))


def test_the_json(trace: Trace) -> None:
    compare(GOLDEN / "trace.json", trace_json.whole(trace))
    chosen = tuple(one for one in trace.elements if one.name == "FR-001")
    compare(GOLDEN / "trace-chain.json", trace_json.chain(trace, chosen))


def test_each_state_is_told(trace: Trace) -> None:
    """What answers, what is promised and not served, what lost its files, what names a story nobody told."""
    states = {one.name: trace.states[one] for one in trace.elements}
    assert states["FR-001"] == "covered"
    assert states["DELETE /api/tasks/{id}"] == "uncovered"
    assert states["FR-003"] == "uncovered"
    assert states["T004"] == "outdated"
    assert states["T005"] == "dangling"


def test_the_surest_link_stands_alone(trace: Trace) -> None:
    """T002 names FR-001 and also speaks of the same thing; POST /api/tasks is named and does what is asked."""
    between = [(link.below, link.above) for link in trace.links]
    assert len(between) == len(set(between))
    [link] = [one for one in trace.links if one.below.name == "T002" and one.above.name == "FR-001"]
    assert link.sureness == "stated"


def test_two_runs_are_equal(tmp_path: Path) -> None:
    folder = plant(tmp_path, TREE)
    first, second = (trace_of(load(folder, cache=False)) for _ in range(2))
    assert first == second
