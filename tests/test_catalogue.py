"""The laws of the catalogue itself: one stem in three places, and cards that keep their form."""

import re
from collections import Counter
from pathlib import Path
from types import FunctionType

import pytest
from mdtest import case_of, cases_of_card, cases_of_suite, headings_of_suite

from constitution_lint.catalogue import Card, generators, load, rules_folder
from constitution_lint.findings import GATES, Severity
from constitution_lint.judge import rulings

CATALOGUE = load()
CARDS = list(CATALOGUE.cards.values())
SUITES = sorted((Path(__file__).parent / "gates").glob("*.md"))
JUDGED = {
    name.replace("_", "-")
    for name, function in vars(rulings).items()
    if isinstance(function, FunctionType) and function.__module__ == rulings.__name__ and not name.startswith("_")
}
each_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.rule)


def test_cards_keep_the_form() -> None:
    assert CATALOGUE.faults == ()


def test_all_ten_gates_have_an_article() -> None:
    assert [article.gate for article in CATALOGUE.gates] == list(GATES)


@pytest.mark.parametrize("gate", GATES)
def test_cards_and_generators_are_in_bijection(gate: str) -> None:
    cards = {card.rule for card in CARDS if card.gate == gate} - JUDGED
    assert set(generators(gate)) == cards


def test_what_the_judge_finds_has_cards() -> None:
    assert {card.rule for card in CARDS} >= JUDGED


@pytest.mark.parametrize("gate", GATES)
def test_cards_and_chapters_of_the_suite_are_in_bijection(gate: str) -> None:
    suite = Path(__file__).parent / "gates" / f"{gate}.md"
    waivers = headings_of_suite(suite.with_name("waivers.md")) if gate == "specification-driven" else []
    assert Counter(headings_of_suite(suite) + waivers) == Counter(card.rule for card in CARDS if card.gate == gate)


def test_no_two_cards_share_a_name() -> None:
    stems = Counter(file.stem for file in rules_folder().rglob("*.md") if file.name != "gate.md")
    assert [stem for stem, count in stems.items() if count > 1] == []


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.stem)
def test_no_two_cases_share_a_name(suite: Path) -> None:
    names = Counter(case.name for case in cases_of_suite(suite))
    assert [name for name, count in names.items() if count > 1] == []


@each_card
def test_slug_and_title_are_well_formed(card: Card) -> None:
    assert re.fullmatch(r"[a-z]+(?:-[a-z0-9]+)*", card.rule)
    assert card.rule not in GATES
    assert card.title[0].isupper()
    assert not card.title.endswith(".")
    assert card.why
    assert card.remedy


@each_card
def test_breach_expects_the_rule_at_its_severity(card: Card) -> None:
    breach, lawful = cases_of_card(card)
    assert breach.files
    assert lawful.files
    assert [one for one in breach.expected if one.rule == card.rule]
    assert {Severity(one.severity) for one in breach.expected if one.rule == card.rule} == {card.severity}
    assert lawful.expected == []


def test_expectations_are_stripped_from_the_file() -> None:
    """What the tool reads must not hold the answer."""
    case = case_of(
        "x", "rule", '```python a.py\nx = 1  # error: [rule] "words"\n```\n```tsx b.tsx\n<p>{/* note: [rule] */}\n```\n'
    )
    assert case.files == {"a.py": "x = 1\n", "b.tsx": "<p>\n"}
    assert [(one.file, one.line, one.severity, one.words) for one in case.expected] == [
        ("a.py", 1, "error", "words"),
        ("b.tsx", 1, "note", ""),
    ]
