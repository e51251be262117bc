"""Every form of this folder has the verdicts written beside its handlers, and no other."""

import pytest
from isolating import HERE, Form, api_of, expected, forms_of, verdicts

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
