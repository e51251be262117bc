"""What a file is for, judged by its path, and which files the served application loads."""

import re
from functools import lru_cache

from constitution_lint.facts.code import Call, Compare, Const, If, Name, Stmt
from constitution_lint.model.memory import remembered
from constitution_lint.model.names import Names, names_of
from constitution_lint.model.project import Project
from constitution_lint.model.reachable_code import of_file
from constitution_lint.model.walk import calls

_TEST = re.compile(
    r"""(?:^|/)(?:tests?|testing|__tests__|e2e|fixtures?|mocks?|__mocks__|cypress|playwright|test[-_]\w+|\w+[-_]tests?)/
    |(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?|conftest|factories)\.py$
    |\.(?:test|spec|stories|e2e|mock)s?\.[cm]?[jt]sx?$""",
    re.VERBOSE | re.IGNORECASE,
)
_MIGRATION = re.compile(r"(?:^|/)(?:alembic|migrations?|versions)/", re.IGNORECASE)
_SCRIPT = re.compile(
    r"""(?:^|/)(?:scripts?|tools|tooling|seeds?|seeders|bin|examples?|samples?|demos?|docs?|benchmarks?|notebooks|hacks?)/
    |(?:^|/)(?:seed|populate|check|verify|debug|demo|example|sample|reset|setup|init_db|create_db|manage|noxfile|fix)
      (?:_[^/]*)?\.(?:py|[cm]?[jt]sx?)$""",
    re.VERBOSE | re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:^|/)(?:\.[^/]+|templates?|skills|prompts|[^/]*\{\{[^/]*|history|archived?|legacy|old|backup|__backup[^/]*"
    r"|(?:src|app|frontend|backend|pages|components|lib)[_.-](?:old|bak|backup)(?:[_.-][^/]*)?)/",
    re.IGNORECASE,
)


@lru_cache(maxsize=65_536)
def is_test(file: str) -> bool:
    """Does a file belong to a test suite (by its folder or its own name)?"""
    return bool(_TEST.search(file))


def is_migration(file: str) -> bool:
    return bool(_MIGRATION.search(file))


@lru_cache(maxsize=65_536)
def is_product(file: str) -> bool:
    """Is a file part of what a team ships: no test, migration, script, sample, template or tool's own folder?"""
    return not any(kind.search(file) for kind in (_TEST, _MIGRATION, _SCRIPT, _ASIDE))


@remembered
def loaded_files(project: Project) -> frozenset[str]:
    """The Python files a served application loads: what makes one, what declares routes, and all that these import.

    Tests are never a beginning, and what only tests or scripts import is not loaded.
    """
    names = names_of(project)
    waiting = [file for file in project.code if not (is_test(file) or _is_aside(file)) and _begins(project, file)]
    waiting += [route.location.file for route in project.api.routes if route.location.file in project.code]
    found: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file in found or is_test(file):
            continue
        found.add(file)
        waiting.extend(target.file for target in names.imports(file) if target.file and not target.type_checking)
    return frozenset(found)


def _is_aside(file: str) -> bool:
    return bool(_ASIDE.search(file) or _SCRIPT.search(file))


@of_file
def _begins(project: Project, file: str) -> bool:
    names = names_of(project)
    for call in calls(project.code[file].body):
        if isinstance(call.func, Name) and call.func.id in ("FastAPI", "APIRouter"):
            meaning = names.resolve(file, call.func.id)
            if meaning is None or meaning.kind == "external":
                return True
    return False


@remembered
def product_files(project: Project) -> tuple[str, ...]:
    """The loaded files that are product code, sorted."""
    return tuple(file for file in sorted(loaded_files(project)) if is_product(file))


def is_main_guard(statement: Stmt) -> bool:
    """`if __name__ == "__main__":`"""
    if not isinstance(statement, If) or not isinstance(statement.test, Compare):
        return False
    sides = (statement.test.left, *statement.test.comparators)
    named = any(isinstance(side, Name) and side.id == "__name__" for side in sides)
    return named and any(isinstance(side, Const) and side.value == "__main__" for side in sides)


def served_body(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """A module's statements without what runs only when the file is started by hand."""
    return tuple(statement for statement in body if not is_main_guard(statement))


def called_dotted(project: Project, file: str, call: Call) -> str:
    """The full dotted name of what a call calls when it is external ("jwt.decode"), else the name as written."""
    known = _called_in(project, file).get(id(call))
    return _external(names_of(project), file, call) if known is None else known


@of_file
def _called_in(project: Project, file: str) -> dict[int, str]:
    """The same for every call of a file, by the identity of its node: a dozen rules ask it of each."""
    names = names_of(project)
    return {id(call): _external(names, file, call) for call in calls(project.code[file].body)}


def _external(names: Names, file: str, call: Call) -> str:
    meaning = names.resolve_expression(file, call.func)
    return meaning.dotted if meaning is not None and meaning.kind == "external" else ""
