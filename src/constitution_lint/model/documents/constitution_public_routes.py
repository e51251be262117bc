"""Routes that the constitution itself declares public: paths in a MUST sentence about public access."""

import re

from constitution_lint.facts.location import Location
from constitution_lint.model.contracts.paths import key_of
from constitution_lint.model.documents.constitution_commands import commands_of
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_OPEN = re.compile(
    r"\bpublic\b|\bunauthenticated\b|\bexempt\w*|\bexcept\w*|\bwithout (?:auth\w*|a token|jwt)\b|\bno auth\w*\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\bno (?:public|unauthenticated)\b|\b(?:must|shall) not be public\b", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w./])(?:(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD)\s+)?`?(?P<path>/[a-z][\w/{}-]*)(?![\w.*])"
)


def public_by_law(project: Project, method: str, path: str) -> str:
    """Where a constitution says that a route is open to everyone; empty where none does."""
    for named, open_path, place in _open_paths(project):
        if named in ("", method) and key_of(open_path) == key_of(path):
            return f"the constitution says so ({place.place})"
    return ""


@remembered
def _open_paths(project: Project) -> tuple[tuple[str, str, Location], ...]:
    return tuple(
        (match["method"] or "", match["path"], command.location)
        for command in commands_of(project)
        if _OPEN.search(command.text) and not _REFUSED.search(command.text)
        for match in _PATH.finditer(command.text)
    )
