"""Part of the contract reader: which sections of a Markdown document surround a line, without a search."""

from bisect import bisect_right
from collections.abc import Sequence

from constitution_lint.facts.document import Section


class Outline:
    """The sections of one document with what each lies in."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = sections
        self._lines = [section.span.line for section in sections]
        self._parents: list[int] = []
        stack: list[int] = []
        for index, section in enumerate(sections):
            while stack and sections[stack[-1]].level >= section.level:
                stack.pop()
            self._parents.append(stack[-1] if stack else -1)
            stack.append(index)

    def around(self, line: int) -> list[Section]:
        """The sections a line stands in, outermost first; a heading stands in its own section."""
        index = bisect_right(self._lines, line) - 1
        found: list[Section] = []
        while index >= 0:
            found.append(self.sections[index])
            index = self._parents[index]
        return found[::-1]

    def of_heading(self, line: int) -> Section | None:
        """The section whose heading is on a line."""
        index = bisect_right(self._lines, line) - 1
        found = self.sections[index] if index >= 0 else None
        return found if found is not None and found.span.line == line else None
