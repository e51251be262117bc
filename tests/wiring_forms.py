"""Small projects in every form an application is wired in; FastAPI itself builds each of them in the tests.

A form is a file tree in one text: lines of `=== path` begin a file. The application is `main:app` unless the first line
names another (`@ module:name`).
"""

FORMS: dict[str, str] = {}


def _form(name: str, text: str) -> None:
    FORMS[name] = text.strip("\n")


def files_of(name: str) -> tuple[str, dict[str, str]]:
    """The application's name and the files."""
    target, files, path = "main:app", {}, ""
    for line in FORMS[name].splitlines():
        if line.startswith("@ "):
            target = line[2:]
        elif line.startswith("=== "):
            path = line[4:]
            files[path] = ""
        else:
            files[path] += line + "\n"
    return target, files


_form(
    "decorators of every method",
    """
=== main.py
from fastapi import FastAPI, WebSocket
app = FastAPI()

@app.get("/a")
def a(): ...
@app.post("/a")
async def create(): ...
@app.put("/a/{id}")
def replace(id: int): ...
@app.patch("/a/{id}")
def change(id: int): ...
@app.delete("/a/{id}")
def remove(id: int): ...
@app.options("/a")
def options(): ...
@app.head("/a")
def head(): ...
@app.trace("/a")
def trace(): ...
@app.api_route("/b", methods=["GET", "post"])
def both(): ...
@app.api_route("/c")
def plain(): ...
@app.websocket("/ws/{room}")
async def room(websocket: WebSocket): ...
@app.get("/d")
@app.get("/e")
def twice(): ...
""",
)
_form(
    "added by calls",
    """
=== main.py
from fastapi import FastAPI, APIRouter, WebSocket
from views import listing, socket
from starlette.responses import PlainTextResponse
from functools import partial
def hello(): ...
def given(flag, name: str): ...
async def text(request): ...
app = FastAPI()
app.add_api_route("/hello", hello)
app.add_api_route("/many", endpoint=hello, methods=["PUT", "DELETE"])
app.add_api_route(path="/list", endpoint=listing, methods={"GET"})
app.add_api_websocket_route("/ws", socket)
app.add_route("/text", text, methods=["GET"])
app.router.add_api_route("/inner", hello, methods=("POST",))
app.add_api_route("/partial", partial(given, True))
app.add_api_route("/lambda", lambda: 1)
=== views.py
def listing(): ...
async def socket(websocket): ...
""",
)
_form(
    "nested, repeated and looped inclusions",
    """
=== main.py
from fastapi import FastAPI
from api import api_router, VERSION
from api.users import router as users_router
from api import tasks, users
import api.notes
PREFIXES = {"/one": users_router, "/two": tasks.router}
app = FastAPI()
app.include_router(api_router, prefix=f"/api/{VERSION}")
app.include_router(users_router, prefix="/again")
for prefix, router in PREFIXES.items():
    app.include_router(router, prefix="/loop" + prefix)
for module in (users, tasks, api.notes):
    app.include_router(module.router, prefix="/" + module.NAME)
[app.include_router(r, prefix="/comp%d" % n) for n, r in enumerate([users.router, tasks.router])]
=== api/__init__.py
from fastapi import APIRouter
from . import users
from .tasks import router as tasks_router
VERSION = "v" + str(1)
api_router = APIRouter(prefix="/inner")
api_router.include_router(users.router)
api_router.include_router(tasks_router, prefix="/tasks")
=== api/users.py
from fastapi import APIRouter
NAME = "users"
router = APIRouter(prefix="/users")
@router.get("")
def list_users(): ...
@router.get("/{user_id}")
def get_user(user_id: int): ...
=== api/tasks.py
from fastapi import APIRouter
NAME = __name__.split(".")[-1]
router = APIRouter()
@router.get("/x")
def list_tasks(): ...
=== api/notes.py
from fastapi import APIRouter
from .users import router as _
NAME = "notes".upper()
router = APIRouter()
@router.post("/n")
def note(): ...
""",
)
_form(
    "prefixes from settings and the environment",
    """
=== main.py
import os
from fastapi import FastAPI, APIRouter
from config import settings, get_settings, Paths, PREFIX as P
from config import *
router = APIRouter(prefix=os.getenv("TEST_ONLY_PREFIX", "/env"))
@router.get(Paths.ITEMS)
def items(): ...
@router.get(Paths.ITEMS.value + "/more")
def more(): ...
app = FastAPI()
app.include_router(router, prefix=settings.API_V1_STR)
app.include_router(router, prefix=get_settings().prefix)
app.include_router(router, prefix=P)
app.include_router(router, prefix=SHARED["prefix"])
app.include_router(router, prefix="{}/{}".format("/f", settings.version))
app.include_router(router, prefix=os.environ.get("TEST_ONLY_OTHER") or "/fallback")
app.include_router(router, prefix="".join(["/j", "oin"]))
app.include_router(router, prefix="/%s" % settings.version)
=== config.py
from enum import Enum
from functools import lru_cache
class Base:
    API_V1_STR: str = "/api/v1"
class Settings(Base):
    version = "v2"
    root: str = "/root"
    def __init__(self, extra="x"):
        self.extra = extra
    @property
    def prefix(self) -> str:
        return f"{self.root}/{self.version}/{self.extra}"
class Paths(str, Enum):
    ITEMS = "/items"
PREFIX = "/p"
SHARED = {"prefix": "/shared", **{"other": 1}}
settings = Settings()
@lru_cache
def get_settings():
    return settings
""",
)
_form(
    "an application factory",
    """
=== main.py
from factory import create_app
app = create_app(debug=True)
=== factory.py
from fastapi import FastAPI
def create_app(debug: bool = False, prefix="/api") -> FastAPI:
    app = FastAPI()
    register(app, prefix)
    if debug:
        @app.get("/debug")
        def debug_info(): ...
    return app
def register(app, prefix):
    from routes import build_router
    app.include_router(build_router("tasks"), prefix=prefix)
    app.include_router(build_router(name="users"), prefix=prefix)
=== routes.py
from fastapi import APIRouter
def build_router(name):
    router = APIRouter(prefix=f"/{name}")
    @router.get("/")
    def listing(): ...
    @router.post("/")
    def create(): ...
    return router
""",
)
_form(
    "a factory that is only returned",
    """
@ service.app:create_app()
=== service/__init__.py
=== service/app.py
from fastapi import FastAPI
from .routes import router
def create_app() -> FastAPI:
    application = FastAPI()
    application.include_router(router)
    return application
=== service/routes.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/only")
def handler(): ...
""",
)
_form(
    "an application as an attribute of an object",
    """
=== main.py
from fastapi import FastAPI
from controllers import TaskController
class Server:
    def __init__(self, name):
        self.name = name
        self.app = FastAPI(title=name)
        self._routes()
    def _routes(self):
        self.app.get("/health")(self.health)
        self.app.include_router(TaskController("svc").router, prefix="/tasks")
    def health(self): ...
app = Server("x").app
=== controllers.py
from fastapi import APIRouter
class Controller:
    prefix = ""
    def __init__(self, service):
        self.router = APIRouter(prefix=self.prefix)
        self.service = service
        self.register()
    def register(self):
        raise NotImplementedError
    def route(self, path, method, handler):
        self.router.add_api_route(path, handler, methods=[method])
class TaskController(Controller):
    prefix = "/c"
    def __init__(self, service):
        super().__init__(service)
        self.router.add_api_route("/extra", self.extra)
    def register(self):
        self.route("/", "GET", self.list)
        self.route("/{id}", "DELETE", self.remove)
    def list(self): ...
    def remove(self, id: int): ...
    def extra(self): ...
""",
)
_form(
    "a router filled in another module",
    """
=== main.py
from fastapi import FastAPI
from base import router
import fill_one
from fill_two import *
app = FastAPI()
app.include_router(router, prefix="/r")
import late
=== base.py
from fastapi import APIRouter
router = APIRouter()
=== fill_one.py
from base import router
@router.get("/one")
def one(): ...
=== fill_two.py
import base as shared
@shared.router.get("/two")
def two(): ...
=== late.py
from main import app
@app.get("/late")
def late(): ...
""",
)
_form(
    "wrapper decorators",
    """
=== main.py
from fastapi import FastAPI, APIRouter
from functools import wraps
app = FastAPI()
router = APIRouter()
def route(path, **kwargs):
    return router.get("/w" + path, **kwargs)
def endpoint(path, methods=("GET",)):
    def decorate(function):
        router.add_api_route(path, function, methods=list(methods))
        return function
    return decorate
def logged(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
def logged_route(path):
    def decorate(function):
        return router.post(path)(logged(function))
    return decorate
@route("/a")
def a(): ...
@endpoint("/b", methods=("PUT", "PATCH"))
def b(): ...
@router.get("/c")
@logged
def c(): ...
@logged_route("/d")
def d(): ...
get = router.get
@get("/e")
def e(): ...
@getattr(router, "delete")("/f")
def f(): ...
for method in ["get", "post"]:
    getattr(router, method)("/g")(a)
app.include_router(router)
""",
)
_form(
    "subclasses of routers and applications",
    """
=== main.py
from fastapi import FastAPI, APIRouter
class Api(FastAPI):
    def __init__(self, **kwargs):
        super().__init__(title="x", **kwargs)
        self.add_api_route("/built-in", self.built_in)
    def built_in(self): ...
class Versioned(APIRouter):
    def __init__(self, *args, version: int = 1, **kwargs):
        super().__init__(*args, prefix=f"/v{version}" + kwargs.pop("prefix", ""), **kwargs)
class Both(APIRouter):
    def add_api_route(self, path, endpoint, **kwargs):
        super().add_api_route(path, endpoint, **kwargs)
        super().add_api_route(path + "/", endpoint, **kwargs)
class Public(APIRouter):
    def public_get(self, path):
        return self.get("/public" + path)
app = Api()
one = Versioned(version=2, prefix="/x")
two = Both()
three = Public()
@one.get("/a")
def a(): ...
@two.get("/b")
def b(): ...
@three.public_get("/c")
def c(): ...
for r in (one, two, three):
    app.include_router(r)
""",
)
_form(
    "mounted applications",
    """
=== main.py
from fastapi import FastAPI, APIRouter, Depends
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route, Mount
def guard(): ...
app = FastAPI(dependencies=[Depends(guard)])
sub = FastAPI()
inner = FastAPI()
@sub.get("/s")
def s(): ...
@inner.get("/i")
def i(): ...
@app.get("/a")
def a(): ...
sub.mount("/inner", inner)
app.mount("/sub", sub)
app.mount("/static", StaticFiles(directory=".", check_dir=False), name="static")
app.mount(path="/again", app=sub)
""",
)
_form(
    "routes given to the constructor",
    """
=== main.py
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route, Mount, WebSocketRoute
async def a(request): ...
async def b(request): ...
async def w(websocket): ...
def c(): ...
app = FastAPI(routes=[
    Route("/a", a),
    Route("/b", endpoint=b, methods=["POST"]),
    WebSocketRoute("/w", w),
    APIRoute("/c", c, methods=["PUT"]),
    Mount("/m", routes=[Route("/a", a)]),
])
""",
)
_form(
    "class-based views by hand",
    """
=== main.py
from fastapi import FastAPI, APIRouter, Depends
router = APIRouter(prefix="/items")
class ItemView:
    kind = "item"
    @staticmethod
    def listing(): ...
    @classmethod
    def create(cls): ...
    def detail(self, id: int): ...
view = ItemView()
router.add_api_route("", ItemView.listing)
router.add_api_route("", ItemView.create, methods=["POST"])
router.add_api_route("/{id}", view.detail)
class Crud:
    def __init__(self, name, *, router=None):
        self.router = router or APIRouter(prefix="/" + name)
        for path, method in self.table().items():
            self.router.add_api_route(path, getattr(self, method), methods=[method.upper()])
    def table(self):
        return {"/": "get", "/new": "post"}
    def get(self): ...
    def post(self): ...
app = FastAPI()
app.include_router(router)
app.include_router(Crud("tasks").router)
app.include_router(Crud("users", router=APIRouter(prefix="/u")).router)
""",
)
_form(
    "modules by name",
    """
=== main.py
import importlib
from fastapi import FastAPI
app = FastAPI()
for name in ["users", "tasks"]:
    module = importlib.import_module(f"routers.{name}")
    app.include_router(module.router, prefix=f"/{name}")
for name in ("users",):
    app.include_router(getattr(importlib.import_module("." + name, package="routers"), "router"), prefix="/rel")
=== routers/__init__.py
=== routers/users.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/u")
def users(): ...
=== routers/tasks.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/t")
def tasks(): ...
""",
)
_form(
    "modules found in folders",
    """
=== main.py
import glob
import importlib
import importlib.util
import os
import pkgutil
from pathlib import Path
from fastapi import FastAPI, APIRouter
import routers
app = FastAPI()
HERE = Path(__file__).resolve().parent
for info in pkgutil.iter_modules(routers.__path__):
    app.include_router(importlib.import_module(f"{routers.__name__}.{info.name}").router, prefix="/pkgutil")
for _, name, is_package in pkgutil.walk_packages([str(HERE / "routers")], prefix="routers."):
    if not is_package:
        app.include_router(importlib.import_module(name).router, prefix="/walk")
for file in sorted(os.listdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "routers"))):
    if file.endswith(".py") and not file.startswith("__"):
        app.include_router(importlib.import_module("routers." + file[:-3]).router, prefix="/listdir")
for path in sorted(HERE.glob("routers/*.py")):
    if path.stem != "__init__":
        app.include_router(importlib.import_module(f"routers.{path.stem}").router, prefix="/glob")
for path in sorted((HERE / "routers").rglob("*.py")):
    name = ".".join(path.relative_to(HERE).with_suffix("").parts)
    module = importlib.import_module(name)
    if hasattr(module, "router"):
        app.include_router(module.router, prefix="/rglob")
for path in sorted(glob.glob(str(HERE) + "/routers/*.py")):
    name = os.path.splitext(os.path.basename(path))[0]
    if name == "__init__":
        continue
    router = getattr(importlib.import_module(f".{name}", "routers"), "router", None)
    if isinstance(router, APIRouter):
        app.include_router(router, prefix="/globbed")
for root, folders, files in os.walk(HERE / "routers"):
    for file in sorted(files):
        if file.endswith("_routes.py"):
            spec = importlib.util.spec_from_file_location(file, os.path.join(root, file))
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            app.include_router(module.router, prefix="/os-walk")
=== routers/__init__.py
=== routers/tasks_routes.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/t")
def tasks(): ...
=== routers/users.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/u")
def users(): ...
""",
)
_form(
    "guarded imports and branches",
    """
=== main.py
import sys
from typing import TYPE_CHECKING
from fastapi import FastAPI, APIRouter
if TYPE_CHECKING:
    from missing import nothing
try:
    from .nowhere import router
except ImportError:
    from here import router
app = FastAPI()
if __name__ == "__main__":
    @app.get("/never")
    def never(): ...
ENABLED = True
if ENABLED and not False:
    app.include_router(router, prefix="/on")
else:
    app.include_router(router, prefix="/off")
if "x" in ["y"]:
    app.include_router(router, prefix="/no")
match "b":
    case "a":
        app.include_router(router, prefix="/a")
    case "b":
        app.include_router(router, prefix="/b")
count = 0
while count > 1:
    app.include_router(router, prefix="/while")
with open(__file__) as source:
    app.include_router(router, prefix="/with")
=== here.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/h")
def h(): ...
""",
)
_form(
    "routers re-exported and in containers",
    """
=== main.py
from fastapi import FastAPI
from routers import ALL, by_name, first
import routers as r
app = FastAPI()
for router, options in ALL:
    app.include_router(router, **options)
for name, router in by_name.items():
    app.include_router(router, prefix=f"/by/{name}")
app.include_router(first, prefix="/first")
app.include_router(r.second_module.router, prefix="/second")
for item in r.registry:
    app.include_router(item["router"], prefix=item.get("prefix", "/none"))
for one in r.made():
    app.include_router(one)
for entry in r.entries:
    app.include_router(entry.router, prefix=entry.prefix)
=== routers/__init__.py
from dataclasses import dataclass
from typing import NamedTuple
from fastapi import APIRouter
from .first import router as first
from . import second as second_module
ALL = [(first, {"prefix": "/all", "tags": ["x"]}), (second_module.router, dict(prefix="/all2"))]
by_name = {n: r for n, r in zip(["a", "b"], (first, second_module.router))}
registry = []
registry.append({"router": first, "prefix": "/registry"})
registry += [{"router": second_module.router}]
@dataclass
class Entry:
    router: APIRouter
    prefix: str = "/entry"
class Other(NamedTuple):
    router: APIRouter
    prefix: str
entries = [Entry(first), Other(second_module.router, "/other")]
def made():
    for router in (first,):
        yield router
=== routers/first.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/f")
def f(): ...
=== routers/second.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/s")
def s(): ...
""",
)
_form(
    "dependencies of every place",
    """
=== main.py
from typing import Annotated, Optional
from functools import partial
from fastapi import FastAPI, APIRouter, Depends, Security, Header
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from deps import CurrentUser, get_user, RoleChecker, of_app, of_include, of_router, of_route, Pager
import deps
bearer = HTTPBearer()
app = FastAPI(dependencies=[Depends(of_app)])
outer = APIRouter(dependencies=[Depends(of_router)])
router = APIRouter(prefix="/r", dependencies=[Depends(RoleChecker("admin"))])
@router.get("/one", dependencies=[Depends(of_route), Security(get_user, scopes=["a"])])
def one(user: CurrentUser, pager: Pager = Depends(), token=Security(bearer)): ...
@router.get("/two")
def two(user: Annotated[str, Header(), Depends(get_user)], p: Annotated[Pager, Depends()], q: "CurrentUser" = None): ...
@app.get("/three")
def three(
    a: deps.CurrentUser,
    b=Depends(deps.checker),
    c=Depends(partial(deps.parted, 1)),
    d=Depends(lambda x=Depends(bearer): x),
): ...
@app.get("/four", dependencies=deps.COMMON)
def four(user=Depends(deps.Service.current), z=Depends(deps.service.bound)): ...
@app.websocket("/ws")
async def ws(websocket, user: CurrentUser): ...
outer.include_router(router, dependencies=[Depends(of_include)])
app.include_router(outer, dependencies=[*deps.COMMON, Depends(of_include)])
=== deps.py
from typing import Annotated
from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
oauth2 = OAuth2PasswordBearer(tokenUrl="t")
def get_db():
    yield 1
Session = Annotated[object, Depends(get_db)]
def token(value: str = Depends(oauth2)): ...
def get_user(db: Session, t: Annotated[str, Depends(token)]): ...
CurrentUser = Annotated[str, Depends(get_user)]
class RoleChecker:
    def __init__(self, role): self.role = role
    def __call__(self, user: CurrentUser): ...
checker = RoleChecker("x")
def of_app(): ...
def of_include(): ...
def of_router(): ...
def of_route(): ...
def parted(a, db: Session): ...
class Pager:
    def __init__(self, db: Session, page: int = 1): ...
class Service:
    @staticmethod
    def current(db: Session): ...
    def bound(self, db: Session): ...
service = Service()
COMMON = [Depends(of_app), Depends(RoleChecker("x"))]
""",
)
_form(
    "one factory of routers for several guards",
    """
=== main.py
from fastapi import FastAPI, Depends
from crud import make
def admin(): ...
def user(): ...
app = FastAPI()
app.include_router(make("a", admin))
app.include_router(make("b", guard=user))
for name, guard in [("c", admin), ("d", user)]:
    app.include_router(make(name, guard), dependencies=[Depends(guard)])
=== crud.py
from fastapi import APIRouter, Depends
def make(name, guard):
    router = APIRouter(prefix=f"/{name}", dependencies=[Depends(guard)])
    def local(g=Depends(guard)): ...
    @router.get("/", dependencies=[Depends(local)])
    def listing(who=Depends(guard), also=Depends(local)): ...
    return router
""",
)
_form(
    "shadowed and converted paths",
    """
=== main.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/users/{user_id}")
def user(user_id: str): ...
@app.get("/users/me")
def me(): ...
@app.post("/users/me")
def change(): ...
@app.get("/numbers/{n:int}")
def number(n: int): ...
@app.get("/numbers/first")
def first(): ...
@app.get("/files/{path:path}")
def files(path: str): ...
@app.get("/files/{name}/meta")
def meta(name: str): ...
@app.get("/numbers/{n}")
def any_number(n: str): ...
""",
)
_form(
    "settings of every kind",
    """
=== app/__init__.py
=== app/main.py
from fastapi import FastAPI, APIRouter
from app.config import settings, Config, plain, get, NESTED, from_dict
from app import config
app = FastAPI()
router = APIRouter()
@router.get("/x")
def x(): ...
app.include_router(router, prefix=settings.api.v1.prefix)
app.include_router(router, prefix=settings.full)
app.include_router(router, prefix=settings.COMPUTED)
app.include_router(router, prefix=Config.PREFIX)
app.include_router(router, prefix=plain.prefix)
app.include_router(router, prefix=get()["api"]["prefix"])
app.include_router(router, prefix=NESTED.get("a", {}).get("b", "/none"))
app.include_router(router, prefix=f"{settings.api_prefix.rstrip('/')}/tasks")
app.include_router(router, prefix=config.settings.maybe or "/fallback")
app.include_router(router, prefix=str(settings.api_prefix) + "/" + str(settings.number))
app.include_router(router, prefix=from_dict.prefix)
app.include_router(router, prefix=config.named("n"))
app.include_router(router, **config.OPTIONS)
=== app/config.py
from dataclasses import dataclass, field
from functools import cached_property
from pydantic import BaseModel, Field, computed_field
from types import SimpleNamespace
class V1(BaseModel):
    prefix: str = "/v1"
class Api(BaseModel):
    v1: V1 = V1()
    name: str = Field("api", description="x")
class Settings(BaseModel):
    api: Api = Field(default_factory=Api)
    api_prefix: str = Field(default="/pre/")
    maybe: str = ""
    number: int = 3
    @property
    def full(self) -> str:
        return "/" + "/".join([self.api.name, "full"])
    @computed_field
    @cached_property
    def COMPUTED(self) -> str:
        if self.maybe:
            return self.maybe
        return f"/{self.number:02d}" if False else "/computed"
class Config:
    BASE = "/base"
    PREFIX = BASE + "/config"
@dataclass(frozen=True)
class Plain:
    prefix: str
    other: list = field(default_factory=list)
settings = Settings()
plain = Plain("/plain")
def get():
    return {"api": {"prefix": "/dict"}}
NESTED = {"a": {"b": "/nested"}}
from_dict = SimpleNamespace(prefix="/namespace")
def named(name, *, root="/named"):
    match name:
        case "n":
            return f"{root}/{name}"
        case _:
            return "/other"
OPTIONS = dict(prefix="/options", tags=["o"])
""",
)
FORMS["settings of every kind"] = "@ app.main:app\n" + FORMS["settings of every kind"]
_form(
    "objects made once and made by others",
    """
=== main.py
from functools import partial, lru_cache
from fastapi import FastAPI, APIRouter, Depends
class Holder:
    _app = None
    routers = []
    @classmethod
    def app(cls):
        if cls._app is None:
            cls._app = FastAPI()
        return cls._app
    @classmethod
    def register(cls, router):
        cls.routers.append(router)
        return router
ApiRouter = partial(APIRouter, prefix="/partial")
@lru_cache(maxsize=None)
def shared():
    return APIRouter(prefix="/shared")
def guard(): ...
def other(): ...
def guarded():
    return Depends(guard)
one = Holder.register(ApiRouter())
two = Holder.register(shared())
common = {"prefix": "/common", "dependencies": list(map(Depends, [guard, other]))}
three = Holder.register(APIRouter(**common))
four = APIRouter(dependencies=[*(Depends(x) for x in (guard, other))])
four.prefix = "/four"
@one.get("/a")
def a(user=guarded()): ...
@shared().get("/b")
def b(): ...
@three.get(path="/c", dependencies=[guarded()])
def c(): ...
@four.get("/d")
def d(): ...
class Endpoint:
    def __call__(self, who=Depends(guard)): ...
four.add_api_route("/callable", Endpoint(), name="callable")
for router in Holder.routers + [four]:
    Holder.app().include_router(router)
app = Holder.app()
def setup(app: FastAPI, *routers, **options) -> None:
    list(map(app.include_router, routers))
    for router in routers:
        app.include_router(router, **options)
setup(app, four, prefix="/again")
""",
)
_form(
    "controllers with decorated methods",
    """
=== main.py
from fastapi import FastAPI
from base import Controller, get, post, controller
class Health(Controller):
    prefix = "/health"
    @get("/")
    def show(self): ...
    @post("/ping")
    async def ping(self, times: int = 1): ...
@controller("/tasks")
class Tasks:
    def routes(self, router):
        @router.get("/mine")
        def mine(): ...
        router.add_api_route("/all", self.all)
    def all(self): ...
app = FastAPI()
for kind in (Health,):
    app.include_router(kind().router)
for router in controller.made:
    app.include_router(router)
=== base.py
from fastapi import APIRouter
ROUTES = []
def get(path):
    def mark(function):
        ROUTES.append((path, "GET", function.__name__))
        return function
    return mark
def post(path):
    def mark(function):
        ROUTES.append((path, "POST", function.__name__))
        return function
    return mark
class Controller:
    prefix = ""
    def __init__(self):
        self.router = APIRouter(prefix=self.prefix)
        for path, method, name in ROUTES:
            self.router.add_api_route(path, getattr(self, name), methods=[method])
class _Decorator:
    def __init__(self):
        self.made = []
    def __call__(self, prefix):
        def decorate(cls):
            router = APIRouter(prefix=prefix)
            cls().routes(router)
            self.made.append(router)
            return cls
        return decorate
controller = _Decorator()
""",
)
_form(
    "methods marked for their class",
    """
=== main.py
import inspect
from fastapi import FastAPI, APIRouter
def route(path, methods):
    def mark(function):
        function._route = (path, methods)
        return function
    return mark
class View:
    def __init__(self):
        self.router = APIRouter(prefix="/view")
        for name, member in inspect.getmembers(self, predicate=inspect.ismethod):
            if hasattr(member, "_route"):
                path, methods = member._route
                self.router.add_api_route(path, member, methods=methods)
class Items(View):
    @route("/a", ["GET"])
    def a(self): ...
    @route("/b", ["POST", "PUT"])
    def b(self): ...
class Others(APIRouter):
    def __init__(self):
        super().__init__(prefix="/others")
        for name in dir(self):
            if name.startswith("on_get_"):
                self.add_api_route("/" + name.removeprefix("on_get_"), getattr(self, name))
    def on_get_one(self): ...
    def on_get_two(self): ...
app = FastAPI()
app.include_router(Items().router)
app.include_router(Others())
""",
)
_form(
    "an application bound twice",
    """
=== main.py
from fastapi import FastAPI
app = FastAPI(title="first")
@app.get("/lost")
def lost(): ...
app = FastAPI(title="second")
@app.get("/kept")
def kept(): ...
""",
)
_form(
    "class-based views by a decorator of one's own",
    """
=== main.py
import inspect
from fastapi import APIRouter, Depends, FastAPI
def cbv(router):
    def decorate(cls):
        functions = {function for _, function in inspect.getmembers(cls, inspect.isfunction)}
        inner = APIRouter()
        routes = [route for route in router.routes if route.endpoint in functions]
        for route in routes:
            router.routes.remove(route)
            signature = inspect.signature(route.endpoint)
            first, *others = signature.parameters.values()
            others = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in others]
            first = first.replace(default=Depends(cls))
            route.endpoint.__signature__ = signature.replace(parameters=[first, *others])
            inner.add_api_route(route.path, route.endpoint, methods=list(route.methods))
        router.include_router(inner)
        return cls
    return decorate
def db(): ...
router = APIRouter()
@cbv(router)
class Tasks:
    def __init__(self, session=Depends(db)):
        self.session = session
    @router.get("/tasks")
    def listing(self): ...
    @router.post("/tasks")
    def create(self, also=Depends(db)): ...
app = FastAPI()
app.include_router(router, prefix="/v1")
""",
)
_form(
    "rarer spellings",
    """
=== main.py
from http import HTTPMethod
from fastapi import FastAPI, APIRouter
from routers import *
import routers
class Registered:
    known = []
    def __init_subclass__(cls, prefix="", **kwargs):
        super().__init_subclass__(**kwargs)
        router = APIRouter(prefix=prefix)
        router.add_api_route("/", cls.show, methods=[HTTPMethod.GET, HTTPMethod.POST])
        Registered.known.append(router)
class One(Registered, prefix="/one"):
    @staticmethod
    def show(): ...
class Two(Registered, prefix="/two"):
    @staticmethod
    def show(): ...
app = FastAPI()
app.include_router(users.router)
for name in routers.__all__:
    app.include_router(getattr(routers, name).router, prefix="/all")
for router in Registered.known:
    app.include_router(router)
app.include_router(APIRouter(routes=tasks.router.routes), prefix="/copied")
app.include_router(**{"router": tasks.router, "prefix": "/unpacked"})
=== routers/__init__.py
__all__ = ["users", "tasks"]
=== routers/users.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/u")
def show_users(): ...
=== routers/tasks.py
from fastapi import APIRouter
router = APIRouter(prefix="/t")
@router.get("/x")
def show_tasks(): ...
""",
)
