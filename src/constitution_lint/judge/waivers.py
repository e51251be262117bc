"""Waivers: what is excused, where that is written, and whether it may be. Collected once, asked for each finding."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

import msgspec

from constitution_lint.catalogue import Catalogue
from constitution_lint.findings import GATES, Finding, Waiver
from constitution_lint.judge.source_lines import Texts
from constitution_lint.judge.waiver_scope import lines_that_speak_for
from constitution_lint.judge.waiver_sources import (
    COMMENT,
    TRACKING,
    Written,
    from_comments,
    from_complexity_tracking,
    from_settings,
)
from constitution_lint.model.documents.coverage import may_excuse
from constitution_lint.model.project import Project


class Excuse(msgspec.Struct, frozen=True):
    """A sound waiver as written, and the gates that what it names belongs to."""

    written: Written
    gates: tuple[str, ...]

    @property
    def waiver(self) -> Waiver:
        return Waiver(self.written.location, self.written.reason, self.written.until)


class Waivers:
    """The sound waivers of a target, the faults of the others, and which of the sound ones were needed."""

    def __init__(
        self, project: Project, excuses: tuple[Excuse, ...], faults: tuple[tuple[Written, str], ...], texts: Texts
    ) -> None:
        self.excuses = excuses
        self._project = project
        self.faults = faults
        self._texts = texts
        self._used: Counter[int] = Counter()

    @classmethod
    def collect(
        cls, project: Project, catalogue: Catalogue, texts: Texts, marked: Iterable[str], today: date
    ) -> "Waivers":
        """Every waiver written in comments, in the configuration and in Complexity Tracking tables."""
        written = [
            *from_comments(project, texts, marked),
            *from_settings(project.settings),
            *from_complexity_tracking(project, catalogue),
        ]
        excuses, faults = [], []
        for one in written:
            fault = _fault(one, catalogue, today)
            if fault:
                faults.append((one, fault))
            else:
                excuses.append(Excuse(one, tuple(dict.fromkeys(catalogue.gate_of(name) for name in one.names))))
        return cls(project, tuple(excuses), tuple(faults), texts)

    def covering(self, finding: Finding) -> Waiver | None:
        """The first waiver that covers a finding. All that do are needed; faults of waivers cannot be waived."""
        if finding.rule in ("bad-waiver", "unused-waiver"):
            return None
        found = [number for number, excuse in enumerate(self.excuses) if self._covers(excuse, finding)]
        self._used.update(found)
        return self.excuses[found[0]].waiver if found else None

    def unused(self) -> list[Excuse]:
        return [excuse for number, excuse in enumerate(self.excuses) if not self._used[number]]

    def counted(self) -> list[tuple[Excuse, int]]:
        """Every sound waiver with the number of findings it covers."""
        return [(excuse, self._used[number]) for number, excuse in enumerate(self.excuses)]

    def _covers(self, excuse: Excuse, finding: Finding) -> bool:
        written = excuse.written
        if finding.rule not in written.names and finding.gate not in written.names:
            return False
        if written.source == TRACKING:
            return may_excuse(self._project, written.location.file, *finding.places)
        if written.source != COMMENT:
            return not written.files or _matches(finding.location.file, written.files)
        at = written.location
        return at.file == finding.location.file and at.span.line in lines_that_speak_for(finding.location, self._texts)


def _fault(one: Written, catalogue: Catalogue, today: date) -> str:
    """What is wrong with a waiver as written; empty for a sound one."""
    known = (*catalogue.cards, *GATES)
    for name in one.names:
        if name not in known:
            close = get_close_matches(name, sorted(known), 1, 0.6)
            return f'the waiver names "{name}", which is no rule or gate' + (f' ("{close[0]}" is)' if close else "")
    named = ", ".join(one.names)
    if not one.names:
        return "the waiver names no rule"
    if not any(character.isalnum() for character in one.reason):
        return f"the waiver of {named} gives no reason"
    if one.until is None:
        return ""
    try:
        last = date.fromisoformat(one.until)
    except ValueError:
        return f'the waiver of {named} runs until "{one.until}", which is no date'
    return f"the waiver of {named} expired on {one.until}" if last < today else ""


def _matches(file: str, pattern: str) -> bool:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines((pattern,)).match_file(file)
