"""One manifest, lock file or deployment file as facts: what it declares, installs, runs and configures, with places.

The manifest reader writes this form; gates 2, 4 and 10 read it through the model. No value of a variable is kept: a
fact must not carry a secret on into caches and reports. What is kept is the form of the value, its length, and the
scheme and host of an address.
"""

from typing import Literal

import msgspec

from constitution_lint.facts.location import Span
from constitution_lint.facts.source import Unreadable

ManifestKind = Literal[
    "pyproject", "requirements", "constraints", "pipfile", "setup", "python-lock", "package", "npm-lock",
    "env", "compose", "dockerfile", "alembic", "next-config", "tsconfig", "deployment", "other",
]  # fmt: skip
Ecosystem = Literal["python", "npm", ""]
Group = Literal["main", "dev", "optional", "peer", "build"]
ValueForm = Literal["absent", "empty", "reference", "placeholder", "address", "number", "switch", "text"]
"""What stands behind a variable's name: nothing at all, an empty value, another variable, a text that waits for a
value ("<your key>"), an address with a scheme, a number, true or false, or any other text."""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    span: Span


class Dependency(Entry, frozen=True, array_like=True, gc=False):
    """One package asked for. `specifier` as written ("^15.0.0", ">=1,<2", "" for any version).

    `label` names the group ("dev", "test", an extra); `source` tells where it comes from when no registry gives it.
    """

    name: str
    specifier: str = ""
    group: Group = "main"
    label: str = ""
    extras: tuple[str, ...] = ()
    source: Literal["registry", "url", "path"] = "registry"
    exact: bool = False
    """One version and no other satisfies it (a pin, a commit, a path)."""


class Locked(Entry, frozen=True, array_like=True, gc=False):
    """One package as a lock file installs it."""

    name: str
    version: str


class Include(Entry, frozen=True, array_like=True, gc=False):
    """Another file named by a requirements file (`-r`, `-c`), a compose file (`env_file`) or a tsconfig (`extends`)."""

    path: str


class Image(Entry, frozen=True, array_like=True, gc=False):
    """A container image; `owner` is the service or build stage that runs it, "" when it has no name."""

    reference: str
    owner: str = ""


class Variable(Entry, frozen=True, array_like=True, gc=False):
    """A variable given, or only named, by an environment file, a deployment, a Dockerfile; a setting of alembic.ini.

    `secret` says that the value would work as a secret of that name; `scheme` and `host` are those of an address
    ("postgresql+asyncpg", "localhost"), also of one that stands behind `${NAME:-`.
    """

    name: str
    form: ValueForm = "absent"
    length: int = 0
    secret: bool = False
    scheme: str = ""
    host: str = ""
    owner: str = ""
    """The service of a compose file that gets it."""
    commented: bool = False
    """The whole line is a comment: it documents the variable and sets nothing."""


class Script(Entry, frozen=True, array_like=True, gc=False):
    """A command under a name: a script of package.json, a Procfile's process, an entry point, a Dockerfile's stage."""

    name: str
    command: str


class PathAlias(Entry, frozen=True, array_like=True, gc=False):
    """`compilerOptions.paths` of a tsconfig: "@/*" stands for the targets, relative to `base_url`."""

    pattern: str
    targets: tuple[str, ...]


class Rewrite(Entry, frozen=True, array_like=True, gc=False):
    """A rewrite of next.config: requests to `source` are answered from elsewhere."""

    source: str


class ManifestFacts(msgspec.Struct, frozen=True):
    """All that one such file says, in the order of its lines."""

    kind: ManifestKind = "other"
    ecosystem: Ecosystem = ""
    name: str = ""
    """The package's own name."""
    dependencies: tuple[Dependency, ...] = ()
    locked: tuple[Locked, ...] = ()
    includes: tuple[Include, ...] = ()
    images: tuple[Image, ...] = ()
    variables: tuple[Variable, ...] = ()
    scripts: tuple[Script, ...] = ()
    aliases: tuple[PathAlias, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    base_url: str = ""
    """The `compilerOptions.baseUrl` of a tsconfig."""
    tools: tuple[str, ...] = ()
    """The `[tool.*]` tables of a pyproject ("poetry", "uv", "ruff"), sorted."""
    unreadable: tuple[Unreadable, ...] = ()
