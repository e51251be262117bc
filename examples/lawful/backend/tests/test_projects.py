"""Projects of one user, and what another user sees of them: nothing (FR-002 to FR-005)."""

from collections.abc import Callable

from fastapi.testclient import TestClient

Headers = dict[str, str]


def test_create_and_list(client: TestClient, ada: Headers, bob: Headers) -> None:
    created = client.post("/api/projects", json={"name": "Garden"}, headers=ada)
    assert created.status_code == 201
    assert [project["name"] for project in client.get("/api/projects", headers=ada).json()] == ["Garden"]
    assert client.get("/api/projects", headers=bob).json() == []


def test_an_owner_in_the_body_is_ignored(client: TestClient, ada: Headers, bob: Headers) -> None:
    client.post("/api/projects", json={"name": "Garden", "user_id": "bob"}, headers=ada)
    assert client.get("/api/projects", headers=bob).json() == []


def test_change_and_delete(client: TestClient, ada: Headers, project_of: Callable[[Headers], int]) -> None:
    path = f"/api/projects/{project_of(ada)}"
    assert client.patch(path, json={"name": "Orchard"}, headers=ada).json()["name"] == "Orchard"
    assert client.get(path, headers=ada).json()["name"] == "Orchard"
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404


def test_of_another_user(client: TestClient, ada: Headers, bob: Headers, project_of: Callable[[Headers], int]) -> None:
    path = f"/api/projects/{project_of(ada)}"
    assert client.get(path, headers=bob).status_code == 404
    assert client.patch(path, json={"name": "Mine"}, headers=bob).status_code == 404
    assert client.delete(path, headers=bob).status_code == 404
    assert client.get(path, headers=ada).json()["name"] == "Garden"
