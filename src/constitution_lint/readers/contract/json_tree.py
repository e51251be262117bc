"""Part of the contract reader: JSON that a YAML parser refuses (tabs, escaped surrogates) as the same tree of nodes."""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NamedTuple

from constitution_lint.facts.contract import Fault
from constitution_lint.facts.location import LineIndex
from constitution_lint.readers.contract.nodes import DEEPEST, Document, Mapping, Node, Scalar, Sequence

_BLANK = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


class _RefusedError(Exception):
    pass


class _Place(NamedTuple):
    text: str
    lines: LineIndex
    faults: list[Fault]


def read_json_tree(text: str) -> Document | None:
    """The tree of a JSON text; None when it is no JSON either, or nests deeper than contracts do."""
    place = _Place(text, LineIndex(text), [])
    try:
        json.loads(text)
        root, _ = _value(place, _skip(text, 0), 0)
    except (ValueError, RecursionError, _RefusedError):
        return None
    return Document(root, place.faults)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _value(place: _Place, at: int, depth: int) -> tuple[Node, int]:
    """The value at an offset, and the offset behind it. The text is known to be valid JSON."""
    character = place.text[at]
    if depth > DEEPEST:
        raise _RefusedError
    if character == "{":
        return _mapping(place, at, depth)
    if character == "[":
        return _sequence(place, at, depth)
    if character == '"':
        return _string(place, at)
    match = _LITERAL.match(place.text, at)
    if match is None:
        raise _RefusedError
    return Scalar(place.lines.span(*match.span()), match.group(), True), match.end()


def _string(place: _Place, at: int) -> tuple[Scalar, int]:
    text, end = scanstring(place.text, at + 1)
    return Scalar(place.lines.span(at, end), text, False), end


def _mapping(place: _Place, at: int, depth: int) -> tuple[Mapping, int]:
    mapping = Mapping(place.lines.span(at, at + 1))
    at = _skip(place.text, at + 1)
    while place.text[at] != "}":
        key, at = _string(place, at)
        at = _skip(place.text, _skip(place.text, at) + 1)
        value, at = _value(place, at, depth + 1)
        if key.text in mapping.pairs:
            first = mapping.pairs[key.text][0].span.line
            place.faults.append(
                Fault(key.span, f'the key "{key.text}" stands here a second time (first on line {first})')
            )
        else:
            mapping.pairs[key.text] = (key, value)
        at = _skip(place.text, at)
        at = _skip(place.text, at + 1) if place.text[at] == "," else at
    return mapping, at + 1


def _sequence(place: _Place, at: int, depth: int) -> tuple[Sequence, int]:
    sequence = Sequence(place.lines.span(at, at + 1))
    at = _skip(place.text, at + 1)
    while place.text[at] != "]":
        value, at = _value(place, at, depth + 1)
        sequence.items.append(value)
        at = _skip(place.text, at)
        at = _skip(place.text, at + 1) if place.text[at] == "," else at
    return sequence, at + 1
