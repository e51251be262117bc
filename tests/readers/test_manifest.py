"""The manifest reader: each form of file as people write it, and bytes that mean it ill."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constitution_lint.facts.manifest import ManifestFacts
from constitution_lint.facts.source import Source
from constitution_lint.readers.manifest import read


def facts(path: str, text: str | bytes) -> ManifestFacts:
    return read(Source(path, text.encode() if isinstance(text, str) else text))


def asked(found: ManifestFacts) -> list[tuple[str, str, str, bool]]:
    return [(one.name, one.specifier, one.group, one.exact) for one in found.dependencies]


def places(found: ManifestFacts) -> dict[str, tuple[int, int]]:
    return {one.name: (one.span.line, one.span.column) for one in found.dependencies}


# --- Python -----------------------------------------------------------------------------------------------------------


def test_pyproject_of_every_school() -> None:
    found = facts(
        "pyproject.toml",
        """
[project]
name = "todo"
dependencies = [
    "fastapi[standard]>=0.115; python_version > '3.8'",  # the framework
    'sqlmodel==0.0.22',
    "lib @ git+https://example.com/lib.git@v1",
]
optional-dependencies = { pg = ["asyncpg"] }

[dependency-groups]
dev = ["pytest>=8", { include-group = "lint" }]

[tool.uv]
dev-dependencies = ["ruff"]

[tool.poetry.dependencies]
python = "^3.12"
httpx = "*"
celery = { version = "^5.3", extras = ["redis"], optional = true }
core = { path = "../core" }

[tool.poetry.group.test.dependencies]
respx = "0.21.1"
""",
    )
    assert asked(found) == [
        ("fastapi", ">=0.115", "main", False),
        ("sqlmodel", "==0.0.22", "main", True),
        ("lib", "@ git+https://example.com/lib.git@v1", "main", True),
        ("asyncpg", "", "optional", False),
        ("pytest", ">=8", "dev", False),
        ("ruff", "", "dev", False),
        ("httpx", "", "main", False),
        ("celery", "^5.3", "optional", False),
        ("core", "", "main", True),
        ("respx", "0.21.1", "dev", True),
    ]
    assert places(found)["fastapi"] == (5, 5)
    assert places(found)["httpx"] == (19, 1)
    assert found.dependencies[0].extras == ("standard",)
    assert found.tools == ("poetry", "uv")
    assert found.unreadable == ()


def test_a_broken_pyproject_keeps_what_stands_around_the_fault() -> None:
    found = facts(
        "pyproject.toml",
        '[project]\ndependencies = ["fastapi"]\nname = = "x"\n[tool.uv]\ndev-dependencies = ["ruff"]\n',
    )
    assert [one.name for one in found.dependencies] == ["fastapi", "ruff"]
    assert found.unreadable[0].span.line == 3
    assert found.unreadable[0].reason == "the file is not valid TOML: invalid value"


REQUIREMENTS = """# application
-r base.txt
-c constraints.txt
--index-url https://example.com/simple
fastapi==0.115.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
uvicorn[standard]>=0.30 ; python_version < "4"  # server
python-jose[cryptography]
-e git+https://example.com/tool.git#egg=tool
./vendored
https://example.com/wheels/thing-1.2-py3-none-any.whl
psycopg2-binary (>=2.9)
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_requirements(encoding: str, ends: str) -> None:
    found = facts("requirements.txt", REQUIREMENTS.replace("\n", ends).encode(encoding))
    assert asked(found) == [
        ("fastapi", "==0.115.0", "main", True),
        ("uvicorn", ">=0.30", "main", False),
        ("python-jose", "", "main", False),
        ("tool", "git+https://example.com/tool.git#egg=tool", "main", True),
        ("vendored", "./vendored", "main", True),
        ("thing", "https://example.com/wheels/thing-1.2-py3-none-any.whl", "main", True),
        ("psycopg2-binary", ">=2.9", "main", False),
    ]
    assert places(found)["uvicorn"] == (8, 1)
    assert [one.path for one in found.includes] == ["base.txt", "constraints.txt"]
    assert found.unreadable == ()


def test_requirements_for_development_are_a_group_of_their_own() -> None:
    assert asked(facts("requirements-dev.txt", "pytest\n")) == [("pytest", "", "dev", False)]


