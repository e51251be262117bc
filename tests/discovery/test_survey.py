"""Discovery on small trees: what is kept, what is left out and counted, and what it is taken for."""

import os
import subprocess
from pathlib import Path

import pytest
from trees import plant

from constitution_lint.config import Settings
from constitution_lint.discovery.git_index import count_tracked, tracked_files
from constitution_lint.discovery.survey import Survey, discover
from constitution_lint.workspace import Workspace

APPLICATION = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def survey(folder: Path, files: dict[str, str], exclude: tuple[str, ...] = ()) -> Survey:
    return discover(plant(folder, files), Settings(exclude=exclude))


def workspace(folder: Path, files: dict[str, str]) -> Workspace:
    return survey(folder, files).workspace


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".claude/commands/plan.md", "dot-folders"),
        (".cursor/rules.md", "dot-folders"),
        (".specify/templates/plan-template.md", "templates"),
        (".specify/scripts/x.md", "dot-folders"),
        ("frontend/node_modules/next/index.js", "dependencies"),
        ("backend/lib/python3.12/site-packages/x.py", "environments"),
        ("backend/__pycache__/x.py", "caches"),
        ("backend/app.egg-info/x.md", "build output"),
        ("frontend/.next/server/page.js", "dot-folders"),
        ("web/static/vendor/vue.js", "dependencies"),
    ],
)
def test_what_nobody_wrote_here_is_left_out(tmp_path: Path, path: str, reason: str) -> None:
    found = workspace(tmp_path, {"main.py": APPLICATION, path: "x = 1\n"})
    assert found.files == ("main.py",)
    assert found.left_out == {reason: 1}


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "bin/activate", "Scripts/activate", "conda-meta/history"])
def test_an_environment_is_known_under_any_name(tmp_path: Path, mark: str) -> None:
    found = workspace(tmp_path, {"main.py": APPLICATION, f"venv312/{mark}": "", "venv312/evil.py": APPLICATION})
    assert found.files == ("main.py",)
    assert found.left_out == {"environments": 1}
    assert found.backends == ("",)


def test_build_output_is_told_by_its_manifest(tmp_path: Path) -> None:
    files = {"web/package.json": "{}", "web/dist/x.js": "", "web/app/build/page.tsx": "", "backend/build/steps.py": ""}
    found = workspace(tmp_path, files)
    assert found.files == ("backend/build/steps.py", "web/app/build/page.tsx", "web/package.json")
    assert found.left_out == {"build output": 1}


def test_nested_ignore_files_decide_from_the_deepest(tmp_path: Path) -> None:
    found = workspace(
        tmp_path,
        {
            ".gitignore": "*.gen.py\n/scratch/\n[z-\n",
            "a.gen.py": "",
            "scratch/x.py": "",
            "deep/scratch/y.py": "",
            "deep/.gitignore": "!kept.gen.py\n*.log\n",
            "deep/kept.gen.py": "",
            "deep/x.log": "",
        },
    )
    assert [file for file in found.files if not file.endswith("ignore")] == ["deep/kept.gen.py", "deep/scratch/y.py"]
    assert found.left_out == {"git-ignored": 3}


def test_lib_of_the_python_template_is_kept_where_no_index_can_tell(tmp_path: Path) -> None:
    found = workspace(tmp_path, {".gitignore": "lib/\n", "frontend/lib/api.ts": ""})
    assert "frontend/lib/api.ts" in found.files


def test_a_lock_file_that_is_there_counts_where_no_index_can_tell(tmp_path: Path) -> None:
    found = workspace(tmp_path, {".gitignore": "uv.lock\n*.db\n", "backend/uv.lock": "", "backend/a.db": ""})
    assert found.files == (".gitignore", "backend/uv.lock")
    assert [(rule.line, rule.pattern) for rule in found.ignore_rules] == [(1, "uv.lock"), (2, "*.db")]


def test_what_git_tracks_is_never_ignored(tmp_path: Path) -> None:
    plant(tmp_path, {".gitignore": "lib/\n*.env\n", "lib/api.py": "", "lib/other.py": "", "secret.env": "A=b\n"})
    git = ("git", "-c", "user.name=a", "-c", "user.email=b")
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run([*git, "add", "-f", ".gitignore", "lib/api.py"], cwd=tmp_path, check=True)
    found = discover(tmp_path, Settings()).workspace
    assert found.files == (".gitignore", "lib/api.py")
    assert found.left_out == {"dot-folders": 1, "git-ignored": 2}
    assert tracked_files(tmp_path / "lib") == {"api.py"}
    assert count_tracked(tmp_path) == 2


@pytest.mark.parametrize("version", ["2", "4"])
def test_the_index_is_read_as_git_reads_it(tmp_path: Path, version: str) -> None:
    names = {"a.py", "a/b c.py", "a/bé.py", "a/b/" + "long" * 60 + ".py", "z.py"}
    plant(tmp_path, dict.fromkeys(names, ""))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "update-index", "--index-version", version], cwd=tmp_path, check=True)
    assert tracked_files(tmp_path) == names


def test_a_broken_index_is_no_index(tmp_path: Path) -> None:
    plant(tmp_path, {".git/index": b"DIRC\0\0\0\2\0\0\0\x09short", "a.py": ""})
    assert tracked_files(tmp_path) is None
    assert discover(tmp_path, Settings()).workspace.files == ("a.py",)


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = plant(tmp_path / "outside", {"secret.py": APPLICATION})
    root = plant(tmp_path / "root", {"a/x.py": ""})
    (root / "out").symlink_to(outside)
    (root / "a/loop").symlink_to(root)
    (root / "file.py").symlink_to(outside / "secret.py")
    found = discover(root, Settings()).workspace
    assert found.files == ("a/x.py",)
    assert found.left_out == {"links": 3}


