"""First step of the contract reader: YAML or JSON text becomes a tree of nodes with spans, bounded in time and memory.

The tree is built from parser events by hand, so depth and aliases are under control, a broken document keeps what came
before the fault, and scalars stay text: the keys `on`, `no` and `200` are what was written. No tag constructs anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from constitution_lint.facts.contract import Fault
from constitution_lint.facts.location import NO_LINE_ENDS, Span

DEEPEST = 120
"""Levels of nesting kept; hand-written contracts stay below 30."""
MOST_NODES = 3_000_000
ALIAS_BUDGET = 200_000
"""Nodes that all aliases of a document together may stand for."""
FAULT_LIMIT = 200

_KEYWORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(slots=True)
class Scalar:
    """`plain` is a scalar without quotes, whose text may mean a number or a truth value."""

    span: Span
    text: str
    plain: bool

    def value(self) -> str | int | float | bool | None:
        """The value by the core schema of YAML 1.2."""
        if not self.plain:
            return self.text
        if self.text in _KEYWORDS:
            return _KEYWORDS[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _NUMBER.fullmatch(self.text) else self.text


@dataclass(slots=True)
class Mapping:
    """Pairs in order. Keys that are no scalars are left out; of a key that comes twice the first value holds."""

    span: Span
    pairs: "dict[str, tuple[Scalar, Node]]" = field(default_factory=dict)

    def get(self, key: str) -> "Node | None":
        found = self.pairs.get(key)
        return found[1] if found is not None else None

    def key(self, key: str) -> Span:
        """The span of a key, of the mapping when it has no such key."""
        found = self.pairs.get(key)
        return found[0].span if found is not None else self.span

    def mapping(self, key: str) -> "Mapping":
        """The mapping below a key, an empty one when there is none."""
        found = self.get(key)
        return found if isinstance(found, Mapping) else Mapping(self.key(key))

    def sequence(self, key: str) -> "list[Node]":
        found = self.get(key)
        return found.items if isinstance(found, Sequence) else []

    def text(self, key: str) -> str:
        found = self.get(key)
        return found.text if isinstance(found, Scalar) else ""

    def is_true(self, key: str) -> bool:
        found = self.get(key)
        return isinstance(found, Scalar) and found.value() is True


@dataclass(slots=True)
class Sequence:
    span: Span
    items: "list[Node]" = field(default_factory=list)


Node = Scalar | Mapping | Sequence


@dataclass
class Document:
    """The first document of a text, None when it holds none; `broken` says that the text ends in a syntax error."""

    root: Node | None
    faults: list[Fault]
    broken: bool = False


@dataclass(slots=True)
class _Open:
    """A collection being filled; `key` is the key that waits for its value."""

    node: Mapping | Sequence
    anchor: str | None = None
    key: Scalar | None = None
    keyed: bool = False
    """A key was read (it may be one that is not kept)."""
    merged: set[str] = field(default_factory=set)
    """Keys that came by `<<`: the mapping's own stand over them."""


def read_tree(text: str) -> Document:
    """The tree of a YAML or JSON text; never raises."""
    import yaml

    builder = _Builder()
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text.translate(NO_LINE_ENDS), Loader=loader):
            builder.take(event)
            if builder.finished:
                break
    except yaml.YAMLError as error:
        builder.faults.append(_syntax_fault(error))
        return Document(builder.root, builder.faults, True)
    except (RecursionError, ValueError, MemoryError) as error:
        builder.fault(Span(1, 1, 1, 1), f"the document cannot be parsed ({type(error).__name__})")
        return Document(builder.root, builder.faults, True)
    return Document(builder.root, builder.faults, builder.stopped)


