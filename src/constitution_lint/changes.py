"""What changed since a revision, according to git: `--new-since` keeps only findings on changed lines."""

import os
import re
import subprocess
from pathlib import Path

import msgspec

from constitution_lint.config import ConfigurationError
from constitution_lint.facts.location import Location
from constitution_lint.findings import Finding, Report

_FILE = re.compile(r'^\+\+\+ (?:"b/(?P<quoted>.*)"|b/(?P<plain>[^\t\n]*))')
_HUNK = re.compile(r"^@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")
_ESCAPE = re.compile(r'\\([0-7]{3}|[abfnrtv"\\])')


def only_new(report: Report, root: Path, revision: str) -> Report:
    """The report with the findings that touch a line changed since the merge base with `revision`, or a new file.

    Verdicts stay those of the whole target. Raises `ConfigurationError` where git cannot tell.
    """
    changed = changed_lines(root, revision)
    kept = tuple(finding for finding in report.findings if _is_new(finding, changed))
    return msgspec.structs.replace(report, findings=kept)


def changed_lines(root: Path, revision: str) -> dict[str, list[range] | None]:
    """Changed line ranges by path relative to `root`; None for an untracked file, which is new as a whole."""
    if revision.startswith("-"):
        raise ConfigurationError(f'"{revision}" is not a revision')
    base = _git(root, "merge-base", "HEAD", revision).strip() or revision
    diff = _git(root, "diff", "--relative", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", base, "--")
    found: dict[str, list[range] | None] = dict(_ranges(diff))
    for path in _git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0"):
        if path:
            found[path] = None
    return found


def _is_new(finding: Finding, changed: dict[str, list[range] | None]) -> bool:
    places = [finding.location, *(related.location for related in finding.related)]
    return any(_touches(place, changed) for place in places)


def _touches(place: Location, changed: dict[str, list[range] | None]) -> bool:
    if place.file not in changed:
        return False
    ranges = changed[place.file]
    first, last = place.span.line, max(place.span.line, place.span.end_line)
    return ranges is None or any(lines.start <= last and first < lines.stop for lines in ranges)


def _ranges(diff: str) -> dict[str, list[range]]:
    """The ranges on the new side of a diff without context. A deletion counts for the line before it."""
    found: dict[str, list[range]] = {}
    file = ""
    for line in diff.split("\n"):
        if header := _FILE.match(line):
            file = header["plain"] if header["plain"] is not None else _unquoted(header["quoted"])
        elif hunk := _HUNK.match(line):
            start, count = int(hunk["start"]), int(hunk["count"] or 1)
            found.setdefault(file, []).append(range(start, start + max(count, 1)))
    return found


def _unquoted(path: str) -> str:
    """A path as git quotes it: C escapes, other bytes in octal."""
    simple = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, '"': 34, "\\": 92}
    pieces, position = [], 0
    for match in _ESCAPE.finditer(path):
        pieces.append(path[position : match.start()].encode())
        pieces.append(bytes([simple[match[1]] if match[1] in simple else int(match[1], 8)]))
        position = match.end()
    return b"".join([*pieces, path[position:].encode()]).decode(errors="surrogateescape")


def _git(root: Path, *arguments: str) -> str:
    """Run git without configured helpers, pagers or prompts: nothing of the target may be executed."""
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "diff.external=",
        *arguments,
    ]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=True)
    except OSError:
        raise ConfigurationError("--new-since needs git, which is not installed") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise ConfigurationError(f"git cannot tell what changed: {said[0] if said else 'it failed'}") from None
    return done.stdout.decode(errors="surrogateescape")
