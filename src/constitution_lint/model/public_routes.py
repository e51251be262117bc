"""Which unguarded routes are public by design: inferred narrowly from what they do, or declared with a reason.

A name alone never makes a route public. The words of a path say what it claims to be; the accesses, the
credentials that changed hands and the parameters in the path have to bear that out.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from constitution_lint.config import Settings
from constitution_lint.facts.code import Call
from constitution_lint.model.api import UNSHOWN, Access, AccessVerdict, Auth, Guard, Route, Table
from constitution_lint.model.flow.observations import ASKED
from constitution_lint.model.routing.types import Endpoint
from constitution_lint.model.walk import calls, dotted_name

CREDENTIAL = "credential exchange"
_BEGINNING = re.compile(
    r"(?:log|sign)[-_]?(?:in|up)|register|registration|"
    r"(?:request[-_])?(?:(?:forgot|forgotten|reset|recover)[-_]?password|password[-_]?(?:reset|recovery|forgot))(?:[-_]request)?|"
    r"(?:verify|confirm)[-_]email|email[-_]verification|resend[-_](?:verification|confirmation|otp|code)\w*|magic[-_]link|"
    r"(?:access|refresh)[-_]token|token[-_]refresh|(?:verify|send|request)[-_]otp",
    re.I,
)
"""Words that name the beginning of a session or an account."""
_SIGN_IN = re.compile(r"(?:log|sign)[-_]?(?:in|up)|register|registration", re.I)
"""Where a password changes hands there, whatever else is kept of it (attempts, devices, messages) is by the way."""
_AMBIGUOUS = re.compile(
    r"auth|token|refresh|verify|confirm|callback|authorize|oauth\w*|otp|code|reset|logout|log[-_]out|sign[-_]?out"
    r"|(?:verify|validate|check|introspect)[-_]?token|token[-_]?(?:verify|validate|info)",
    re.I,
)
"""Words that may name the same and may name anything: only what the route does with credentials tells."""
_END = re.compile(r"log[-_]?out|sign[-_]?out", re.I)
"""Where the client throws its token away: what keeps no session, and touches no row, ends nobody else's."""
_KEPT = re.compile(r"logs?|histor(?:y|ies)|audits?|records?|attempts?|events?|reports?|stat(?:istic)?s", re.I)
"""What is kept of beginnings: `/logs/login` begins nothing."""
_AUTHENTICATION = re.compile(r"auth|oauth2?|sso|openid|oidc", re.I)
_AROUND = re.compile(r"api|v\d+|auth|oauth2?|sso|accounts?|users?|identity|public|login|me", re.I)
"""What may stand before a beginning: `/api/v1/users/signup` begins an account, `/events/register` need not."""
_PROVIDER = re.compile(
    r"google|github|gitlab|facebook|apple|microsoft|azure|discord|linkedin|twitter|okta|auth0|keycloak|oidc|saml|sso|social|email|\{.*\}",
    re.I,
)
_ON_THE_WAY = re.compile(
    r"url|start|authorize|login|redirect|callback|email|request|confirm|verify|new[-_]password|complete|json", re.I
)
_PROOF = re.compile(r"\{\w*(?:token|code|otp|provider|state|hash|uid|uidb64|email|secret)(?::\w+)?\}", re.I)
"""Parameters a credential route may have in its path: what is presented, or the service that vouches."""
_ADDRESS = re.compile(r"\{\w*email", re.I)
"""An address proves nothing: only where an account begins or is recovered may it stand in the path."""
_HEALTH = re.compile(
    r"(?:/\w[\w.-]*)*/(?:health\w*(?:[-_/][\w-]+)?|ping|ready|readyz|readiness|live|livez|liveness)/?"
    r"|(?:/api)?(?:/v\d+)?(?:/(?:status|version|info|docs|redoc|openapi\.json|metrics|favicon\.ico|robots\.txt))?/?"
    r"|(?:/\w[\w-]*)*/(?:\.well-known/[\w./-]+|jwks(?:\.json)?|(?:vapid[-_/])?public[-_]key|dapr/subscribe)",
    re.I,
)
_AVAILABLE = re.compile(
    r"/(?:check[-_]?(?:e[-_]?mail|user[-_]?name)|(?:e[-_]?mail|user[-_]?name)[-_]?(?:exists|available|availability|check))"
    r"(?:/\{\w*(?:mail|name)\w*\})?/?$",
    re.I,
)
_ACCOUNT = re.compile(
    r"user|account|token|session|verification|reset|otp|code|credential|login|audit|profile|member", re.I
)
_PAGES = ("FileResponse", "HTMLResponse", "TemplateResponse", "RedirectResponse")
_CATCH_ALL = re.compile(r"/\{\w+:path\}")