def _syntax_fault(error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be decoded"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Fault(Span(line, column, line, column + 1), f"the document is not valid YAML: {problem}")


class _Builder:
    """Takes parser events one by one."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.finished = False
        self.stopped = False
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._sizes: dict[str, int] = {}
        self._nodes = 0
        self._expanded = 0

    def fault(self, span: Span, message: str) -> None:
        if len(self.faults) < FAULT_LIMIT:
            self.faults.append(Fault(span, message))

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "ScalarEvent":
            plain = event.implicit[0] and event.style in (None, "")
            self._note_tag(event)
            self._place(Scalar(_span(event), event.value, plain), event.anchor)
        elif name == "MappingStartEvent":
            self._begin(Mapping(_span(event)), event)
        elif name == "SequenceStartEvent":
            self._begin(Sequence(_span(event)), event)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._end()
        elif name == "AliasEvent":
            self._alias(event)
        elif name == "DocumentEndEvent":
            self.finished = True

    def _begin(self, node: Mapping | Sequence, event: Any) -> None:
        self._note_tag(event)
        if len(self._open) >= DEEPEST:
            self.fault(node.span, f"nested deeper than {DEEPEST} levels; what follows is not read")
            self.finished = self.stopped = True
            return
        self._place(node, None)
        self._open.append(_Open(node, event.anchor))
        if event.anchor:
            self._sizes[event.anchor] = -self._nodes

    def _end(self) -> None:
        closed = self._open.pop()
        if closed.anchor:
            self._anchors[closed.anchor] = closed.node
            self._sizes[closed.anchor] += self._nodes

    def _alias(self, event: Any) -> None:
        span = _span(event)
        target = self._anchors.get(event.anchor)
        if target is None:
            self.fault(span, f"the alias *{event.anchor} refers to what it is part of, or to nothing")
            target = Scalar(span, "", True)
        size = self._sizes.get(event.anchor, 1)
        self._expanded += size
        if self._expanded > ALIAS_BUDGET:
            self.fault(span, f"the aliases up to *{event.anchor} stand for more than {ALIAS_BUDGET:,} nodes")
            self.finished = self.stopped = True
            return
        self._nodes += size
        self._place(target, None)

    def _place(self, node: Node, anchor: str | None) -> None:
        """Put a node where the parser stands: as root, item, key or value."""
        self._nodes += 1
        if anchor:
            self._anchors[anchor] = node
            self._sizes[anchor] = 1
        if self._nodes > MOST_NODES:
            self.fault(node.span, f"the document holds more than {MOST_NODES:,} nodes; the rest is not read")
            self.finished = self.stopped = True
        if not self._open:
            self.root = node
            return
        current = self._open[-1]
        if isinstance(current.node, Sequence):
            current.node.items.append(node)
        elif not current.keyed:
            current.key, current.keyed = (node if isinstance(node, Scalar) else None), True
        else:
            self._pair(current, current.node.pairs, node)
            current.key, current.keyed = None, False

    def _pair(self, current: _Open, pairs: "dict[str, tuple[Scalar, Node]]", value: Node) -> None:
        key = current.key
        if key is None:
            self.fault(value.span, "a key is a list or a mapping, and a contract's keys are text")
        elif key.text == "<<" and key.plain:
            self._merge(current, pairs, value)
        elif key.text in pairs and key.text not in current.merged:
            first = pairs[key.text][0].span.line
            self.fault(key.span, f'the key "{key.text}" stands here a second time (first on line {first})')
        else:
            current.merged.discard(key.text)
            pairs[key.text] = (key, value)

    def _merge(self, current: _Open, pairs: "dict[str, tuple[Scalar, Node]]", value: Node) -> None:
        """YAML 1.1's `<<`, which most contracts with anchors rely on."""
        for source in value.items if isinstance(value, Sequence) else [value]:
            if isinstance(source, Mapping):
                self._expanded += len(source.pairs)
                current.merged.update(text for text in source.pairs if text not in pairs)
                for text, pair in source.pairs.items():
                    pairs.setdefault(text, pair)

    def _note_tag(self, event: Any) -> None:
        tag = event.tag
        if tag and tag != "!" and not tag.startswith("tag:yaml.org,2002:"):
            self.fault(_span(event), f"the tag {tag} has no meaning in a contract")
        elif tag and tag.startswith("tag:yaml.org,2002:python/"):
            self.fault(_span(event), f"the tag !!{tag.rpartition(':')[2]} has no meaning in a contract")


def _span(event: Any) -> Span:
    """The span of a scalar; of a collection its opening line alone, since the parser sees its end far below."""
    start, end = event.start_mark, event.end_mark
    if end.line != start.line or end.column < start.column:
        return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)


def plain_value(node: Node) -> Any:
    """A tree as Python values with text keys, for a validator. Aliased parts are shared; there are no cycles."""
    made: dict[int, Any] = {}

    def value(inner: Node) -> Any:
        if isinstance(inner, Scalar):
            return inner.value()
        known = made.get(id(inner))
        if known is None:
            if isinstance(inner, Sequence):
                known = [value(item) for item in inner.items]
            else:
                known = {text: value(pair[1]) for text, pair in inner.pairs.items()}
            made[id(inner)] = known
        return known

    return value(node)


def walk(node: Node, pointer: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every node with its path of keys, each shared node once, in document order."""
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], Node]] = [(pointer, node)]
    while waiting:
        at, current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield at, current
        if isinstance(current, Mapping):
            waiting.extend(((*at, text), pair[1]) for text, pair in reversed(current.pairs.items()))
        elif isinstance(current, Sequence):
            waiting.extend(((*at, str(index)), item) for index, item in reversed(list(enumerate(current.items))))


def find(root: Node, path: tuple[str | int, ...]) -> tuple[Node | None, Span]:
    """The node at a path of keys and indexes, and the span to show; None and the last span where it breaks off."""
    current: Node = root
    span = root.span
    for step in path:
        if isinstance(current, Mapping) and str(step) in current.pairs:
            key, current = current.pairs[str(step)]
            span = key.span
        elif isinstance(current, Sequence) and str(step).isdigit() and int(step) < len(current.items):
            current = current.items[int(step)]
            span = current.span
        else:
            return None, span
    return current, span
