"""The backend of the lawful example really runs: what the tool proves of it on paper is seen here to be so."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, create_engine

BACKEND = Path(__file__).parents[2] / "examples" / "lawful" / "backend"
ISSUER = "https://taskboard.example.com"
OURS, ANOTHERS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


class Published:
    """The key set that the backend would fetch from Better Auth."""

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        return jwt.PyJWK.from_dict(jwt.algorithms.OKPAlgorithm.to_jwk(OURS.public_key(), as_dict=True))


class Caller(NamedTuple):
    client: TestClient
    headers: dict[str, str]

    def __call__(self, method: str, path: str, **body: object) -> "tuple[int, dict[str, object]]":
        answer = self.client.request(method, path, json=body or None, headers=self.headers)
        return answer.status_code, answer.json() if answer.content else {}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on a database in memory; its modules are forgotten again afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BACKEND))
        patch.setenv("AUTH_URL", ISSUER)
        patch.setenv("DATABASE_URL", "sqlite://")
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        app = import_module("app.main").app
        engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
        SQLModel.metadata.create_all(engine)
        app.dependency_overrides[import_module("app.security").get_key_client] = Published
        app.dependency_overrides[import_module("app.database").get_session] = lambda: Session(engine)
        with TestClient(app) as client:
            yield client
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]
    SQLModel.metadata.clear()


def caller(client: TestClient, user: str, key: Ed25519PrivateKey = OURS, **claims: object) -> Caller:
    told = {"sub": user, "iss": ISSUER, "aud": ISSUER, "exp": datetime.now(UTC) + timedelta(minutes=5), **claims}
    return Caller(client, {"Authorization": f"Bearer {jwt.encode(told, key, algorithm='EdDSA')}"})


@pytest.fixture
def ada(backend: TestClient) -> Caller:
    return caller(backend, "ada")


@pytest.fixture
def bob(backend: TestClient) -> Caller:
    return caller(backend, "bob")


@pytest.fixture
def project(ada: Caller) -> str:
    return f"/api/projects/{ada('POST', '/api/projects', name='Garden')[1]['id']}"


@pytest.fixture
def task(ada: Caller, project: str) -> str:
    return f"/api/tasks/{ada('POST', f'{project}/tasks', title='Water the beds')[1]['id']}"


def test_401_without_a_token(backend: TestClient) -> None:
    assert Caller(backend, {})("GET", "/api/projects")[0] == 401


def test_401_for_a_forged_token(backend: TestClient) -> None:
    assert caller(backend, "ada", ANOTHERS)("GET", "/api/projects")[0] == 401


@pytest.mark.parametrize(
    "claims", [{"exp": datetime.now(UTC) - timedelta(minutes=1)}, {"iss": "elsewhere"}, {"aud": "elsewhere"}]
)
def test_401_for_a_token_that_is_not_for_us_or_not_for_now(backend: TestClient, claims: dict[str, object]) -> None:
    assert caller(backend, "ada", **claims)("GET", "/api/projects")[0] == 401


def test_401_for_an_unsigned_token(backend: TestClient) -> None:
    token = jwt.encode({"sub": "ada", "iss": ISSUER, "aud": ISSUER, "exp": 2**40}, None, algorithm="none")
    assert Caller(backend, {"Authorization": f"Bearer {token}"})("GET", "/api/projects")[0] == 401


def test_ones_own_rows_can_be_made_read_changed_and_deleted(ada: Caller, project: str, task: str) -> None:
    assert ada("POST", "/api/projects", name="Orchard")[0] == 201
    assert ada("GET", task) == (200, {**ada("GET", task)[1], "title": "Water the beds", "done": False})
    assert ada("PATCH", task, done=True)[1]["done"] is True
    status, comment = ada("POST", f"{task}/comments", text="In the evening")
    assert status == 201
    assert ada("DELETE", f"/api/comments/{comment['id']}")[0] == 204
    assert ada("DELETE", task)[0] == 204
    assert ada("DELETE", project)[0] == 204


def test_404_for_another_users_rows(ada: Caller, bob: Caller, project: str, task: str) -> None:
    comment = f"/api/comments/{ada('POST', f'{task}/comments', text='Mine')[1]['id']}"
    for method, path in [
        ("GET", project),
        ("DELETE", project),
        ("GET", f"{project}/tasks"),
        ("GET", task),
        ("DELETE", task),
        ("GET", f"{task}/comments"),
        ("DELETE", comment),
    ]:
        assert bob(method, path)[0] == 404, (method, path)
    assert bob("PATCH", project, name="Bob's")[0] == 404
    assert bob("PATCH", task, done=True)[0] == 404
    assert bob("POST", f"{project}/tasks", title="Bob's")[0] == 404
    assert bob("POST", f"{task}/comments", text="Bob's")[0] == 404
    assert ada("GET", task)[1]["done"] is False


def test_an_owner_named_in_the_body_owns_nothing(ada: Caller, bob: Caller) -> None:
    assert ada("POST", "/api/projects", name="Garden", user_id="bob")[0] == 201
    assert bob("GET", "/api/projects") == (200, [])
