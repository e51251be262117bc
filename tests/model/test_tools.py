"""Which tools a file's backend may ask a server for."""

import pytest

from constitution_lint.facts.code import FunctionDef
from constitution_lint.facts.location import Span
from constitution_lint.model.tools import Tool, tools_near

NOWHERE = Span(1, 1, 1, 1)
BODY = FunctionDef(NOWHERE, "add", NOWHERE, (), (), None, (), False, False)


@pytest.mark.parametrize(
    ("backends", "asking", "near"),
    [
        (("phase-2/backend", "phase-3/backend"), "phase-2/backend/chat.py", {"phase-2/backend/tools.py"}),
        (("phase-2/backend", "phase-3/backend"), "phase-3/backend/chat.py", {"phase-3/server/tools.py"}),
        (("phase-4",), "phase-4/chat.py", {"phase-2/backend/tools.py", "phase-3/server/tools.py"}),
        ((), "chat.py", {"phase-2/backend/tools.py", "phase-3/server/tools.py"}),
        (("",), "chat.py", {"phase-2/backend/tools.py", "phase-3/server/tools.py"}),
    ],
    ids=["of its own", "of its phase", "of anybody, when it has none", "without backends", "at the root"],
)
def test_tools_of_the_nearest_folder(backends: tuple[str, ...], asking: str, near: set[str]) -> None:
    tools = tuple(
        Tool("MCP tool", file, "add", BODY) for file in ("phase-2/backend/tools.py", "phase-3/server/tools.py")
    )
    assert {tool.file for tool in tools_near(tools, backends, asking)} == near
