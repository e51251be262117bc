"""Examinations that follow one another: whatever was edited, each equals one that knows nothing of the others."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from constitution_lint.engine import examine
from constitution_lint.incremental import Kept
from constitution_lint.model import routes

EXAMPLES = Path(__file__).parents[1] / "examples"
EDITED = (".py", ".md", ".ts", ".tsx", ".yaml", ".yml", ".json", ".toml", ".js")
INSERTED = ("x", " ", "\n", "# c\n", "(", '"', "@router.get('/x')\n", "x = 1\n", "- [ ] T999 more\n", "user_id", "0")
STEPS = 6


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("example", ["lawful", "unlawful"])
def test_any_row_of_edits_ends_where_a_fresh_run_does(example: str, seed: int) -> None:
    root, kept = EXAMPLES / example, Kept()
    for overlay in edited(root, random.Random(f"{example} {seed}")):
        assert examine(root, cache=False, overlay=overlay, kept=kept) == examine(root, cache=False, overlay=overlay)


def edited(root: Path, drawn: random.Random) -> Iterator[dict[str, bytes]]:
    """Open buffers after each of a row of edits: text put in, taken out or moved, files closed again."""
    files = [file for file in sorted(root.rglob("*")) if file.suffix in EDITED]
    overlay: dict[str, bytes] = {}
    yield dict(overlay)
    for _ in range(STEPS):
        file = drawn.choice(files)
        name = file.relative_to(root).as_posix()
        if name in overlay and drawn.random() < 0.2:
            del overlay[name]
        else:
            overlay[name] = changed(overlay.get(name) or file.read_bytes(), drawn)
        yield dict(overlay)


def changed(data: bytes, drawn: random.Random) -> bytes:
    text = data.decode()
    start = drawn.randrange(len(text) + 1)
    if drawn.random() < 0.5:
        start = text.rfind("\n", 0, start) + 1
    taken = drawn.choice((0, 0, 0, 1, 20, 200))
    return (text[:start] + drawn.choice(INSERTED) + text[start + taken :]).encode()


def test_files_that_come_change_and_go_on_disk_are_seen(tmp_path: Path) -> None:
    root, kept = tmp_path / "tree", Kept()
    shutil.copytree(EXAMPLES / "unlawful", root)
    module = next(file for file in sorted(root.rglob("*.py")) if "@" in file.read_text())
    for step in ("as it was", "changed", "more", "less", "settings"):
        if step == "changed":
            module.write_text("\n\n" + module.read_text())
        elif step == "more":
            (module.parent / "further.py").write_text("import requests\n\nx = requests.get('http://a.b')\n")
        elif step == "less":
            module.unlink()
        elif step == "settings":
            (root / "constitution-lint.toml").write_text('ignore = ["traceable"]\n')
        assert examine(root, cache=False, kept=kept) == examine(root, cache=False), step


def test_an_edit_that_changes_no_fact_leaves_every_answer_as_it_was() -> None:
    root, kept = EXAMPLES / "unlawful", Kept()
    examine(root, cache=False, kept=kept)
    before = kept.project
    assert before is not None
    file = next(iter(before.code))
    examine(root, cache=False, overlay={file: (root / file).read_bytes() + b"# the end"}, kept=kept)
    assert kept.project is not None
    assert kept.project.code is before.code
    assert kept.project.api is before.api


SERVED = """from fastapi import Depends, FastAPI

app = FastAPI()


def current():
    return "nobody"


@app.get("/first")
def first(user=Depends(current)):
    return {"first": user}


@app.get("/second")
def second(user=Depends(current)):
    return {"second": user}


@app.get("/third")
def third(user=Depends(current)):
    return {"third": SAID}
"""


@pytest.mark.parametrize(
    ("said", "before", "after", "again"),
    [
        ("user", '"first"', '"First"', {"/first"}),
        ("user", '"nobody"', '"no one"', {"/first", "/second", "/third"}),
        ("first(user)", '"first"', '"First"', {"/first", "/second", "/third"}),
        ('getattr(user, "name")', '"first"', '"First"', {"/first"}),
        ("globals()[user]", '"first"', '"First"', {"/first", "/second", "/third"}),
        ("user", '    return {"second"', '    x = 1\n    return {"second"', {"/second", "/third"}),
    ],
    ids=["a handler", "a dependency", "a handler that another one calls", "an attribute", "any handler", "a line more"],
)
def test_an_edit_follows_again_the_requests_that_may_meet_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, before: str, after: str, again: set[str]
) -> None:
    text, kept, followed = SERVED.replace("SAID", said), Kept(), set[str]()
    (tmp_path / "main.py").write_text(text)
    examine(tmp_path, cache=False, kept=kept)
    interpret = routes.interpret
    monkeypatch.setattr(routes, "interpret", lambda *given: followed.add(given[-1].path) or interpret(*given))
    overlay = {"main.py": text.replace(before, after, 1).encode()}
    report = examine(tmp_path, cache=False, overlay=overlay, kept=kept)
    assert followed == again
    assert report == examine(tmp_path, cache=False, overlay=overlay)
