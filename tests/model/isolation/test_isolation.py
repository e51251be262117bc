"""Every form of this folder has the verdicts written beside its handlers, and no other."""

import pytest
from isolating import HERE, Form, api_of, api_of_files, expected, forms_of, verdicts

from constitution_lint.facts.source import Source
from constitution_lint.model.ownership import owned_tables
from constitution_lint.model.project import Project
from constitution_lint.readers.python import read
from constitution_lint.workspace import Workspace

FORMS = [form for file in sorted(HERE.glob("*.md")) for form in forms_of(file)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_verdicts_of_a_form(form: Form) -> None:
    wanted = expected(form.code)
    found = verdicts(form.code)
    assert wanted
    assert {name: found.get(name) for name in wanted} == wanted


def test_a_read_that_shows_nothing_is_not_said_to_be_compared() -> None:
    api = api_of("""
@app.get("/exists/{task_id}")
def exists(task_id: int, db: Db, me: MyId):
    if db.get(Task, task_id) is None:
        raise HTTPException(status_code=404)
    return {"found": True}


@app.get("/tasks/{task_id}")
def get_task(task_id: int, db: Db, me: MyId):
    task = db.get(Task, task_id)
    if task is None or task.user_id != me:
        raise HTTPException(status_code=404)
    return task
""")
    assert {route.path: route.accesses[0].why for route in api.routes} == {
        "/exists/{task_id}": "none of its rows are shown or changed",
        "/tasks/{task_id}": "compared with the token's user before it is used",
    }


def test_an_element_of_a_list_is_told_by_the_name_of_the_list() -> None:
    api = api_of("""
class Batch(BaseModel):
    ids: list[int]


@app.post("/comments")
def comment_on_all(body: Batch, db: Db, me: MyId):
    for task_id in body.ids:
        db.add(Comment(task_id=task_id, text="seen"))
    db.commit()
""")
    assert [access.why for access in api.routes[0].accesses] == [
        "task_id is taken from body.ids and that Task is never proven to be the user's"
    ]


@pytest.mark.parametrize(
    ("others", "owned"),
    [("", True), ("    password: str\n", False)],
    ids=["one table has passwords", "two have"],
)
def test_those_who_sign_in_are_users_by_whatever_name(others: str, owned: bool) -> None:
    code = f"""
from sqlmodel import Field, SQLModel


class Channel(SQLModel, table=True):
    id: int = Field(primary_key=True)
    password_hash: str


class Post(SQLModel, table=True):
    id: int = Field(primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
{others}"""
    facts = {"models.py": read(Source("models.py", code.encode()))}
    tables = owned_tables(Project(workspace=Workspace(root=".", files=("models.py",)), code=facts))
    assert {table.name: table.owned for table in tables.values()} == {"Channel": owned, "Post": owned}
    assert tables["models.py:Channel"].is_user is owned


def test_tables_of_two_applications_in_one_repository_are_told_apart() -> None:
    """A unique key of a table is no reference to the same table of the other application."""
    code = """
from fastapi import FastAPI
from prelude import Db, MyId
from sqlmodel import Field, SQLModel

app = FastAPI()


class Folder(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    thread_id: str = Field(unique=True)


class Paper(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    folder_id: int = Field(foreign_key="folder.id")


@app.post("/folders")
def begin(thread_id: str, db: Db, me: MyId):
    db.add(Folder(user_id=me, thread_id=thread_id))
    db.commit()
"""
    files = {"first/backend/main.py": code, "second/backend/main.py": code}
    assert {route.isolation.value for route in api_of_files(files).routes} == {"isolated"}

    facts = {file: read(Source(file, text.encode())) for file, text in files.items()}
    tables = owned_tables(Project(workspace=Workspace(root=".", files=tuple(files)), code=facts))
    assert {table.key: [parent.table for parent in table.parents] for table in tables.values() if table.parents} == {
        f"{file}:Paper": [f"{file}:Folder"] for file in files
    }
