"""Statements that touch no table: nothing to judge, and nothing undecided."""

from pathlib import Path

import pytest
from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.api import Isolation

MAIN = """
from fastapi import Depends, FastAPI
from sqlmodel import Session, create_engine, func, select

app = FastAPI()


def get_session():
    with Session(create_engine("sqlite://")) as session:
        yield session


@app.get("/health")
def read_health(session: Session = Depends(get_session)):
    session.exec(STATEMENT).one()
    return {"status": "ok"}
"""


@pytest.mark.parametrize("statement", ["select(1)", "select(1, 2)", "select(func.now())"])
def test_constants_are_nobodys(tmp_path: Path, statement: str) -> None:
    project = load(plant(tmp_path, {"main.py": MAIN.replace("STATEMENT", statement)}), cache=False)
    (route,) = project.api.routes
    assert (route.isolation, route.accesses) == (Isolation.NOT_APPLICABLE, ())
    assert route.public.startswith("health")


def test_what_is_not_followed_stays_undecided(tmp_path: Path) -> None:
    project = load(plant(tmp_path, {"main.py": MAIN.replace("STATEMENT", "select(anything())")}), cache=False)
    assert project.api.routes[0].isolation is Isolation.UNPROVEN
