"""The schema of the configuration, as pydantic models: imported only where a configuration exists.

Every fault becomes one sentence with file and line, and a suggestion where a name is nearly right.
"""

import re
from collections.abc import Collection
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from constitution_lint.config import ConfigurationError, ConfiguredWaiver, Declared, Settings
from constitution_lint.findings import GATES
from constitution_lint.suggestions import did_you_mean

_SEVERITIES = ("error", "warning", "note")
_WANTED = {
    "string_type": "a string",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date",
}
"""What pydantic's names of faults ask for, in the words of TOML."""
_KINDS = frozenset({"str", "date"})
"""Parts of a fault's place that name a branch of a union and no key."""


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=_kebab)


class PublicRouteForm(_Form):
    route: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class DeclaredForm(_Form):
    name: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class WaiverForm(_Form):
    rule: str = Field(min_length=1)
    reason: str = ""
    files: str = ""
    until: date | str | None = None


class SettingsForm(_Form):
    select: list[str] = []
    ignore: list[str] = []
    exclude: list[str] = []
    fail_on: Literal["error", "warning", "note"] = "error"
    public_routes: list[PublicRouteForm] = []
    guards: list[DeclaredForm] = []
    owner_columns: list[str] = []
    user_table: str = ""
    allowed_packages: list[DeclaredForm] = []
    layers: dict[str, list[str]] = {}
    gate_aliases: dict[str, list[str]] = {}
    waivers: list[WaiverForm] = []
    baseline: str = ""


def validated(name: str, table: dict[str, object], text: str, known: Collection[str] | None) -> Settings:
    """The settings of a configuration table. Raises `ConfigurationError` for the first fault in the file.

    An unknown key comes first: it is why another one is missing.
    """
    lines = _Lines(name, text)
    try:
        form = SettingsForm.model_validate(table)
    except ValidationError as error:
        faults = error.errors()
        unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
        raise ConfigurationError(min(_sentence(fault, lines) for fault in unknown or faults)[1]) from None
    _check_names(form, known, lines)
    return _settings(name, form, lines)


class _Lines:
    """Finds the line on which a key or a value stands; TOML parsers do not say."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.rows = text.splitlines()
        section = re.compile(r"\s*\[+\s*tool\s*\.\s*[\"']?constitution-lint\b")
        starts = [number for number, row in enumerate(self.rows, 1) if section.match(row)]
        self.start = starts[0] if name == "pyproject.toml" and starts else 1

    def of_key(self, key: str) -> int:
        wanted = re.compile(rf"(?:^|[\[.,{{\s]){re.escape(key)}[\"']?\s*(?:=|\.|\])")
        return self._first(wanted)

    def of_text(self, text: str, occurrence: int = 0) -> int:
        """The line of the n-th string that reads `text`."""
        return self._first(re.compile(rf"[\"']{re.escape(text)}[\"']"), occurrence)

    def _first(self, wanted: re.Pattern[str], occurrence: int = 0) -> int:
        hits = [number for number, row in enumerate(self.rows, 1) if number >= self.start and wanted.search(row)]
        return hits[min(occurrence, len(hits) - 1)] if hits else self.start


def _sentence(fault: ErrorDetails, lines: _Lines) -> tuple[int, str]:
    path = [str(part) for part in fault["loc"] if not isinstance(part, int) and part not in _KINDS]
    key = path[-1] if path else ""
    line = lines.of_key(path[0] if fault["type"] == "missing" else key)
    return line, f"{lines.name}:{line}: {_said(fault, key, path[:-1], lines.name)}"


def _said(fault: ErrorDetails, key: str, above: list[str], file: str) -> str:
    match fault["type"]:
        case "extra_forbidden":
            where = f" in {'.'.join(above)}" if above else ""
            return f'unknown key "{key}"{where}{_hint(key, above, file)}'
        case "missing":
            return f'an entry of {above[0]} has no "{key}"'
        case "string_too_short":
            return f'"{key}" of {above[0]} is empty'
        case "literal_error":
            return (
                f'"{key}" must be {fault["ctx"]["expected"]}{did_you_mean(str(fault["input"]), _SEVERITIES)}'.replace(
                    "'", '"'
                )
            )
    wanted = _WANTED.get(fault["type"], "something else")
    if isinstance(fault["loc"][-1], int):
        return f'every entry of "{key}" must be {wanted}'
    return f'"{key}" must be {wanted}'


def _hint(key: str, above: list[str], file: str) -> str:
    if key == "tool" and not above and file != "pyproject.toml":
        return "; in this file the keys stand without [tool.constitution-lint]"
    return did_you_mean(key, _keys(above))


def _keys(path: list[str]) -> list[str]:
    forms: dict[str, type[BaseModel]] = {"public-routes": PublicRouteForm, "waivers": WaiverForm}
    form = forms.get(path[0], DeclaredForm) if path else SettingsForm
    return [_kebab(name) for name in form.model_fields]


def _check_names(form: SettingsForm, known: Collection[str] | None, lines: _Lines) -> None:
    """Rules and gates named anywhere must exist; a waiver for an unknown rule is found by the judge."""
    for name in form.gate_aliases:
        if name not in GATES:
            raise ConfigurationError(
                f'{lines.name}:{lines.of_key(name)}: unknown gate "{name}" in gate-aliases{did_you_mean(name, GATES)}'
            )
    for key, names in (("select", form.select), ("ignore", form.ignore)):
        for name in names:
            if known is not None and name not in known:
                said = f'unknown rule or gate "{name}" in {key}{did_you_mean(name, known)}'
                raise ConfigurationError(f"{lines.name}:{lines.of_text(name)}: {said}")


def _settings(name: str, form: SettingsForm, lines: _Lines) -> Settings:
    return Settings(
        file=name,
        select=tuple(form.select),
        ignore=tuple(form.ignore),
        exclude=tuple(form.exclude),
        fail_on=form.fail_on,
        public_routes=tuple(Declared(one.route, one.reason, lines.of_text(one.route)) for one in form.public_routes),
        guards=tuple(Declared(one.name, one.reason, lines.of_text(one.name)) for one in form.guards),
        owner_columns=tuple(form.owner_columns),
        user_table=form.user_table,
        allowed_packages=tuple(
            Declared(one.name, one.reason, lines.of_text(one.name)) for one in form.allowed_packages
        ),
        layers=tuple((layer, tuple(folders)) for layer, folders in form.layers.items()),
        gate_aliases=tuple((gate, tuple(aliases)) for gate, aliases in form.gate_aliases.items()),
        waivers=_waivers(form.waivers, lines),
        baseline=form.baseline,
    )


def _waivers(forms: list[WaiverForm], lines: _Lines) -> tuple[ConfiguredWaiver, ...]:
    """The n-th waiver of a rule stands on the n-th `rule = "…"` line that names it."""
    seen: dict[str, int] = {}
    waivers = []
    for form in forms:
        wanted = re.compile(rf"\brule\s*=\s*[\"']{re.escape(form.rule)}[\"']")
        line = lines._first(wanted, seen.get(form.rule, 0))
        seen[form.rule] = seen.get(form.rule, 0) + 1
        until = form.until.isoformat() if isinstance(form.until, date) else form.until
        waivers.append(ConfiguredWaiver(form.rule, form.reason, form.files, until, line))
    return tuple(waivers)
