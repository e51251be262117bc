"""Part of the manifest reader: variables and the form of their values. Values are looked at here and never kept."""

import base64
import binascii
import re
from collections.abc import Iterator

from constitution_lint.facts.location import Span
from constitution_lint.facts.manifest import ManifestFacts, ValueForm, Variable
from constitution_lint.facts.source import Source
from constitution_lint.model.security.secrets import (
    is_placeholder,
    is_usable,
    kind_of_name,
    known_form,
    password_in_address,
)

_LINE = re.compile(
    r"[ \t]*(?P<comment>#[# \t]*)?(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?P<value>.*)$"
)
_NAME_ALONE = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Z][A-Z0-9_]{2,})[ \t]*$")
_INLINE_COMMENT = re.compile(r"[ \t]#.*$|^#.*$")
_REFERENCE = re.compile(r"\$\{?\w|\$\(|\{\{|<%|%\(\w+\)s|^@|\$\{\{")
_DEFAULT = re.compile(r"^\$\{\w+:?-(?P<default>[^{}]*)\}$")
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?://)(?:[^@/\s]*@)?(?P<host>[^:/?#,\s]*)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_NUMBER = re.compile(r"-?[\d_.,]+[a-z%]{0,3}", re.IGNORECASE)
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null"})
_LONGEST = 4_000
_COMMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,}")


def variable(name: str, value: str | None, span: Span, owner: str = "", *, commented: bool = False) -> Variable:
    """What may be said of a variable without saying its value; None is a variable without any value."""
    if value is None:
        return Variable(span, name, owner=owner, commented=commented)
    value = _decoded(value.strip()[:_LONGEST])
    default = _DEFAULT.match(value)
    address = _ADDRESS.match(default["default"] if default else value)
    return Variable(
        span,
        name,
        _form(value),
        len(value),
        not commented and _works(name, value),
        address["scheme"].lower() if address else "",
        address["host"].lower() if address else "",
        owner,
        commented,
    )


def _decoded(value: str) -> str:
    """What a Kubernetes Secret keeps in base64, where that is text: `eW91ci1rZXk=` waits for a key as well."""
    if len(value) < 8 or len(value) % 4 or not _BASE64.fullmatch(value):
        return value
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return value
    return text if text.isprintable() else value


def _form(value: str) -> ValueForm:
    if not value:
        return "empty"
    if _ADDRESS.match(value):
        return "address"
    if _REFERENCE.search(value):
        return "reference"
    if _NUMBER.fullmatch(value):
        return "number"
    if value.lower() in _SWITCHES:
        return "switch"
    return "placeholder" if is_placeholder(value) else "text"


def _works(name: str, value: str) -> bool:
    """Would a program that is given this value hold a secret?"""
    if not value or _DEFAULT.match(value) or value.startswith("$"):
        return False
    kind = kind_of_name(name)
    return bool((kind and is_usable(kind, name, value)) or known_form(value) or password_in_address(value))


def read_env(source: Source) -> ManifestFacts:
    """An environment file (dotenv): names in order, those of lines commented out too."""
    return ManifestFacts(kind="env", variables=tuple(_lines(source)))


def _lines(source: Source) -> Iterator[Variable]:
    number, last = 0, len(source.index.starts)
    while number < last:
        number += 1
        text = source.index.line(number)
        match = _LINE.match(text) or _NAME_ALONE.match(text)
        if match is None:
            continue
        name, parts = match["name"], match.groupdict()
        commented = bool(parts.get("comment"))
        if commented and not _COMMENT_NAME.fullmatch(name):
            continue
        column = match.start("name") + 1
        span = Span(number, column, number, column + len(name))
        value, number = _value(source, number, (parts.get("value") or "").rstrip(), commented)
        yield variable(name, value if "value" in parts else None, span, commented=commented)


def _value(source: Source, number: int, text: str, commented: bool) -> tuple[str, int]:
    """The value without quotes and comment, and the line it ends on: a quoted value may reach over lines."""
    quote = text[:1]
    if quote not in ("'", '"', "`"):
        return _INLINE_COMMENT.sub("", text), number
    end = text.find(quote, 1)
    if end >= 0:
        return text[1:end], number
    for further in range(number + 1, min(number + 100, len(source.index.starts) + 1)) if not commented else ():
        if quote in source.index.line(further):
            lines = [text[1:], *(source.index.line(line) for line in range(number + 1, further + 1))]
            return "\n".join(lines).partition(quote)[0], further
    return text[1:], number
