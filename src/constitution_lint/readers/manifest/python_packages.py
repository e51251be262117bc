"""Part of the manifest reader: what a Python project requires, in each of the files that may say so."""

import ast
import re
from collections.abc import Iterator

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import Dependency, Group, Include, ManifestFacts, Script, Variable
from constitution_lint.facts.source import Source, Unreadable
from constitution_lint.readers.contract.nodes import Mapping, Node, Scalar, Sequence
from constitution_lint.readers.manifest.requirement import requirement
from constitution_lint.readers.manifest.toml import read_toml
from constitution_lint.readers.manifest.variables import variable

_POETRY_EXACT = re.compile(r"={0,3}\s*\d+(?:\.\d+)*[\w.+!-]*")
_OPTION = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:[ \t]*=[ \t]*|[ \t]*)(?P<path>\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:[ \t]*=[ \t]*|[ \t]+)(?P<target>.+)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INLINE_OPTION = re.compile(r"\s--[a-z].*$")
_INI_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\]\s*$")
_INI_KEY = re.compile(r"(?P<key>[\w.-]+)\s*[=:]\s*(?P<value>.*)$")
_LONGEST = 4_000
_SETUP_KEYS: dict[str, Group] = {
    "install_requires": "main", "requires": "main", "tests_require": "dev", "setup_requires": "build",
    "extras_require": "optional",
}  # fmt: skip


def read_pyproject(source: Source) -> ManifestFacts:
    """PEP 621, dependency groups (PEP 735), and the tables of Poetry, uv, PDM and Hatch."""
    tree = read_toml(source.text)
    tools = tree.root.mapping("tool")
    project, poetry = tree.root.mapping("project"), tools.mapping("poetry")
    return ManifestFacts(
        kind="pyproject",
        ecosystem="python",
        name=project.text("name") or poetry.text("name"),
        dependencies=tuple(sorted({*_of_project(tree.root), *_of_tools(tools)})),
        scripts=tuple(_scripts(project.mapping("scripts"))) + tuple(_scripts(poetry.mapping("scripts"))),
        tools=tuple(sorted(tools.pairs)),
        unreadable=(tree.fault,) if tree.fault else (),
    )


def _of_project(root: Mapping) -> Iterator[Dependency]:
    project = root.mapping("project")
    yield from _listed(project.sequence("dependencies"), "main", "")
    for label, (_, members) in project.mapping("optional-dependencies").pairs.items():
        yield from _listed(_items(members), "optional", label)
    for label, (_, members) in root.mapping("dependency-groups").pairs.items():
        yield from _listed(_items(members), "dev", label)
    yield from _listed(root.mapping("build-system").sequence("requires"), "build", "build-system")


def _of_tools(tools: Mapping) -> Iterator[Dependency]:
    poetry = tools.mapping("poetry")
    yield from _tabled(poetry.mapping("dependencies"), "main", "")
    yield from _tabled(poetry.mapping("dev-dependencies"), "dev", "dev")
    for label in poetry.mapping("group").pairs:
        group: Group = "main" if label == "main" else "dev"
        yield from _tabled(poetry.mapping("group").mapping(label).mapping("dependencies"), group, label)
    yield from _listed(tools.mapping("uv").sequence("dev-dependencies"), "dev", "dev")
    for label, (_, members) in tools.mapping("pdm").mapping("dev-dependencies").pairs.items():
        yield from _listed(_items(members), "dev", label)
    environments = tools.mapping("hatch").mapping("envs")
    for label in environments.pairs:
        for key in ("dependencies", "extra-dependencies"):
            yield from _listed(environments.mapping(label).sequence(key), "dev", label)


def _listed(items: list[Node], group: Group, label: str) -> Iterator[Dependency]:
    for item in items:
        if isinstance(item, Scalar) and not item.plain and (found := requirement(item.text, item.span, group, label)):
            yield found


def _tabled(table: Mapping, group: Group, label: str) -> Iterator[Dependency]:
    """Poetry's and Pipenv's form: a name, and a version or a table."""
    for name, (key, value) in table.pairs.items():
        if isinstance(value, Sequence):
            value = next((item for item in value.items if isinstance(item, Mapping)), Mapping(value.span))
        if name != "python" and isinstance(value, Scalar | Mapping):
            yield _pair(name, key.span, value, group, label)


def _pair(name: str, span: Span, value: Scalar | Mapping, group: Group, label: str) -> Dependency:
    if isinstance(value, Scalar):
        version = "" if value.text == "*" else value.text
        return Dependency(span, name, version, group, label, exact=bool(_POETRY_EXACT.fullmatch(version)))
    extras = tuple(sorted(_texts(value.sequence("extras"))))
    version = value.text("version").replace("*", "", value.text("version") == "*")
    if group == "main" and value.is_true("optional"):
        group = "optional"
    for key in ("git", "url", "path", "file"):
        if value.get(key) is not None:
            return Dependency(
                span, name, version, group, label, extras, "path" if key in ("path", "file") else "url", True
            )
    exact = bool(_POETRY_EXACT.fullmatch(version))
    return Dependency(span, name, version, group, label, extras, exact=exact)


def _scripts(table: Mapping) -> Iterator[Script]:
    for name, (key, value) in table.pairs.items():
        if isinstance(value, Scalar):
            yield Script(key.span, name, value.text)


def _items(node: Node) -> list[Node]:
    return node.items if isinstance(node, Sequence) else []


def _texts(items: list[Node]) -> Iterator[str]:
    return (item.text for item in items if isinstance(item, Scalar))


