"""How long runs take, side by side: cold, unchanged, one file changed, beside bare Python and, if there, ruff.

    python benchmarks/speed.py [FOLDER] [--runs 5]

The folder is copied first and never touched. Every figure is the wall time of a whole process, the median of the runs;
machines differ and are busy, so what counts are the ratios in the last column.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TOOL = [sys.executable, "-m", "constitution_lint.cli", "check", "--format", "concise", "--exit-zero"]
CACHE = ".constitution-lint-cache"
Prepare = Callable[[], None]


def main() -> None:
    """Measure and print one line for each situation."""
    parser = argparse.ArgumentParser(description="time constitution-lint on a copy of a repository")
    parser.add_argument("folder", nargs="?", default="examples/lawful", type=Path)
    parser.add_argument("--runs", default=5, type=int)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "tree"
        shutil.copytree(
            asked.folder, tree, symlinks=True, ignore=shutil.ignore_patterns(CACHE, "node_modules", ".venv")
        )
        report(measured(tree, asked.runs))


def measured(tree: Path, runs: int) -> dict[str, float]:
    """Seconds by situation, the situations in turn, so that a busy moment meets all of them."""
    situations: dict[str, tuple[list[str], Prepare]] = {
        "python -c pass": ([sys.executable, "-c", "pass"], lambda: None),
        "--version": ([*TOOL[:3], "--version"], lambda: None),
        "cold": ([*TOOL, str(tree)], lambda: shutil.rmtree(tree / CACHE, ignore_errors=True)),
        "unchanged": ([*TOOL, str(tree)], lambda: None),
        "one file changed": ([*TOOL, str(tree)], lambda: edit(tree)),
        "unchanged, as JSON": ([*TOOL, "--format", "json", str(tree)], lambda: run([*TOOL, str(tree)])),
    }
    ruff = shutil.which("ruff")
    if ruff:
        situations["ruff check, unchanged"] = ([ruff, "check", "--exit-zero", "--quiet", str(tree)], lambda: None)
    times: dict[str, list[float]] = {name: [] for name in situations}
    for _ in range(runs):
        for name, (command, prepare) in situations.items():
            prepare()
            began = time.perf_counter()
            run(command)
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def edit(tree: Path) -> None:
    """Add a comment to the first module of the tree."""
    files = sorted(file for file in tree.rglob("*.py") if CACHE not in file.parts)
    if files:
        with files[0].open("a", encoding="utf-8") as file:
            file.write("# changed\n")


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')}")


def report(seconds: dict[str, float]) -> None:
    bare = seconds["python -c pass"]
    for name, median in seconds.items():
        print(f"{name:24} {median * 1000:8.0f} ms   {median / bare:6.1f} x bare Python")
    if "ruff check, unchanged" in seconds:
        print(f"unchanged / ruff check   {seconds['unchanged'] / seconds['ruff check, unchanged']:8.2f} x")


if __name__ == "__main__":
    main()
