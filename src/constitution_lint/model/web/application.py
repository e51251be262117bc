"""The parts of a Next.js application by its file tree: pages, layouts, handlers, and the middleware before them.

Next.js, "Project structure": `app/**/page`, `layout`, `template`, `route`; beside `app` the `middleware`, since version
16 named `proxy`.
"""

import re
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.model.file_roles import is_product
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.web.modules import closure
from constitution_lint.model.web.served_requests import home_of

_PART = re.compile(r"^(?P<root>(?:src/)?app)/(?P<path>(?:.+/)?)(?P<part>page|route|layout|template|default|loading"
                   r"|error|not-found|global-error|sitemap|robots|manifest)\.(?:tsx|ts|jsx|js|mjs)$")  # fmt: skip
_OLD_PAGE = re.compile(r"^(?:src/)?pages/(?P<path>.+)\.(?:tsx|ts|jsx|js)$")
_FRONT = re.compile(r"^(?:src/)?(?:middleware|proxy|instrumentation|instrumentation-client)\.(?:ts|js|mjs)$")


class Page(NamedTuple):
    """A page of the App Router: its file, the path it answers (no groups, no slots), its layouts outermost first."""

    file: str
    path: str
    layouts: tuple[str, ...]


def inside(home: str, file: str) -> str:
    """The path of a file within its frontend."""
    return file.removeprefix(f"{home}/") if home else file


@remembered
def pages_of(project: Project) -> tuple[Page, ...]:
    """The pages of every frontend's App Router."""
    found = []
    for file in project.web:
        home = home_of(project, file)
        match = _PART.match(inside(home, file)) if home is not None else None
        if match is not None and match["part"] == "page" and is_product(file):
            parts = [part for part in match["path"].strip("/").split("/") if part and part[0] not in "(@"]
            found.append(Page(file, "/" + "/".join(parts), _layouts(project, file)))
    return tuple(found)


def _layouts(project: Project, file: str) -> tuple[str, ...]:
    found, folder = [], dirname(file)
    while folder:
        for part in ("template", "layout"):
            names = (f"{folder}/{part}.{ending}" for ending in ("tsx", "ts", "jsx", "js"))
            found += [name for name in names if name in project.web]
        folder = dirname(folder)
    return tuple(reversed(found))


def fronts_of(project: Project, home: str) -> tuple[str, ...]:
    """The middleware or proxy files of a frontend."""
    return tuple(
        file
        for file in project.web
        if home_of(project, file) == home and re.match(r"^(?:src/)?(?:middleware|proxy)\.", inside(home, file))
    )


@remembered
def is_next(project: Project) -> frozenset[str]:
    """The frontends that are Next.js applications: by their manifest, their configuration, or what they import."""
    homes = set()
    for file, facts in project.manifests.items():
        named = facts.kind == "package" and any(one.name == "next" for one in facts.dependencies)
        if facts.kind == "next-config" or named:
            homes.add(dirname(file))
    return frozenset(homes & set(project.workspace.frontends))


@remembered
def application_files(project: Project) -> frozenset[str]:
    """The scripts that frontends run: all that the entries of a Next.js application load, all sources of others."""
    starts = []
    for file in project.web:
        home = home_of(project, file)
        if home is None or not is_product(file):
            continue
        path = inside(home, file)
        if home in is_next(project):
            if _PART.match(path) or _OLD_PAGE.match(path) or _FRONT.match(path):
                starts.append(file)
        elif path.startswith(("src/", "app/")):
            starts.append(file)
    return frozenset(file for file in closure(project, tuple(starts)) if is_product(file))


def old_pages(project: Project, home: str) -> tuple[str, ...]:
    """The files of a frontend's Pages Router. A `pages` folder that Next.js ignores is none: beside a router at the
    root, `src/pages` is only a folder."""
    files = [file for file in project.web if home_of(project, file) == home and is_product(file)]
    paths = {file: inside(home, file) for file in files}
    at_root = any(path.startswith(("app/", "pages/")) for path in paths.values())
    return tuple(
        file
        for file, path in paths.items()
        if _OLD_PAGE.match(path) and not (path.startswith("src/") and at_root) and _is_page(project, file, path)
    )


def _is_page(project: Project, file: str, path: str) -> bool:
    return any(export.name == "default" for export in project.web[file].exports) and not path.endswith(".d.ts")
