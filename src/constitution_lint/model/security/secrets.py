"""For gate 2, on literals: which names hold secrets, and which values could be one. Text in, opinion out."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

SecretKind = Literal["signing", "credential", "password"]

_SIGNING = re.compile(
    r"(?:^|_)(?:secret|secret_?key|signing_?key|jwt_?key|encryption_?key|session_?key|auth_?key|hmac_?key)$"
)
_CREDENTIAL = re.compile(
    r"(?:^|_)(?:api_?key|apikey|access_?key|access_?key_?id|private_?key|client_?secret|webhook_?secret"
    r"|auth_?token|api_?token|access_?token|bearer_?token|bot_?token|service_?key|account_?key|secret_?access_?key)$"
)
_VENDOR = re.compile(
    r"(?:^|_)(?:stripe|paypal|razorpay|paystack|flutterwave|khalti|esewa|mollie|adyen|braintree|plaid|square|aws|s3|minio|r2"
    r"|cloudinary|twilio|google|github|gitlab|facebook|linkedin|discord|slack|azure|recaptcha|hcaptcha|turnstile|openai"
    r"|coinbase|binance|pusher|mailgun|sendgrid)_(?:\w+_)?secret(?:_?key)?$"
)
"""What a vendor issues goes by the name of a secret too, and signs nothing here."""
_PASSWORD = re.compile(r"(?:^|_)(?:password|passwd|passphrase|pwd)$")
_PLACEHOLDER = re.compile(
    r"your|example|change|placeholder|dummy|sample|xxx|<.*>|fake|todo|insert|replace|\.\.\.|\$\{|\{\{|foo|bar\b|mock"
    r"|(?:^|[^a-z])(?:test|my|demo|none|null|undefined|default|secret|password|token|key|here|abc|local|dev)(?:$|[^a-z])"
    r"|^(?:test|dev|demo|local)|not[-_ ]?(?:set|needed|required)|123456789|abcdef|0000000|1111111",
    re.IGNORECASE,
)
_KNOWN_FORMS = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("an OpenRouter key", re.compile(r"\bsk-or-v1-[0-9a-f]{40,}\b")),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,}\b")),
    ("an Anthropic key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{32,}\b")),
    ("a GitHub token", re.compile(r"\b(?:ghp|gho|ghs|ghu)_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b")),
    ("a Google API key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    ("a Stripe key", re.compile(r"\b(?:sk|rk)_live_[0-9A-Za-z]{20,}\b")),
    ("a Slack token", re.compile(r"\bxox[baprs]-[0-9A-Za-z-]{20,}\b")),
    ("a SendGrid key", re.compile(r"\bSG\.[\w-]{20,}\.[\w-]{20,}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:RSA |EC |OPENSSH |DSA )?PRIVATE KEY-----\s*\w")),
)
_ISSUED_FORMS = (*_KNOWN_FORMS, ("a Neon password", re.compile(r"\bnpg_[A-Za-z0-9]{10,}\b")))
_STARTS = {
    "an AWS access key": ("AKIA", "ASIA"),
    "an OpenRouter key": ("sk-or-",),
    "an OpenAI key": ("sk-",),
    "an Anthropic key": ("sk-ant-",),
    "a GitHub token": ("gho_", "ghp_", "ghs_", "ghu_", "github_pat_"),
    "a Google API key": ("AIza",),
    "a Stripe key": ("k_live_",),
    "a Slack token": ("xox",),
    "a SendGrid key": ("SG.",),
    "a private key": ("PRIVATE KEY-----",),
    "a Neon password": ("npg_",),
}
"""What a text must hold for a form to be looked for, which is a hundred times slower."""
_ELIDED = re.compile(r"\.\.\.|…|\*\*\*|xxx")
"""What follows a value of which only the beginning is shown."""
_ANY_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.]{2,30}://[^\s\"'`<>]{1,80}@[^\s\"'`<>]{1,200}")
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.]*://[^\s:/@]*:(?P<password>[^\s@]+)@(?P<host>[^\s:/?#,]+)", re.IGNORECASE)
_LOCAL_HOST = re.compile(
    r"^(?:localhost|127\.|0\.0\.0\.0|host\.docker|\[)|^[^.]*$|example|your|xxx|\.local$|\.test$", re.I
)
_KNOWN_PASSWORDS = frozenset(
    {"postgres", "password", "admin", "root", "user", "pass", "secret", "mysql", "redis", "guest", "changeme"}
    | {"changethis", "test", "todo", "app"}
)


def snake(name: str) -> str:
    """A name in lower case with underscores: `jwtSecret`, `JWT_SECRET` and `jwt-secret` are `jwt_secret`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def kind_of_name(name: str) -> SecretKind | None:
    """What a variable, setting or environment variable of this name would hold; None when it is no secret."""
    plain = snake(name)
    if re.search(r"(?:^|_)(?:public|publishable|anon|test|fake|dummy|example)(?:_|$)", plain):
        return None
    if _CREDENTIAL.search(plain) or _VENDOR.search(plain):
        return "credential"
    if _SIGNING.search(plain):
        return "signing"
    return "password" if _PASSWORD.search(plain) else None


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values()) if text else 0.0


