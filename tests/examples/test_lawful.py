"""What the tool says of the lawful example: ten gates held, and nothing to warn of."""

from datetime import date
from pathlib import Path

import pytest

from constitution_lint import Report, examine
from constitution_lint.engine import load
from constitution_lint.findings import GATES, Severity, Verdict
from constitution_lint.model.api import Auth, Isolation

LAWFUL = Path(__file__).parents[2] / "examples" / "lawful"


@pytest.fixture(scope="module")
def report() -> Report:
    return examine(LAWFUL, cache=False, today=date(2026, 6, 1))


def test_nothing_at_warning_or_above(report: Report) -> None:
    assert [
        f"{one.location.file}:{one.location.span.line}: {one.rule}: {one.message}"
        for one in report.findings
        if one.severity is not Severity.NOTE
    ] == []


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_held_and_claimed(report: Report, gate: str) -> None:
    (found,) = [one for one in report.gates if one.gate == gate]
    assert (found.verdict, found.reasons) == (Verdict.HELD, ())
    assert any(found.examined.values())
    assert [claim.status.value for claim in found.claims] == ["pass", "pass"]


def test_every_route_but_health_is_proven() -> None:
    routes = load(LAWFUL, cache=False).api.routes
    assert [route.name for route in routes if route.public] == ["GET /health"]
    protected = [route for route in routes if not route.public]
    assert len(protected) == 13
    assert {route.guard.auth for route in protected} == {Auth.ENFORCED}
    assert {route.isolation for route in protected} == {Isolation.ISOLATED}
