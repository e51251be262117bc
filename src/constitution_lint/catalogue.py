"""The catalogue: joins the cards of rules/ by name with the generators of gates/. The card is the registry.

Cards are people's text, so their form is checked; what flows on to the judge, the reporters and `explain` is frozen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TypeAlias, TypeVar

import msgspec

from constitution_lint.findings import GATES, Severity, Violation
from constitution_lint.model.project import Project

Check: TypeAlias = Callable[[Project], Iterator[Violation]]
Aliases: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
FormT = TypeVar("FormT", bound=msgspec.Struct)

SECTIONS = ("Why", "Remedy", "Breach", "Lawful")
_FRONT_MATTER = re.compile(r"\A---\n(?P<yaml>.*?\n)---\n(?P<body>.*)\Z", re.S)
_FENCE = re.compile(r"^(`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^\1[ \t]*$", re.S | re.M)


class Fence(msgspec.Struct, frozen=True):
    """A fenced file of an example: `language` and `path` are the two words of the info string, `line` 1-based."""

    language: str
    path: str
    text: str
    line: int


class Card(msgspec.Struct, frozen=True):
    """One rule as its card tells it. `breach` and `lawful` are the sections' Markdown, examples included."""

    rule: str
    gate: str
    title: str
    severity: Severity
    why: str
    remedy: str
    breach: str
    lawful: str
    file: str


class GateCard(msgspec.Struct, frozen=True):
    """One article: `title` and `question` as the plan template spells them, `aliases` in lower case."""

    gate: str
    number: int
    title: str
    question: str
    aliases: tuple[str, ...]
    why: str


class Catalogue(msgspec.Struct, frozen=True):
    """All cards by rule name, in the order of gates and then of names, and the ten articles."""

    cards: dict[str, Card]
    gates: tuple[GateCard, ...]
    faults: tuple[str, ...] = ()
    """Cards that break the form, each with what is wrong. Their rules are not run, and a report says so."""

    def gate_of(self, rule: str) -> str:
        """The gate of a rule; the gate itself when it is named; empty for an unknown name."""
        if rule in GATES:
            return rule
        return self.cards[rule].gate if rule in self.cards else ""

    def aliases(self, further: Aliases = ()) -> Aliases:
        """The names by which plans know each gate, in lower case: its title, the article's aliases, the user's own."""
        own = dict(further)
        return tuple(
            (
                article.gate,
                tuple(dict.fromkeys((article.title.casefold(), *article.aliases, *own.get(article.gate, ())))),
            )
            for article in self.gates
        )


class CardError(Exception):
    """A card that breaks the form; the message names the file and the fault."""


def rules_folder() -> Path:
    """`_rules` beside this module in an installed package, `rules` at the root of a checkout."""
    packaged = Path(__file__).parent / "_rules"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rules"


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """Read and validate every card; once in a process, since they are part of the tool."""
    folder = rules_folder()
    cards: dict[str, Card] = {}
    articles: list[GateCard] = []
    faults: list[str] = []
    for number, gate in enumerate(GATES, 1):
        for file in sorted((folder / f"{number:02}-{gate}").rglob("*.md")):
            try:
                if file.name == "gate.md":
                    articles.append(_article(file, gate, number))
                else:
                    cards[file.stem] = _card(file, gate, folder)
            except CardError as error:
                faults.append(str(error))
    return Catalogue(cards, tuple(articles), tuple(faults))


def generators(gate: str) -> dict[str, Check]:
    """The rules of a gate's module by slug, in the order they are written: every public function but `examine`."""
    module = gate_module(gate)
    return {
        name.replace("_", "-"): check
        for name, check in vars(module).items()
        if isinstance(check, FunctionType)
        and not name.startswith("_")
        and name != "examine"
        and check.__module__.startswith(module.__name__)
    }


def gate_module(gate: str) -> ModuleType:
    return import_module(f"constitution_lint.gates.{gate.replace('-', '_')}")


def fences(markdown: str) -> Iterator[Fence]:
    """The fenced files of a section, with the line of each opening fence counted from the section's first line."""
    for match in _FENCE.finditer(markdown):
        language, _, path = match["info"].strip().partition(" ")
        yield Fence(language, path.strip(), match["text"], markdown.count("\n", 0, match.start()) + 1)


def _card(file: Path, gate: str, folder: Path) -> Card:
    from constitution_lint.card_form import RuleFront

    front, body = _parts(file)
    values = _validated(RuleFront, front, file)
    sections = _sections(body, file)
    return Card(
        rule=file.stem,
        gate=gate,
        title=values.title,
        severity=Severity(values.severity),
        why=sections["Why"],
        remedy=sections["Remedy"],
        breach=sections["Breach"],
        lawful=sections["Lawful"],
        file=file.relative_to(folder).as_posix(),
    )


def _article(file: Path, gate: str, number: int) -> GateCard:
    from constitution_lint.card_form import GateFront

    front, body = _parts(file)
    values = _validated(GateFront, front, file)
    if values.number != number:
        raise CardError(f"{file}: the number is {values.number}, and {gate} is gate {number}")
    why = re.sub(r"\A\s*(?:#[^\n]*\n)?", "", body)
    return GateCard(gate, number, values.title, values.question, tuple(values.aliases), why.strip())


def _parts(file: Path) -> tuple[object, str]:
    import yaml

    match = _FRONT_MATTER.match(file.read_text(encoding="utf-8").replace("\r\n", "\n"))
    if match is None:
        raise CardError(f"{file}: no front matter")
    try:
        return yaml.load(match["yaml"], yaml.CSafeLoader), match["body"]
    except yaml.YAMLError as error:
        raise CardError(f"{file}: the front matter is not valid YAML ({error})") from None


def _validated(form: type[FormT], front: object, file: Path) -> FormT:
    try:
        return msgspec.convert(front, form)
    except msgspec.ValidationError as error:
        raise CardError(f"{file}: {error}") from None


def _sections(body: str, file: Path) -> dict[str, str]:
    """The text under each level-2 heading; headings inside fences are part of an example."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    fence = ""
    for line in body.split("\n"):
        mark = re.match(r"(`{3,}|~{3,})", line)
        if mark and (not fence or (line.startswith(fence) and not line.strip(fence[0]).strip())):
            fence = "" if fence else mark[1]
        if not fence and line.startswith("## "):
            current = found.setdefault(line[3:].strip(), [])
        else:
            current.append(line)
    if tuple(found) != SECTIONS:
        raise CardError(f"{file}: the sections are {', '.join(found) or 'absent'}, not {', '.join(SECTIONS)}")
    return {name: "\n".join(lines).strip() for name, lines in found.items()}