def is_placeholder(value: str) -> bool:
    """Is a value one that stands for another: "your-api-key", "<token>", "${NAME}", "changeme"?"""
    return bool(_PLACEHOLDER.search(value)) or value.lower() in _KNOWN_PASSWORDS


def looks_random(value: str) -> bool:
    """Has a value the form of a generated secret: long, dense, of more than one kind of character, without spaces?"""
    if len(value) < 16 or re.search(r"\s", value) or re.match(r"[./]|https?:", value):
        return False
    digits = sum(character.isdigit() for character in value)
    return digits >= 2 and any(character.isalpha() for character in value) and entropy(value) >= 3.2


def known_form(value: str) -> str:
    """The name of a vendor's credential that a text holds ("a GitHub token"); empty when it holds none."""
    if len(value) < 16 or "EXAMPLE" in value:
        return ""
    for name, form in _KNOWN_FORMS:
        found = form.search(value)
        if found and not is_placeholder(found.group()[6:]) and (entropy(found.group()) > 3.0):
            return name
    return ""


def may_hold_issued(data: bytes, addresses: bool) -> bool:
    """A quick look: could the bytes of a file hold what a vendor issued, or an address with a password?"""
    started = any(start.encode() in data for starts in _STARTS.values() for start in starts)
    return started or (addresses and b"://" in data and b"@" in data)


class Issued(NamedTuple):
    """A vendor's credential in a text, or the password of an address: where, and what it is."""

    start: int
    end: int
    what: str


def issued_in(text: str, addresses: bool) -> Iterator[Issued]:
    """The credentials that a text holds in a vendor's form; with `addresses` also passwords of remote hosts."""
    for name, form in _ISSUED_FORMS:
        for found in form.finditer(text) if any(start in text for start in _STARTS[name]) else ():
            value = found.group()
            digits = sum(character.isdigit() for character in value)
            if _ELIDED.match(text, found.end()):
                continue
            if digits >= 2 and "EXAMPLE" not in value and not is_placeholder(value[4:]) and entropy(value) > 3.0:
                yield Issued(*found.span(), name)
    for found in _ANY_ADDRESS.finditer(text) if addresses else ():
        host = password_in_address(found.group())
        if host:
            yield Issued(*found.span(), f"the password for {host}")


def password_in_address(value: str) -> str:
    """The host of a connection address that carries a real password; empty for local, placeholder or none."""
    found = _ADDRESS.match(value)
    if found is None:
        return ""
    password, host = found.group("password"), found.group("host")
    if _LOCAL_HOST.search(host) or is_placeholder(password) or len(password) < 6 or re.search(r"[{}<>$*%]", password):
        return ""
    return host


def is_usable(kind: SecretKind, name: str, value: str) -> bool:
    """Would a program that runs with this value hold a secret that every reader of the source knows?

    A signing key is usable whatever it is: "change-me" signs as well as a random one. A credential of another party
    works only if that party issued it, so it must look issued. A password must open something that is not local.
    """
    if not value.strip() or re.search(r"\$\{|\{\{|^<|^/|^\./|^https?://", value) or value.count(" ") > 4:
        return False
    if snake(value) == snake(name):
        return False
    if kind == "signing":
        if re.fullmatch(
            r"(?:not[-_ ]?(?:used|set|needed)|unused|none|null|disabled|n/?a|string|secret)", value.lower()
        ):
            return False
        return not re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", value) or any(character.isdigit() for character in value)
    if kind == "credential":
        return looks_random(value) and not is_placeholder(value)
    if re.search(r"admin|superuser|root", snake(name)):
        return len(value) >= 5
    return not is_placeholder(value) and _is_strong_password(value)


def _is_strong_password(value: str) -> bool:
    kinds = [str.islower, str.isupper, str.isdigit]
    present = sum(any(kind(character) for character in value) for kind in kinds)
    present += any(not character.isalnum() for character in value)
    return len(value) >= 10 and present >= 3 and " " not in value