def test_a_line_that_is_no_requirement_is_said_to_be_none() -> None:
    found = facts("requirements.txt", "fastapi\n@scope/package^1.0\n")
    assert [one.name for one in found.dependencies] == ["fastapi"]
    assert found.unreadable[0].span.line == 2


def test_pipfile() -> None:
    found = facts("Pipfile", '[packages]\nfastapi = "*"\nflask = "==3.0.0"\n[dev-packages]\npytest = {version = "*"}\n')
    assert asked(found) == [
        ("fastapi", "", "main", False),
        ("flask", "==3.0.0", "main", True),
        ("pytest", "", "dev", False),
    ]


def test_setup_cfg_and_the_literals_of_setup_py() -> None:
    cfg = facts("setup.cfg", "[metadata]\nname = x\n[options]\ninstall_requires =\n    fastapi>=0.1\n    sqlmodel\n")
    assert places(cfg) == {"fastapi": (5, 5), "sqlmodel": (6, 5)}
    setup = facts("setup.py", 'from setuptools import setup\nsetup(\n    install_requires=["fastapi", *more],\n'
                              '    extras_require={"pg": ["asyncpg"]},\n)\n')  # fmt: skip
    assert asked(setup) == [("fastapi", "", "main", False), ("asyncpg", "", "optional", False)]
    assert facts("setup.py", "def (:").unreadable[0].reason == "the file is no Python (SyntaxError)"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("uv.lock", 'version = 1\n\n[[package]]\nname = "next"\nversion = "15.1.0"\nsource = { registry = "x" }\n'),
        ("poetry.lock", '[[package]]\nname = "next"\nversion = "15.1.0"\ndescription = ""\n'),
        ("Pipfile.lock", '{\n    "default": {\n        "next": {\n            "version": "==15.1.0"\n        }}}'),
        ("package-lock.json", '{\n  "packages": {\n    "": {},\n    "node_modules/next": {\n      "version": "15.1.0"\n'
                              '    },\n    "node_modules/a/node_modules/b": {\n      "version": "1"\n    }\n  }}'),
        ("package-lock.json", '{\n  "dependencies": {\n    "next": {\n      "version": "15.1.0"\n    }\n  }\n}'),
        ("pnpm-lock.yaml", "packages:\n\n  next@15.1.0:\n    resolution: {integrity: x}\n"),
        ("pnpm-lock.yaml", "packages:\n\n  /next@15.1.0(react@19.0.0):\n    resolution: {integrity: x}\n"),
        ("pnpm-lock.yaml", "packages:\n\n  /next/15.1.0_react@19.0.0:\n    resolution: {integrity: x}\n"),
        ("yarn.lock", '# yarn lockfile v1\n\nnext@^15.0.0, next@^15.1.0:\n  version "15.1.0"\n'),
        ("yarn.lock", '__metadata:\n  version: 8\n\n"next@npm:^15.0.0":\n  version: 15.1.0\n'),
        ("bun.lock", '{\n  "packages": {\n    "next": ["next@15.1.0", "", {}, "sha512-x"],\n  }\n}'),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)  # fmt: skip
def test_lock_files(path: str, text: str) -> None:
    found = facts(path, text)
    assert [(one.name, one.version) for one in found.locked] == [("next", "15.1.0")]
    assert "next" in Source(path, text.encode()).index.line(found.locked[0].span.line)


# --- npm --------------------------------------------------------------------------------------------------------------

PACKAGE = """{
  "name": "web",
  "packageManager": "pnpm@9.1.0",
  "workspaces": ["packages/*"],
  "scripts": { "build": "next build" },
  "dependencies": {
    "next": "^15.0.0",
    "react": "19.0.0",
    "@acme/ui": "workspace:*",
    "fork": "github:acme/fork#v1"
  },
  "devDependencies": { "typescript": "latest" },
  "peerDependencies": { "vue": "*" }
}"""


