"""What FastAPI's own table does not say of a route: conditions, shadows, middleware, what is not served or known."""

import time

import pytest
from serving import names_for, only, served, table, unmounted
from wiring_forms import FORMS, files_of

from constitution_lint.model.routing import endpoints_of

APP = "from fastapi import FastAPI, APIRouter, Depends\nimport os\napp = FastAPI()\nrouter = APIRouter()\n"
ROUTER = APP.replace("app = FastAPI()\n", "")
ROUTE = "@router.get('/x')\ndef x(): ...\n"


def conditions(text: str) -> dict[str, str]:
    return {one.path: one.condition for one in served({"main.py": APP + ROUTE + text}).endpoints if one.mounted}


def reasons(files: dict[str, str]) -> list[str]:
    return [one.reason for one in served(files).undecided]


def test_inclusion_under_an_environment_switch_carries_its_condition() -> None:
    text = (
        "class Settings(BaseSettings):\n    DEBUG: bool = False\nsettings = Settings()\n"
        "if settings.DEBUG:\n    app.include_router(router, prefix='/debug')\n"
        "else:\n    app.include_router(router, prefix='/plain')\n"
        "if os.getenv('A') == '1':\n    app.include_router(router, prefix='/a')\n"
    )
    assert conditions("from pydantic_settings import BaseSettings\n" + text) == {
        "/debug/x": "settings.DEBUG",
        "/plain/x": "not settings.DEBUG",
        "/a/x": "os.getenv('A') == '1'",
    }


def test_what_follows_a_conditional_return_stands_under_the_opposite() -> None:
    text = (
        "def setup(app):\n    if os.getenv('OFF'):\n        return\n    app.include_router(router, prefix='/on')\n"
        "setup(app)\napp.include_router(router, prefix='/always')\n"
    )
    assert conditions(text) == {"/on/x": "not os.getenv('OFF')", "/always/x": ""}


def test_dependencies_under_a_condition_stand_apart() -> None:
    text = (
        "def guard(): ...\ndef other(): ...\n"
        "router = APIRouter(dependencies=[Depends(guard)] if os.getenv('AUTH') else [])\n"
        + ROUTE
        + "deps = [Depends(other)]\n"
        "if os.getenv('MORE'):\n    deps.append(Depends(guard))\n"
        "app.include_router(router, dependencies=deps)\n"
    )
    endpoint = only({"main.py": APP + text}, "/x")
    assert len(endpoint.dependencies) == 1
    assert [one.condition for one in endpoint.conditional_dependencies] == ["os.getenv('MORE')", "os.getenv('AUTH')"]


def test_earlier_patterns_shadow_later_ones() -> None:
    _, files = files_of("shadowed and converted paths")
    shadowed = {(one.method, one.path): one.shadowed_by for one in served(files).endpoints if one.shadowed_by}
    assert shadowed == {
        ("GET", "/users/me"): "GET /users/{user_id}",
        ("GET", "/files/{name}/meta"): "GET /files/{path:path}",
    }


def test_a_mount_shadows_what_comes_after_it() -> None:
    text = "from fastapi.staticfiles import StaticFiles\napp.mount('/', StaticFiles(directory='s'))\n"
    text += "app.include_router(router)\n"
    endpoints = served({"main.py": APP + ROUTE + text}).endpoints
    assert [(one.method, one.path, one.shadowed_by) for one in endpoints] == [
        ("MOUNT", "/", ""),
        ("GET", "/x", "MOUNT /"),
    ]
    assert endpoints[0].mounted_app == "fastapi.staticfiles.StaticFiles"


def test_router_never_included_is_not_served() -> None:
    files = {
        "main.py": APP + "@app.get('/')\ndef root(): ...\n",
        "old/tasks.py": ROUTER + ROUTE,
    }
    assert table(files) == [("GET", "/", "root")]
    assert unmounted(files) == [("GET", "/x")]


def test_a_router_of_a_package_that_extends_the_framework_serves_what_it_is_told_to() -> None:
    text = "from fastapi_errors import AwareRouter\nrouter = AwareRouter(prefix='/a')\n" + ROUTE
    assert table({"main.py": APP + text + "app.include_router(router)\n"}) == [("GET", "/a/x", "x")]


def test_module_that_nothing_imports_adds_nothing_to_the_application() -> None:
    files = {
        "main.py": APP + "@app.get('/')\ndef root(): ...\n",
        "old.py": "import fastapi\nfrom main import app\n@app.get('/o')\ndef o(): ...\n",
    }
    assert table(files) == [("GET", "/", "root")]
    assert unmounted(files) == [("GET", "/o")]


def test_applications_of_tests_count_only_where_there_is_no_other() -> None:
    test = {"tests/test_app.py": APP + "@app.get('/t')\ndef t(): ...\n"}
    assert table(test) == [("GET", "/t", "t")]
    assert table({**test, "main.py": APP + "@app.get('/')\ndef root(): ...\n"}) == [("GET", "/", "root")]


def test_an_application_whose_name_is_bound_again_is_not_served() -> None:
    _, files = files_of("an application bound twice")
    assert unmounted(files) == [("GET", "/lost")]


