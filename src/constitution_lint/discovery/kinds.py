"""Which reader takes a file, decided by its path alone; the survey asks this for every file that is kept."""

import re
from collections.abc import Container, Iterable
from typing import Literal, TypeAlias

from constitution_lint.workspace import Feature

Kind: TypeAlias = Literal["python", "markdown", "contract", "typescript", "manifest"]

_SCRIPT = re.compile(r"\.(?:ts|tsx|js|jsx|mjs|cjs|mts|cts)$")
_MINIFIED = re.compile(r"(?:[.-](?:min|bundle|standalone|umd|prod|chunk)\.|^sw\.|^workbox-)[\w.-]*js$")
_STRUCTURED = re.compile(r"\.(?:ya?ml|json)$")
_OPENAPI = re.compile(r"^(?:openapi|swagger)[\w.-]*\.(?:ya?ml|json)$|[._-]openapi\.(?:ya?ml|json)$")
_MANIFEST = re.compile(
    r"""^(?:
    pyproject\.toml | setup\.(?:cfg|py) | pipfile(?:\.lock)? | uv\.lock | poetry\.lock | pdm\.lock
    | (?:[\w.-]*requirements|constraints)[\w.-]*\.(?:txt|in)
    | package\.json | package-lock\.json | npm-shrinkwrap\.json | pnpm-lock\.yaml | yarn\.lock
    | bun\.lock | tsconfig[\w.-]*\.json | jsconfig\.json | next\.config\.\w+
    | [\w.-]*dockerfile[\w.-]* | containerfile | (?:docker-)?compose[\w.-]*\.ya?ml
    | \.env[\w.-]* | [\w.-]+\.env | env\.example | alembic\.ini | values[\w.-]*\.ya?ml | chart\.yaml
    | procfile | vercel\.json | railway\.(?:json|toml) | render\.yaml | fly\.toml | \.python-version | \.nvmrc
    )$""",
    re.VERBOSE,
)
_ENV_FILE = re.compile(r"\.env[\w.-]*|[\w.-]+\.env|env\.example")
_DEPLOYMENT_FOLDERS = frozenset({"k8s", "kubernetes", "helm", "charts", "deploy", "deployment", "manifests", "infra"})
_AGENT_NOTES = frozenset({"claude.md", "agents.md", "gemini.md", "qwen.md", "copilot-instructions.md", "skill.md"})
_GUIDE = re.compile(
    r"(?:^|[_.\s-])(?:deploy(?:ment|ing)?|environments?|env|variables|set-?up|install(?:ation)?|config(?:uration)?|guide"
    r"|getting[_-]?started|quick[_-]?start|start[_-]?here)(?:[_.\s-]|$)"
)
"""Documents that tell how the application is set up, wherever they lie."""
_DOCUMENT_FOLDERS = frozenset({"specs", "spec", "docs", "doc", ".specify", "requirements", "adr"})


def kind_of(file: str, features: Iterable[Feature] = (), files: Container[str] = ()) -> Kind | None:
    """The reader of a file; None for one that no reader takes. Paths are relative, with forward slashes.

    `files` are all files in lower case: a `setup.py` describes a distribution only where a project begins.
    """
    folders, _, name = file.lower().rpartition("/")
    parts = folders.split("/") if folders else []
    if name.endswith((".py", ".pyi")):
        if name == "setup.py":
            return "manifest" if _is_project_folder(folders, files) else "python"
        return "python" if name.endswith(".py") else None
    if _is_contract(name, parts):
        return "contract"
    if _MANIFEST.search(name) or (parts[-1:] == ["requirements"] and name.endswith(".txt")):
        return "manifest"
    if _SCRIPT.search(name):
        return None if _MINIFIED.search(name) else "typescript"
    if name.endswith((".md", ".mdx", ".markdown")):
        return "markdown" if _is_document(file, name, parts, features) else None
    return "manifest" if _is_deployment(name, parts) else None


def _is_project_folder(folder: str, files: Container[str]) -> bool:
    beside = ("pyproject.toml", "setup.cfg", "manifest.in", "requirements.txt", "readme.md", "readme.rst", "tox.ini")
    return not folder or any(f"{folder}/{name}" in files for name in beside)


def is_env_file(file: str) -> bool:
    """Is a file one of variables and their values (`.env`, `.env.local`, `backend.env`), an example included?"""
    return bool(_ENV_FILE.fullmatch(file.lower().rpartition("/")[2]))


def is_history(file: str) -> bool:
    """Is a document a record of prompts (`history/prompts/**`)?"""
    return "history/prompts/" in f"/{file.lower()}" and file.lower().endswith(".md")


def _is_contract(name: str, parts: list[str]) -> bool:
    if _OPENAPI.search(name):
        return True
    if "contracts" not in parts or name in ("readme.md", *_AGENT_NOTES):
        return False
    return bool(_STRUCTURED.search(name)) or name.endswith(".md")


def _is_document(file: str, name: str, parts: list[str], features: Iterable[Feature]) -> bool:
    if name in _AGENT_NOTES:
        return False
    if _DOCUMENT_FOLDERS.intersection(parts) or is_history(file) or not parts:
        return True
    if name.startswith("readme") or name in ("constitution.md", "plan.md") or _GUIDE.search(name):
        return True
    return any(file.startswith(f"{feature.folder}/") for feature in features if feature.folder)


def _is_deployment(name: str, parts: list[str]) -> bool:
    if not _STRUCTURED.search(name):
        return False
    return bool(_DEPLOYMENT_FOLDERS.intersection(parts)) or parts[:2] == [".github", "workflows"]
