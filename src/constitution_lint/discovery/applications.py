"""Where applications are: folders that make a FastAPI application, and folders of browser applications."""

import re
from collections.abc import Iterable
from pathlib import Path

from constitution_lint.discovery.walking import read_bytes
from constitution_lint.workspace import FileState

_MAKES_APPLICATION = re.compile(
    rb"^[^#\n\"']*\bFastAPI[ \t]*\(|^[^#\n]*\bclass[ \t]+\w+[ \t]*\([^)\n]*\bFastAPI\b", re.M
)
_BROWSER_DEPENDENCY = re.compile(
    rb'"(?:next|react|react-dom|vue|nuxt|svelte|@sveltejs/kit|@angular/core|solid-js|preact|astro|gatsby|@remix-run/react)"\s*:'
)
_LARGEST_SCREENED = 2_000_000
_TESTS = frozenset({"tests", "test", "testing", "examples", "docs", "scripts"})


def backends_of(root: Path, modules: Iterable[str], states: dict[str, FileState]) -> tuple[str, ...]:
    """Folders whose module makes an application; those of tests and scripts count only where nothing else does."""
    found = {
        module.rpartition("/")[0]
        for module in modules
        if states[module].size <= _LARGEST_SCREENED and _MAKES_APPLICATION.search(read_bytes(root / module))
    }
    served = {folder for folder in found if not _TESTS.intersection(folder.lower().split("/"))}
    return tuple(sorted(served or found))


def frontends_of(root: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Folders of package.json files that name a browser framework, and of a Next.js configuration without one."""
    found = set()
    for file in files:
        folder, _, name = file.rpartition("/")
        if name.startswith("next.config.") or (
            name == "package.json" and _BROWSER_DEPENDENCY.search(read_bytes(root / file))
        ):
            found.add(folder)
    return tuple(sorted(found))
