"""Part of the manifest reader: one requirement of PEP 508, or one npm range, as a dependency."""

import re

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import Dependency, Group

_NAME = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?P<rest>.*)$", re.S
)
_SPECIFIER = re.compile(r"\(?\s*(?:===|==|~=|!=|<=|>=|<|>)[^;]*$|^$")
_EXACT = re.compile(r"={2,3}\s*[^\s*,]+$")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)")
_FROM_URL = re.compile(r"^(?:git|hg|svn|bzr)\+|^(?:https?|ftp|ssh|file)://|^git@")
_FROM_PATH = re.compile(r"^\.{0,2}/|^[A-Za-z]:[\\/]|^~/|\.(?:whl|tar\.gz|zip)$")
_LONGEST = 4_000
_NPM_EXACT = re.compile(r"=?v?\d+\.\d+\.\d+(?:[-+][\w.-]+)?")
_NPM_URL = re.compile(r"^(?:git|https?|ssh|github|gitlab|bitbucket|gist)[+:]|^[\w.-]+/[\w.-]+(?:#.*)?$")
_NPM_PATH = re.compile(r"^(?:file|link|portal|workspace):")


def requirement(text: str, span: Span, group: Group = "main", label: str = "") -> Dependency | None:
    """The dependency a PEP 508 text asks for; also of pip's bare URLs and paths. None when it names no package."""
    text = text.strip()[:_LONGEST]
    if _FROM_URL.search(text) or _FROM_PATH.search(text):
        return _from_elsewhere(text, span, group, label)
    match = _NAME.match(text)
    if match is None:
        return None
    rest = match["rest"].partition(";")[0].strip()
    extras = tuple(sorted(filter(None, (extra.strip() for extra in (match["extras"] or "").split(",")))))
    if rest.startswith("@"):
        return Dependency(span, match["name"], rest, group, label, extras, "url", True)
    if not _SPECIFIER.match(rest):
        return None
    rest = rest.strip("() ")
    exact = bool(_EXACT.search(rest))
    return Dependency(span, match["name"], rest, group, label, extras, "registry", exact)


def _from_elsewhere(text: str, span: Span, group: Group, label: str) -> Dependency | None:
    egg = _EGG.search(text)
    location = text.partition(" ;")[0].partition("[")[0]
    source = "url" if _FROM_URL.search(text) else "path"
    name = egg[1] if egg else re.sub(r"\.git.*$|[@#?].*$|-\d.*$", "", location.rstrip("/").rsplit("/", 1)[-1])
    if not re.match(r"[A-Za-z0-9]", name):
        return None
    return Dependency(span, name, location, group, label, (), "url" if source == "url" else "path", True)


def npm_range(name: str, text: str, span: Span, group: Group, label: str) -> Dependency:
    """A dependency of package.json; `npm:other@1` keeps the name under which it is imported."""
    text = text.strip()
    if _NPM_PATH.search(text):
        return Dependency(span, name, text, group, label, source="path", exact=True)
    if _NPM_URL.search(text):
        return Dependency(span, name, text, group, label, source="url", exact=True)
    version = text.rpartition("@")[2] if text.startswith("npm:") else text
    return Dependency(span, name, version, group, label, exact=bool(_NPM_EXACT.fullmatch(version)))
