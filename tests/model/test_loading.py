"""Modules that are loaded by a name or a path, in place of being imported."""

import pytest
from isolating import verdicts_of

TOOLS = """
from prelude import *


class Given(BaseModel):
    user_id: int


async def list_tasks(given: Given):
    with Session(engine) as db:
        return db.exec(select(Task).where(Task.user_id == given.user_id)).all()
"""
BY_PATH = """
spec = importlib.util.spec_from_file_location("tools", {path})
tools = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tools)
"""
PATHS = {
    "pathlib": 'Path(__file__).parent / "mcp-server" / "tools.py"',
    "join": 'os.path.join(os.path.dirname(__file__), "mcp-server", "tools.py")',
    "upwards": 'os.path.join(os.path.dirname(__file__), "..", "app", "mcp-server", "tools.py")',
    "formatted": 'f"{os.path.dirname(os.path.abspath(__file__))}/mcp-server/tools.py"',
    "joinpath": 'str(Path(__file__).resolve().parent.joinpath("mcp-server", "tools.py"))',
}
BY_NAME = {
    "import_module": 'tools = importlib.import_module("plugins.tools")',
    "dunder": 'tools = __import__("plugins.tools", fromlist=["list_tasks"])',
    "in_a_function": (
        "def load():\n"
        '    spec = importlib.util.spec_from_file_location("t", Path(__file__).parent / "plugins" / "tools.py")\n'
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    return module\n\n\ntools = load()"
    ),
}
UNKNOWN = {
    "name_of_the_environment": 'tools = importlib.import_module(os.environ["PLUGINS"])',
    "path_of_the_environment": BY_PATH.format(path='os.environ["PLUGIN"]'),
}
HEAD = "import importlib, importlib.util, os\nfrom pathlib import Path\nfrom prelude import *\n"
ROUTE = """

@app.post("/call")
async def call(parameters: dict):
    return await tools.list_tasks(tools.Given(**parameters))
"""
CHOSEN = """
list_tasks, Given = tools.list_tasks, tools.Given


@app.post("/call")
async def call(parameters: dict):
    function, model = {"list": (list_tasks, Given)}[parameters["name"]]
    return await function(model(**parameters))
"""


def said(loading: str, route: str = ROUTE, folder: str = "plugins") -> str:
    return verdicts_of({"app/main.py": HEAD + loading + route, f"app/{folder}/tools.py": TOOLS})["call"]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("route", (ROUTE, CHOSEN), ids=("called", "chosen"))
def test_a_path_leads_to_the_module_that_ends_so(path: str, route: str) -> None:
    assert said(BY_PATH.format(path=path), route, "mcp-server") == "leak client-named-owner"


@pytest.mark.parametrize("loading", BY_NAME.values(), ids=BY_NAME)
def test_a_name_that_is_written_down_is_an_import(loading: str) -> None:
    assert said(loading) == "leak client-named-owner"


@pytest.mark.parametrize("loading", UNKNOWN.values(), ids=UNKNOWN)
def test_what_code_of_an_unknown_module_does_is_open(loading: str) -> None:
    assert said(loading) == "unproven"


@pytest.mark.parametrize(
    "loading", ('tools = importlib.import_module("math")', 'tools = importlib.import_module(f"lib.{os.name}")')
)
def test_a_module_of_a_library_is_no_part_of_the_project(loading: str) -> None:
    assert said(loading) == "not_applicable"


def test_of_two_that_end_so_the_nearer_is_meant() -> None:
    files = {
        "a/main.py": HEAD + BY_PATH.format(path='Path(__file__).parent / "mcp" / "tools.py"') + ROUTE,
        "a/mcp/tools.py": TOOLS,
        "b/mcp/tools.py": TOOLS.replace("given.user_id)", "0)"),
    }
    assert verdicts_of(files)["call"] == "leak client-named-owner"
