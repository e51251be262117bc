"""For the linking of contracts: paths that the Next.js application itself answers, by its file tree.

Route handlers lie in `app/**/route.ts` (Next.js, "Route Handlers"), older ones in `pages/api/**`.
"""

import re
from posixpath import dirname
from typing import NamedTuple

from constitution_lint.model.contracts.paths import Key
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_HANDLER = re.compile(r"(?:^|/)(?:src/)?app/(?P<path>(?:[^/]+/)*)route\.(?:ts|js|tsx|jsx|mjs)$")
_PAGE_API = re.compile(r"(?:^|/)pages/(?P<path>api/(?:[^/]+/)*[^/]+)\.(?:ts|js|tsx|jsx)$")
_REST = "**"
_MAIN_FILES = (
    "Dockerfile",
    *(
        f"{folder}{stem}.{ending}"
        for folder in ("", "src/")
        for stem in ("server", "index", "app", "main")
        for ending in ("ts", "js", "mjs")
    ),
)


class FrontendPath(NamedTuple):
    """A path of the frontend; "**" as last segment takes any rest."""

    key: Key
    file: str

    def serves(self, key: Key) -> bool:
        """The tree tells paths; which verbs a handler answers stands in its code and is not asked here."""
        if self.key[-1:] == (_REST,):
            fixed = self.key[:-1]
            return len(key) >= len(fixed) and all(_meets(own, other) for own, other in zip(fixed, key, strict=False))
        return len(key) == len(self.key) and all(_meets(own, other) for own, other in zip(self.key, key, strict=True))


def _meets(own: str, other: str) -> bool:
    return own == other or own == "{}"


@remembered
def frontend_paths(project: Project) -> tuple[FrontendPath, ...]:
    """Every path that a frontend's own handlers serve."""
    found = []
    for file in project.workspace.files:
        match = _HANDLER.search(file) or _PAGE_API.search(file)
        if match is not None:
            key = tuple(_segment(part) for part in match["path"].strip("/").split("/") if _counts(part))
            found.append(FrontendPath(key, file))
    return tuple(found)


@remembered
def other_services(project: Project) -> tuple[str, ...]:
    """Folders of servers in another language: a package.json with a server's main file or image, and no frontend."""
    files = frozenset(project.workspace.files)
    folders = {dirname(file) for file in files if file.endswith("/package.json")}
    return tuple(
        sorted(
            folder
            for folder in folders - set(project.workspace.frontends)
            if any(f"{folder}/{path}" in files for path in _MAIN_FILES)
        )
    )


def _counts(part: str) -> bool:
    """Route groups `(auth)` and parallel slots `@modal` are no part of the address."""
    return bool(part) and not part.startswith(("(", "@")) and part != "index"


def _segment(part: str) -> str:
    if part.startswith(("[...", "[[...")):
        return _REST
    return "{}" if part.startswith("[") else part
