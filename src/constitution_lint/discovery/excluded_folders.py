"""Folders that hold nothing a team wrote for this application: told by name, by place, or by contents."""

from pathlib import Path

_DEPENDENCIES = frozenset({"node_modules", "bower_components", "site-packages", "dist-packages", "__pypackages__"})
_CACHES = frozenset({"__pycache__", "htmlcov", "coverage", "lcov-report"})
_BUILD_OUTPUT = frozenset({"dist", "build", "out", "storybook-static", "target", "wheels", "playwright-report"})
_BUILDERS = frozenset({"package.json", "pyproject.toml", "setup.py", "setup.cfg", "next.config.js", "next.config.ts",
                       "next.config.mjs", "Cargo.toml", "vite.config.ts", "vite.config.js"})  # fmt: skip
_STATIC = frozenset({"static", "public", "assets"})
_KEPT_DOT_FOLDERS = frozenset({".specify", ".github"})
_KEPT_INSIDE = {".specify": frozenset({"memory", "specs", "features", "history"}), ".github": frozenset({"workflows"})}


def folder_reason(path: str, siblings: set[str]) -> str:
    """Why a folder is not entered; empty when it is. `siblings` are the names beside it.

    `dist`, `build` and the like are build output only beside the manifest whose build makes them: `app/build/page.tsx`
    is a page, and `backend/src/build/` a package.
    """
    parts = path.split("/")
    name, parent = parts[-1], parts[-2] if len(parts) > 1 else ""
    if name in _DEPENDENCIES or (name in ("vendor", "third_party") and parent in _STATIC):
        return "dependencies"
    if name in _CACHES:
        return "caches"
    if name.startswith("."):
        return "" if name in _KEPT_DOT_FOLDERS else "dot-folders"
    if parent in _KEPT_INSIDE and name not in _KEPT_INSIDE[parent]:
        return "templates" if name == "templates" else "dot-folders"
    if name.endswith(".egg-info") or (name in _BUILD_OUTPUT and siblings & _BUILDERS):
        return "build output"
    if name == "templates" and siblings & {"memory", "constitution.md"}:
        return "templates"
    return ""


def is_environment(folder: Path, names: set[str]) -> bool:
    """A virtual environment under any name, told by what `venv`, virtualenv and conda put into it."""
    if "pyvenv.cfg" in names or "conda-meta" in names:
        return True
    if "bin" in names and (folder / "bin" / "activate").exists():
        return True
    if "Scripts" in names and (folder / "Scripts" / "activate").exists():
        return True
    return bool({"Lib", "lib", "lib64"} & names) and _has_installed_packages(folder, names)


def _has_installed_packages(folder: Path, names: set[str]) -> bool:
    if "Lib" in names and (folder / "Lib" / "site-packages").is_dir():
        return True
    return "lib" in names and any((folder / "lib").glob("python3*/site-packages"))