def test_several_applications_keep_their_own_routes() -> None:
    files = {f"{name}/main.py": APP + f"@app.get('/{name}')\ndef root(): ...\n" for name in ("orders", "users")}
    found = endpoints_of(names_for(files))
    assert [app.location.file for app in found.apps] == ["orders/main.py", "users/main.py"]
    assert [one.path for one in found.endpoints] == ["/orders", "/users"]


def test_a_factory_called_twice_makes_one_application() -> None:
    files = {
        "factory.py": ROUTER
        + ROUTE
        + "def create():\n    app = FastAPI()\n    app.include_router(router)\n    return app\n",
        "main.py": "from factory import create\napp = create()\n",
        "worker.py": "from factory import create\nworker = create()\n",
    }
    assert table(files) == [("GET", "/x", "x")]


def test_routers_included_when_the_application_starts() -> None:
    text = (
        "from contextlib import asynccontextmanager\n"
        "@asynccontextmanager\nasync def lifespan(app):\n    await setup(app)\n    yield\n"
        "async def setup(app):\n    app.include_router(router, prefix='/late')\n"
        "app = FastAPI(lifespan=lifespan)\n"
        "@app.on_event('startup')\ndef more():\n    app.include_router(router, prefix='/event')\n"
    )
    assert [path for _, path, _ in table({"main.py": APP + ROUTE + text})] == ["/late/x", "/event/x"]


def test_middleware_stands_in_the_order_it_runs() -> None:
    text = (
        "from starlette.middleware.base import BaseHTTPMiddleware\nfrom starlette.middleware import Middleware\n"
        "from fastapi.middleware.cors import CORSMiddleware\n"
        "class Guard(BaseHTTPMiddleware):\n    def __init__(self, app, skip=()):\n        super().__init__(app)\n"
        "    async def dispatch(self, request, call_next): ...\n"
        "class Pure:\n    def __init__(self, app): ...\n    async def __call__(self, scope, receive, send): ...\n"
        "async def timing(request, call_next): ...\n"
        "app = FastAPI(middleware=[Middleware(Pure), Middleware(Guard, skip=['/a'])])\n"
        "@app.middleware('http')\nasync def first(request, call_next): ...\n"
        "app.add_middleware(CORSMiddleware, allow_origins=['*'])\n"
        "if os.getenv('SLOW'):\n    app.add_middleware(BaseHTTPMiddleware, dispatch=timing)\n"
        "app.include_router(router)\nwrapped = Pure(app)\n"
    )
    middleware = only({"main.py": APP + ROUTE + text}, "/x").middleware
    assert [one.name.rsplit(".", 1)[-1] for one in middleware] == [
        "Pure",
        "timing",
        "CORSMiddleware",
        "first",
        "Pure",
        "Guard",
    ]
    assert [one.handler is not None for one in middleware] == [True, True, False, True, True, True]
    assert middleware[1].condition == "os.getenv('SLOW')"
    assert [name for name, _ in middleware[5].arguments] == ["skip"]
    assert middleware[5].handler is not None and middleware[5].handler.owner is not None


def test_class_based_view_knows_its_class() -> None:
    text = (
        "from fastapi_utils.cbv import cbv\ndef db(): ...\ndef user(): ...\n"
        "@cbv(router)\nclass Tasks:\n    session = Depends(db)\n    other: str = Depends(user)\n"
        "    @router.get('/t')\n    def listing(self, u=Depends(user)): ...\n"
        "app.include_router(router)\n"
    )
    files = {"main.py": APP + text}
    endpoint = only(files, "/t")
    assert endpoint.handler is not None and endpoint.handler.owner is not None
    assert endpoint.handler.qualname == "Tasks.listing"


def test_handler_inside_a_function_knows_what_surrounds_it() -> None:
    text = (
        "def build(kind, guard):\n    @router.get('/b')\n    def handler(u=Depends(guard)):\n"
        "        return kind\n    return handler\n"
        "def guard(): ...\nbuild('k', guard)\napp.include_router(router)\n"
    )
    handler = only({"main.py": APP + text}, "/b").handler
    assert handler is not None
    assert [one.name for one in handler.enclosing] == ["build"]
    assert {name for name, _ in handler.bound} == {"kind", "guard"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import stripe\napp.include_router(stripe.router)\n", "stripe.router"),
        ("import plugins\nfor plugin in plugins.load():\n    app.include_router(plugin.router)\n", "cannot be read"),
        ("app.include_router(router, prefix=compute())\n", "prefix"),
        ("@app.get(compute())\ndef c(): ...\n", "path of a route"),
        ("@app.api_route('/m', methods=compute())\ndef m(): ...\n", "methods"),
        ("app.add_api_route('/h', compute())\n", "handler of GET /h"),
        ("from missing.setup import create\ncreate(app)\nfrom .gone import fill\nfill(app)\n", "fill"),
        ("import importlib\napp.include_router(importlib.import_module(os.environ['R']).router)\n", "cannot be read"),
    ],
)
def test_what_cannot_be_resolved_is_listed(text: str, words: str) -> None:
    found = reasons({"main.py": APP + ROUTE + text})
    assert any(words in reason for reason in found), found