def read_pipfile(source: Source) -> ManifestFacts:
    """Pipenv's Pipfile."""
    tree = read_toml(source.text)
    found = [*_tabled(tree.root.mapping("packages"), "main", "")]
    found += _tabled(tree.root.mapping("dev-packages"), "dev", "dev")
    unreadable = (tree.fault,) if tree.fault else ()
    return ManifestFacts(kind="pipfile", ecosystem="python", dependencies=tuple(found), unreadable=unreadable)


def read_requirements(source: Source) -> ManifestFacts:
    """A requirements file of pip, `requirements.in` of pip-tools, a constraints file."""
    name = source.path.rpartition("/")[2].lower()
    group: Group = "dev" if re.search(r"dev|test|lint|doc|ci\b|local|build", name) else "main"
    dependencies: list[Dependency] = []
    includes: list[Include] = []
    unreadable: list[Unreadable] = []
    for number, column, text in _logical_lines(source):
        span = Span(number, column, number, column + len(text))
        if option := _OPTION.match(text):
            includes.append(Include(span, option["path"]))
            continue
        editable = _EDITABLE.match(text)
        if text.startswith("-") and not editable:
            continue
        found = requirement(editable["target"] if editable else text, span, group, name if group == "dev" else "")
        if found is not None:
            dependencies.append(found)
        elif not editable and not text.startswith("."):
            unreadable.append(Unreadable(span, "a line that is no requirement"))
    return ManifestFacts(
        kind="constraints" if name.startswith("constraints") else "requirements",
        ecosystem="python",
        dependencies=tuple(dependencies),
        includes=tuple(includes),
        unreadable=tuple(unreadable[:1]),
    )


def _logical_lines(source: Source) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of each entry: continued lines joined, comments, hashes and blank lines gone."""
    waiting, begun, column = "", 0, 1
    for number in range(1, len(source.index.starts) + 1):
        line = source.index.line(number)
        text = _COMMENT.sub("", line)
        if not waiting:
            begun, column = number, len(line) - len(line.lstrip()) + 1
        waiting += text
        if text.rstrip().endswith("\\") and len(waiting) < _LONGEST:
            waiting = waiting.rstrip()[:-1] + " "
            continue
        entry, waiting = waiting[:_LONGEST].strip(), ""
        if not entry.startswith("-"):
            entry = _INLINE_OPTION.sub("", entry)
        if entry:
            yield begun, column, entry


def read_setup_cfg(source: Source) -> ManifestFacts:
    """The `[options]` of setuptools; each requirement stands on a line of its own."""
    found = tuple(_ini_requirements(source))
    return ManifestFacts(kind="setup", ecosystem="python", dependencies=found)


def _ini_requirements(source: Source) -> Iterator[Dependency]:
    for section, key, number, text in _ini_lines(source):
        if section == "options" and key in _SETUP_KEYS:
            group, label = _SETUP_KEYS[key], ""
        elif section == "options.extras_require":
            group, label = "optional", key
        else:
            continue
        column = source.index.line(number).find(text) + 1
        if found := requirement(text, Span(number, column, number, column + len(text)), group, label):
            yield found


def _ini_lines(source: Source) -> Iterator[tuple[str, str, int, str]]:
    """Section, key, line and text of every value, a continued value line by line."""
    section = key = ""
    for number in range(1, len(source.index.starts) + 1):
        line = source.index.line(number)
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        if match := _INI_SECTION.match(line):
            section, key = match["name"].strip(), ""
        elif line[:1].isspace() and key:
            yield section, key, number, text
        elif match := _INI_KEY.match(line):
            key = match["key"]
            if match["value"].strip():
                yield section, key, number, match["value"].strip()


def read_ini(source: Source) -> ManifestFacts:
    """alembic.ini: its settings, of which `sqlalchemy.url` names the database."""
    return ManifestFacts(kind="alembic", variables=tuple(_settings(source)))


def _settings(source: Source) -> Iterator[Variable]:
    for section, key, number, text in _ini_lines(source):
        if section == "alembic":
            yield variable(key, text, Span.of_line(number, source.index.line(number)))


def read_setup_py(source: Source) -> ManifestFacts:
    """The literal lists of a `setup(…)` call; what is computed cannot be known and is left out."""
    try:
        module = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        fault = Unreadable(Span(line, 1, line, 1), f"the file is no Python ({type(error).__name__})")
        return ManifestFacts(kind="setup", ecosystem="python", unreadable=(fault,))
    found: list[Dependency] = []
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name | ast.Attribute) and ast.unparse(call.func).endswith("setup"):
            found += _of_setup(source, call)
    return ManifestFacts(kind="setup", ecosystem="python", dependencies=tuple(sorted(found)))


def _of_setup(source: Source, call: ast.Call) -> Iterator[Dependency]:
    for keyword in call.keywords:
        group = _SETUP_KEYS.get(keyword.arg or "")
        if group is None:
            continue
        lists = [("", keyword.value)]
        if isinstance(keyword.value, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else "" for key in keyword.value.keys]
            lists = [(str(key), value) for key, value in zip(keys, keyword.value.values, strict=True)]
        for label, value in lists:
            for item in getattr(value, "elts", ()):
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    column = source.index.column_of_byte(item.lineno, item.col_offset)
                    span = Span(item.lineno, column, item.lineno, column + len(item.value) + 2)
                    if dependency := requirement(item.value, span, group, label):
                        yield dependency
