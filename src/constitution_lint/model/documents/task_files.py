"""Files that tasks name, compared with the files that exist. Gate 4 asks which ticked tasks name missing ones."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from constitution_lint.facts.document import PathMention, Task
from constitution_lint.model.documents.plans import documents_of, file_set
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_NOT_MADE = re.compile(
    r"\b(?:delet\w*|remov\w*|drop\w*|clean\w* up|cleanup|uninstall\w*|renam\w*|mov(?:e|ed|ing)"
    r"|migrat\w* (?:from|away)|replac\w*|deprecat\w*"
    r"|no longer|archive\w*|extract\w* from|obsolete|instead of|unlike|verif\w*|confirm\w*|ensure no"
    r"|check (?:that|if|whether|for)|temporar\w*"
    r"|skipped|not (?:needed|required|applicable)|n/a|deferred|superseded|cancel(?:l?ed)?"
    r"|backup|back up|convert\w*|split\w*|merg\w*|consolidat\w*|refactor\w* from|if (?:it )?(?:exists|needed"
    r"|necessary|present|missing))\b",
    re.IGNORECASE,
)
_NOT_KEPT = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)*|node_modules|\.next|dist|build|out|coverage|htmlcov|__pycache__|\.venv|venv"
    r"|\.git|\.pytest_cache|target|tmp|logs?"
    r"|\.claude|\.vscode|\.idea|\.github|\.husky|\.cursor|\.gemini|\.specify|\.vercel|\.dockerignore"
    r"|\.gitignore|\.gitkeep|certs?|secrets?)(?:/|$)"
    r"|\.(?:db|sqlite3?|log|pyc|pem|key|tgz|zip|png|jpe?g|svg|ico|gif|webp|pdf|local|example|sample|lock)$|^~"
    r"|(?:^|/)\.(?!\.?/)[^/]+/|^/|[*{}<>$]|\.\.\.|…|#|\bXXX+\b|NNN",
    re.IGNORECASE,
)
_COMMON_STEM = re.compile(
    r"main|index|page|layout|route|routes|router|utils?|helpers?|config|settings|auth|users?|tasks?|todos?"
    r"|models?|schemas?|types?|api|client|readme"
    r"|__init__|conftest|db|database|session|deps|dependencies|app|server|base|middleware|constants|errors?"
    r"|exceptions|loading|error|plan|spec"
    r"|research|package|requirements|values|chart|dockerfile|docker-compose|deployment|service|styles?|env"
    r"|services|security|health|chat|crud",
    re.IGNORECASE,
)
_TWO_FILES = re.compile(r"\.(?:py|toml|txt|json|ya?ml|tsx?|jsx?|md)/")
_RENAMED = {"middleware": "proxy"}
"""What Next.js 16 calls the file that earlier versions called otherwise."""
_SIBLINGS = ({"ts", "tsx", "js", "jsx", "mjs", "cjs", "mts"}, {"yaml", "yml"}, {"md", "mdx"}, {"css", "scss"})


_REMOVED = re.compile(r"^\W*(?:\[?DELETE\]? )?(?:[Dd]elete|[Rr]emove|[Dd]rop)\b(?! /)")
_ANY_FILE = re.compile(
    r"(?<![\w.])\.?[\w.-]+\.(?:py|tsx?|jsx?|[cm]js|mdx?|json|ya?ml|toml|txt|sql|css|sh|env|html|ini|cfg|lock|prisma)\b"
    r"|\w/(?=[\w\s,.)]|$)|(?<!\w)\.\w{2,}|\b(?:Dockerfile|Makefile|README|CHANGELOG|Procfile)\b"
)
_PLACE = re.compile(r" (?:in|to|for|under|at|inside)(?: the)? ((?:[\w.@-]+/)+[\w.@-]*)")
_EACH = re.compile(r" (?:\w+ )?(?:each|every|all)\b", re.IGNORECASE)


class Named(NamedTuple):
    """A file that a task says it makes or changes."""

    task: Task
    mention: PathMention


class _Index(NamedTuple):
    by_name: dict[str, tuple[str, ...]]
    by_stem: dict[str, tuple[str, ...]]


@lru_cache(maxsize=16_384)
def made_files(task: Task) -> tuple[Named, ...]:
    """The files a task makes or changes: not what it removes, moves or only looks at, nor what is never committed."""
    return () if _NOT_MADE.search(task.text) else tuple(_made(task))


def _made(task: Task) -> Iterator[Named]:
    for mention in task.paths:
        name = mention.path.rpartition("/")[2]
        if not name or "." not in name[1:] or _NOT_KEPT.search(mention.path) or _is_choice(task, mention):
            continue
        yield Named(task, mention)


def place_of(named: Named) -> str | None:
    """The file a short name means, completed by its folder ("`a.ts` in `apps/api`"); None where it means several."""
    path = named.mention.path
    rest = named.task.text.partition(path)[2]
    if path.count("/") > 1:
        return path
    if _EACH.match(rest):
        return None
    place = _PLACE.match(rest)
    return f"{place.group(1).rstrip('/')}/{path}" if place else path


def _is_choice(task: Task, mention: PathMention) -> bool:
    """One of several names, of which the author took another: "setup.py/pyproject.toml", "main.py (or app.py)",
    "(e.g. app.py)"; or what was only copied from there."""
    if _TWO_FILES.search(mention.path):
        return True
    path = re.escape(mention.path)
    return bool(
        re.search(rf"\bor {path}|{path}\)? or\b|\b(?:e\.g\.|for example|such as),? {path}", task.text)
        or re.search(rf"\bcop(?:y|ied) (?:\w+ ){{0,3}}{path} (?:in)?to\b", task.text, re.IGNORECASE)
    )


def names_a_file(task: Task) -> bool:
    """Whether a task says where: a path, a file's name or a folder. "Update README.md" does."""
    return bool(task.paths) or bool(_ANY_FILE.search(task.text))