def declared_public(settings: Settings, method: str, path: str) -> str:
    """The reason the configuration gives for leaving a route open."""
    for one in settings.public_routes:
        if is_called(one.name, method, path):
            return f"declared: {one.reason}"
    return ""


def is_called(pattern: str, method: str, path: str) -> bool:
    """Does a pattern of the settings name a route: by method and path, or by its path alone?"""
    return fnmatchcase(f"{method} {path}", pattern) or fnmatchcase(path, pattern)


def promises_to_be_public(method: str, path: str) -> bool:
    """Does a planned operation say of itself that it is for everyone? Nothing but its words is there to judge it by."""
    if method in ("GET", "HEAD") and _HEALTH.fullmatch(path):
        return True
    words = [part for part in path.split("/") if part and not part.startswith("{")]
    return any(_BEGINNING.fullmatch(word) for word in words) or (bool(words) and bool(_AMBIGUOUS.fullmatch(words[-1])))


def public_by_design(
    settings: Settings, endpoint: Endpoint, guard: Guard, accesses: tuple[Access, ...], exchanged: frozenset[str]
) -> str:
    """The reason a route is taken as public; "" when it is not, or when it is guarded anyway.

    `exchanged` is what happened to credentials on the way: "password", "token", "cookie".
    """
    declared = declared_public(settings, endpoint.method, endpoint.path)
    if declared or guard.auth is Auth.ENFORCED:
        return declared
    if _begins_a_session(endpoint, accesses, exchanged - {ASKED}, ASKED in exchanged):
        return f"{CREDENTIAL}: it is where a session or an account begins, is renewed or ends"
    if not guard.name and _AVAILABLE.search(endpoint.path) and accesses and all(map(_shows_nothing, accesses)):
        return "sign-up: it says whether an account of that name exists, and nothing of it"
    known = tuple(access for access in accesses if not _is_unknown(access))
    if not may_be_public(guard, known if _HEALTH.fullmatch(endpoint.path) else accesses):
        return ""
    if endpoint.method == "MOUNT":
        return "static files" if endpoint.mounted_app.endswith("StaticFiles") else ""
    return _about_the_service(endpoint, accesses)


def may_be_public(guard: Guard, accesses: tuple[Access, ...]) -> bool:
    """No guard is written for it, and it reaches no row that somebody owns: whoever calls it open may be right."""
    return not guard.name and all(access.verdict is AccessVerdict.NOT_OWNED for access in accesses)


def _shows_nothing(access: Access) -> bool:
    return access.verdict is AccessVerdict.ISOLATED and access.why == UNSHOWN


def _is_unknown(access: Access) -> bool:
    """A query that was met and not understood: `SELECT 1` in a session that somebody hands over."""
    return access.verdict is AccessVerdict.UNPROVEN and not access.model and access.kind in ("select", "get")


def _about_the_service(endpoint: Endpoint, accesses: tuple[Access, ...]) -> str:
    if endpoint.method in ("GET", "HEAD") and _HEALTH.fullmatch(endpoint.path):
        return "health, documentation or key set: it reads nobody's data"
    if endpoint.method == "OPTIONS" and not accesses:
        return "preflight: a browser asks before it sends the request proper"
    if (
        endpoint.method in ("GET", "HEAD")
        and _CATCH_ALL.fullmatch(endpoint.path)
        and not accesses
        and _shows_page(endpoint)
    ):
        return "pages of the frontend: what no other route answers"
    return ""


def _shows_page(endpoint: Endpoint) -> bool:
    made: Iterator[Call] = calls(endpoint.handler.definition.body) if endpoint.handler is not None else iter(())
    return any(dotted_name(call.func).rsplit(".", 1)[-1] in _PAGES for call in made)


# --- where a session begins -----------------------------------------------------------------------------------------


