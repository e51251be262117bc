"""The Better Auth configuration of a frontend, wherever its values are written."""

from collections.abc import Mapping
from pathlib import Path

from trees import plant

from constitution_lint.engine import load
from constitution_lint.model.project import Project
from constitution_lint.model.web.better_auth import clients_of, servers_of

MANIFEST = '{"name": "web", "dependencies": {"next": "16.0.0", "better-auth": "1.4.0"}}'


def _project(folder: Path, files: Mapping[str, str]) -> Project:
    return load(plant(folder, {"frontend/package.json": MANIFEST, **files}), cache=False)


def test_a_server_with_plugins_a_pool_and_a_secret_of_the_environment(tmp_path: Path) -> None:
    source = """import { betterAuth } from "better-auth";
import { bearer, jwt } from "better-auth/plugins";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL! });
export const auth = betterAuth({
  database: pool,
  secret: process.env.BETTER_AUTH_SECRET!,
  plugins: [jwt({ jwt: { expirationTime: "15m" } }), bearer()],
});
"""
    (server,) = servers_of(_project(tmp_path, {"frontend/lib/auth.ts": source}))
    assert (server.plugins, server.database) == (("jwt", "bearer"), "pg")
    assert (server.secret, server.secret_in_source) == (("BETTER_AUTH_SECRET",), False)
    assert (server.location.file, server.location.span.line) == ("frontend/lib/auth.ts", 6)


def test_values_of_other_files_and_a_fallback_in_the_source(tmp_path: Path) -> None:
    files = {
        "frontend/lib/parts.ts": """import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { jwt } from "better-auth/plugins/jwt";
export const database = drizzleAdapter({}, { provider: "pg" });
export const shared = [jwt()];
""",
        "frontend/lib/auth.ts": """import { betterAuth as make } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { database, shared } from "./parts";
export const auth = make({
  database,
  secret: process.env.AUTH_SECRET || "change me",
  plugins: [...shared, nextCookies()],
});
""",
    }
    (server,) = servers_of(_project(tmp_path, files))
    assert (server.plugins, server.database) == (("jwt", "nextCookies"), "better-auth/adapters/drizzle")
    assert (server.secret, server.secret_in_source) == (("AUTH_SECRET",), True)


def test_a_client_with_its_base(tmp_path: Path) -> None:
    source = """import { createAuthClient } from "better-auth/react";
import { jwtClient } from "better-auth/client/plugins";
export const client = createAuthClient({
  baseURL: process.env.NEXT_PUBLIC_APP_URL || "http://localhost:3000",
  plugins: [jwtClient()],
});
"""
    (client,) = clients_of(_project(tmp_path, {"frontend/lib/auth-client.ts": source}))
    assert client.plugins == ("jwtClient",)
    assert [(one.base, one.variable or one.host) for one in client.addresses] == [
        ("environment", "NEXT_PUBLIC_APP_URL"),
        ("absolute", "localhost:3000"),
    ]


def test_a_namesake_of_the_project_is_no_server(tmp_path: Path) -> None:
    files = {
        "frontend/lib/make.ts": "export function betterAuth(options: object) { return options; }\n",
        "frontend/lib/auth.ts": """import type { Session } from "better-auth";
import { betterAuth } from "./make";
export const auth = betterAuth({ plugins: [] });
""",
    }
    project = _project(tmp_path, files)
    assert (servers_of(project), clients_of(project)) == ((), ())