def test_package_json() -> None:
    found = facts("package.json", PACKAGE)
    assert asked(found) == [
        ("next", "^15.0.0", "main", False),
        ("react", "19.0.0", "main", True),
        ("@acme/ui", "workspace:*", "main", True),
        ("fork", "github:acme/fork#v1", "main", True),
        ("typescript", "latest", "dev", False),
        ("vue", "*", "peer", False),
    ]
    assert places(found)["next"] == (7, 5)
    assert found.name == "web"
    assert [(one.name, one.command) for one in found.scripts] == [("build", "next build")]


def test_a_broken_package_json_is_read_by_its_lines() -> None:
    found = facts("package.json", PACKAGE.replace('"19.0.0",', '"19.0.0"'))
    assert [one.name for one in found.dependencies] == ["next", "react", "@acme/ui", "fork"]
    assert found.unreadable[0].span.line == 9


def test_tsconfig_with_comments() -> None:
    text = """{
  // paths
  "extends": "./base.json",
  "compilerOptions": {
    "baseUrl": ".",
    "paths": { "@/*": ["./src/*"], /* more */ "~/*": ["./*"], },
  },
}"""
    found = facts("tsconfig.json", text)
    assert [(one.pattern, one.targets, one.span.line) for one in found.aliases] == [
        ("@/*", ("./src/*",), 6),
        ("~/*", ("./*",), 6),
    ]
    assert (found.base_url, found.includes[0].path) == (".", "./base.json")
    assert found.unreadable == ()


def test_next_config() -> None:
    found = facts(
        "next.config.ts",
        """export default {
  async rewrites() {
    return [{ source: "/api/:path*", destination: `${process.env.API_URL}/api/:path*` }];
  },
};""",
    )
    assert [one.source for one in found.rewrites] == ["/api/:path*"]
    assert [one.name for one in found.variables] == ["API_URL"]


# --- configuration and deployment -------------------------------------------------------------------------------------


def test_an_environment_file_keeps_no_value() -> None:
    text = """# DATABASE_URL=postgres://db
export DATABASE_URL="postgresql+asyncpg://app:Zq83nXk2Lw@ep-cool-1.neon.tech/app"
SECRET_KEY=hunter2-hunter2
OPENAI_API_KEY=your-api-key
PORT=8000 # local
DEBUG=true
EMPTY=
API_URL=$BASE/api
PRIVATE_KEY="-----BEGIN
x
END-----"
LOCAL=sqlite:///./dev.db
"""
    found = facts(".env", text)
    assert [(one.name, one.form, one.span.line) for one in found.variables] == [
        ("DATABASE_URL", "address", 1),
        ("DATABASE_URL", "address", 2),
        ("SECRET_KEY", "text", 3),
        ("OPENAI_API_KEY", "placeholder", 4),
        ("PORT", "number", 5),
        ("DEBUG", "switch", 6),
        ("EMPTY", "empty", 7),
        ("API_URL", "reference", 8),
        ("PRIVATE_KEY", "text", 9),
        ("LOCAL", "address", 12),
    ]
    assert [one.name for one in found.variables if one.secret] == ["DATABASE_URL", "SECRET_KEY"]
    assert [one.commented for one in found.variables][:2] == [True, False]
    assert (found.variables[1].scheme, found.variables[1].host) == ("postgresql+asyncpg", "ep-cool-1.neon.tech")
    assert "Zq83nXk2Lw" not in repr(found)
    assert "hunter2" not in repr(found)


def test_compose() -> None:
    found = facts(
        "docker-compose.yml",
        """services:
  db:
    image: postgres:16
    environment:
      - POSTGRES_PASSWORD=secret
      - POSTGRES_DB
  api:
    build: .
    env_file: [.env]
    environment:
      DATABASE_URL: ${DATABASE_URL:-mysql://root@db/app}
""",
    )
    assert [(one.reference, one.owner) for one in found.images] == [("postgres:16", "db")]
    assert [(one.name, one.form, one.scheme, one.owner) for one in found.variables] == [
        ("POSTGRES_PASSWORD", "placeholder", "", "db"),
        ("POSTGRES_DB", "absent", "", "db"),
        ("DATABASE_URL", "reference", "mysql", "api"),
    ]
    assert [one.path for one in found.includes] == [".env"]


