"""For links derived from words: texts as weighted stems, and how much two texts of a feature share.

A stem stands for all words of one meaning in this field: "add a todo" and "create task" are one text. Words that occur
in many texts of a feature tell little and weigh little (inverse document frequency), so that no list of common words
has to know what a feature is about.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]{2,}(?![a-z])|\d+")
_EMPTY_WORDS = (
    "a able about across after all allow allows also an and any app application appropriate are as at backend"
    " based be been before being between both by can class code component components correctly could current"
    " currently do does done down during e each either ensure ensures etc every existing file files for from"
    " frontend function functions g given had has have i if implement implementation implemented implementing"
    " implements in include includes including into is it item items its js jsx least like may md method might"
    " module more most must new no not of on one only or other others out over own page pages per proper properly"
    " provide provided provides py s same shall should so src successfully such support supported supports system"
    " systems t task tasks test testing tests than that the their them then these they this those three through to"
    " todo todos ts tsx two under up use used user users uses using via when where which while who whom will with"
    " within without"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Words that tell nothing of what a requirement is about: grammar, the modal language of specifications, file endings,
and "task", which every list of tasks holds, whatever the application keeps."""

_MEANINGS: tuple[tuple[str, str], ...] = (
    ("create", "create creates created creating creation add adds added adding post insert"),
    ("update", "update updates updated updating edit edits edited editing modify modifies modified put patch change"),
    ("delete", "delete deletes deleted deleting deletion remove removes removed removing removal"),
    ("list", "list lists listed listing view views viewing display displays displayed displaying show shows showing"),
    ("list", "retrieve retrieves retrieving retrieval fetch fetches fetching get see render renders rendering"),
    (
        "login",
        "login signin signing logins authenticate authenticates authenticated authentication auth credentials sign",
    ),
    ("logout", "logout signout"),
    ("register", "register registers registration signup registering account accounts signup"),
    ("token", "token tokens jwt bearer jwts"),
    ("complete", "complete completed completes completion toggle toggles toggling toggled incomplete"),
    ("validate", "validate validates validated validating validation valid invalid"),
    (
        "database",
        "database databases db neon postgresql postgres persist persists persisted persistence persistent store",
    ),
    ("database", "stores stored storing storage save saves saved saving"),
    ("schema", "schema schemas model models table tables entity entities sqlmodel"),
    ("endpoint", "endpoint endpoints route routes router api apis"),
    ("error", "error errors exception exceptions failure failures fail fails failed"),
    ("isolate", "isolate isolates isolation isolated owner owners ownership own belong belongs belonging"),
    ("filter", "filter filters filtered filtering"),
    ("search", "search searches searched searching searchable query"),
    ("sort", "sort sorts sorted sorting order ordering ordered"),
    ("responsive", "responsive responsiveness mobile tablet desktop breakpoint breakpoints"),
    ("theme", "theme themes dark light mode"),
    ("load", "load loading loader loaders skeleton skeletons spinner spinners"),
    ("config", "config configuration configure configures configured environment env variable variables settings"),
    ("deploy", "deploy deploys deployed deploying deployment deployments"),
    ("redirect", "redirect redirects redirected redirecting"),
    ("reject", "reject rejects rejected rejecting deny denies denied unauthorized forbidden"),
    ("chat", "chat chatbot conversation conversations conversational"),
    ("notify", "notify notification notifications toast toasts"),
    ("remind", "remind reminder reminders due"),
    ("cli", "cli command commands console terminal menu line interactive"),
    ("log", "log logs logging logged monitor monitors monitoring observability metrics"),
    ("style", "style styles styling styled css tailwind tailwindcss design visual color colors palette"),
    ("access", "accessible accessibility aria wcag keyboard alt"),
    ("id", "id ids identifier identifiers uuid uuids"),
    ("secure", "secure security securely encrypt encrypted encryption hash hashed hashing bcrypt"),
    ("recur", "recur recurring recurrence repeat repeating"),
)
_STEM_OF = {word: stem for stem, words in _MEANINGS for word in words.split()}
SAY_LITTLE = frozenset({"data", "list", "type", "name", "valu", "basic", "key"})
"""Stems that two texts may share without speaking of the same thing."""
_PHRASES = (
    ("login", re.compile(r"\b(?:log|sign)[ -]?in\b", re.IGNORECASE)),
    ("logout", re.compile(r"\b(?:log|sign)[ -]?out\b", re.IGNORECASE)),
    ("register", re.compile(r"\bsign[ -]?up\b", re.IGNORECASE)),
    (
        "isolate",
        re.compile(
            r"\buser_?id\b|\b(?:other|another|different) users?\b|\bper[ -]user\b|\b(?:their|user)[ -]own|\bby user\b"
            r"|\b(?:only|just) the (?:authenticated|current|logged)|\bassociat\w+ .{0,30}\buser\b",
            re.IGNORECASE,
        ),
    ),
)
_ENDINGS = ("ations", "ation", "ments", "ment", "ness", "ings", "ing", "ies", "ied", "ers", "er", "es", "ed", "ly", "s")
_SHORTEST = 4


@lru_cache(maxsize=65_536)
def stem_of(word: str) -> str:
    """The stem of a lower-case word, "" for one that tells nothing."""
    if word in _EMPTY or len(word) < 2:
        return ""
    if word in _STEM_OF:
        return _STEM_OF[word]
    bare = next(
        (word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= _SHORTEST), word
    )
    return bare[:-1] if bare.endswith("e") and len(bare) > _SHORTEST else bare


@lru_cache(maxsize=16_384)
def stems(text: str) -> frozenset[str]:
    """The stems of a text; names in camel case and paths are taken apart. Numbers count where they are telling."""
    found = {stem_of(word.casefold()) for word in _WORD.findall(text)}
    found |= {stem for stem, phrase in _PHRASES if phrase.search(text)}
    return frozenset(found - {""})


class Weights:
    """How telling each stem is among the texts of one feature."""

    def __init__(self, texts: Iterable[frozenset[str]]) -> None:
        counts: Counter[str] = Counter()
        total = 0
        for text in texts:
            counts.update(text)
            total += 1
        self._weights: Mapping[str, float] = {
            stem: math.log((1 + total) / (1 + count)) + 0.25 for stem, count in counts.items()
        }
        self._rarest = math.log(1 + total) + 0.25
        self._norms: dict[frozenset[str], float] = {}

    def of(self, stem: str) -> float:
        return self._weights.get(stem, self._rarest)

    def norm(self, text: frozenset[str]) -> float:
        if text not in self._norms:
            self._norms[text] = math.sqrt(sum(self.of(stem) ** 2 for stem in sorted(text)))
        return self._norms[text]

    def likeness(self, left: frozenset[str], right: frozenset[str]) -> float:
        """The cosine of two texts: 0 without a common stem, 1 for the same stems."""
        common = sum(self.of(stem) ** 2 for stem in sorted(left & right))
        return common / (self.norm(left) * self.norm(right)) if common else 0.0
