"""Within the routing evaluator: one run over a project, as one Python process would import its modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from constitution_lint.facts.code import ClassDef, Expr, FunctionDef, Stmt
from constitution_lint.facts.location import START, Location
from constitution_lint.findings import Undecided
from constitution_lint.model.names import Definition, Names
from constitution_lint.model.routing.scopes import Env
from constitution_lint.model.routing.values import (
    Class,
    External,
    Function,
    Literal,
    Module,
    Router,
    Unknown,
    Value,
)

ROOT = "/project"
"""Stands for the folder of the project in every path that code makes from `__file__`."""
MOST_STEPS = 3_000_000
MOST_STEPS_OF_A_ROOT = 500_000
MOST_STEPS_OF_A_CALL = 60_000
DEEPEST_CALL = 40
MOST_TURNS = 3_000
MOST_ITEMS = 20_000
MOST_OPTIONS = 60


class Leaves(Enum):
    """How a block was left before its end."""

    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"
    MISSING = "missing"


class ExhaustedError(Exception):
    """The run takes more steps than are followed."""


class World:
    """Modules by file as far as they have run, all routers made, and what could not be resolved."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.modules: dict[str, Env] = {}
        self.importing: list[str] = []
        self.conditions: list[str] = []
        self.routers: list[Router] = []
        self.undecided: dict[Undecided, None] = {}
        self.called: set[int] = set()
        self.stack: list[int] = []
        self.early: dict[tuple[str, str], Value] = {}
        self.kept: list[object] = []
        self.trying = 0
        self.steps = 0
        self.limit = MOST_STEPS

    @property
    def root(self) -> str:
        """The module the run began with."""
        return self.importing[0] if self.importing else ""

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.limit:
            raise ExhaustedError

    def undecide(self, where: Location, reason: str) -> None:
        """Note what could not be resolved."""
        self.undecided.setdefault(Undecided(where, reason))

    def unresolved(self, file: str, node: Expr | Stmt, reason: str) -> None:
        self.undecide(Location(file, node.span), reason)

    @contextmanager
    def under(self, *conditions: str) -> Iterator[None]:
        """What is registered inside holds only under these conditions."""
        count = len(self.conditions)
        self.conditions.extend(one for one in conditions if one and one not in self.conditions)
        try:
            yield
        finally:
            del self.conditions[count:]

    @contextmanager
    def apart(self, file: str) -> Iterator[None]:
        """Run one beginning on its own budget: where it goes too far, that is noted and the others go on."""
        self.limit = min(MOST_STEPS, self.steps + MOST_STEPS_OF_A_ROOT)
        try:
            yield
        except (ExhaustedError, RecursionError):
            self.undecide(Location(file, START), "the wiring takes more steps than are followed")
        except Exception as error:  # one odd module must not hide the routes of the others
            self.undecide(Location(file, START), f"the wiring cannot be followed ({type(error).__name__}: {error})")
        finally:
            self.importing.clear()
            self.conditions.clear()
            self.stack.clear()
            self.trying = 0

    # --- modules ---------------------------------------------------------------------------------------------------

    def run(self, file: str) -> Env:
        """The scope of a module, run on the first request; one that is still running is given as far as it is."""
        found = self.modules.get(file)
        if found is not None:
            return found
        env = self.modules[file] = Env("module", file)
        dotted = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        env.names["__name__"] = Literal(dotted)
        env.names["__package__"] = Literal(dotted if file.endswith("__init__.py") else dotted.rpartition(".")[0])
        env.names["__file__"] = Literal(f"{ROOT}/{file}")
        facts = self.names.code.get(file)
        if facts is None or len(self.importing) > 150:
            return env
        from constitution_lint.model.routing.statements import run_block

        self.importing.append(file)
        conditions, self.conditions = self.conditions, []
        trying, self.trying = self.trying, 0
        try:
            run_block(self, facts.body, env)
        finally:
            self.conditions, self.trying = conditions, trying
            self.importing.pop()
        return env

    def load(self, key: str, parts: int) -> Module:
        """Import a module by its key, with the packages around it as far as the dotted name spells them."""
        pieces = key.split("/")
        for count in range(max(1, len(pieces) - parts + 1), len(pieces)):
            package = self.names.modules.get("/".join(pieces[:count]))
            if package is not None and package.endswith("__init__.py"):
                self.run(package)
        file = self.names.modules.get(key)
        if file is not None:
            self.run(file)
        return Module(key, file)

    def attribute(self, module: Module, name: str) -> Value | None:
        """A name of a module: what it bound, then a module inside it, then what it will bind later."""
        if module.file is not None:
            found = self.run(module.file).names.get(name)
            if found is not None:
                return found
        inner = f"{module.key}/{name}" if module.key else name
        is_package = module.file is None or module.file.endswith("__init__.py")
        if is_package and (inner in self.names.modules or inner in self.names.folders):
            return self.load(inner, 1)
        return self._later(module.file, name) if module.file is not None else None

    def _later(self, file: str, name: str) -> Value | None:
        """A name a module in the middle of its import has not bound yet (a cycle): found by reading ahead."""
        asked = (file, name)
        if asked not in self.early:
            definition = self.names.resolve(file, name)
            if definition is None:
                return None
            self.early[asked] = Unknown(f"{name} of {file} is imported in a cycle")
            self.early[asked] = self.meaning(definition) or self.early[asked]
        return self.early[asked]

    def meaning(self, definition: Definition) -> Value | None:
        """The value of a definition that names found, without waiting for its module to run."""
        if definition.kind == "external":
            return External(definition.dotted)
        if definition.kind == "module":
            return Module(definition.dotted, self.names.modules.get(definition.dotted))
        env = self.run(definition.file)
        found = env.names.get(definition.name)
        if found is not None:
            return found
        if isinstance(definition.node, FunctionDef):
            return Function(definition.file, definition.name, definition.node, env)
        if isinstance(definition.node, ClassDef):
            from constitution_lint.model.routing.statements import define_class

            return define_class(self, definition.node, env)
        value = getattr(definition.node, "value", None)
        if value is None:
            return None
        from constitution_lint.model.routing.expressions import evaluate

        return evaluate(self, value, env)

    def new_router(self, is_app: bool, where: Location, cls: Class | None) -> Router:
        router = Router(is_app, where, self.importing[-1] if self.importing else where.file, self.root, cls)
        self.routers.append(router)
        return router
