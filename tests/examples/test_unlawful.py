"""What the tool says of the unlawful example: each gate is broken, each rule shown, each gate falsely claimed."""

from datetime import date
from pathlib import Path

import pytest
from golden import compare

from constitution_lint import Report, examine
from constitution_lint.catalogue import load
from constitution_lint.findings import GATES, Severity, Verdict
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.text import render

UNLAWFUL = Path(__file__).parents[2] / "examples" / "unlawful"
NOT_SHOWN = {
    "committed-env": "a file of secrets would have to be tracked by the repository of the tool itself",
}


@pytest.fixture(scope="module")
def report() -> Report:
    return examine(UNLAWFUL, cache=False, today=date(2026, 6, 1))


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_broken(report: Report, gate: str) -> None:
    (found,) = [one for one in report.gates if one.gate == gate]
    assert found.verdict is Verdict.BROKEN
    assert any(one.gate == gate and one.severity is Severity.ERROR for one in report.findings)


def test_every_gate_is_falsely_claimed(report: Report) -> None:
    assert {one.gate for one in report.findings if one.rule == "false-claim"} == set(GATES)


def test_every_rule_is_shown(report: Report) -> None:
    assert set(load().cards) - {one.rule for one in report.findings} == set(NOT_SHOWN)


def test_the_report_is_as_accepted(report: Report) -> None:
    compare(UNLAWFUL / "EXPECTED.txt", render(report, Look()))
