"""Requests of a frontend: through wrappers and clients, with their verbs, addresses and tokens."""

from pathlib import Path

import pytest
from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.web.application import pages_of
from constitution_lint.model.web.protection import open_pages, requests_without_token
from constitution_lint.model.web.requests import Request, requests_of

MANIFEST = '{"name": "web", "dependencies": {"next": "16.0.0", "axios": "1.7.0"}}'
BACKEND = """import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()


def current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="login"))) -> str:
    try:
        return jwt.decode(token, os.environ["SECRET"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401)


@app.get("/api/tasks")
def list_tasks(user: str = Depends(current_user)) -> list[str]:
    return []
"""
ASKS = """export async function tasks() {
  const answer = await fetch("http://localhost:8000/api/tasks", { method: "GET" });
  return answer.json();
}
"""
PAGE = """import { tasks } from "../../lib/api";
export default async function Page() {
  return <ul>{await tasks()}</ul>;
}
"""


def _requests(folder: Path, **files: str) -> tuple[Request, ...]:
    planted = {f"frontend/lib/{name}.ts": text for name, text in files.items()}
    return requests_of(load(plant(folder, {"frontend/package.json": MANIFEST, **planted}), cache=False))


def test_each_call_of_a_wrapper_is_a_request_in_its_own_place(tmp_path: Path) -> None:
    api = """const BASE = process.env.NEXT_PUBLIC_API_URL;
async function request(path: string, method: string) {
  return fetch(`${BASE}${path}`, { method });
}
const remove = (path: string) => request(path, "DELETE");
export const list = () => request("/api/tasks", "GET");
export const drop = (id: string) => remove(`/api/tasks/${id}`);
"""
    found = _requests(tmp_path, api=api)
    assert [(one.name, one.location.span.line) for one in found] == [("GET /api/tasks", 6), ("DELETE /api/tasks/{}", 7)]
    assert {one.shown.base for one in found} == {"environment"}
    assert [len(one.through) for one in found] == [1, 2]


def test_a_wrapper_of_another_file_and_a_class(tmp_path: Path) -> None:
    client = """export class Client {
  constructor(private base = "http://localhost:8000/api") {}
  post(path: string, body: object) {
    return fetch(`${this.base}${path}`, { method: "POST", body: JSON.stringify(body) });
  }
}
export const client = new Client();
"""
    use = 'import { client } from "./client";\nexport const add = () => client.post("/tasks", {});\n'
    (found,) = _requests(tmp_path, client=client, use=use)
    assert (found.name, found.file) == ("POST /api/tasks", "frontend/lib/use.ts")


def test_an_instance_of_axios_has_its_base_and_its_interceptor(tmp_path: Path) -> None:
    api = """import axios from "axios";
const http = axios.create({ baseURL: "http://localhost:8000/api" });
http.interceptors.request.use((config) => {
  config.headers.Authorization = "Bearer " + sessionStorage.getItem("t");
  return config;
});
export const save = (id: number) => http.put(`/tasks/${id}`, {});
"""
    (found,) = _requests(tmp_path, api=api)
    assert (found.name, found.authorization) == ("PUT /api/tasks/{}", "yes")


def test_a_verb_that_is_not_known_is_told_as_none(tmp_path: Path) -> None:
    (found,) = _requests(tmp_path, api='export const go = () => fetch("/api/tasks", { method: window.name });\n')
    assert found.method is None


def test_functions_that_call_each_other_come_to_an_end(tmp_path: Path) -> None:
    api = """export function a(path: string) { return b(path); }
export function b(path: string) { fetch(path); return a(path); }
a("/api/tasks");
"""
    assert {one.shown.path for one in _requests(tmp_path, api=api)} == {"/api/tasks"}


@pytest.mark.parametrize(
    ("guard", "is_open"),
    [
        ({}, True),
        (
            {"frontend/app/layout.tsx": "export default (p) => { useSession(); return p.children; };"},
            False,
        ),
        ({"frontend/app/template.tsx": "export default (p) => useSession() && p.children;"}, False),
        ({"frontend/middleware.ts": 'export function middleware() { return redirect("/login"); }'}, False),
        ({"frontend/app/(app)/layout.tsx": "export default (props) => <div>{props.children}</div>;"}, True),
    ],
)
def test_a_page_is_open_where_nothing_on_its_way_checks(tmp_path: Path, guard: dict[str, str], is_open: bool) -> None:
    files = {
        "backend/main.py": BACKEND,
        "frontend/package.json": MANIFEST,
        "frontend/lib/api.ts": ASKS,
        "frontend/app/(app)/tasks/page.tsx": PAGE.replace("../../lib", "../../../lib"),
    }
    project = load(plant(tmp_path, {**files, **guard}), cache=False)
    assert [page.path for page in pages_of(project)] == ["/tasks"]
    assert bool(list(open_pages(project))) == is_open


def test_a_bare_request_is_told_with_the_guarded_route(tmp_path: Path) -> None:
    files = {"backend/main.py": BACKEND, "frontend/package.json": MANIFEST, "frontend/lib/api.ts": ASKS}
    (found,) = requests_without_token(load(plant(tmp_path, files), cache=False))
    assert (found.request.location.span.line, found.route.name) == (2, "GET /api/tasks")


def test_a_text_that_is_made_of_itself_keeps_what_it_was(tmp_path: Path) -> None:
    api = """export async function list(id: string) {
  let url = "/api/tasks/:id";
  url = url.replace(":id", id);
  url = url.trim();
  let other = url;
  url = other;
  return fetch(url);
}
"""
    (found,) = _requests(tmp_path, api=api)
    assert [address.path for address in found.addresses] == ["/api/tasks/:id"]
