"""How long an editor waits after a keystroke: edits of several kinds, each followed by an examination in-process.

    python benchmarks/editor.py FOLDER... [--edits 20] [--check]

The folders are read and never touched: an edit changes an open buffer. Edits are drawn with a fixed seed, and those of
a kind follow one another in one file, as typing does. With --check every result is held against a fresh run as well.
The budget is a median of 50 ms and 150 ms at the 95th percentile; the machine's noise shows where wall and CPU differ.
"""

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from constitution_lint.engine import examine
from constitution_lint.incremental import Kept

Edit = Callable[[str, random.Random], str]
_DECORATOR = re.compile(r"^@\w+\.(?:get|post|put|patch|delete)\(\s*[\"'][^\"'\n]*", re.M)


def main() -> None:
    """Measure every folder, then tell each kind of edit over all of them."""
    parser = argparse.ArgumentParser(description="time the examination after an edit")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--edits", default=20, type=int)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    every: dict[str, list[tuple[float, float]]] = {}
    for folder in asked.folders:
        print(folder.name)
        for kind, times in measured(folder, asked.edits, asked.check):
            every.setdefault(kind, []).extend(times)
            print(told(kind, times))
    print("all folders")
    for kind, times in every.items():
        print(told(kind, times))
    print(told("all edits", [one for times in every.values() for one in times]))


def measured(folder: Path, edits: int, check: bool) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Wall and CPU seconds of each edit, by kind of edit."""
    kept = Kept()
    project_files = examine(folder, cache=False, kept=kept) and kept.project
    assert project_files is not None
    for kind, (file, edit) in kinds(folder, project_files.code, project_files.documents, project_files.web).items():
        buffer, drawn, times = (folder / file).read_text(encoding="utf-8"), random.Random(kind), []
        examine(folder, cache=False, kept=kept, overlay={file: buffer.encode()})
        for _ in range(edits):
            buffer = edit(buffer, drawn)
            wall, cpu = time.perf_counter(), time.process_time()
            report = examine(folder, cache=False, kept=kept, overlay={file: buffer.encode()})
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
            if check and report != examine(folder, cache=False, overlay={file: buffer.encode()}):
                raise SystemExit(f"{kind}: the result after an edit of {file} is not that of a fresh run")
        yield kind, times


def kinds(folder: Path, *files: dict[str, object]) -> dict[str, tuple[str, Edit]]:
    """The file and the edit of each kind that the repository has: documents, scripts, the module with most routes."""
    code, documents, web = (list(paths) for paths in files)
    found: dict[str, tuple[str, Edit]] = {}
    spec = [file for file in documents if file.endswith(("/spec.md", "/plan.md", "/tasks.md"))]
    if spec or documents:
        found["Markdown prose"] = (sorted(spec or documents)[0], word)
    pages = [file for file in web if file.endswith((".tsx", ".ts"))]
    if pages:
        found["TypeScript body"] = (
            max(pages, key=lambda file: (folder / file).stat().st_size),
            statement("const x = 1"),
        )
    routed = max(code, key=lambda file: len(_DECORATOR.findall((folder / file).read_text(errors="replace"))))
    found["Python comment"] = (routed, letter_in_comment)
    found["Python comment, new line"] = (routed, comment)
    found["Python body"] = (routed, letter_in_body)
    found["Python body, new line"] = (routed, statement("x = 1"))
    found["route decorator"] = (routed, path)
    return found


def word(text: str, drawn: random.Random) -> str:
    """A letter more in a line of prose."""
    return lengthened(text, drawn, re.compile(r"^[A-Za-z][^\n]{20,}$", re.M))


def comment(text: str, drawn: random.Random) -> str:
    """A line that is a comment, above some statement of a body."""
    return added(text, drawn, "# noted")


def statement(written: str) -> Edit:
    """A statement more, before some other statement that ends a block of its own."""
    return lambda text, drawn: added(text, drawn, written)


def added(text: str, drawn: random.Random, line: str) -> str:
    places: list[re.Match[str] | None] = list(re.finditer(r"^( +)return\b", text, re.M)) or [
        re.search(r"^()\S", text, re.M)
    ]
    place = drawn.choice(places)
    if place is None:
        return text
    return f"{text[: place.start()]}{place[1]}{line}\n{text[place.start() :]}"


def letter_in_comment(text: str, drawn: random.Random) -> str:
    """A letter more in the comment that ends a line, or the first such comment."""
    if "  # c" not in text:
        return re.sub(r"^( +return\b[^\n(\[{]*)$", r"\1  # c", text, count=1, flags=re.M)
    return text.replace("  # c", "  # cc", 1)


def letter_in_body(text: str, drawn: random.Random) -> str:
    """A letter more in a string or name that a function body compares or raises."""
    return lengthened(text, drawn, re.compile(r"^ {4,}[^\n]*detail=f?[\"'][^\n]{3,}$|^ {4,}\"\"\"\w[^\n]+$", re.M))


def path(text: str, drawn: random.Random) -> str:
    """A letter more in the path of a route."""
    places = list(_DECORATOR.finditer(text))
    if not places:
        return text
    place = drawn.choice(places)
    return f"{text[: place.end()]}x{text[place.end() :]}"


def lengthened(text: str, drawn: random.Random, pattern: re.Pattern[str]) -> str:
    places = list(pattern.finditer(text))
    if not places:
        return text
    place = drawn.choice(places)
    middle = next(
        (at for at in range(place.end() - 2, place.start(), -1) if text[at - 1 : at + 1].isalpha()), place.end()
    )
    return f"{text[:middle]}e{text[middle:]}"


def told(kind: str, times: list[tuple[float, float]]) -> str:
    wall, cpu = ([one[index] * 1000 for one in times] for index in (0, 1))
    return f"  {kind:26} wall {_spread(wall)}   CPU {_spread(cpu)}"


def _spread(values: list[float]) -> str:
    late = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return f"median {statistics.median(values):6.0f} ms  95 % {late:6.0f} ms"


if __name__ == "__main__":
    main()
