"""Reads the forms of `model/isolation`: Markdown whose fences are handlers, the verdict of each behind its head.

A fence is Python that stands behind `prelude.py`. `# isolated`, `# admin`, `# nothing` (no owned row is reached),
`# unproven`, or `# leak rule …` with all faults of the route, in that order, stand at the end of the handler's head.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from constitution_lint.catalogue import fences
from constitution_lint.facts.code import CodeFacts
from constitution_lint.facts.source import Source
from constitution_lint.model.api import AccessVerdict, Api, Entry, Route
from constitution_lint.model.project import Project
from constitution_lint.model.routes import build_api
from constitution_lint.readers.python import read
from constitution_lint.workspace import Workspace

HERE = Path(__file__).parent / "model" / "isolation"
_ENDED = re.compile(r"#\s*(isolated|admin|nothing|unproven|leak)((?: [\w-]+)*)\s*$")
_DEFINED = re.compile(r"\s*(?:async )?def (\w+)\(")
_SAID = {"nothing": "not_applicable"}


class Form(NamedTuple):
    """One fence: where it stands, and its code."""

    name: str
    code: str


def forms_of(file: Path) -> Iterator[Form]:
    """The fences of a file, named by the headings above them and the word behind the language."""
    section, rest = "", file.read_text(encoding="utf-8")
    for part in re.split(r"^(?=#{2,3} )", rest, flags=re.M):
        heading = re.match(r"#{2,3} (.+)", part)
        section = heading[1].strip() if heading else section
        for number, fence in enumerate(fences(part), 1):
            yield Form(f"{file.stem}: {section} ({fence.path or number})", fence.text)


@lru_cache(maxsize=1)
def _prelude() -> CodeFacts:
    return read(Source("prelude.py", (HERE / "prelude.py").read_bytes()))


def api_of(code: str) -> Api:
    """The routes of the code behind the prelude, each judged."""
    return api_of_files({"main.py": f"from prelude import *\n{code}"})


def api_of_files(files: dict[str, str]) -> Api:
    """The same for code in several files, which take what they need from the prelude."""
    facts = {file: read(Source(file, code.encode())) for file, code in files.items()} | {"prelude.py": _prelude()}
    assert not any(one.unreadable for one in facts.values()), [one.unreadable for one in facts.values()]
    workspace = Workspace(root=".", files=tuple(sorted(facts)))
    return build_api(Project(workspace=workspace, code=facts))


def verdicts(code: str) -> dict[str, str]:
    """What the prover says of each route, by the handler's name."""
    return verdicts_of({"main.py": f"from prelude import *\n{code}"})


def verdicts_of(files: dict[str, str]) -> dict[str, str]:
    """The same for code in several files."""
    api = api_of_files(files)
    return {_name(way): _said(way) for way in (*api.entries, *api.routes)}


def _name(way: Route | Entry) -> str:
    return way.handler.qualname.rsplit(".", 1)[-1] if isinstance(way, Route) and way.handler else way.name


def _said(way: Route | Entry) -> str:
    faults = sorted({access.fault for access in way.accesses if access.verdict is AccessVerdict.LEAK})
    return " ".join([way.isolation.value, *faults])


def expected(code: str) -> dict[str, str]:
    """The verdicts written on the heads of the handlers."""
    found, name = {}, ""
    for line in code.splitlines():
        defined, said = _DEFINED.match(line), _ENDED.search(line)
        name = defined[1] if defined else name
        if said:
            found[name] = " ".join([_SAID.get(said[1], said[1]), *sorted(said[2].split())])
    return found
