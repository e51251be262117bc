"""Links derived from words: a task, operation or route that is about what a requirement asks for."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from constitution_lint.model.contracts.matching import routes_for
from constitution_lint.model.contracts.paths import Key, core_of, key_of, singular
from constitution_lint.model.memory import remembered
from constitution_lint.model.project import Project
from constitution_lint.model.tracing.collecting import Traced, route_element, traced_features
from constitution_lint.model.tracing.elements import Element, Link
from constitution_lint.model.tracing.words import SAY_LITTLE, Weights, stem_of, stems
from constitution_lint.workspace import Feature

LIKE = 0.47
"""The least likeness of a link that rests on two common stems."""
LIKE_BY_MANY = 0.4
"""The same where three stems or more are common."""
LIKE_ABOVE_ALL = 0.33
"""The same for the one task that is nearest of all."""
_MOST = 3
_NEAR_BEST = 0.8

_INSTRUCTION = re.compile(
    r"^\W*(?:create|add|implement|build|write|update|modify|define|set up|setup|install|configure|integrate|test|verify"
    r"|ensure|make|refactor|document|develop|design|apply|initiali[sz]e|generate|enhance|extend|fix|use)\b",
    re.IGNORECASE,
)
_ACTIONS = ("create", "update", "delete", "list", "complete", "login", "logout", "register")
_DEEDS = frozenset({*_ACTIONS, "filter", "sort", "search", "validate", "log", "notify", "deploy", "redirect", "secure"})
"""What a text may be about doing; two texts that name deeds and share none speak of different things."""
_MEASURES = frozenset(
    {*SAY_LITTLE, "default", "specif", "max", "maximum", "min", "charact", "level", "respons", "attempt"}
)
"""Stems that say how much or in which form, and not what."""
_OF_METHOD = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete", "GET": "list"}
_ASKS = re.compile(
    r"\b(?:allow|enable|let|permit)s?\b.{0,40}?\bto\b"
    r"|\b(?:users?|they|clients?|visitors?)\b.{0,30}?\b(?:must|can|shall|may) be able to\b|\bbe able to\b"
    r"|\b(?:expose|provide|support|offer)s?\b.{0,60}?\b(?:endpoints?|api)\b"
    r"|\b(?:allow|enable|support|provide)s?\b(?= \w+(?:al|ion|ing)\b)",
    re.IGNORECASE,
)
_ONE = re.compile(r"\b(?:specific|single|individual|details?|by (?:its |their )?id|one)\b", re.IGNORECASE)
_SAME_THING = {"todo": "task", "item": "task", "todoitem": "task"}
_WORD = re.compile(r"[a-z]+")
_BETWEEN = frozenset(["and", "or", "to", "read", "also", "both"])
_BEFORE = frozenset(["a", "an", "the", "for", "securely", "easily", "new", "via", "that", "their"])
_OWNERS = frozenset({"users", "user", "me", "auth"})


class _Text(NamedTuple):
    element: Element
    stems: frozenset[str]


def links_by_words(project: Project) -> Iterator[Link]:
    for number, traced in enumerate(traced_features(project)):
        yield from _like_tasks(project, number)
        yield from _asked_operations(project, traced)


@remembered
def _like_tasks(project: Project, number: int) -> tuple[Link, ...]:
    """For each requirement and criterion of a feature, known by its place, the tasks that speak of the same thing."""
    traced = traced_features(project)[number]
    asked = tuple(_Text(one, stems(one.text)) for one in (*traced.requirements, *traced.criteria))
    return _alike(asked, tuple(_Text(element, _of_task(element.text, task.paths)) for element, task in traced.tasks))


@lru_cache(maxsize=256)
def _alike(asked: tuple[_Text, ...], done: tuple[_Text, ...]) -> tuple[Link, ...]:
    """Remembered, since an edit changes the words of one feature, and few edits change any."""
    weights = Weights(text.stems for text in (*asked, *done))
    return tuple(link for text in asked for link in _likest(text, done, weights))


def _of_task(text: str, paths: Iterable[object]) -> frozenset[str]:
    """A task's stems without the verb of its instruction: "create" of "Create the model" asks for nothing."""
    named = " ".join(str(getattr(path, "path", "")).rpartition("/")[2] for path in paths)
    return stems(f"{_INSTRUCTION.sub('', text)} {named}")


