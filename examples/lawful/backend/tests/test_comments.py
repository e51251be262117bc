"""Comments on one user's tasks, and what another user sees of them: nothing (specs/002-comments, FR-101 to FR-104)."""

from collections.abc import Callable

from fastapi.testclient import TestClient

Headers = dict[str, str]


def test_add_list_and_delete(client: TestClient, ada: Headers, task_of: Callable[[Headers], int]) -> None:
    path = f"/api/tasks/{task_of(ada)}/comments"
    added = client.post(path, json={"text": "In the evening"}, headers=ada)
    assert added.status_code == 201
    assert [comment["text"] for comment in client.get(path, headers=ada).json()] == ["In the evening"]
    assert client.delete(f"/api/comments/{added.json()['id']}", headers=ada).status_code == 204
    assert client.get(path, headers=ada).json() == []


def test_of_another_user(client: TestClient, ada: Headers, bob: Headers, task_of: Callable[[Headers], int]) -> None:
    path = f"/api/tasks/{task_of(ada)}/comments"
    comment = client.post(path, json={"text": "In the evening"}, headers=ada).json()["id"]
    assert client.get(path, headers=bob).status_code == 404
    assert client.post(path, json={"text": "Never"}, headers=bob).status_code == 404
    assert client.delete(f"/api/comments/{comment}", headers=bob).status_code == 404
    assert client.get(path, headers=ada).json()[0]["text"] == "In the evening"
