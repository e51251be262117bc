"""Which unguarded routes are public by design: inferred narrowly from what they do, or declared with a reason."""

import re
from fnmatch import fnmatchcase

from constitution_lint.config import Settings
from constitution_lint.model.api import Access, AccessVerdict, Auth, Guard
from constitution_lint.model.routing.types import Endpoint

_CREDENTIAL = re.compile(
    r"(?:^|/)(?:login|log-in|signin|sign-in|register|registration|signup|sign-up|sign_up|sign_in|token|refresh|refresh[-_]token|"
    r"logout|log-out|sign-out|signout|forgot[-_]password|reset[-_]password|password[-_]reset|recover[-_]password|password-recovery|"
    r"verify[-_]email|verify|confirm|resend[-_]\w+|callback|oauth\w*|authorize|access-token|otp|magic-link|password)(?:/|$)",
    re.I,
)
_HEALTH = re.compile(
    r"^(?:/api)?(?:/v\d+)?(?:/|/health\w*|/healthz|/health/\w+|/ping|/ready|/readyz|/readiness|/live|/livez|/liveness|/status|/version|/info|"
    r"/docs|/redoc|/openapi\.json|/metrics|/favicon\.ico|/robots\.txt|/\.well-known/.*|.*jwks\.json|.*/health\w*|.*/ping|.*/ready|.*/live)?/?$",
    re.I,
)
_ACCOUNT = re.compile(
    r"user|account|token|session|verification|reset|otp|code|credential|login|audit|profile|member", re.I
)


def public_by_design(settings: Settings, endpoint: Endpoint, guard: Guard, accesses: tuple[Access, ...]) -> str:
    """The reason a route is taken as public; "" when it is not, or when it is guarded anyway."""
    name = f"{endpoint.method} {endpoint.path}"
    for declared in settings.public_routes:
        if fnmatchcase(name, declared.name) or fnmatchcase(endpoint.path, declared.name):
            return f"declared: {declared.reason}"
    if guard.auth in (Auth.ENFORCED,):
        return ""
    owned = [access for access in accesses if access.verdict is not AccessVerdict.NOT_OWNED]
    if _CREDENTIAL.search(endpoint.path) and all(_ACCOUNT.search(access.model) for access in owned):
        return "credential exchange: it is where a session begins, is renewed or ends"
    if endpoint.method in ("GET", "HEAD") and _HEALTH.match(endpoint.path) and not owned:
        return "health, documentation or key set: it reads nobody's data"
    return ""