def test_routers_imported_by_names_known_in_part_are_conditional() -> None:
    files = {
        "main.py": APP + "import importlib, pkgutil\nimport routers\n"
        "for name in os.environ['ROUTERS'].split(','):\n"
        "    module = importlib.import_module(f'routers.{name}')\n"
        "    app.include_router(module.router, prefix='/p')\n",
        "routers/__init__.py": "",
        "routers/a.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/a')\ndef a(): ...\n",
        "routers/b.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/b')\ndef b(): ...\n",
    }
    found = served(files)
    assert [(one.path, one.condition) for one in found.endpoints] == [
        ("/p/a", "it is found at run time"),
        ("/p/b", "it is found at run time"),
    ]
    assert found.undecided


def test_status_tags_and_schema_are_kept() -> None:
    text = (
        "from fastapi import status\nfrom http import HTTPStatus\n"
        "router = APIRouter(tags=['t'])\n"
        "@router.post('/a', status_code=status.HTTP_201_CREATED, tags=['u'], response_model=list[int])\ndef a(): ...\n"
        "@router.delete('/b', status_code=HTTPStatus.NO_CONTENT, include_in_schema=False)\ndef b(): ...\n"
        "app.include_router(router, tags=['s'])\n"
    )
    first, second = served({"main.py": APP + text}).endpoints
    assert (first.status_code, first.tags, first.response_model is not None) == (201, ("s", "t", "u"), True)
    assert (second.status_code, second.include_in_schema) == (204, False)


@pytest.mark.parametrize(
    "text",
    [
        "def f(): return f()\nf()\n",
        "def f(x): return g(x)\ndef g(x): return f(x)\nf(1)\n",
        "while True:\n    app.include_router(router)\n",
        "for a in range(10**9):\n    for b in range(10**9):\n        x = [a, b]\n",
        "x = 'a'\nfor i in range(2000):\n    x = x + x\n",
        "x = [1]\nfor i in range(2000):\n    x = x + x\n    x += x\n    x.extend(x)\n",
        "x = '%999999999d' % 1\ny = '{:>999999999}'.format(1)\n"
        "z = 'a'\nfor i in range(99):\n    z = z.replace('a', 'aaa')\n",
        "x = []\nfor i in range(2000):\n    x = [x, x]\n",
        "router.include_router(router)\nother = APIRouter()\nother.include_router(router)\n"
        "router.include_router(other)\napp.include_router(router)\n",
        "app.mount('/a', app)\nb = FastAPI()\nb.mount('/c', app)\napp.mount('/b', b)\n",
        "class A(A): ...\nclass B(B.C): ...\nA()\n",
        "from main import app, router\nimport main\nmain.app.include_router(main.router)\n",
        "r = router\nfor i in range(40):\n    n = APIRouter()\n    n.include_router(r)\n"
        "    n.include_router(r)\n    r = n\napp.include_router(r)\n",
        "x = lambda f: f(f)\nx(x)\n",
        "from sqlalchemy import select\nq = select(1)\n"
        + "".join(f"if os.getenv('{i}'):\n    q = q.where({i})\n" for i in range(60)),
        "a, *b = app\n(c, d), e = 1, 2\n[f] = []\napp.x.y.z = 1\ndel q\n",
        "'%s %s' % 1\n'{}'.format()\n[][5]\n'a'[99]\nint('z')\n1 / 0\n'a' * 10**9\n",
    ],
)
def test_hostile_wiring_ends_without_an_exception(text: str) -> None:
    started = time.perf_counter()
    served({"main.py": APP + ROUTE + text})
    assert time.perf_counter() - started < 8


def test_the_answer_is_the_same_every_time() -> None:
    for form in FORMS:
        _, files = files_of(form)
        assert served(files) == served(files)


def test_two_thousand_routes_take_well_under_ten_seconds() -> None:
    modules = {
        f"routes/r{number}.py": f"from fastapi import APIRouter\nrouter = APIRouter(prefix='/r{number}')\n"
        + "".join(f"@router.get('/{i}/{{item_id}}')\ndef h{i}(item_id: int): ...\n" for i in range(40))
        for number in range(50)
    }
    lines = [f"from routes.r{n} import router as r{n}\napp.include_router(r{n}, prefix='/api')\n" for n in range(50)]
    names = names_for({**modules, "main.py": APP + "".join(lines)})
    started = time.perf_counter()
    assert len(endpoints_of(names).endpoints) == 2000
    assert time.perf_counter() - started < 5


def test_one_module_that_never_ends_hides_nothing_of_the_others() -> None:
    endless = "import fastapi\nfor a in range(3000):\n    for b in range(3000):\n"
    endless += "        for c in range(3000):\n            d = c\n"
    files = {"main.py": APP + ROUTE + "app.include_router(router)\n", "aaa.py": endless, "zzz/main.py": APP + ROUTE}
    found = served(files)
    assert [(one.path, one.mounted) for one in found.endpoints] == [("/x", True), ("/x", False)]
    assert any("more steps" in one.reason for one in found.undecided)
