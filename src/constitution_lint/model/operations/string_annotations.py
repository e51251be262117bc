"""For shapes: annotations written as strings, parsed into the expressions they stand for."""

import re

from constitution_lint.facts.code import Attribute, Binary, Collection, Const, Expr, Name, Subscript
from constitution_lint.facts.location import START

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][\w.]*)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<mark>[\[\],|]))")


def parse_annotation(text: str) -> Expr | None:
    """An annotation written as text (`"list[Task] | None"`): names, brackets, commas, bars; else None."""
    tokens: list[tuple[str, str]] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or len(tokens) > 200:
            return None
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    parser = _Parser(tokens)
    try:
        parsed = parser.union()
    except (IndexError, ValueError, RecursionError):
        return None
    return parsed if parser.at == len(tokens) else None


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def union(self) -> Expr:
        left = self.term()
        while self._is("|"):
            self.at += 1
            left = Binary(START, "|", left, self.term())
        return left

    def term(self) -> Expr:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Const(START, text[1:-1])
        if kind != "name":
            raise ValueError(text)
        first, *rest = text.split(".")
        found: Expr = Const(START, None) if text == "None" else Name(START, first)
        for part in rest:
            found = Attribute(START, found, part)
        if self._is("["):
            self.at += 1
            items = [self.union()]
            while self._is(","):
                self.at += 1
                items.append(self.union())
            if not self._is("]"):
                raise ValueError(text)
            self.at += 1
            index = items[0] if len(items) == 1 else Collection(START, "tuple", tuple(items))
            found = Subscript(START, found, index)
        return found

    def _is(self, mark: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark)
