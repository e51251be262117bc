"""Every protected route answers 401 without a token, and with any token that is not right in every respect (FR-001)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from conftest import sign

PROTECTED = [
    ("GET", "/api/projects"),
    ("POST", "/api/projects"),
    ("GET", "/api/projects/1"),
    ("PATCH", "/api/projects/1"),
    ("DELETE", "/api/projects/1"),
    ("GET", "/api/projects/1/tasks"),
    ("POST", "/api/projects/1/tasks"),
    ("GET", "/api/tasks/1"),
    ("PATCH", "/api/tasks/1"),
    ("DELETE", "/api/tasks/1"),
    ("GET", "/api/tasks/1/comments"),
    ("POST", "/api/tasks/1/comments"),
    ("DELETE", "/api/comments/1"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_a_token(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(sign("ada", key=Ed25519PrivateKey.generate()), id="forged"),
        pytest.param(sign("ada", minutes=-1), id="expired"),
        pytest.param(sign("ada", issuer="https://elsewhere.example.com"), id="of another issuer"),
        pytest.param({"Authorization": "Bearer nonsense"}, id="no token at all"),
    ],
)
def test_with_a_bad_token(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/api/projects", headers=headers).status_code == 401


def test_health_is_public(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