@remembered
def removed_files(project: Project) -> frozenset[str]:
    """The files that ticked tasks of any feature set out to remove: they are rightly gone."""
    return frozenset(
        mention.path
        for _feature, _path, facts in documents_of(project, "tasks")
        for task in facts.tasks
        if task.ticked and _REMOVED.search(task.text)
        for mention in task.paths
    )


def is_there(project: Project, path: str, folder: str) -> bool:
    """Whether a named file is there: as named, below any folder, as a sibling (.ts for .js), or moved."""
    return bool(located(project, path, folder))


def located(project: Project, path: str, folder: str) -> tuple[str, ...]:
    """The files that a name in a document of a folder means, by the surest way that leads to any."""
    for exact in (path, f"{folder}/{path}"):
        if exact in file_set(project):
            return (exact,)
    index = _index(project)
    folders, _, name = path.rpartition("/")
    below = tuple(file for file in index.by_name.get(name.casefold(), ()) if file.endswith(f"/{path}"))
    if below:
        return below
    grown = _as_package(index, path)
    if grown:
        return grown
    stem = _stem(name)
    known = (*index.by_stem.get(stem, ()), *index.by_stem.get(_RENAMED.get(stem, ""), ()))
    same = [file for file in known if _sibling(file, name)]
    parent = folders.rpartition("/")[2]
    beside = tuple(file for file in same if _same_parent(file, parent) or _is_rerooted(file, folders))
    return beside or (() if _COMMON_STEM.fullmatch(stem) else tuple(same))


def _as_package(index: "_Index", path: str) -> tuple[str, ...]:
    """What a module became that grew into a folder: `models.py` is `models/__init__.py`, `api.ts` `api/index.ts`."""
    bare, _, kind = path.rpartition(".")
    entry = "__init__" if kind == "py" else "index"
    known = index.by_stem.get(_stem(f"{entry}.{kind}"), ()) if bare else ()
    ends = f"/{bare}/{entry}."
    return tuple(file for file in known if f"/{file.rpartition('.')[0]}.".endswith(ends) and _sibling(file, path))


def _same_parent(file: str, parent: str) -> bool:
    return not parent or file.rpartition("/")[0].rpartition("/")[2].casefold() == parent.casefold()


def _is_rerooted(file: str, folders: str) -> bool:
    """Does a file stand where the named folder would be without its `src/`, or with one: Next.js takes either?"""
    parts = folders.split("/")
    if "src" in parts:
        at = parts.index("src")
        other = "/".join((*parts[:at], *parts[at + 1 :]))
    else:
        other = "/".join((parts[0], "src", *parts[1:]))
    return bool(other) and f"/{file.rpartition('/')[0]}".endswith(f"/{other}")


def _sibling(file: str, name: str) -> bool:
    """Equal extensions, or two of one family (.ts for .js)."""
    first, second = file.rpartition(".")[2].casefold(), name.rpartition(".")[2].casefold()
    return first == second or any(first in family and second in family for family in _SIBLINGS)


@remembered
def _index(project: Project) -> _Index:
    by_name: dict[str, list[str]] = defaultdict(list)
    by_stem: dict[str, list[str]] = defaultdict(list)
    for file in project.workspace.files:
        name = file.rpartition("/")[2]
        by_name[name.casefold()].append(file)
        by_stem[_stem(name)].append(file)
    return _Index({k: tuple(v) for k, v in by_name.items()}, {k: tuple(v) for k, v in by_stem.items()})


def _stem(name: str) -> str:
    """The name without extension, in one spelling: task-list, TaskList and task_list are one."""
    return re.sub(r"[-_ ]", "", name.rpartition(".")[0] or name).casefold()
