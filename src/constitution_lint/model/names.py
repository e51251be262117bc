"""What a name in one file means, followed through imports: the link between single files and everything above.

A module name is looked for from the importing file outwards, because backends are started from many folders and few say
which. A folder that is a package comes after those that are not; well-known distributions are never local files.
"""

import sys
from collections.abc import Iterator
from posixpath import dirname
from typing import Literal, NamedTuple

from constitution_lint.facts.code import (
    AnnAssign,
    Assign,
    Call,
    ClassDef,
    CodeFacts,
    Expr,
    FunctionDef,
    Import,
    Name,
    Stmt,
    Subscript,
)
from constitution_lint.facts.code import Attribute as AttributeExpr
from constitution_lint.facts.location import Span
from constitution_lint.model import loading
from constitution_lint.model.memory import near
from constitution_lint.model.project import Project
from constitution_lint.model.scopes import Scope
from constitution_lint.model.walk import dotted_name, walk_statements

WELL_KNOWN = frozenset(
    [
        "aiohttp",
        "alembic",
        "anyio",
        "argon2",
        "asyncpg",
        "authlib",
        "bcrypt",
        "boto3",
        "celery",
        "dotenv",
        "fastapi",
        "flask",
        "google",
        "httpx",
        "itsdangerous",
        "jinja2",
        "jose",
        "joserfc",
        "jwt",
        "loguru",
        "motor",
        "numpy",
        "openai",
        "orjson",
        "pandas",
        "passlib",
        "psycopg",
        "psycopg2",
        "pwdlib",
        "pydantic",
        "pydantic_settings",
        "pymongo",
        "pytest",
        "redis",
        "requests",
        "sentry_sdk",
        "slowapi",
        "sqlalchemy",
        "sqlmodel",
        "sse_starlette",
        "starlette",
        "stripe",
        "structlog",
        "typing_extensions",
        "uvicorn",
    ]
)
"""Import names that mean the distribution even where a file of the same name lies beside the importing one."""

Kind = Literal["function", "class", "value", "module", "external"]
_DEEPEST = 40


class Definition(NamedTuple):
    """What a name leads to. `file` is "" and `dotted` the full name for an external; `node` is None for a module.

    A value is an assignment; `name` is the name it binds.
    """

    kind: Kind
    file: str
    name: str
    node: Stmt | None
    dotted: str


class ImportedModule(NamedTuple):
    """One import of a file: the module as written (absolute) and the project file it leads to, None when external."""

    span: Span
    dotted: str
    file: str | None
    type_checking: bool