def test_the_user_can_exclude(tmp_path: Path) -> None:
    found = survey(tmp_path, {"legacy/a.py": "", "b.py": "", "c/old_d.py": ""}, ("legacy/", "old_*.py")).workspace
    assert found.files == ("b.py",)
    assert found.left_out == {"excluded": 2}


def test_names_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("")
    found = workspace(tmp_path, {"a.py": ""})
    assert found.files == ("a.py",)
    assert found.left_out == {"names that are no text": 1}


def test_documents_in_folders_of_their_own_make_one_feature(tmp_path: Path) -> None:
    files = [
        "specs/phase3/spec/spec.md",
        "specs/phase3/plan/plan.md",
        "specs/phase3/tasks/tasks.md",
        "specs/plan/plan.md",
    ]
    found = workspace(tmp_path, dict.fromkeys(files, "x")).features
    assert [(one.folder, one.spec, one.plan) for one in found] == [
        ("specs/phase3", files[0], files[1]),
        ("specs/plan", None, files[3]),
    ]


def test_beside_a_specs_folder_two_documents_make_no_feature(tmp_path: Path) -> None:
    tracks = ["tracks/login/spec.md", "tracks/login/plan.md"]
    assert [one.folder for one in workspace(tmp_path / "a", dict.fromkeys(tracks, "x")).features] == ["tracks/login"]
    both = dict.fromkeys([*tracks, "specs/001-todo/spec.md"], "x")
    assert [one.folder for one in workspace(tmp_path / "b", both).features] == ["specs/001-todo"]


def test_features_in_every_place(tmp_path: Path) -> None:
    files = [
        "specs/001-todo/spec.md",
        "specs/001-todo/Plan.md",
        "specs/001-todo/tasks.md",
        "specs/001-todo/data_model.md",
        "specs/001-todo/contracts/api.yaml",
        "phase 2/specs/002 the list/plan.md",
        "spec.md",
        "plan.md",
        "docs/plan.md",
    ]
    features = {feature.folder: feature for feature in workspace(tmp_path, dict.fromkeys(files, "x")).features}
    assert list(features) == ["", "phase 2/specs/002 the list", "specs/001-todo"]
    todo = features["specs/001-todo"]
    assert (todo.name, todo.plan, todo.data_model) == (
        "001-todo",
        "specs/001-todo/Plan.md",
        "specs/001-todo/data_model.md",
    )
    assert todo.contracts == ("specs/001-todo/contracts/api.yaml",)
    assert features["phase 2/specs/002 the list"].name == "002 the list"


def test_backends_are_where_applications_are_made(tmp_path: Path) -> None:
    found = workspace(
        tmp_path,
        {
            "one/src/main.py": APPLICATION,
            "two/factory.py": "def create():\n    return fastapi.FastAPI(title='x')\n",
            "three/readme.py": '"""Call FastAPI() yourself."""\n# app = FastAPI()\n',
            "tests/conftest.py": APPLICATION,
        },
    )
    assert found.backends == ("one/src", "two")


def test_frontends_are_where_browser_packages_are(tmp_path: Path) -> None:
    found = workspace(
        tmp_path,
        {
            "web/package.json": '{"dependencies": {"next": "16.0.0"}}',
            "tools/package.json": '{"devDependencies": {"prettier": "3"}}',
            "site/next.config.mjs": "export default {}",
        },
    )
    assert found.frontends == ("site", "web")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("backend/app/main.py", "python"),
        ("setup.py", "manifest"),
        ("README.md", "markdown"),
        ("CLAUDE.md", None),
        ("specs/001/spec.md", "markdown"),
        ("specs/001/contracts/tasks.md", "contract"),
        ("specs/001/contracts/tasks.yaml", "contract"),
        ("specs/001/contracts/api.ts", "typescript"),
        ("docs/openapi.json", "contract"),
        (".specify/memory/constitution.md", "markdown"),
        ("history/prompts/todo/0001-x.md", "markdown"),
        ("frontend/app/page.tsx", "typescript"),
        ("frontend/public/swagger-ui-bundle.js", None),
        ("frontend/x.min.js", None),
        ("backend/requirements-dev.txt", "manifest"),
        ("backend/requirements/base.txt", "manifest"),
        ("backend/.env.example", "manifest"),
        ("docker-compose.prod.yml", "manifest"),
        ("Dockerfile.dev", "manifest"),
        ("k8s/deployment.yaml", "manifest"),
        (".github/workflows/ci.yml", "manifest"),
        ("frontend/src/strings.json", None),
        ("image.png", None),
    ],
)
def test_the_reader_of_a_path(tmp_path: Path, path: str, kind: str | None) -> None:
    assert survey(tmp_path, {path: "x"}).kinds.get(path) == kind


def test_the_same_tree_gives_the_same_survey(tmp_path: Path) -> None:
    plant(tmp_path, {f"{name}/{name}.py": "" for name in "zyxabc"})
    first, second = discover(tmp_path, Settings()), discover(tmp_path, Settings())
    assert first == second
    assert list(first.kinds) == sorted(first.kinds)


def test_a_module_named_setup_is_code_and_a_setup_script_is_a_manifest(tmp_path: Path) -> None:
    found = survey(
        tmp_path,
        {
            "backend/pyproject.toml": "",
            "backend/setup.py": "from setuptools import setup\n\nsetup()\n",
            "backend/app/core/setup.py": APPLICATION,
        },
    )
    assert (found.kinds["backend/setup.py"], found.kinds["backend/app/core/setup.py"]) == ("manifest", "python")
