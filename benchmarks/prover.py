"""How long the prover takes on a synthetic application: routes over services over repositories, some of them faulty.

    python benchmarks/prover.py [--routes 2000] [--functions 6000]

Prints CPU and wall seconds of the whole run, the peak of memory of any process, and how many routes leak and how many
should. The budget is 60 s and 1 GiB for 2,000 routes and 6,000 functions.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from constitution_lint.engine import load

TABLES = 20
MODELS = """\
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
"""
TABLE = """

class Item{number}(SQLModel, table=True):
    id: int = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    title: str
"""
DEPENDENCIES = """\
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from jose import jwt
from sqlmodel import Session, create_engine

engine = create_engine("postgresql://localhost/items")


def get_session():
    with Session(engine) as session:
        yield session


def get_user_id(token=Depends(HTTPBearer())) -> int:
    return jwt.decode(token.credentials, "key", algorithms=["RS256"])["sub"]


Db = Annotated[Session, Depends(get_session)]
Me = Annotated[int, Depends(get_user_id)]
"""
MODULE = """\
from fastapi import APIRouter, HTTPException
from sqlmodel import Session, select

from dependencies import Db, Me
from models import Item{table}

router = APIRouter(prefix="/part{part}")
"""
ROUTE = """

def find_{number}(session: Session, item_id: int, owner: int):
    query = select(Item{table}).where(Item{table}.id == item_id)
    if owner < 0:
        raise ValueError(owner)
    return session.exec({statement}).first()


def checked_{number}(session: Session, item_id: int, owner: int, title: str | None):
    item = find_{number}(session, item_id, owner)
    if item is None:
        raise HTTPException(status_code=404)
    if title:
        item.title = title
        session.commit()
    return item


@router.get("/items{number}/{{item_id}}")
def read_{number}(item_id: int, db: Db, me: Me, title: str | None = None):
    try:
        return checked_{number}(db, item_id, me, title)
    except ValueError:
        raise HTTPException(status_code=400) from None
"""
FAULTY_EACH = 10


def plant(folder: Path, routes: int, functions: int) -> int:
    """Write the application in parts of 50 routes, each with service and repository; the answer counts the faulty."""
    parts = range(0, routes, 50)
    tables = "".join(TABLE.format(number=number) for number in range(TABLES))
    (folder / "models.py").write_text(MODELS + tables)
    (folder / "dependencies.py").write_text(DEPENDENCIES)
    includes = "".join(f"app.include_router(part{part}.router)\\n" for part in parts)
    imports = "".join(f"import part{part}\\n" for part in parts)
    (folder / "main.py").write_text(f"{imports}from fastapi import FastAPI\\n\\napp = FastAPI()\\n{includes}")
    for part in parts:
        table = part // 50 % TABLES
        text = MODULE.format(table=table, part=part)
        for number in range(part, min(part + 50, routes)):
            scoped = "query" if number % FAULTY_EACH == 0 else f"query.where(Item{table}.user_id == owner)"
            text += ROUTE.format(number=number, table=table, statement=scoped)
        text += "".join(
            f"\\n\\ndef spare_{part}_{one}(x: int) -> int:\\n    return x + {one}\\n"
            for one in _spare(routes, functions)
        )
        (folder / f"part{part}.py").write_text(text)
    return len(range(0, routes, FAULTY_EACH))


def _spare(routes: int, functions: int) -> range:
    return range(max(0, functions - 3 * routes) // max(1, routes // 50))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--routes", type=int, default=2000)
    parser.add_argument("--functions", type=int, default=6000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wanted = plant(Path(name), options.routes, options.functions)
        wall = time.perf_counter()
        api = load(name, cache=False).api
        wall = time.perf_counter() - wall
    verdicts = Counter(route.isolation.value for route in api.routes)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu, peak = sum(one.ru_utime + one.ru_stime for one in used), max(one.ru_maxrss for one in used) / 1024
    print(f"{len(api.routes)} routes: {cpu:.1f} s CPU, {wall:.1f} s wall, {peak:.0f} MiB peak, reading included")
    print(f"leaks {verdicts['leak']} of {wanted}; {dict(sorted(verdicts.items()))}")


if __name__ == "__main__":
    main()
