"""The baseline: findings accepted in bulk, known again by content, so that only new ones count.

A JSON file: `{"version": 1, "reason": …, "findings": [{"rule", "file", "content", "count", "message"}]}`, one entry a
line. `content` is a hash of the rule, the offender and the text it stands on; unrelated edits and moves keep it, an
edit of the excused code ends it. An entry covers as many findings as it counts.
"""

import json
from collections import Counter
from pathlib import Path
from typing import TypeAlias

import msgspec

from constitution_lint.facts.location import Location, Span
from constitution_lint.findings import Finding, Report, Waiver
from constitution_lint.regular_files import read_regular

_Key: TypeAlias = tuple[str, str, str]
_REASON = "accepted in the baseline"


class BaselineError(Exception):
    """The baseline cannot be used; the message names the file and the fault."""


class Entry(msgspec.Struct, frozen=True):
    rule: str
    file: str
    content: str
    count: int
    message: str = ""
    line: int = 0
    """The line of the entry in the baseline file itself."""


class _Document(msgspec.Struct, frozen=True):
    version: int
    findings: tuple[Entry, ...]
    reason: str = _REASON


class Baseline:
    """The entries not yet used up in this run. `name` is the file as reported, "" for an empty baseline."""

    def __init__(self, name: str = "", entries: tuple[Entry, ...] = (), reason: str = _REASON) -> None:
        self.name = name
        self.reason = reason
        self._left = Counter({(entry.rule, entry.file, entry.content): entry.count for entry in entries})
        self._lines = {(entry.rule, entry.file, entry.content): entry.line for entry in entries}

    @classmethod
    def read(cls, file: Path, name: str) -> "Baseline":
        """Raises `BaselineError`."""
        try:
            data = read_regular(file)
            document = msgspec.json.decode(data, type=_Document)
        except OSError as error:
            raise BaselineError(f"{name}: the baseline cannot be read ({error.strerror})") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BaselineError(f"{name}: this is no baseline ({error})") from None
        if document.version != 1:
            raise BaselineError(f"{name}: baseline version {document.version} is not known")
        lines = data.decode(errors="replace").splitlines()
        return cls(name, tuple(_placed(entry, lines) for entry in document.findings), document.reason)

    def excuse(self, findings: list[Finding]) -> list[Finding]:
        """The findings with those waived that the entries cover: of the same file first, then what moved elsewhere."""
        if not self._left:
            return findings
        here = [self._waived(finding, (finding.rule, finding.location.file, finding.content)) for finding in findings]
        return [self._waived(finding, self._moved(finding)) for finding in here]

    def _waived(self, finding: Finding, key: _Key | None) -> Finding:
        if key is None or finding.waiver is not None or self._left[key] <= 0:
            return finding
        self._left[key] -= 1
        line = self._lines[key]
        waiver = Waiver(Location(self.name, Span(line, 1, line, 1)), self.reason)
        return msgspec.structs.replace(finding, waiver=waiver)

    def _moved(self, finding: Finding) -> _Key | None:
        """The first entry of another file for the same rule and content."""
        wanted = (finding.rule, finding.content)
        return min((key for key, left in self._left.items() if left > 0 and (key[0], key[2]) == wanted), default=None)

    def gone(self) -> list[str]:
        """The rules of entries that the target no longer answers to."""
        return sorted({rule for (rule, _, _), left in self._left.items() if left > 0})

    def notes(self) -> tuple[str, ...]:
        """What the baseline lists and the target no longer holds."""
        gone = sum(left for left in self._left.values() if left > 0)
        if not gone:
            return ()
        return (f"{self.name}: {gone} of its findings {'is' if gone == 1 else 'are'} gone; write it anew",)


def _placed(entry: Entry, lines: list[str]) -> Entry:
    marks = (f'"{entry.content}"', json.dumps(entry.file))
    line = next((number for number, text in enumerate(lines, 1) if all(mark in text for mark in marks)), 1)
    return msgspec.structs.replace(entry, line=line)


def reason_in(file: Path) -> str:
    """The reason that a baseline gives already, so that writing it anew keeps what somebody wrote there."""
    try:
        return Baseline.read(file, file.name).reason
    except BaselineError:
        return _REASON


def written(report: Report, reason: str = _REASON) -> str:
    """A baseline of all that a report holds and no other waiver excuses: one entry a line, so that baselines merge.

    What an earlier baseline excused is taken over.
    """
    counts: Counter[_Key] = Counter()
    messages: dict[_Key, str] = {}
    for finding in report.findings:
        if finding.waiver is None or finding.waiver.reason == reason:
            key = (finding.rule, finding.location.file, finding.content)
            counts[key] += 1
            messages.setdefault(key, finding.message)
    rows = [_row(key, counts[key], messages[key]) for key in sorted(counts, key=lambda key: (key[1], key))]
    head = f'{{\n  "version": 1,\n  "reason": {json.dumps(reason, ensure_ascii=False)},\n  "findings": ['
    return head + (",".join(f"\n    {row}" for row in rows) + "\n  " if rows else "") + "]\n}\n"


def _row(key: _Key, count: int, message: str) -> str:
    rule, file, content = key
    entry = {"rule": rule, "file": file, "content": content, "count": count, "message": message}
    return json.dumps(entry, ensure_ascii=False)
