"""Every form of guard written beside this file gets the verdict written on its handlers."""

from pathlib import Path

import pytest
from authentication_forms import Form, expected, forms_of, project_of, verdicts

from constitution_lint.model.api import Auth

FORMS = [form for file in sorted((Path(__file__).parent).glob("*.md")) for form in forms_of(file)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_guard_is_judged(form: Form) -> None:
    wanted = expected(form.code)
    found = verdicts(form.code)
    assert wanted
    assert {name: found[name] for name in wanted} == wanted


LOGGING = """
@app.middleware("http")
async def log(request: Request, call_next):
    print(request.method)
    return await call_next(request)
"""
GUARDING = """
@app.middleware("http")
async def guard(request: Request, call_next):
    if request.url.path != "/tasks/open":
        try:
            decode(request.headers.get("Authorization", "").removeprefix("Bearer "))
        except jwt.PyJWTError:
            return JSONResponse({}, status_code=401)
    return await call_next(request)
"""
ROUTES = """
@app.get("/tasks/open")
def left_open():
    return []


@app.get("/tasks")
def held():
    return []
"""


@pytest.mark.parametrize(
    ("code", "passed_by"), [(LOGGING + ROUTES, ()), (GUARDING + ROUTES, ("guard",))], ids=["logging", "guarding"]
)
def test_only_middleware_that_holds_up_requests_lets_one_by(code: str, passed_by: tuple[str, ...]) -> None:
    open_route = project_of(code).api.routes[0]
    assert open_route.guard.auth is Auth.NONE
    assert open_route.guard.passed_by == passed_by
    assert bool(open_route.guard.related) == bool(passed_by)