def _likest(asked: _Text, done: tuple[_Text, ...], weights: Weights) -> Iterator[Link]:
    scored = [(weights.likeness(asked.stems, one.stems), one) for one in done if len(asked.stems & one.stems) > 1]
    scored.sort(key=lambda pair: (-pair[0], pair[1].element))
    best = scored[0][0] if scored else 0.0
    near = [
        (score, one)
        for score, one in scored
        if score >= best * _NEAR_BEST and _is_like(score, asked, one, nearest=one is scored[0][1])
    ]
    return (_link(one, asked) for _, one in near[:_MOST])


def _is_like(score: float, asked: _Text, done: _Text, nearest: bool) -> bool:
    common = {stem for stem in asked.stems & done.stems if stem not in _MEASURES and not stem.isdigit()}
    if _contradict(asked.stems, done.stems):
        return False
    if len(common) >= 3 and score >= (LIKE_ABOVE_ALL if nearest else LIKE_BY_MANY):
        return True
    return len(common) >= 2 and score >= LIKE


def _contradict(asked: frozenset[str], done: frozenset[str]) -> bool:
    """Both name actions, and none in common: deleting is not creating."""
    left, right = asked.intersection(_DEEDS), done.intersection(_DEEDS)
    return bool(left) and bool(right) and not left & right


def _link(done: _Text, asked: _Text) -> Link:
    common = ", ".join(sorted(asked.stems & done.stems))
    return Link(done.element, asked.element, "likely", f"both speak of {common}")


def _asked_operations(project: Project, traced: Traced) -> Iterator[Link]:
    """Operations and routes that do what a requirement lets users do ("allow users to delete tasks")."""
    if not traced.operations and not _knows_routes(project, traced.feature):
        return
    routes = [route for route in routes_for(project, f"{traced.feature.folder}/spec.md") if route.handler is not None]
    served = [(route_element(route), route.method, route.path) for route in routes]
    promised = [(element, promise.method, promise.path) for element, promise in traced.operations]
    for above in traced.requirements:
        asked = _wish(above.text)
        if asked is None:
            continue
        for below, method, path in (*promised, *served):
            if asked.is_met_by(method, core_of(key_of(path))):
                yield Link(below, above, "likely", f"{method} {path} does what {above.name} asks for")


def _knows_routes(project: Project, feature: Feature) -> bool:
    """Whether a feature is of the served application: its documents name an endpoint or a file that holds routes."""
    parts = (feature.spec, feature.plan, feature.tasks)
    documents = [project.documents[path] for path in parts if path and path in project.documents]
    if any(facts.endpoints for facts in documents):
        return True
    files = {route.location.file for route in project.api.routes}
    named = {mention.path for facts in documents for mention in facts.paths}
    return any(file == path or file.endswith(f"/{path}") for path in named for file in files)


class _Wish(NamedTuple):
    """What a requirement lets somebody do: the actions it names, on what, and whether on one thing."""

    actions: frozenset[str]
    words: frozenset[str]
    one: bool

    def is_met_by(self, method: str, key: Key) -> bool:
        fixed = [segment for segment in key if segment != "{}"]
        if not fixed:
            return False
        act = stem_of(re.sub(r"[-_]", "", fixed[-1].casefold()))
        if method not in _OF_METHOD:
            return False
        if act in _ACTIONS and act != "list":
            return act in self.actions and all(_thing(word) in self.words for word in _things(fixed[:-1]))
        things = _things(fixed)
        if _OF_METHOD.get(method) not in self.actions or not things:
            return False
        if not all(_thing(word) in self.words for word in things):
            return False
        return method == "POST" or (key[-1] == "{}") == (self.one or method != "GET")


def _things(fixed: list[str]) -> list[str]:
    """The segments that name what is acted on, not whose it is."""
    return [word for word in fixed if word not in _OWNERS]


@lru_cache(maxsize=4_096)
def _wish(text: str) -> _Wish | None:
    match = _ASKS.search(text)
    if match is None:
        return None
    rest = text[match.end() :]
    actions = frozenset(_leading_actions(rest))
    words = frozenset(_thing(word) for word in _WORD.findall(text.casefold()))
    return _Wish(actions, words, bool(_ONE.search(rest))) if actions else None


def _leading_actions(text: str) -> Iterator[str]:
    """The actions a wish opens with: "to create, view and delete tasks"."""
    words = _WORD.findall(re.sub(r"\b(log|sign)[ -](in|out|up)\b", r"\1\2", text.casefold()))
    begun = False
    for word in words[:12]:
        action = stem_of(word)
        if action in _ACTIONS:
            begun = True
            yield action
        elif (begun and word not in _BETWEEN) or (word not in _BETWEEN and word not in _BEFORE):
            return


def _thing(word: str) -> str:
    bare = singular(word.casefold().replace("-", "").replace("_", ""))
    return _SAME_THING.get(bare, bare)
