"""What the tool says of the unlawful example: each gate is broken, and plans that tick it claim what is not so."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from constitution_lint import Report, examine
from constitution_lint.findings import GATES, Severity, Verdict

UNLAWFUL = Path(__file__).parents[2] / "examples" / "unlawful"
EXAMINED = [gate for gate in GATES if find_spec(f"constitution_lint.gates.{gate.replace('-', '_')}")]


@pytest.fixture(scope="module")
def report() -> Report:
    return examine(UNLAWFUL, cache=False, today=date(2026, 6, 1))


@pytest.mark.parametrize("gate", EXAMINED)
def test_every_gate_is_broken(report: Report, gate: str) -> None:
    (found,) = [one for one in report.gates if one.gate == gate]
    assert found.verdict is Verdict.BROKEN
    assert any(one.gate == gate and one.severity is Severity.ERROR for one in report.findings)