class Names:
    """Resolution over the files of one project. Answers are cached; the order of questions does not matter."""

    def __init__(self, code: dict[str, CodeFacts]) -> None:
        self.code = code
        self.modules: dict[str, str] = {}
        self.folders: set[str] = {""}
        for file in code:
            stem = file.removesuffix(".py")
            if stem.endswith("/__init__") or stem == "__init__":
                self.modules[dirname(stem)] = file
            else:
                self.modules.setdefault(stem, file)
            folder = dirname(file)
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = dirname(folder)
        self._suffixes: dict[str, list[str]] = {}
        for key in self.modules:
            self._suffixes.setdefault(key.rsplit("/", 1)[-1], []).append(key)
        self._scopes: dict[str, Scope] = {}
        self._imports: dict[str, tuple[ImportedModule, ...]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._resolved: dict[tuple[str, str], Definition | None] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._asked: set[tuple[str, str]] = set()
        self._lineages: dict[tuple[str, str, int], tuple[Definition, ...]] = {}
        self._attributes: dict[tuple[str, str, int, str], Definition | None] = {}
        self._members: dict[int, tuple[ClassDef, Scope]] = {}
        """By the identity of the class's node, like the two before; kept here so that the identity stays its own."""

    # --- modules ---------------------------------------------------------------------------------------------------

    def module(self, file: str, dotted: str) -> str | None:
        """The key (path without .py or /__init__.py) of an absolute module as imported from a file, or None."""
        asked = (dirname(file), dotted)
        if asked not in self._found:
            self._found[asked] = self._find(file, dotted)
        return self._found[asked]

    def _find(self, file: str, dotted: str) -> str | None:
        return next(self._candidates(file, dotted), None)

    def _candidates(self, file: str, dotted: str) -> Iterator[str]:
        """The keys an absolute module may mean, the likeliest first."""
        first = dotted.split(".")[0]
        if first in sys.stdlib_module_names or first in WELL_KNOWN:
            return
        tail = dotted.replace(".", "/")
        own = file.removesuffix(".py")
        found = False
        for folder in self._import_roots(file):
            key = f"{folder}/{tail}" if folder else tail
            if (key in self.modules or key in self.folders) and key != own:
                found = True
                yield key
        suffixed = self._by_suffix(tail, file) if "/" in tail and not found else None
        if suffixed is not None:
            yield suffixed

    def _holding(self, file: str, dotted: str, names: tuple[str, ...]) -> str | None:
        """Of several modules of one name the first that holds what is imported from it; else the likeliest."""
        asked = (dirname(file), f"{dotted}:{','.join(names)}")
        if asked not in self._found:
            keys = tuple(dict.fromkeys(self._candidates(file, dotted)))
            holding = (key for key in keys if len(keys) > 1 and all(self._holds(key, name) for name in names))
            self._found[asked] = next(holding, keys[0] if keys else None)
        return self._found[asked]

    def _holds(self, key: str, name: str) -> bool:
        inner = f"{key}/{name}" if key else name
        if name == "*" or inner in self.modules or inner in self.folders:
            return True
        scope = self.scope(self.modules.get(key, ""))
        return name in scope.bound or bool(scope.stars)

    def _import_roots(self, file: str) -> Iterator[str]:
        """Folders that may stand on the import path of a file: plain ones outwards, then their src/, then packages."""
        folder, outward = dirname(file), []
        while True:
            outward.append(folder)
            if not folder:
                break
            folder = dirname(folder)
        plain = [folder for folder in outward if folder not in self.modules]
        yield from plain
        yield from (f"{folder}/src" if folder else "src" for folder in plain)
        yield from (folder for folder in outward if folder in self.modules)

    def _by_suffix(self, tail: str, file: str) -> str | None:
        own = file.removesuffix(".py")
        named = self._suffixes.get(tail.rsplit("/", 1)[-1], ())
        matches = [key for key in named if key.endswith("/" + tail) and key != own]
        top = file.split("/", 1)[0]
        near = [key for key in matches if key.split("/", 1)[0] == top]
        if len(near) == 1:
            return near[0]
        return matches[0] if len(matches) == 1 else None

    def relative(self, file: str, module: str, level: int) -> str | None:
        """The key of `from ..module import`, whether or not such a module exists."""
        folder = dirname(file)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = dirname(folder)
        tail = module.replace(".", "/")
        return "/".join(part for part in (folder, tail) if part)

    def source(self, file: str, node: Import) -> str | None:
        """The key of the module a `from … import` takes its names from; None when it is external."""
        if node.level:
            key = self.relative(file, node.module or "", node.level)
            if key is not None and (key in self.modules or key in self.folders):
                return key
            return self._by_suffix((node.module or "").replace(".", "/"), file) if "." in (node.module or "") else None
        return self._holding(file, node.module or "", tuple(alias.name for alias in node.names))

    def ending(self, file: str, path: str) -> str | None:
        """The key of the module at a path of which the end is known, as seen from a file."""
        tail = path.removesuffix(".py").removesuffix("/__init__")
        return loading.nearest(file, tail, self._suffixes.get(tail.rsplit("/", 1)[-1], [])) if tail else None

    def imports(self, file: str) -> tuple[ImportedModule, ...]:
        """Every import of a file, also those inside functions, with the project file each leads to.

        What is loaded at run time by a name or path that is written down is imported too.
        """
        if file not in self._imports:
            found = [module for node in self._all_imports(file) for module in self._imported(file, node)]
            if any(one.dotted.partition(".")[0] in ("importlib", "imp") for one in found):
                found.extend(
                    ImportedModule(call.span, key.replace("/", "."), self.modules[key], False)
                    for call, key in loading.loaded_in(self, file)
                    if key in self.modules
                )
            self._imports[file] = tuple(found)
        return self._imports[file]

    def _all_imports(self, file: str) -> list[Import]:
        facts = self.code.get(file)
        return [node for node in walk_statements(facts.body) if isinstance(node, Import)] if facts is not None else []

    def packages(self, file: str) -> set[str]:
        """The folders that the imports of a file bind a name to: by its attributes all they hold can be reached."""
        keys: set[str | None] = set()
        for node in self._all_imports(file):
            if node.is_from:
                key = self.source(file, node)
                keys.update(f"{key}/{alias.name}" if key else alias.name for alias in node.names if key is not None)
            else:
                written = (alias.name if alias.asname else alias.name.partition(".")[0] for alias in node.names)
                keys.update(self.module(file, name) for name in written)
        return {key for key in keys if key is not None and key in self.folders}

    def _imported(self, file: str, node: Import) -> Iterator[ImportedModule]:
        if not node.is_from:
            for alias in node.names:
                key = self.module(file, alias.name)
                target = self.modules.get(key) if key is not None else None
                yield ImportedModule(node.span, alias.name, target, node.type_checking)
            return
        key = self.source(file, node)
        dotted = "." * node.level + (node.module or "")
        if key is None:
            yield ImportedModule(node.span, dotted, None, node.type_checking)
            return
        submodules = [self.modules.get(f"{key}/{alias.name}" if key else alias.name) for alias in node.names]
        for target in dict.fromkeys(target for target in (*submodules, self.modules.get(key)) if target is not None):
            yield ImportedModule(node.span, dotted, target, node.type_checking)

    # --- names -----------------------------------------------------------------------------------------------------

    def scope(self, file: str) -> "Scope":
        if file not in self._scopes:
            facts = self.code.get(file)
            self._scopes[file] = Scope(facts.body if facts else ())
        return self._scopes[file]

    def resolve(self, file: str, dotted: str) -> Definition | None:
        """What a dotted name means in the module scope of a file; None when the scope does not know its first part."""
        asked = (file, dotted)
        if asked not in self._resolved:
            self._resolved[asked] = None
            self._resolved[asked] = self._resolve(file, dotted, 0)
        return self._resolved[asked]

    def rebound(self, file: str, name: str, definition: object) -> Definition | None:
        """What a name meant before a function of the module took it: in the function's own header it still does."""
        nodes = self.scope(file).bound.get(name, ())
        place = next((index for index, node in enumerate(nodes) if node is definition), len(nodes))
        found = (self._meaning(file, name, node, 0) for node in nodes[place + 1 :])
        return next((one for one in found if one is not None), None)

    def resolve_expression(self, file: str, expression: Expr | None) -> Definition | None:
        """The same for a `Name` or a chain of attributes; None for any other expression."""
        written = dotted_name(expression)
        return self.resolve(file, written) if written else None

    def _resolve(self, file: str, dotted: str, depth: int) -> Definition | None:
        if depth > _DEEPEST:
            return None
        first, _, rest = dotted.partition(".")
        found = self._bound(file, first, depth)
        return self._into(found, rest, depth) if found is not None and rest else found

    def _bound(self, file: str, name: str, depth: int) -> Definition | None:
        scope = self.scope(file)
        for node in scope.bound.get(name, ()):
            found = self._meaning(file, name, node, depth)
            if found is not None:
                return found
        return self._through_stars(file, name, depth)

    def _through_stars(self, file: str, name: str, depth: int) -> Definition | None:
        """What a star import brings in; each file is asked for a name once, however often stars lead back to it."""
        asked, is_outermost = (file, name), not self._asked
        if asked in self._asked:
            return None
        self._asked.add(asked)
        try:
            for target in self._stars(file):
                found = self._resolve(target, name, depth + 1)
                if found is not None:
                    self._asked.discard(asked)
                    return found
            return None
        finally:
            if is_outermost:
                self._asked.clear()

    def _stars(self, file: str) -> tuple[str, ...]:
        """The files of the project that a file takes all names from, the last import first."""
        if file not in self._sources:
            keys = (self.source(file, star) for star in reversed(self.scope(file).stars))
            found = (self.modules.get(key) for key in keys if key is not None)
            self._sources[file] = tuple(dict.fromkeys(one for one in found if one and one != file))
        return self._sources[file]

    def _meaning(self, file: str, name: str, node: Stmt, depth: int) -> Definition | None:
        if type(node) is FunctionDef:
            return Definition("function", file, name, node, name)
        if type(node) is ClassDef:
            return Definition("class", file, name, node, name)
        if type(node) is Import:
            return self._through_import(file, name, node, depth)
        value = node.value if isinstance(node, (Assign, AnnAssign)) else None
        if isinstance(value, (Name, AttributeExpr)) and dotted_name(value) not in ("", name):
            aliased = self._resolve(file, dotted_name(value), depth + 1)
            if aliased is not None and aliased.kind != "value":
                return aliased
        loaded = loading.loaded_by(self, file, value) if type(value) is Call else None
        if loaded is not None:
            return self._module_definition(loaded, loaded)
        return Definition("value", file, name, node, name)

    def imported(self, file: str, node: Import, name: str) -> Definition | None:
        """What an import statement anywhere in a file binds a name to."""
        return self._through_import(file, name, node, 0)

    def _through_import(self, file: str, name: str, node: Import, depth: int) -> Definition | None:
        if not node.is_from:
            alias = next(alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) == name)
            wanted = alias.name if alias.asname else name
            return self._module_definition(self.module(file, wanted), wanted)
        alias = next(alias for alias in node.names if (alias.asname or alias.name) == name)
        key = self.source(file, node)
        if key is None:
            if node.level:
                return Definition("external", "", alias.name, None, f"{'.' * node.level}{node.module}.{alias.name}")
            return Definition("external", "", alias.name, None, f"{node.module}.{alias.name}")
        target = self.modules.get(key)
        if target is not None and target != file:
            found = self._resolve(target, alias.name, depth + 1)
            if found is not None:
                return found
        return self.submodule(key, alias.name)

    def submodule(self, key: str, name: str) -> Definition | None:
        """The module or folder of a name directly inside a package, by the package's key."""
        inner = f"{key}/{name}" if key else name
        if inner in self.modules or inner in self.folders:
            return self._module_definition(inner, name)
        return None

    def _module_definition(self, key: str | None, dotted: str) -> Definition:
        if key is None:
            return Definition("external", "", dotted.rsplit(".", 1)[-1], None, dotted)
        return Definition("module", self.modules.get(key, key), dotted.rsplit(".", 1)[-1], None, key)

    def _into(self, found: Definition, rest: str, depth: int) -> Definition | None:
        """Follow the attributes behind a name: into a module, a class body, or an external's dotted name."""
        first, _, more = rest.partition(".")
        if found.kind == "external":
            return found._replace(name=rest.rsplit(".", 1)[-1], dotted=f"{found.dotted}.{rest}")
        if found.kind == "module":
            inner = self._resolve(found.file, first, depth + 1) if found.file in self.code else None
            inner = inner or self.submodule(found.dotted, first)
            return self._into(inner, more, depth + 1) if inner is not None and more else inner
        if found.kind == "class" and isinstance(found.node, ClassDef):
            member = self.member(found, first)
            return member if not more else None
        return None

    # --- classes ---------------------------------------------------------------------------------------------------

    def ancestors(self, definition: Definition) -> tuple[Definition, ...]:
        """A class and its bases inside the project, nearest first, then the externals they end in; each once."""
        asked = (definition.file, definition.dotted, id(definition.node))
        if asked not in self._lineages:
            self._lineages[asked] = self._lineage(definition)
        return self._lineages[asked]

    def _lineage(self, definition: Definition) -> tuple[Definition, ...]:
        """The walk itself; its first answer is the definition, which keeps the node of the key alive."""
        found: dict[tuple[str, str], Definition] = {}
        waiting = [definition]
        while waiting and len(found) < 100:
            current = waiting.pop(0)
            key = (current.file, current.dotted)
            if key in found:
                continue
            found[key] = current
            if isinstance(current.node, ClassDef):
                waiting.extend(base for base in self.bases(current) if base is not None)
        return tuple(found.values())

    def bases(self, definition: Definition) -> tuple[Definition | None, ...]:
        """The direct bases of a class; a subscripted base (`Repository[Task]`) is the class before the bracket."""
        node = definition.node
        if not isinstance(node, ClassDef):
            return ()
        return tuple(self.resolve_expression(definition.file, unsubscripted(base)) for base in node.bases)

    def member(self, definition: Definition, name: str) -> Definition | None:
        """A method or class attribute, looked up through the bases; `name` of the answer is "Class.member"."""
        asked = (definition.file, definition.dotted, id(definition.node), name)
        if asked not in self._attributes:
            self._attributes[asked] = self._member(definition, name)
        return self._attributes[asked]

    def _member(self, definition: Definition, name: str) -> Definition | None:
        for owner in self.ancestors(definition):
            if not isinstance(owner.node, ClassDef):
                continue
            node = self._members_of(owner.node).bound.get(name, (None,))[0]
            if node is None:
                continue
            kind: Kind = (
                "function" if isinstance(node, FunctionDef) else "class" if isinstance(node, ClassDef) else "value"
            )
            return Definition(kind, owner.file, f"{owner.name}.{name}", node, f"{owner.name}.{name}")
        return None

    def _members_of(self, node: ClassDef) -> "Scope":
        if id(node) not in self._members:
            self._members[id(node)] = (node, Scope(node.body))
        return self._members[id(node)][1]

    def is_subclass(self, definition: Definition, *dotted: str) -> bool:
        """Does a class descend from one of these external classes (full dotted name, or its last part)?"""
        wanted = set(dotted)
        return any(
            base.kind == "external" and (base.dotted in wanted or base.name in wanted)
            for base in self.ancestors(definition)
        )


def unsubscripted(expression: Expr) -> Expr:
    """The expression before its brackets: `Repository` of `Repository[Task]`."""
    while isinstance(expression, Subscript):
        expression = expression.value
    return expression


@near
def names_of(project: Project) -> Names:
    """The names of a project; one index is kept for the most recent projects."""
    return Names(project.code)
