"""Compares the imports that the TypeScript reader finds with those of the compiler's own `ts.preProcessFile`.

    python benchmarks/typescript_imports.py FOLDER... [--typescript NODE_MODULES_PARENT] [--verbose]

Without `--typescript`, npm installs the package into a temporary folder first. A file agrees when both sides name the
same modules; the share of files that agree is printed, with the reader's CPU time for 1,000 lines. Exit status 1 below
99.5 %.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from constitution_lint.facts.source import Source
from constitution_lint.facts.web import WebFacts
from constitution_lint.readers.typescript import read

LEFT_OUT = frozenset({"node_modules", ".git", ".next"})
WANTED = 99.5


def files_of(folders: list[str]) -> Iterator[Path]:
    """Every .ts and .tsx file below the folders, in sorted order."""
    for folder in folders:
        for root, inner, names in os.walk(folder):
            inner[:] = sorted(name for name in inner if name not in LEFT_OUT)
            yield from (Path(root) / name for name in sorted(names) if name.endswith((".ts", ".tsx")))


def compiler_modules(files: list[Path], typescript: str) -> dict[str, set[str]]:
    """The modules of each file as the compiler's scanner tells them."""
    script = Path(__file__).with_suffix(".mjs")
    listed = "".join(f"{file}\n" for file in files)
    printed = subprocess.run(
        ["node", str(script), typescript], input=listed, capture_output=True, text=True, check=True
    ).stdout
    rows = map(json.loads, printed.splitlines())
    return {row["file"]: set(row["modules"]) for row in rows}


def installed(folder: str) -> str:
    subprocess.run(["npm", "install", "--prefix", folder, "--silent", "typescript@5"], check=True)
    return folder


def compare(files: list[Path], typescript: str, verbose: bool) -> bool:
    """Print the comparison; true when enough files agree."""
    expected = compiler_modules(files, typescript)
    started, facts = time.process_time(), dict[str, WebFacts]()
    for file in files:
        facts[str(file)] = read(Source(str(file), file.read_bytes()))
    seconds = time.process_time() - started
    apart = 0
    for name, modules in expected.items():
        own = {found.module for found in facts[name].imports}
        if own != modules:
            apart += 1
            if verbose:
                print(f"{name}: missed {sorted(modules - own)}, added {sorted(own - modules)}")
    lines = sum(found.lines for found in facts.values())
    share = 100 * (1 - apart / max(1, len(files)))
    print(f"{len(files)} files, {lines} lines: {share:.2f} % agree, {apart} part")
    print(f"{1000 * seconds / max(1, lines / 1000):.1f} ms CPU for 1,000 lines, in {len(files)} files without failure")
    return share >= WANTED


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--typescript", help="folder that holds node_modules/typescript")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    files = list(files_of(options.folders))
    with tempfile.TemporaryDirectory() as temporary:
        typescript = options.typescript or installed(temporary)
        return 0 if compare(files, typescript, options.verbose) else 1


if __name__ == "__main__":
    sys.exit(main())
