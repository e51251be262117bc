"""For gate 2, in the browser: secrets exposed by their name, and tokens kept where any script can read them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constitution_lint.facts.location import Location
from constitution_lint.facts.web import Call, Expr, Member, Name, WebFacts
from constitution_lint.model.file_roles import is_product
from constitution_lint.model.project import Project
from constitution_lint.model.security.secrets import kind_of_name, snake
from constitution_lint.model.web.calls import calls_of, dotted
from constitution_lint.model.web.evaluation import evaluator_of
from constitution_lint.model.web.served_requests import home_of
from constitution_lint.model.web.values import Str

_PUBLIC = re.compile(r"^(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY|PUBLIC)_(?P<name>\w+)$")
_SECRET = re.compile(
    r"""(?:^|_)(?:SECRET|SECRET_?KEY|PRIVATE_KEY|PASSWORD|PASSWD|SERVICE_ROLE(?:_KEY)?|DATABASE_URL|DB_URL
    |CONNECTION_STRING|SECRET_ACCESS_KEY|JWT_KEY|SIGNING_KEY|ENCRYPTION_KEY)$
    |^(?:OPENAI|ANTHROPIC|CLAUDE|GEMINI|GOOGLE_AI|GROQ|COHERE|MISTRAL|OPENROUTER|HUGGINGFACE|HF|RESEND|SENDGRID|TWILIO
    |DEEPSEEK|REPLICATE)_(?:API_?)?(?:KEY|TOKEN|SECRET)$""",
    re.VERBOSE,
)
_OPEN = re.compile(r"PUBLIC|PUBLISHABLE|ANON|SITE_KEY|TEST|DUMMY|FAKE|EXAMPLE")
_TOKEN = re.compile(
    r"(?:^|_)(?:tokens?|jwt|bearer|access_token|auth_token|refresh_token|id_token|session_token)(?:_key)?$"
)
_OTHER_TOKEN = re.compile(r"csrf|xsrf|push|fcm|device|reset|invite|verif|page|cursor|design|mapbox|captcha|count")


class Exposed(NamedTuple):
    """A secret in reach of the browser: where, its name, and whether its prefix hands it out or a client asks."""

    location: Location
    name: str
    by_prefix: bool


class Stored(NamedTuple):
    """A token put into a store of the browser, under `key` ("" where that is not known); `again` are further places."""

    location: Location
    store: str
    key: str
    again: tuple[Location, ...] = ()


def exposed_secrets(project: Project) -> Iterator[Exposed]:
    """Each name once for a file, in the order of files: scripts that read it, environment files that set it."""
    for file, facts in _frontend_files(project):
        seen: set[str] = set()
        for read in facts.environment:
            exposed = _exposure(read.name, facts.directive)
            if exposed is not None and read.name not in seen:
                seen.add(read.name)
                yield Exposed(Location(file, read.span), read.name, exposed)
    for file, manifest in project.manifests.items():
        if manifest.kind == "env":
            for variable in manifest.variables:
                if not variable.commented and is_public_secret(variable.name):
                    yield Exposed(Location(file, variable.span), variable.name, True)


def is_public_secret(name: str) -> bool:
    """Does a variable that a build writes into the browser's code hold a secret by its name?"""
    found = _PUBLIC.match(name)
    return found is not None and bool(_SECRET.search(found["name"])) and not _OPEN.search(found["name"])


def _exposure(name: str, directive: str) -> bool | None:
    if is_public_secret(name):
        return True
    if directive != "use client" or _PUBLIC.match(name):
        return None
    return False if _SECRET.search(name) or kind_of_name(name) is not None else None


def stored_tokens(project: Project) -> Iterator[Stored]:
    """Writes of tokens to localStorage or sessionStorage, each key once for a file at its first place."""
    found = []
    for file, facts in _frontend_files(project):
        for scope, call in calls_of(project, file):
            store = _store(call.func)
            if store and len(call.args) > 1:
                key = _key(project, file, scope, call)
                if _is_token(key) or (not key and _is_token(_last_name(call.args[1]))):
                    found.append(Stored(Location(file, call.span), store, key))
        found += _assigned(file, facts)
    grouped: dict[tuple[str, str, str], list[Stored]] = defaultdict(list)
    for one in sorted(found):
        grouped[one.location.file, one.store, one.key].append(one)
    for first, *others in grouped.values():
        yield first._replace(again=tuple(other.location for other in others))


def _assigned(file: str, facts: WebFacts) -> Iterator[Stored]:
    """`localStorage.token = …`"""
    for assignment in facts.assignments:
        target = assignment.target
        if isinstance(target, Member) and _is_token(target.name):
            store = dotted(target.object).rpartition(".")[2]
            if store in ("localStorage", "sessionStorage"):
                yield Stored(Location(file, assignment.span), store, target.name)


def _store(func: Expr) -> str:
    parts = dotted(func).split(".")
    if parts[-1] != "setItem" or len(parts) < 2 or parts[-2] not in ("localStorage", "sessionStorage"):
        return ""
    return parts[-2]


def _key(project: Project, file: str, scope: int, call: Call) -> str:
    evaluator = evaluator_of(project)
    for value in evaluator.ask(call.args[0], evaluator.frame(file, scope)):
        if isinstance(value, Str) and all(isinstance(part, str) for part in value.parts):
            return "".join(part for part in value.parts if isinstance(part, str))
    return ""


def _is_token(name: str) -> bool:
    plain = snake(name)
    return bool(_TOKEN.search(plain)) and not _OTHER_TOKEN.search(plain)


def _last_name(expr: Expr) -> str:
    if isinstance(expr, Name):
        return expr.id
    return expr.name if isinstance(expr, Member) else ""


def _frontend_files(project: Project) -> Iterator[tuple[str, WebFacts]]:
    for file, facts in project.web.items():
        if is_product(file) and home_of(project, file) is not None:
            yield file, facts
