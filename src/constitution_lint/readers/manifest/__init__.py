"""The manifest reader: what a project asks for, locks, configures and deploys becomes `ManifestFacts`.

It stands between the workspace (which such files there are) and `model/manifests`. `read` is a pure function of the
bytes; the file's name tells its form. Files that one of them names are kept as written and never opened here.
"""

import re
from collections.abc import Callable

from constitution_lint.facts.manifest import ManifestFacts
from constitution_lint.facts.source import Source

_Part = Callable[[Source], ManifestFacts]
_PYTHON_LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock"})
_NPM_LOCKS = frozenset({"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"})
_ENVIRONMENT = re.compile(r"\.env[\w.-]*|[\w.-]+\.env|env\.example")
_COMPOSE = re.compile(r"(?:docker-)?compose[\w.-]*\.ya?ml")
_TSCONFIG = re.compile(r"(?:ts|js)config[\w.-]*\.json")


def read(source: Source) -> ManifestFacts:
    """The facts of one file; never raises."""
    name = source.path.rpartition("/")[2].lower()
    part = _of_packages(name) or _of_deployment(name)
    return part(source) if part else ManifestFacts()


def _of_packages(name: str) -> _Part | None:
    from constitution_lint.readers.manifest import browser_packages, locks, python_packages

    if name in _PYTHON_LOCKS:
        return locks.read_python_lock
    if name in _NPM_LOCKS:
        return locks.read_npm_lock
    named: dict[str, _Part] = {
        "pyproject.toml": python_packages.read_pyproject,
        "setup.cfg": python_packages.read_setup_cfg,
        "setup.py": python_packages.read_setup_py,
        "pipfile": python_packages.read_pipfile,
        "alembic.ini": python_packages.read_ini,
        "package.json": browser_packages.read_package,
    }
    if name.startswith("next.config."):
        return browser_packages.read_next_config
    if _TSCONFIG.fullmatch(name):
        return browser_packages.read_tsconfig
    return named.get(name) or (python_packages.read_requirements if name.endswith((".txt", ".in")) else None)


def _of_deployment(name: str) -> _Part | None:
    from constitution_lint.readers.manifest import deployment, variables

    if _ENVIRONMENT.fullmatch(name):
        return variables.read_env
    if "dockerfile" in name or name == "containerfile":
        return deployment.read_dockerfile
    if name == "procfile":
        return deployment.read_procfile
    if name.endswith((".yaml", ".yml", ".json", ".toml")):
        compose = bool(_COMPOSE.fullmatch(name))
        return lambda source: deployment.read_structured(source, "compose" if compose else "deployment")
    return None
