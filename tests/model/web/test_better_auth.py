"""Better Auth servers are found by what is called, not by how the call is spelled."""

from collections.abc import Mapping
from pathlib import Path

from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.web.better_auth import server_files

MANIFEST = '{"name": "web", "dependencies": {"next": "16.0.0", "better-auth": "1.4.0"}}'


def _servers(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    return server_files(load(plant(folder, {"frontend/package.json": MANIFEST, **files}), cache=False))


def test_a_server_under_another_name(tmp_path: Path) -> None:
    source = """import { betterAuth as make } from "better-auth";
export const auth = make({ secret: process.env.BETTER_AUTH_SECRET! });
"""
    assert _servers(tmp_path, {"frontend/lib/auth.ts": source}) == ("frontend/lib/auth.ts",)


def test_a_client_is_no_server(tmp_path: Path) -> None:
    source = """import { createAuthClient } from "better-auth/react";
export const client = createAuthClient({ baseURL: process.env.NEXT_PUBLIC_APP_URL });
"""
    assert _servers(tmp_path, {"frontend/lib/auth-client.ts": source}) == ()


def test_a_namesake_of_the_project_is_no_server(tmp_path: Path) -> None:
    files = {
        "frontend/lib/make.ts": "export function betterAuth(options: object) { return options; }\n",
        "frontend/lib/auth.ts": """import type { Session } from "better-auth";
import { betterAuth } from "./make";
export const auth = betterAuth({ plugins: [] });
""",
    }
    assert _servers(tmp_path, files) == ()
