"""The form of the configuration, as pydantic models: imported only where a configuration exists.

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
from constitution_lint.spelling import did_you_mean


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
    """The settings of a configuration table. Raises `ConfigurationError` for the first fault in the file."""
    lines = _Lines(name, text)
    try:
        form = SettingsForm.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(min(_sentence(fault, lines) for fault in error.errors())[1]) from None
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
    path = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    key = path[-1] if path else ""
    line = lines.of_key(key)
    where = ".".join(path[:-1])
    if fault["type"] == "extra_forbidden":
        hint = did_you_mean(key, _keys(path[:-1]))
        said = f'unknown key "{key}"' + (f" in {where}" if where else "") + hint
    elif fault["type"] == "missing":
        line = lines.of_key(path[0])
        said = f'an entry of {path[0]} has no "{key}"'
    else:
        said = f'"{key}" is wrong: {fault["msg"][:1].lower()}{fault["msg"][1:]}'
    return line, f"{lines.name}:{line}: {said}"


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
