"""`explain`: rules, gates and the list of all, in each form; a name that nobody knows gets the nearest one."""

import json
import re

import pytest
from small_repository import Ran, Run

from constitution_lint.catalogue import load

CATALOGUE = load()


def test_a_rule_in_text(run: Run) -> None:
    said = run("explain", "hardcoded-secret").out
    assert said.startswith("hardcoded-secret (error)\n")
    for heading in ("Why", "Remedy", "Breach", "Lawful"):
        assert f"\n\n{heading}\n" in said
    assert "```" not in said
    assert "\n  backend/config.py\n" in said
    assert '\n    SECRET_KEY = os.environ["SECRET_KEY"]\n' in said


@pytest.mark.parametrize("name", ["user-data-isolation", "9", "User-Data-Isolation"])
def test_a_gate_by_slug_or_number(run: Run, name: str) -> None:
    said = run("explain", name).out
    assert re.match(r"Gate 9: .+ \(user-data-isolation\)\n", said)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_every_card_in_every_form(run: Run, form: str) -> None:
    for name in (*CATALOGUE.cards, *(article.gate for article in CATALOGUE.gates)):
        ran = run("explain", name, "--format", form)
        assert ran.status == 0
        assert name in ran.out


def test_without_a_name_all_are_listed(run: Run) -> None:
    said = run("explain").out
    assert [name for name in CATALOGUE.cards if f"   {name} " not in said] == []
    listed = json.loads(run("explain", "--format", "json").out)["gates"]
    assert [gate["number"] for gate in listed] == list(range(1, 11))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hardcoded-secrets", '; did you mean "hardcoded-secret"?'),
        ("tracable", '; did you mean "traceable"?'),
        ("zzz", ""),
    ],
)
def test_an_unknown_name(run: Run, name: str, hint: str) -> None:
    assert run("explain", name) == Ran(2, "", f'constitution-lint: unknown rule or gate "{name}"{hint}\n')