def _begins_a_session(endpoint: Endpoint, accesses: tuple[Access, ...], exchanged: frozenset[str], asked: bool) -> bool:
    """Its path says so, it touches accounts alone, and either credentials change hands or nothing else can be meant."""
    parts = [part for part in endpoint.path.split("/") if part]
    at = next((index for index, part in enumerate(parts) if _AUTHENTICATION.fullmatch(part)), -1)
    own = parts[at + 1 :]
    counted = (one for one in accesses if _counts(one, exchanged, bool(exchanged) or asked))
    signs_in = endpoint.method == "POST" and bool(own) and bool(_SIGN_IN.fullmatch(own[-1])) and "password" in exchanged
    if endpoint.method == "WEBSOCKET" or not (signs_in or all(_ACCOUNT.search(one.model) for one in counted)):
        return False
    if any(part.startswith("{") and not _PROOF.fullmatch(part) for part in own):
        return False
    words = [part for part in own if not part.startswith("{")]
    if any(_KEPT.fullmatch(word) for word in words):
        return False
    begins = [index for index, word in enumerate(words) if _BEGINNING.fullmatch(word)]
    if (
        endpoint.method == "POST"
        and len(words) == len(own)
        and words
        and _creates_an_account(words, accesses, exchanged, asked)
    ):
        return True
    if begins and all(
        _ON_THE_WAY.fullmatch(word) or _BEGINNING.fullmatch(word) or _PROVIDER.fullmatch(word)
        for word in words[begins[0] + 1 :]
    ):
        return bool(exchanged) or at >= 0 or all(_AROUND.fullmatch(word) for word in words[: begins[0]])
    if at >= 0 and (_is_of_provider(own) or (own and _AUTHENTICATION.fullmatch(own[0]) and _is_of_provider(own[1:]))):
        return True
    if any(_ADDRESS.search(part) for part in own):
        return False
    last = next((word for word in reversed(parts) if not word.startswith("{")), "")
    if _END.fullmatch(last) and not accesses:
        return True
    return bool(_AMBIGUOUS.fullmatch(last)) and bool(exchanged)


def _is_of_provider(parts: list[str]) -> bool:
    """The service that vouches, alone or on the way there and back: `google`, `{provider}/callback`."""
    words = [part for part in parts if not part.startswith("{")]
    return bool(parts) and bool(_PROVIDER.fullmatch(parts[0])) and all(map(_ON_THE_WAY.fullmatch, words[1:]))


def _creates_an_account(words: list[str], accesses: tuple[Access, ...], exchanged: frozenset[str], asked: bool) -> bool:
    """`POST /users` that only puts in a row of that name with a password, or hashes it for a token."""
    if not ("password" in exchanged or asked) or not all(_AROUND.fullmatch(word) for word in words[:-1]):
        return False
    last = re.sub(r"[-_]", "", words[-1]).lower()
    written = [access for access in accesses if access.kind not in ("select", "get")]
    made = [
        access
        for access in written
        if access.kind == "insert" and last in (access.model.lower(), f"{access.model}s".lower())
    ]
    if not accesses and "token" in exchanged:
        return bool(re.fullmatch(r"(?:user|account|member|customer)s?", last))
    return bool(made) and len(made) == len(written) and bool(re.search(r"user|account|member|customer", last))


def _counts(access: Access, exchanged: frozenset[str], is_of_credentials: bool) -> bool:
    """Writes, and reads of what somebody owns; not what goes with an account that gets a new password by a token.

    Nor what is put beside the account at hand: a welcome, settings, a log of who signed in.
    """
    if access.verdict is AccessVerdict.ISOLATED and is_of_credentials:
        return False
    if {"token", "password"} <= exchanged and access.verdict is AccessVerdict.NOT_OWNED and access.kind == "update":
        return False
    if _is_unknown(access):
        return False
    return access.verdict is not AccessVerdict.NOT_OWNED or access.kind not in ("select", "get")


# --- catalogues -----------------------------------------------------------------------------------------------------


def with_catalogues(routes: tuple[Route, ...], tables: tuple[Table, ...]) -> tuple[Route, ...]:
    """Open reads of tables that nobody owns and that only guarded routes write: the shop window of an application."""
    users = {table.name for table in tables if table.is_user}
    written: dict[str, bool] = {}
    for route in routes:
        for access in route.accesses:
            if access.kind in ("insert", "update", "delete"):
                written[access.model] = written.get(access.model, True) and bool(route.guard.name)
    return tuple(
        msgspec.structs.replace(route, public=_CATALOGUE.format(_models(route)))
        if _is_catalogue(route, written, users)
        else route
        for route in routes
    )


_CATALOGUE = "catalogue: nobody owns {}, and only guarded routes write it"


def _models(route: Route) -> str:
    return " and ".join(sorted({access.model for access in route.accesses}))


def _is_catalogue(route: Route, written: dict[str, bool], users: set[str]) -> bool:
    return (
        route.method in ("GET", "HEAD")
        and not route.public
        and route.guard.auth is Auth.NONE
        and not route.guard.name
        and not route.guard.passed_by
        and route.mutates is None
        and bool(route.accesses)
        and all(
            access.verdict is AccessVerdict.NOT_OWNED and written.get(access.model) and access.model not in users
            for access in route.accesses
        )
    )
