"""Tasks of one user's projects, and what another user sees of them: nothing (FR-006 to FR-009)."""

from collections.abc import Callable

from fastapi.testclient import TestClient

Headers = dict[str, str]


def test_create_and_list(client: TestClient, ada: Headers, project_of: Callable[[Headers], int]) -> None:
    path = f"/api/projects/{project_of(ada)}/tasks"
    assert client.post(path, json={"title": "Water the beds"}, headers=ada).status_code == 201
    assert [task["title"] for task in client.get(path, headers=ada).json()] == ["Water the beds"]


def test_a_page(client: TestClient, ada: Headers, project_of: Callable[[Headers], int]) -> None:
    path = f"/api/projects/{project_of(ada)}/tasks"
    for number in range(3):
        client.post(path, json={"title": f"Bed {number}"}, headers=ada)
    page = client.get(path, params={"offset": 1, "limit": 1}, headers=ada).json()
    assert [task["title"] for task in page] == ["Bed 1"]


def test_change_and_delete(client: TestClient, ada: Headers, task_of: Callable[[Headers], int]) -> None:
    path = f"/api/tasks/{task_of(ada)}"
    assert client.patch(path, json={"done": True}, headers=ada).json()["done"] is True
    assert client.get(path, headers=ada).json()["title"] == "Water the beds"
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404


def test_of_another_user(
    client: TestClient,
    ada: Headers,
    bob: Headers,
    project_of: Callable[[Headers], int],
    task_of: Callable[[Headers], int],
) -> None:
    tasks, task = f"/api/projects/{project_of(ada)}/tasks", f"/api/tasks/{task_of(ada)}"
    assert client.get(tasks, headers=bob).status_code == 404
    assert client.post(tasks, json={"title": "Mine"}, headers=bob).status_code == 404
    assert client.get(task, headers=bob).status_code == 404
    assert client.patch(task, json={"done": True}, headers=bob).status_code == 404
    assert client.delete(task, headers=bob).status_code == 404
