"""For everything that links the frontend: which file of the project an import means, or else which package.

Relative paths, path aliases of the nearest tsconfig or jsconfig (`compilerOptions.paths`, `baseUrl`, `extends`),
packages of the same repository by their name, and the `@/` that Next.js writes into new projects.
"""

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.manifest import ManifestFacts
from constitution_lint.facts.web import Export, Import
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project

_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts")
_COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""What stands in the source where an import names the compiled file."""
_DEEPEST = 12


class Step(NamedTuple):
    """One import of one file: the facts as written, and the project file it means, None for a package."""

    source: str
    written: Import
    target: str | None

    @property
    def location(self) -> Location:
        return Location(self.source, self.written.span)


class Exported(NamedTuple):
    """Where an exported name is defined: a name of the module scope of a file."""

    file: str
    local: str


class Modules:
    """Resolution over the scripts of one project; the order of questions does not matter."""

    def __init__(self, project: Project) -> None:
        self._web = project.web
        self._configurations = {
            dirname(file): facts
            for file, facts in sorted(project.manifests.items(), reverse=True)
            if facts.kind == "tsconfig" and (facts.aliases or facts.base_url or facts.includes)
        }
        self._by_file = {file: facts for file, facts in project.manifests.items() if facts.kind == "tsconfig"}
        self._packages = {
            facts.name: dirname(file)
            for file, facts in sorted(project.manifests.items(), reverse=True)
            if facts.kind == "package" and facts.name
        }
        self._frontends = project.workspace.frontends
        self._found: dict[tuple[str, str], str | None] = {}

    def resolve(self, file: str, module: str) -> str | None:
        """The project file that `module` means in `file`; None for packages and what is not there."""
        asked = (dirname(file), module)
        if asked not in self._found:
            self._found[asked] = next(filter(None, map(self._existing, self._meanings(*asked))), None)
        return self._found[asked]

    def own_paths(self, file: str, module: str) -> tuple[str, ...]:
        """The paths without ending that a module of the project's own may mean in `file`; none for a package."""
        folder = dirname(file)
        named = self._configuration(folder)
        prefixes = [one.pattern.partition("*")[0] for one in named[1].aliases] if named else []
        if module.startswith((".", *(prefix for prefix in prefixes if prefix.strip("@")))) or (
            module.startswith(("@/", "~/")) and self._is_in_frontend(folder)
        ):
            return tuple(dict.fromkeys(path.removeprefix("./") for path in self._meanings(folder, module)))
        return ()

    def exported(self, file: str, name: str, depth: int = 0) -> Exported | None:
        """The definition behind a name that a file exports, through files that pass it on."""
        facts = self._web.get(file)
        if facts is None or depth > _DEEPEST:
            return None
        for export in facts.exports:
            if export.name == name and (export.module or export.local):
                return self._followed(file, export, depth)
        for export in facts.exports:
            if export.name == "*" and name != "default":
                target = self.resolve(file, export.module)
                found = self.exported(target, name, depth + 1) if target else None
                if found is not None:
                    return found
        return None

    def _followed(self, file: str, export: Export, depth: int) -> Exported | None:
        if not export.module:
            return self._local(file, export.local, depth)
        target = self.resolve(file, export.module)
        if target is None:
            return None
        return Exported(target, "*") if export.local == "*" else self.exported(target, export.local, depth + 1)

    def _local(self, file: str, local: str, depth: int) -> Exported | None:
        """`import { a } from "./a"; export { a }` passes on as well."""
        for found in self._web[file].imports:
            for name in found.names:
                if name.local == local:
                    target = self.resolve(file, found.module)
                    if target is None or name.imported == "*":
                        return Exported(target, "*") if target else Exported(file, local)
                    return self.exported(target, name.imported, depth + 1)
        return Exported(file, local)

    def _meanings(self, folder: str, module: str) -> Iterator[str]:
        if module.startswith("."):
            yield normpath(join(folder, module))
            return
        yield from self._of_configuration(folder, module)
        name = package_of(module)
        if name in self._packages:
            inner = module.removeprefix(name).lstrip("/")
            package = self._packages[name]
            yield from (join(package, base, inner or "index") for base in ("", "src"))
        if module.startswith(("@/", "~/")):
            home = self._home(folder)
            yield from (join(home, base, module[2:]) for base in ("src", "", "app"))

    def _of_configuration(self, folder: str, module: str) -> Iterator[str]:
        found = self._configuration(folder)
        if found is None:
            return
        home, facts = found
        base = normpath(join(home, facts.base_url or "."))
        for alias in sorted(facts.aliases, key=lambda one: -len(one.pattern)):
            prefix, star, suffix = alias.pattern.partition("*")
            if star and module.startswith(prefix) and module.endswith(suffix):
                middle = module[len(prefix) : len(module) - len(suffix)]
                yield from (normpath(join(base, target.replace("*", middle))) for target in alias.targets)
            elif module == alias.pattern:
                yield from (normpath(join(base, target)) for target in alias.targets)
        if facts.base_url:
            yield normpath(join(base, module))

    def _configuration(self, folder: str) -> tuple[str, ManifestFacts] | None:
        """The nearest configuration above a folder; one without paths of its own lends those it extends."""
        while folder not in self._configurations:
            if not folder:
                return None
            folder = dirname(folder)
        facts, home = self._configurations[folder], folder
        for _ in range(4):
            if facts.aliases or facts.base_url or not facts.includes:
                break
            file = normpath(join(home, facts.includes[0].path))
            extended = self._by_file.get(file) or self._by_file.get(f"{file}.json")
            if extended is None:
                break
            facts, home = extended, dirname(file)
        return home, facts

    def _is_in_frontend(self, folder: str) -> bool:
        return any(not one or f"{folder}/".startswith(f"{one}/") for one in self._frontends)

    def _home(self, folder: str) -> str:
        above = [one for one in self._frontends if not one or folder == one or folder.startswith(f"{one}/")]
        return max(above, key=len, default="")

    def _existing(self, path: str) -> str | None:
        path = path.removeprefix("./")
        if path in self._web:
            return path
        stem, dot, ending = path.rpartition(".")
        for source in _COMPILED.get(dot + ending, ()):
            if stem + source in self._web:
                return stem + source
        for ending in _ENDINGS:
            if path + ending in self._web:
                return path + ending
        for ending in _ENDINGS:
            if (inner := f"{path}/index{ending}".removeprefix("./").lstrip("/")) in self._web:
                return inner
        return None


def package_of(module: str) -> str:
    """The npm package of a module: "@scope/name" of "@scope/name/sub", "next" of "next/link"."""
    parts = module.split("/")
    return "/".join(parts[: 2 if module.startswith("@") else 1])


@remembered
def modules_of(project: Project) -> Modules:
    return Modules(project)


@remembered
def steps_of(project: Project) -> dict[str, tuple[Step, ...]]:
    """The imports of every script with the files they mean, by file in sorted order."""
    modules = modules_of(project)
    return {
        file: tuple(Step(file, written, modules.resolve(file, written.module)) for written in facts.imports)
        for file, facts in project.web.items()
    }


def closure(project: Project, starts: Iterator[str] | tuple[str, ...]) -> frozenset[str]:
    """The files that some files load, themselves included; imports of types load nothing."""
    steps, waiting, found = steps_of(project), list(starts), set[str]()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [
                step.target for step in steps.get(file, ()) if step.target is not None and not step.written.type_only
            ]
    return frozenset(found)
