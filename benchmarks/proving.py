"""What proving costs beside reading: CPU of the prover against CPU of the readers over the same Python modules.

    python benchmarks/proving.py FOLDER... [--runs 3] [--libcst]

Reading is every Python module of a repository through its reader, as a run without a cache does it, and nothing else.
Proving is what linking does once the route table stands: guards, isolation and tools of every way in. Both are CPU
seconds of this one process, the best of the runs, so that a busy machine shows in neither. One line a repository; the
budget is a ratio of 1.0. The budget was set for modules that libcst reads: with `--libcst` reading is its parse of them
and the positions of what it parsed, without the lowering that would come on top.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from constitution_lint.config import Settings
from constitution_lint.discovery.survey import Survey, discover
from constitution_lint.facts.code import CodeFacts
from constitution_lint.facts.source import Source
from constitution_lint.model.names import names_of
from constitution_lint.model.ownership import owned_tables
from constitution_lint.model.project import Project
from constitution_lint.model.routes import build_api
from constitution_lint.model.routing import endpoints_of
from constitution_lint.model.tools import tools_of
from constitution_lint.reading import Shelf, reader_of

BUDGET = 1.0
GivenT = TypeVar("GivenT")


class Measured(NamedTuple):
    """One repository: how many modules and routes it has, and the least CPU seconds either side took."""

    name: str
    modules: int
    routes: int
    reading: float
    proving: float

    @property
    def ratio(self) -> float:
        return self.proving / self.reading if self.reading else 0.0


def main() -> None:
    """Measure each folder and print its line; the last line counts those beyond the budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--libcst", action="store_true", help="let libcst read the modules, and take that for reading")
    asked = parser.parse_args()
    gc.disable()
    print("ratio   proving   reading  routes  modules  repository")
    found = [told(measured(folder, asked.runs, asked.libcst)) for folder in asked.folders]
    beyond = sum(one.ratio > BUDGET for one in found)
    print(f"{beyond} of {len(found)} beyond {BUDGET}")


def told(one: Measured) -> Measured:
    figures = f"{one.ratio:5.2f} {one.proving:7.3f} s {one.reading:7.3f} s {one.routes:7} {one.modules:8}"
    print(f"{figures}  {one.name}", flush=True)
    return one


def measured(folder: Path, runs: int, by_libcst: bool) -> Measured:
    """Read, wire and prove one repository as often as asked; each run starts with a project of its own."""
    survey = discover(folder.resolve(), Settings(), {})
    sources = python_sources(folder.resolve(), survey)
    reading, code = best(lambda: read(sources), runs)
    if by_libcst:
        reading, _ = best(lambda: parse(sources), runs)
    proving: list[float] = []
    routes = 0
    for _ in range(runs):
        project = wired(survey, code)
        seconds, api = best(lambda: build_api(project), 1)  # noqa: B023 - called at once
        proving.append(seconds)
        routes = len(api.routes)
    return Measured(folder.name, len(sources), routes, reading, min(proving))


def python_sources(root: Path, survey: Survey) -> list[Source]:
    shelf = Shelf(root, {})
    return [Source(path, shelf.data(path)) for path, kind in survey.kinds.items() if kind == "python"]


def read(sources: list[Source]) -> dict[str, CodeFacts]:
    """Every module through the reader; one on which it fails is left out, as the engine does."""
    found: dict[str, CodeFacts] = {}
    for source in sources:
        try:
            found[source.path] = cast(CodeFacts, reader_of("python")(source))
        except Exception as error:
            print(f"{source.path}: {error}", file=sys.stderr)
    return found


def parse(sources: list[Source]) -> None:
    """Every module through libcst, with positions and without its deep copy; what it cannot parse counts for little."""
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    for source in sources:
        with suppress(libcst.ParserSyntaxError, UnicodeError, RecursionError):
            module = libcst.parse_module(source.data)
            MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)


def wired(survey: Survey, code: dict[str, CodeFacts]) -> Project:
    """A project with everything linked that the prover only builds on: names, tables, tools and the route table."""
    project = Project(workspace=survey.workspace, code=code)
    names = names_of(project)
    owned_tables(project)
    tools_of(project)
    endpoints_of(names)
    return project


def best(work: Callable[[], GivenT], runs: int) -> tuple[float, GivenT]:
    """The least CPU seconds of the runs, and what the last gave."""
    seconds: list[float] = []
    for _ in range(runs):
        began = time.process_time()
        given = work()
        seconds.append(time.process_time() - began)
    return min(seconds), given


if __name__ == "__main__":
    main()
