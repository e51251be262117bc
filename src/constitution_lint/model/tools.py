"""Tools for models: functions that an MCP server or agent framework lets a language model call; entry points too.

Told by what a decorator or a registering call resolves to, never by a function's name.
"""

from collections.abc import Iterator
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.facts.code import Attribute, Call, ClassDef, Expr, ExprStmt, FunctionDef, Name, Stmt
from constitution_lint.facts.location import Location
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Definition, Names, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import blocks, calls, dotted_name

_MCP = frozenset({"mcp", "fastmcp", "fastapi_mcp"})
_AGENTS = frozenset(
    {"agents", "langchain", "langchain_core", "langgraph", "crewai", "crewai_tools", "smolagents", "llama_index",
     "pydantic_ai", "strands", "agno", "semantic_kernel", "google", "autogen_core", "autogen", "haystack"}
)  # fmt: skip
LIBRARIES = _MCP | _AGENTS
_DECORATORS = frozenset({"tool", "function_tool", "tool_plain", "kernel_function", "call_tool", "resource"})
_REGISTERING = frozenset({"add_tool", "from_function", "from_defaults", "FunctionTool", "StructuredTool", "Tool"})


class Tool(NamedTuple):
    """A function a model may call. `dispatching` when it takes the name of a tool and its arguments as a dict."""

    kind: str
    file: str
    qualname: str
    definition: FunctionDef
    enclosing: tuple[FunctionDef, ...] = ()
    owner: Definition | None = None
    holder: Definition | None = None
    """The class in a method of which the function is defined."""
    dispatching: bool = False

    @property
    def location(self) -> Location:
        return Location(self.file, self.definition.head)


@remembered
def tools_of(project: Project) -> tuple[Tool, ...]:
    """All tools of a project, by place."""
    return tuple(tool for file in project.code for tool in _tools_of_file(project, file))


def tools_near(tools: tuple[Tool, ...], backends: tuple[str, ...], file: str) -> tuple[Tool, ...]:
    """The tools that a file's backend may ask a server for: those below the nearest folder that holds both.

    The folder grows as long as no other backend comes in with it: phases of a course lie side by side, each whole.
    """
    home = max((one for one in backends if not one or file.startswith(f"{one}/")), key=len, default=dirname(file))
    others = [one for one in backends if one != home and not one.startswith(f"{home}/")]
    folder, best = home, tuple[Tool, ...]()
    while True:
        inside = f"{folder}/" if folder else ""
        if best and any(one.startswith(inside) for one in others):
            return best
        best = tuple(tool for tool in tools if tool.file.startswith(inside)) or best
        if not folder:
            return best
        folder = dirname(folder)


@of_file
def _tools_of_file(project: Project, file: str) -> tuple[Tool, ...]:
    return tuple(_tools_in(names_of(project), file))


def _tools_in(names: Names, file: str) -> Iterator[Tool]:
    roots = {one.dotted.split(".")[0] for one in names.imports(file) if one.file is None}
    if not roots & LIBRARIES:
        return
    kind = "MCP tool" if roots & _MCP else "agent tool"
    registered = {
        dotted_name(argument.value)
        for call in calls(names.code[file].body)
        if dotted_name(call.func).rsplit(".", 1)[-1] in _REGISTERING
        for argument in call.args
    } - {""}
    for tool in _defined(file, names.code[file].body, kind, (), None):
        name = tool.definition.name
        said = next((found for one in tool.definition.decorators for found in _said(names, file, one)), "")
        if said or name in registered:
            yield tool._replace(dispatching=said == "call_tool")


def _defined(
    file: str,
    body: tuple[Stmt, ...],
    kind: str,
    enclosing: tuple[FunctionDef, ...],
    owner: Definition | None,
    holder: Definition | None = None,
) -> Iterator[Tool]:
    """Every function of a block, those inside functions and classes included."""
    for node in body:
        if isinstance(node, FunctionDef):
            prefix = owner.name if owner is not None else enclosing[-1].name if enclosing else ""
            yield Tool(kind, file, f"{prefix}.{node.name}".lstrip("."), node, enclosing, owner, holder)
            yield from _defined(file, node.body, kind, (*enclosing, node), None, owner or holder)
        elif isinstance(node, ClassDef):
            inner = Definition("class", file, node.name, node, node.name)
            yield from _defined(file, node.body, kind, enclosing, inner)
        elif not isinstance(node, ExprStmt):
            for block in blocks(node):
                yield from _defined(file, block, kind, enclosing, owner, holder)


def _said(names: Names, file: str, decorator: Expr) -> Iterator[str]:
    """The word by which a decorator makes a tool, when it belongs to a library of tools."""
    callee = decorator.func if isinstance(decorator, Call) else decorator
    word = dotted_name(callee).rsplit(".", 1)[-1]
    if word in _DECORATORS and _from_library(names, file, callee):
        yield word


def _from_library(names: Names, file: str, callee: Expr) -> bool:
    """Is a callee a function of such a library, or a method of an object made by one or given as a parameter?"""
    found = names.resolve_expression(file, callee)
    if found is not None and found.kind == "external":
        return found.dotted.split(".")[0] in LIBRARIES
    if not isinstance(callee, Attribute) or not isinstance(callee.value, Name | Attribute):
        return False
    holder = names.resolve_expression(file, callee.value)
    if holder is None:
        return True
    value = getattr(holder.node, "value", None)
    maker = names.resolve_expression(holder.file, value.func) if isinstance(value, Call) else None
    return maker is not None and maker.kind == "external" and maker.dotted.split(".")[0] in LIBRARIES
