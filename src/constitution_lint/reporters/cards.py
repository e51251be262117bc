"""The cards for people and machines: one rule, one gate with its rules, or the whole catalogue, in three formats."""

from collections.abc import Iterator

from constitution_lint.catalogue import Card, Catalogue, GateCard
from constitution_lint.reporters.as_json import dumps
from constitution_lint.reporters.look import Look
from constitution_lint.reporters.paint import SEVERITY, paint

Fields = dict[str, object]
Subject = Card | GateCard | None
"""What is explained; None stands for the whole catalogue."""
_FENCES = ("```", "~~~")


def as_text(subject: Subject, catalogue: Catalogue, look: Look) -> str:
    """For people: the card as it stands, its headings painted and its examples set off."""
    if isinstance(subject, Card):
        lines = _rule(subject, catalogue, look)
    elif isinstance(subject, GateCard):
        lines = _gate(subject, catalogue, look)
    else:
        lines = _all(catalogue, look)
    return "\n".join(lines) + "\n"


def as_markdown(subject: Subject, catalogue: Catalogue, look: Look) -> str:
    if isinstance(subject, Card):
        article = _article_of(subject, catalogue)
        told = f"{subject.title}. Severity: {subject.severity.value}. Gate {article.number}: {article.title}."
        parts = (f"## {heading}\n\n{body}" for heading, body in _sections(subject))
        return "\n\n".join([f"# {subject.rule}", told, *parts]) + "\n"
    if isinstance(subject, GateCard):
        head = f"# Gate {subject.number}: {subject.title}\n\n`{subject.gate}` asks: {subject.question}"
        table = "\n".join(_table(subject, catalogue))
        return "\n\n".join([head, _why(subject), "## Rules", table]) + "\n"
    return "\n".join(as_markdown(article, catalogue, look) for article in catalogue.gates)


def as_json(subject: Subject, catalogue: Catalogue, look: Look) -> str:
    """Version 1: keys may be added, never changed."""
    if isinstance(subject, Card):
        return dumps({"version": 1, "rule": _card(subject)})
    if isinstance(subject, GateCard):
        return dumps({"version": 1, "gate": _article(subject, catalogue)})
    return dumps({"version": 1, "gates": [_article(article, catalogue) for article in catalogue.gates]})


def _rule(card: Card, catalogue: Catalogue, look: Look) -> Iterator[str]:
    article = _article_of(card, catalogue)
    yield f"{paint(look, 'bold', card.rule)} ({paint(look, SEVERITY[card.severity], card.severity.value)})"
    yield f"{card.title}. Gate {article.number}, {article.gate}: {article.question}"
    for heading, body in _sections(card):
        yield from ("", paint(look, "bold", heading), *_body(body, look))
    yield from ("", f"To accept one, write beside it: constitution: allow {card.rule} - the reason [until YYYY-MM-DD]")


def _gate(article: GateCard, catalogue: Catalogue, look: Look) -> Iterator[str]:
    yield paint(look, "bold", f"Gate {article.number}: {article.title}") + f" ({article.gate})"
    yield from (article.question, "", *_body(_why(article), look), "", paint(look, "bold", "Rules"))
    yield from _rules(article, catalogue, look)


def _all(catalogue: Catalogue, look: Look) -> Iterator[str]:
    for article in catalogue.gates:
        yield paint(look, "bold", f"{article.number:2} {article.gate}")
        yield from (f"   {article.question}", *_rules(article, catalogue, look), "")
    yield "constitution-lint explain NAME prints the card of a rule or gate."


def _table(article: GateCard, catalogue: Catalogue) -> Iterator[str]:
    yield "| rule | severity | what it finds |"
    yield "| --- | --- | --- |"
    for card in _cards_of(article, catalogue):
        yield f"| {card.rule} | {card.severity.value} | {card.title} |"


def _sections(card: Card) -> tuple[tuple[str, str], ...]:
    return (("Why", card.why), ("Remedy", card.remedy), ("Breach", card.breach), ("Lawful", card.lawful))


def _body(markdown: str, look: Look) -> Iterator[str]:
    """Prose as written; a fence becomes its path and the file below it, indented."""
    inside = ""
    for line in markdown.split("\n"):
        if inside and line.strip() == inside:
            inside = ""
        elif not inside and line.startswith(_FENCES):
            inside = line[: len(line) - len(line.lstrip("`~"))]
            path = line.lstrip("`~").partition(" ")[2]
            yield paint(look, "dim", f"  {path}") if path else ""
        else:
            yield f"    {line}".rstrip() if inside else line


def _why(article: GateCard) -> str:
    return article.why.removeprefix("## Why").strip()


def _article_of(card: Card, catalogue: Catalogue) -> GateCard:
    return next(article for article in catalogue.gates if article.gate == card.gate)


def _rules(article: GateCard, catalogue: Catalogue, look: Look) -> Iterator[str]:
    cards = _cards_of(article, catalogue)
    widest = max((len(card.rule) for card in cards), default=0)
    for card in cards:
        severity = paint(look, SEVERITY[card.severity], card.severity.value.ljust(8))
        yield f"   {card.rule.ljust(widest)}  {severity} {card.title}"


def _cards_of(article: GateCard, catalogue: Catalogue) -> list[Card]:
    cards = [card for card in catalogue.cards.values() if card.gate == article.gate]
    return sorted(cards, key=lambda card: (card.severity.rank, card.rule))


def _card(card: Card) -> Fields:
    told: Fields = {"name": card.rule, "gate": card.gate, "title": card.title, "severity": card.severity.value}
    return told | {heading.lower(): body for heading, body in _sections(card)}


def _article(article: GateCard, catalogue: Catalogue) -> Fields:
    return {
        "name": article.gate,
        "number": article.number,
        "title": article.title,
        "question": article.question,
        "aliases": list(article.aliases),
        "why": _why(article),
        "rules": [_card(card) for card in _cards_of(article, catalogue)],
    }
