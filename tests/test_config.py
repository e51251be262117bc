"""Configuration: where it stands, what it gives, and how each fault is told."""

from pathlib import Path

import pytest
from trees import plant

from constitution_lint.config import ConfigurationError, ConfiguredWaiver, Declared, Overrides, Settings, load

KNOWN = ("unguarded-route", "unscoped-read", "security-first")


def settings(folder: Path, text: str, name: str = "constitution-lint.toml") -> Settings:
    return load(plant(folder, {name: text}), KNOWN)


def test_no_configuration_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


def test_a_project_file_without_our_table_gives_the_defaults(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[dependency-groups]\ndev = ["constitution-lint"]\n'
    assert settings(tmp_path, text, "pyproject.toml") == Settings()


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    text = """
[project]
name = "reason"

[tool.constitution-lint]
select = ["unguarded-route"]
ignore = ["security-first"]
exclude = ["legacy/"]
fail-on = "warning"
owner-columns = ["author_id"]
user-table = "account"
baseline = "baseline.json"
public-routes = [{ route = "GET /docs", reason = "documentation" }]
guards = [{ name = "app.auth.check", reason = "verifies in the proxy" }]
allowed-packages = [{ name = "celery", reason = "queues" }]
layers = { api = ["src/api"], models = ["src/models"] }

[tool.constitution-lint.gate-aliases]
traceable = ["audit trail"]

[[tool.constitution-lint.waivers]]
rule = "unscoped-read"
reason = "shared table"
files = "src/reports/**"
until = 2027-01-01

[[tool.constitution-lint.waivers]]
rule = "unscoped-read"
reason = "another"
"""
    assert settings(tmp_path, text, "pyproject.toml") == Settings(
        file="pyproject.toml",
        select=("unguarded-route",),
        ignore=("security-first",),
        exclude=("legacy/",),
        fail_on="warning",
        public_routes=(Declared("GET /docs", "documentation", 13),),
        guards=(Declared("app.auth.check", "verifies in the proxy", 14),),
        owner_columns=("author_id",),
        user_table="account",
        allowed_packages=(Declared("celery", "queues", 15),),
        layers=(("api", ("src/api",)), ("models", ("src/models",))),
        gate_aliases=(("traceable", ("audit trail",)),),
        waivers=(
            ConfiguredWaiver("unscoped-read", "shared table", "src/reports/**", "2027-01-01", 22),
            ConfiguredWaiver("unscoped-read", "another", line=28),
        ),
        baseline="baseline.json",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nselct = ["x"]\n', 'constitution-lint.toml:2: unknown key "selct"; did you mean "select"?'),
        (
            'select = ["unscoped-red"]',
            'constitution-lint.toml:1: unknown rule or gate "unscoped-red" in select; did you mean "unscoped-read"?',
        ),
        ('ignore = ["zzz"]', 'constitution-lint.toml:1: unknown rule or gate "zzz" in ignore'),
        (
            '[gate-aliases]\ntracable = ["x"]',
            'constitution-lint.toml:2: unknown gate "tracable" in gate-aliases; did you mean "traceable"?',
        ),
        ("fail-on = 3", 'constitution-lint.toml:1: "fail-on" must be "error", "warning" or "note"'),
        (
            'fail-on = "eror"',
            'constitution-lint.toml:1: "fail-on" must be "error", "warning" or "note"; did you mean "error"?',
        ),
        ('exclude = "x"', 'constitution-lint.toml:1: "exclude" must be a list'),
        ("\nexclude = [1]", 'constitution-lint.toml:2: every entry of "exclude" must be a string'),
        ('guards = ["x"]', 'constitution-lint.toml:1: every entry of "guards" must be a table'),
        ("layers = []", 'constitution-lint.toml:1: "layers" must be a table'),
        ('[layers]\nservices = "x"', 'constitution-lint.toml:2: "services" must be a list'),
        ("user-table = 3", 'constitution-lint.toml:1: "user-table" must be a string'),
        ('[[waivers]]\nrule = "x"\nuntil = 3', 'constitution-lint.toml:3: "until" must be a date'),
        ('[[guards]]\nname = ""\nreason = "x"', 'constitution-lint.toml:2: "name" of guards is empty'),
        (
            '[[waivers]]\nrul = "x"',
            'constitution-lint.toml:2: unknown key "rul" in waivers; did you mean "rule"?',
        ),
        (
            "[tool.constitution-lint]",
            'constitution-lint.toml:1: unknown key "tool"; in this file the keys stand '
            "without [tool.constitution-lint]",
        ),
        ('[[guards]]\nname = "x"', 'constitution-lint.toml:1: an entry of guards has no "reason"'),
        (
            '[[waivers]]\nrule = "x"\nreasn = "y"',
            'constitution-lint.toml:3: unknown key "reasn" in waivers; did you mean "reason"?',
        ),
        ("select = [", "constitution-lint.toml:1: not valid TOML: invalid value"),
        ("exclude = []\nexclude = []", "constitution-lint.toml:2: not valid TOML: cannot overwrite a value"),
        ("exclude = " + "[" * 2000, "constitution-lint.toml: nested too deeply"),
    ],
)
def test_each_fault_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("constitution-lint.toml", 'exclude = ["é"]'.encode("latin-1"), "constitution-lint.toml:1: not valid UTF-8"),
        ("constitution-lint.toml", "exclude = []".encode("utf-16"), "constitution-lint.toml:1: not valid UTF-8"),
        ("pyproject.toml", b"\n[tool.constitution-lint]\nexclude = ['\xe9']", "pyproject.toml:3: not valid UTF-8"),
        ("pyproject.toml", b"[tool]\nconstitution-lint = 3", "pyproject.toml: tool.constitution-lint must be a table"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(plant(tmp_path, {name: data}), KNOWN)
    assert str(caught.value).startswith(message)


def test_a_folder_where_the_configuration_should_be(tmp_path: Path) -> None:
    (tmp_path / "constitution-lint.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, KNOWN)


def test_a_project_file_of_others_may_hold_any_bytes(tmp_path: Path) -> None:
    assert load(plant(tmp_path, {"pyproject.toml": b"\xff\xfe\x00"}), KNOWN) == Settings()


def test_a_broken_project_file_of_others_is_not_our_fault(tmp_path: Path) -> None:
    assert settings(tmp_path, '# constitution-lint\n[project\nname = "x"', "pyproject.toml") == Settings()


def test_options_stand_over_the_configuration() -> None:
    configured = Settings(select=("a",), ignore=("b",), fail_on="note", baseline="x.json")
    given = Overrides(select=("c",), ignore=("d", "b"), fail_on="error", baseline="")
    assert given.over(configured) == Settings(select=("c",), ignore=("b", "d"), fail_on="error", baseline="")
    assert Overrides().over(configured) == configured
