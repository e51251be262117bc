from fastapi.testclient import TestClient

from app.main import app


def test_list_projects():
    assert TestClient(app).get("/api/projects").status_code in (200, 401)
