"""Which principles of a constitution a Constitution Check speaks of, by number, by words, or by the gate both mean."""

import re
from collections.abc import Iterable, Sequence

from constitution_lint.facts.document import CheckItem, ConstitutionCheck, Principle
from constitution_lint.model.documents.claims import Aliases, gate_of

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = re.compile(
    r"the|and|for|with|first|principles?|non|negotiable|only|mandatory|based|standards|rules|development|requirements|core"
    r"|strict|strictly|all|section|article|compliance|policy|over|design"
)
_NUMERAL = re.compile(r"^(?:principle|article|rule|section)?\s*([ivxlc]+|\d+(?:\.\d+)*)(?:[.):\s–—-]|$)", re.IGNORECASE)


def unnamed(
    principles: Sequence[Principle], checks: Iterable[ConstitutionCheck], aliases: Aliases
) -> tuple[Principle, ...]:
    """The principles that no item, reason or group of the checks mentions."""
    items = [item for check in checks for item in check.items]
    spoken = {word for item in items for word in _words(f"{item.name} {item.text} {item.group}")}
    numerals = {numeral for item in items for numeral in _numerals(item)}
    gates = {gate_of(item, aliases) for item in items} - {"other"}
    return tuple(principle for principle in principles if not _named(principle, spoken, numerals, gates, aliases))


def _named(principle: Principle, spoken: set[str], numerals: set[str], gates: set[str], aliases: Aliases) -> bool:
    words = _words(principle.name)
    if not words or 2 * len(words & spoken) >= len(words):
        return True
    if (match := _NUMERAL.match(principle.name)) and match.group(1).casefold() in numerals:
        return True
    return gate_of(CheckItem(principle.span, principle.name, "unmarked"), aliases) in gates


def _words(text: str) -> set[str]:
    """Telling words of a text, cut to six letters so that endings do not part them."""
    return {word[:6] for word in _WORD.findall(text.casefold()) if not _COMMON.fullmatch(word)}


def _numerals(item: CheckItem) -> set[str]:
    found = {match.group(1).casefold() for text in (item.name, item.group) if (match := _NUMERAL.match(text))}
    return found | {match.casefold() for match in re.findall(r"\bprinciples?\s+([ivxlc]+|\d+)\b", item.text, re.I)}
