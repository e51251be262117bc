"""Every example on a card and every case of a suite, run as the command line would run them."""

from pathlib import Path

import pytest
from mdtest import Case, cases_of_card, cases_of_suite, differences, run

from constitution_lint import Severity
from constitution_lint.catalogue import load

SUITES = sorted((Path(__file__).parent / "gates").glob("*.md"))
CARDS = load().cards


@pytest.mark.parametrize(
    "case", [case for card in CARDS.values() for case in cases_of_card(card)], ids=lambda case: case.name
)
def test_example_on_card(case: Case, tmp_path: Path) -> None:
    """A breach shows just the findings written on its lines; a lawful example shows none of its rule.

    Nor may what is shown as lawful break its gate in another way, or anybody's isolation; of the documents around it
    an example shows no more than its rule is about.
    """
    report = run(case, tmp_path)
    assert differences(case, report) == []
    if case.name.endswith("-lawful"):
        gates = {CARDS[case.rule].gate, "user-data-isolation"} - {"specification-driven"}
        assert [one.message for one in report.findings if one.gate in gates and one.severity == Severity.ERROR] == []


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{suite.stem}-{case.name}") for suite in SUITES for case in cases_of_suite(suite)],
)
def test_case_of_suite(case: Case, tmp_path: Path) -> None:
    assert differences(case, run(case, tmp_path)) == []