def test_kubernetes_in_several_documents() -> None:
    found = facts(
        "k8s/app.yaml",
        """kind: Deployment
spec:
  containers:
    - image: app:1
      env:
        - name: DATABASE_URL
          valueFrom: { secretKeyRef: { name: db, key: url } }
---
kind: ConfigMap
data:
  LOG_LEVEL: debug
""",
    )
    assert [(one.name, one.form, one.span.line) for one in found.variables] == [
        ("DATABASE_URL", "absent", 6),
        ("LOG_LEVEL", "text", 11),
    ]
    assert [one.reference for one in found.images] == ["app:1"]


def test_helm_values_and_templates() -> None:
    values = facts("chart/values.yaml", "backend:\n  image:\n    repository: acme/api\n    tag: '2.0'\n")
    assert [one.reference for one in values.images] == ["acme/api:2.0"]
    template = facts(
        "charts/app/templates/x.yaml", "{{- if .Values.on }}\n  image: redis:7\n  env:\n    - name: TOKEN\n{{- end }}\n"
    )
    assert [one.reference for one in template.images] == ["redis:7"]
    assert [one.name for one in template.variables] == ["TOKEN"]


def test_dockerfile() -> None:
    text = """FROM python:3.13-slim AS base
ARG VERSION
ENV A=1 \\
    B=two
RUN apt-get update && \\
    pip install --no-cache-dir -r r.txt flask==3.0 .
FROM base
"""
    found = facts("Dockerfile", text)
    assert [(one.reference, one.owner) for one in found.images] == [("python:3.13-slim", "base")]
    assert [one.name for one in found.variables] == ["VERSION", "A", "B"]
    assert [(one.name, one.span.line) for one in found.dependencies] == [("flask", 5)]


def test_alembic_and_procfile() -> None:
    ini = facts(
        "alembic.ini",
        "[alembic]\nscript_location = alembic\nsqlalchemy.url = sqlite:///./x.db\n[loggers]\nkeys = root\n",
    )
    assert [(one.name, one.scheme, one.span.line) for one in ini.variables] == [
        ("script_location", "", 2),
        ("sqlalchemy.url", "sqlite", 3),
    ]
    assert facts("Procfile", "web: uvicorn app:app\n").scripts[0].command == "uvicorn app:app"


# --- ill will ---------------------------------------------------------------------------------------------------------

NAMES = [
    *(
        "pyproject.toml",
        "requirements.txt",
        "Pipfile",
        "setup.cfg",
        "setup.py",
        "uv.lock",
        "Pipfile.lock",
        "package.json",
    ),
    *("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "tsconfig.json", "next.config.js", "Dockerfile"),
    *("docker-compose.yml", "values.yaml", ".env", "alembic.ini", "Procfile", "fly.toml"),
]
PIECES = [
    *(
        '"',
        "'",
        '"""',
        "[",
        "[[",
        "]",
        "{",
        "}",
        "=",
        ":",
        ",",
        "\n",
        " ",
        "\t",
        "\\",
        "/*",
        "//",
        "#",
        "a",
        "b.c",
        "1",
    ),
    *("- ", "&a ", "*a ", "---", "FROM", "RUN pip install", "name", "\x00", "\u2028", "é", "\r", "${", "=="),
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=40))
def test_no_text_stops_the_reader(name: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    found = facts(name, text)
    last = len(Source(name, text.encode()).index.starts)
    for entry in (*found.dependencies, *found.locked, *found.variables, *found.images, *found.unreadable):
        assert 1 <= entry.span.line <= last + 1
        assert entry.span.column >= 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "piece", ["\n", " ", '"', "[", "/*", "{", "a\\\n", "- ", "x: [\n", '\\"', "source:", "&a [*a, "]
)
def test_much_of_the_same_costs_little(name: str, piece: str) -> None:
    """Nothing here is quadratic: ten times as much may cost ten times as long, and not a hundred times."""
    started = time.perf_counter()
    facts(name, piece * (100_000 // len(piece)))
    assert time.perf_counter() - started < 10


def test_a_long_lock_file_is_read_in_seconds() -> None:
    packages = {f"node_modules/p{n}": {"version": "1.0.0", "resolved": "x" * 200} for n in range(30_000)}
    text = json.dumps({"packages": packages}, indent=2)
    started = time.perf_counter()
    found = facts("package-lock.json", text)
    assert len(found.locked) == 20_000
    assert time.perf_counter() - started < 10
