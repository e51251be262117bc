"""Part of the manifest reader: lock files, scanned line by line. They are long, and written by machines."""

import re
from collections.abc import Iterator

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import Locked, ManifestFacts
from constitution_lint.facts.source import Source, Unreadable

_SHORT = 400
_MOST = 20_000
"""Packages kept of one lock file; the largest monorepos stay below a few thousand."""
_TOML = re.compile(
    r'^\[\[package\]\][ \t]*\r?\n(?:[^\[\n][^\n]*\n)*?name = "(?P<name>[^"\n]+)"\s*?\nversion = "(?P<version>[^"\n]+)"',
    re.M,
)
_PIPFILE = re.compile(r'^ {8}"(?P<name>[^"\n]+)": \{(?P<body>[^{}]*)\}', re.M)
_PIPFILE_VERSION = re.compile(r'"version":\s*"=*(?P<version>[^"\n]+)"')
_NPM = re.compile(
    r'^[ \t]*"node_modules/(?P<name>(?:@[^/"\n]+/)?[^/"\n]+)":\s*\{\s*"version":\s*"(?P<version>[^"\n]+)"', re.M
)
_NPM_OLD = re.compile(r'^(?: {4}|\t\t)"(?P<name>[^"\n]+)":\s*\{\s*"version":\s*"(?P<version>[^"\n]+)"', re.M)
_PNPM = re.compile(r"^  ['\"]?/?(?P<name>(?:@[^/@\s]+/)?[^/@\s'\"(]+)[@/](?P<version>\d[^\s:'\"(_]*)[^:\n]*:\s*$", re.M)
_YARN = re.compile(r'^"?(?P<name>(?:@[^/@\s]+/)?[^@\s"]+)@[^\n]*:\n {2}version:? "?(?P<version>[^"\s]+)"?', re.M)
_BUN = re.compile(r'^[ \t]*"(?P<name>[^"\n]+)": \["(?:@[^/"\n]+/)?[^@"\n]+@(?P<version>[^"\n]+)"', re.M)
_FORMS: dict[str, tuple[re.Pattern[str], ...]] = {
    "package-lock.json": (_NPM, _NPM_OLD),
    "npm-shrinkwrap.json": (_NPM, _NPM_OLD),
    "pnpm-lock.yaml": (_PNPM,),
    "yarn.lock": (_YARN,),
    "bun.lock": (_BUN,),
}


def read_python_lock(source: Source) -> ManifestFacts:
    """uv.lock, poetry.lock, pdm.lock (TOML), Pipfile.lock (JSON)."""
    name = source.path.rpartition("/")[2].lower()
    found = _of_pipfile(source) if name == "pipfile.lock" else _scan(source, _TOML)
    return _facts(source, "python", tuple(found))


def read_npm_lock(source: Source) -> ManifestFacts:
    """package-lock.json (every version), pnpm-lock.yaml, yarn.lock (classic and berry), bun.lock."""
    found: tuple[Locked, ...] = ()
    for form in _FORMS.get(source.path.rpartition("/")[2].lower(), ()):
        found = found or tuple(_scan(source, form))
    return _facts(source, "npm", found)


def _scan(source: Source, form: re.Pattern[str]) -> Iterator[Locked]:
    for count, match in enumerate(form.finditer(source.text)):
        if count >= _MOST:
            return
        yield Locked(source.index.span(match.start("name"), match.end("name")), match["name"], match["version"])


def _of_pipfile(source: Source) -> Iterator[Locked]:
    for match in _PIPFILE.finditer(source.text):
        version = _PIPFILE_VERSION.search(match["body"])
        if version:
            span = source.index.span(match.start("name"), match.end("name"))
            yield Locked(span, match["name"], version["version"])


def _facts(source: Source, ecosystem: str, found: tuple[Locked, ...]) -> ManifestFacts:
    """A lock file of an empty project is short; a long one without a package is none that we know."""
    fault = Unreadable(Span(1, 1, 1, 1), "no package could be read from this lock file")
    lost = () if found or len(source.text) < _SHORT else (fault,)
    if ecosystem == "python":
        return ManifestFacts(kind="python-lock", ecosystem="python", locked=found, unreadable=lost)
    return ManifestFacts(kind="npm-lock", ecosystem="npm", locked=found, unreadable=lost)
