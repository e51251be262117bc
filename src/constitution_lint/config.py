"""The user's settings, from `[tool.constitution-lint]` or `constitution-lint.toml`, for every later stage."""

import re
from collections.abc import Collection
from pathlib import Path

import msgspec

from constitution_lint.regular_files import read_regular


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
    baseline: str = ""
    """A baseline file relative to the root; what it lists is excused. Empty for none."""


class Overrides(msgspec.Struct, frozen=True):
    """What the command line says over the configuration; None and () leave it as configured."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    baseline: str | None = None
    """A baseline file to hold findings against; "" for none, whatever is configured."""
    no_config: bool = False
    """Take no configuration of the target's: what it leaves out or excuses is then examined too."""

    def over(self, settings: Settings) -> Settings:
        """`select` and `baseline` replace, `ignore` and `exclude` add."""
        return msgspec.structs.replace(
            settings,
            select=self.select or settings.select,
            ignore=tuple(dict.fromkeys((*settings.ignore, *self.ignore))),
            exclude=tuple(dict.fromkeys((*settings.exclude, *self.exclude))),
            fail_on=self.fail_on or settings.fail_on,
            baseline=settings.baseline if self.baseline is None else self.baseline,
        )


class ConfigurationError(Exception):
    """The configuration cannot be used; the message is one sentence that opens with file and line."""


_PLACE = re.compile(r"\((?:at line (\d+), column \d+|at end of document)\)")

FILES = ("constitution-lint.toml", "pyproject.toml")
"""Where a configuration may stand, in the root of the target; the first that holds one is taken."""


def find(root: Path) -> tuple[str, dict[str, object], str] | None:
    """The configuration file, its table and its text; None when there is none. Raises `ConfigurationError`."""
    for name in FILES:
        text = _text(root, name)
        if (name == FILES[0] and text is not None) or "constitution-lint" in (text or ""):
            table = _table(name, text or "")
            if table is not None:
                return name, table, text or ""
    return None


def _text(root: Path, name: str) -> str | None:
    """The text of a configuration file, None where there is none. One that is there and cannot be read ends the run."""
    try:
        data = read_regular(root / name)
    except FileNotFoundError:
        return None
    except OSError as error:
        if name == FILES[0]:
            raise ConfigurationError(f"{name}: cannot be read ({error.strerror})") from None
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if name == FILES[0] or b"constitution-lint" in data:
            line = data.count(b"\n", 0, error.start) + 1
            raise ConfigurationError(f"{name}:{line}: not valid UTF-8, as TOML must be") from None
        return None


def _table(name: str, text: str) -> dict[str, object] | None:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if name != FILES[0] and "[tool.constitution-lint" not in text:
            return None
        raise ConfigurationError(_no_toml(name, text, str(error))) from None
    except RecursionError:
        raise ConfigurationError(f"{name}: nested too deeply") from None
    if name == FILES[0]:
        return document
    tools = document.get("tool")
    if not isinstance(tools, dict) or "constitution-lint" not in tools:
        return None
    table = tools["constitution-lint"]
    if not isinstance(table, dict):
        raise ConfigurationError(f"{name}: tool.constitution-lint must be a table")
    return table


def _no_toml(name: str, text: str, said: str) -> str:
    """What the parser says, with its place in front: "Cannot overwrite a value (at line 2, column 11)"."""
    place = _PLACE.search(said)
    line = int(place[1]) if place and place[1] else max(1, len(text.splitlines()))
    words = _PLACE.sub("", said).strip()
    return f"{name}:{line}: not valid TOML: {words[:1].lower()}{words[1:]}"


def load(root: Path, known: Collection[str] | None = None) -> Settings:
    """The settings of a target, the defaults where it has no configuration. Raises `ConfigurationError`.

    `known` are the names of all rules and gates; None leaves the names unchecked.
    """
    found = find(root)
    if found is None:
        return Settings()
    from constitution_lint.config_form import validated

    return validated(*found, known)
