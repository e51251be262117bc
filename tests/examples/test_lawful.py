"""What the tool proves of the lawful example."""

from pathlib import Path

from constitution_lint.engine import load
from constitution_lint.model.api import Auth, Isolation

LAWFUL = Path(__file__).parents[2] / "examples" / "lawful"


def test_every_route_but_health_is_proven() -> None:
    routes = load(LAWFUL, cache=False).api.routes
    assert [route.name for route in routes if route.public] == ["GET /health"]
    protected = [route for route in routes if not route.public]
    assert len(protected) == 13
    assert {route.guard.auth for route in protected} == {Auth.ENFORCED}
    assert {route.isolation for route in protected} == {Isolation.ISOLATED}
