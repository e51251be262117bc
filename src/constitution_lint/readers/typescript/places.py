"""For the TypeScript reader: converts byte offsets, as tree-sitter counts, to the lines and code points of facts."""

import re
from bisect import bisect_right

from tree_sitter import Node

from constitution_lint.facts.location import LineIndex, Span

_CONTINUATIONS = re.compile(rb"[\x80-\xbf]+")


class Places:
    """Spans of nodes in one text that was parsed as `data`, its UTF-8 bytes."""

    def __init__(self, index: LineIndex, data: bytes) -> None:
        self._starts = index.starts
        self._runs: list[int] = []
        self._extra = [0]
        if len(data) != len(index.text):
            for run in _CONTINUATIONS.finditer(data):
                self._runs.append(run.start())
                self._extra.append(self._extra[-1] + len(run.group()))

    def span(self, node: Node) -> Span:
        return Span(*self._position(node.start_byte), *self._position(node.end_byte))

    def _position(self, offset: int) -> tuple[int, int]:
        """No continuation byte begins a node, so those before an offset are what bytes have more than code points."""
        if self._runs:
            offset -= self._extra[bisect_right(self._runs, offset)]
        row = bisect_right(self._starts, offset)
        return row, offset - self._starts[row - 1] + 1
