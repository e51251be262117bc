"""Reads the forms of guards: Markdown whose fences are handlers, each head of a route saying how it is guarded.

A fence is Python that stands behind `prelude.py`. `# enforced`, `# unproven <part of the reason>`, `# none <rule>`,
`# optional <rule>` or `# public` stands at the end of a handler's head.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from constitution_lint.catalogue import fences
from constitution_lint.facts.code import CodeFacts
from constitution_lint.facts.source import Source
from constitution_lint.model.api import Auth, Route
from constitution_lint.model.authentication import open_routes
from constitution_lint.model.project import Project
from constitution_lint.model.routes import build_api
from constitution_lint.readers.python import read
from constitution_lint.workspace import Workspace

_PRELUDE = Path(__file__).parent / "model" / "authentication" / "prelude.py"
_SAID = re.compile(r"\s*(?:async )?def (\w+)\(.*#\s*(enforced|unproven|none [\w-]+|optional [\w-]+|public)\s*$")


class Form(NamedTuple):
    """One fence: where it stands, and its code."""

    name: str
    code: str


def forms_of(file: Path) -> Iterator[Form]:
    """The fences of a file, named by the heading above and the word behind the language."""
    section = ""
    for part in re.split(r"^(?=## )", file.read_text(encoding="utf-8"), flags=re.M):
        heading = re.match(r"## (.+)", part)
        section = heading[1].strip() if heading else section
        for number, fence in enumerate(fences(part), 1):
            yield Form(f"{file.stem}: {section} ({fence.path or number})", fence.text)


@lru_cache(maxsize=1)
def _prelude() -> CodeFacts:
    return read(Source("prelude.py", _PRELUDE.read_bytes()))


def verdicts(code: str) -> dict[str, str]:
    """How each route is guarded, by the handler's name."""
    project = project_of(code)
    faults = {id(one.route): one.fault for one in open_routes(project)}
    return {_name(route): _told(route, faults.get(id(route), "")) for route in project.api.routes}


def project_of(code: str) -> Project:
    """The application of one form, linked."""
    facts = {"main.py": read(Source("main.py", f"from prelude import *\n{code}".encode())), "prelude.py": _prelude()}
    assert not any(one.unreadable for one in facts.values()), [one.unreadable for one in facts.values()]
    project = Project(workspace=Workspace(root=".", files=tuple(sorted(facts))), code=facts)
    object.__setattr__(project, "api", build_api(project))
    return project


def _name(route: Route) -> str:
    return route.handler.qualname.rsplit(".", 1)[-1] if route.handler else route.name


def _told(route: Route, fault: str) -> str:
    if route.public and route.guard.auth is not Auth.ENFORCED:
        return "public"
    return f"{route.guard.auth} {fault}".strip()


def expected(code: str) -> dict[str, str]:
    """The verdicts written on the heads of the handlers."""
    return {said[1]: said[2] for line in code.splitlines() if (said := _SAID.match(line))}
