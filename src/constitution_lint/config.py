"""The user's settings: read from `[tool.constitution-lint]` or `constitution-lint.toml`, they flow into every later stage."""

import msgspec


class Declared(msgspec.Struct, frozen=True):
    """Something the user declares where inference is wrong, always with a reason.

    `name` is a route pattern ("GET /docs"), a guard's dotted name, a package, or a rule with an optional file pattern.
    """

    name: str
    reason: str
    line: int = 1


class ConfiguredWaiver(msgspec.Struct, frozen=True):
    """`rule` is a slug; `files` a glob ("" for every file); `until` an ISO date or None."""

    rule: str
    reason: str
    files: str = ""
    until: str | None = None
    line: int = 1


class Settings(msgspec.Struct, frozen=True):
    """All settings with their defaults; `file` is where they were read from ("" when there is no configuration)."""

    file: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str = "error"
    public_routes: tuple[Declared, ...] = ()
    guards: tuple[Declared, ...] = ()
    owner_columns: tuple[str, ...] = ()
    user_table: str = ""
    allowed_packages: tuple[Declared, ...] = ()
    layers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Layer names from outermost to innermost, each with the folders that hold it."""
    gate_aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    waivers: tuple[ConfiguredWaiver, ...] = ()
