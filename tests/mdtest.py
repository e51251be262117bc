"""Markdown as tests: a fence is a file, a comment on the offending line is the expectation, prose says why.

A case is a small tree of files with the findings expected in it. Cases come from the Breach and Lawful sections of
cards, and from suites (`tests/gates/*.md`), where `## rule` and `### case name` name them. Only findings of the rules
concerned count, and they count both ways: one without expectation fails, and so does an expectation without finding.

    ```python backend/main.py
    SECRET = "hunter2"  # error: [hardcoded-secret] "words of the message"
    ```

Where a file allows no comment, a fence `expect` lists `path:line: error: [rule] "words"`; its lines may also be
`verdict: <gate> <verdict>`. A fence `.git/index` lists the files that git tracks.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from constitution_lint import Finding, Report, examine
from constitution_lint.catalogue import Card, fences

TODAY = date(2026, 6, 1)
"""The day on which every case runs, so that waivers expire at their proper time."""

_COMMENT = re.compile(
    r"""\s*(?:\#|//|<!--|\{/\*|/\*)\s*(?P<severity>error|warning|note):\s*\[(?P<rule>[\w-]+)\]\s*(?P<words>"[^"]*")?
    \s*(?:-->|\*/\s*\}?)?""",
    re.VERBOSE,
)
_LISTED = re.compile(
    r'^(?P<file>.+?):(?P<line>\d+): (?P<severity>error|warning|note): \[(?P<rule>[\w-]+)\]\s*(?P<words>"[^"]*")?$'
)
_VERDICT = re.compile(r"^verdict: (?P<gate>[\w-]+) (?P<verdict>\w+)$")
_HEADING = re.compile(r"^(#{2,3}) (.+)$")


@dataclass(frozen=True, order=True)
class Expectation:
    file: str
    line: int
    severity: str
    rule: str
    words: str

    def is_met_by(self, finding: Finding) -> bool:
        at = (finding.location.file, finding.location.span.line, finding.severity.value, finding.rule)
        return at == (self.file, self.line, self.severity, self.rule) and self.words in finding.message


@dataclass
class Case:
    """One tree of files. `rule` is the rule the case is about; `text` the Markdown it was written in."""

    name: str
    rule: str
    files: dict[str, str] = field(default_factory=dict)
    expected: list[Expectation] = field(default_factory=list)
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> set[str]:
        return {self.rule, *(expectation.rule for expectation in self.expected)}


def case_of(name: str, rule: str, markdown: str) -> Case:
    """The case that a section of Markdown describes. Fences without a path only illustrate."""
    case = Case(name, rule)
    for fence in fences(markdown):
        if fence.language == "expect":
            _read_listed(fence.text, case)
        elif fence.path:
            assert fence.path not in case.files, f"{name}: {fence.path} is there twice"
            case.files[fence.path] = "".join(_read_file(fence.path, fence.text, case))
    return case


def _read_file(path: str, text: str, case: Case) -> Iterator[str]:
    """The lines of a file without their expectations, which go to the case."""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        found = list(_COMMENT.finditer(line))
        for match in found:
            words = (match["words"] or "").strip('"')
            case.expected.append(Expectation(path, number, match["severity"], match["rule"], words))
        yield line[: found[0].start()] + "\n" if found else line


def _read_listed(text: str, case: Case) -> None:
    for line in filter(None, map(str.strip, text.splitlines())):
        if verdict := _VERDICT.match(line):
            case.verdicts[verdict["gate"]] = verdict["verdict"]
            continue
        match = _LISTED.match(line)
        assert match, f"{case.name}: this is no expectation: {line}"
        words = (match["words"] or "").strip('"')
        case.expected.append(Expectation(match["file"], int(match["line"]), match["severity"], match["rule"], words))


def cases_of_card(card: Card) -> tuple[Case, Case]:
    """What the card shows as a breach and as lawful."""
    return (
        case_of(f"{card.rule}-breach", card.rule, card.breach),
        case_of(f"{card.rule}-lawful", card.rule, card.lawful),
    )


def cases_of_suite(file: Path) -> Iterator[Case]:
    """The cases of a suite in order; text before the first `###` of a rule is introduction."""
    rule, name, lines = "", "", list[str]()
    fence = ""
    for line in [*file.read_text(encoding="utf-8").splitlines(), "## "]:
        heading = None if fence else _HEADING.match(line) or (line == "## " and re.match(r"(##) ()", line))
        if mark := re.match(r"`{3,}|~{3,}", line):
            closes = fence and line.startswith(fence) and not line.strip(fence[0])
            fence = "" if closes else fence or mark[0]
        if not heading:
            lines.append(line)
            continue
        if name:
            yield case_of(f"{rule}: {name}", rule, "\n".join(lines) + "\n")
        lines = []
        rule, name = (heading[2].strip(), "") if heading[1] == "##" else (rule, heading[2].strip())


def headings_of_suite(file: Path) -> list[str]:
    """The rules that a suite has a chapter for; none where there is no suite."""
    if not file.exists():
        return []
    outside = re.sub(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1[ \t]*$", "", file.read_text(encoding="utf-8"), flags=re.S | re.M)
    return re.findall(r"^## (.+?)\s*$", outside, flags=re.M)


def run(case: Case, folder: Path) -> Report:
    """Write the tree of a case and examine it, without a cache."""
    for path, text in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path == ".git/index":
            (folder / path).write_bytes(git_index(text.split()))
        else:
            (folder / path).write_text(text, encoding="utf-8", newline="")
    return examine(folder, cache=False, today=TODAY)


def git_index(names: Iterable[str]) -> bytes:
    """An index of git, version 2 (gitformat-index(5)), that tracks files of these names; all else in it is zero."""
    entries = []
    for name in sorted(name.encode() for name in names):
        entry = bytes(60) + len(name).to_bytes(2, "big") + name
        entries.append(entry.ljust((len(entry) + 8) // 8 * 8, b"\0"))
    return b"DIRC" + (2).to_bytes(4, "big") + len(entries).to_bytes(4, "big") + b"".join(entries)


def differences(case: Case, report: Report) -> list[str]:
    """Where report and expectation part, one sentence each; empty when the case holds."""
    found = [finding for finding in report.findings if finding.rule in case.rules and finding.waiver is None]
    told = []
    for expectation in sorted(case.expected):
        match = next((finding for finding in found if expectation.is_met_by(finding)), None)
        if match is None:
            told.append(f"missing: {_told(expectation)}")
        else:
            found.remove(match)
    told += [f"unexpected: {_as_expectation(finding)}" for finding in found]
    verdicts = {gate.gate: gate.verdict.value for gate in report.gates}
    told += [
        f"{gate} is {verdicts.get(gate)}, not {verdict}"
        for gate, verdict in case.verdicts.items()
        if verdicts.get(gate) != verdict
    ]
    return told + _failures(report) if told else []


def _failures(report: Report) -> list[str]:
    """What a difference is often due to: files nobody could read, rules that failed or were not run."""
    lost = [f"unreadable: {file.location.file}: {file.reason}" for file in report.unreadable]
    failed = [reason for gate in report.gates for reason in gate.reasons if "failed on this project" in reason]
    return [*lost, *failed, *report.notes]


def _told(one: Expectation) -> str:
    return f'{one.file}:{one.line}: {one.severity}: [{one.rule}] "{one.words}"'


def _as_expectation(finding: Finding) -> str:
    at = finding.location
    return f'{at.file}:{at.span.line}: {finding.severity.value}: [{finding.rule}] "{finding.message}"'
