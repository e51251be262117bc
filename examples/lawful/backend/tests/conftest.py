"""A client on a database in memory, and tokens signed with a key that only these tests know."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

os.environ["AUTH_URL"] = "https://taskboard.example.com"
os.environ["DATABASE_URL"] = "sqlite://"

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, create_engine

from app.database import get_session
from app.main import app
from app.security import get_key_client

Headers = dict[str, str]
ISSUER = os.environ["AUTH_URL"]
KEY = Ed25519PrivateKey.generate()


class PublishedKeys:
    """Stands for the key set that Better Auth publishes: the one key, whatever the token says."""

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        return jwt.PyJWK.from_dict(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True))


def sign(user_id: str, key: Ed25519PrivateKey = KEY, minutes: int = 15, issuer: str = ISSUER) -> Headers:
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    claims = {"sub": user_id, "exp": expires, "iss": issuer, "aud": ISSUER}
    return {"Authorization": f"Bearer {jwt.encode(claims, key, algorithm='EdDSA')}"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    SQLModel.metadata.create_all(engine)

    def session_in_memory() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    app.dependency_overrides[get_session] = session_in_memory
    app.dependency_overrides[get_key_client] = PublishedKeys
    with TestClient(app) as client:
        yield client
    app.dependency_overrides.clear()


@pytest.fixture
def ada() -> Headers:
    return sign("ada")


@pytest.fixture
def bob() -> Headers:
    return sign("bob")


@pytest.fixture
def project_of(client: TestClient) -> Callable[[Headers], int]:
    return lambda headers: client.post("/api/projects", json={"name": "Garden"}, headers=headers).json()["id"]


@pytest.fixture
def task_of(client: TestClient, project_of: Callable[[Headers], int]) -> Callable[[Headers], int]:
    def make(headers: Headers) -> int:
        path = f"/api/projects/{project_of(headers)}/tasks"
        return client.post(path, json={"title": "Water the beds"}, headers=headers).json()["id"]

    return make
