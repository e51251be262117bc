"""What sends requests: `fetch`, axios and ky with their instances, and how each is configured.

A call of one of these, its callee evaluated, becomes a `Sent`; wrappers of the project are followed elsewhere.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from constitution_lint.model.web.addresses import joined
from constitution_lint.model.web.evaluation import Evaluator
from constitution_lint.model.web.tokens import (
    carries_token,
    interceptors_add_token,
    interceptors_change_address,
    mentions_token,
)
from constitution_lint.model.web.values import (
    ABSENT,
    UNKNOWN,
    Blank,
    Closure,
    Foreign,
    Hole,
    Made,
    Obj,
    Plain,
    Str,
    Value,
)

Presence = Literal["yes", "no", "unknown"]
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_FETCHES = frozenset({"node-fetch", "cross-fetch", "undici", "isomorphic-fetch", "ofetch", "isomorphic-unfetch"})
_BASES = ("baseURL", "prefixUrl", "baseUrl")


class Sent(NamedTuple):
    """One request as far as it is known: the texts its address may be, its verbs, and what its headers hold.

    `methods` holds upper-case verbs, a parameter's hole where the caller chooses, UNKNOWN otherwise.
    `client` is the instance of axios or ky it goes through.
    """

    addresses: tuple[Str, ...]
    methods: tuple[str | Hole | Blank, ...]
    authorization: Presence
    credentials: Presence
    client: Made | Foreign


def sent_by(evaluator: Evaluator, callee: Value, args: tuple[Closure, ...]) -> Sent | None:
    """What a call of this callee sends; None when it is no client's."""
    if isinstance(callee, Foreign) and _is_fetch(callee):
        return _sent(evaluator, callee, _texts(evaluator, args, 0), _options(evaluator, args, 1), None)
    if isinstance(callee, Foreign | Made):
        of = callee if isinstance(callee, Foreign) else callee.of
        if of.module in ("axios", "ky", "redaxios", "wretch"):
            return _by_client(evaluator, callee, of, args)
    return None


def _is_fetch(callee: Foreign) -> bool:
    if callee.module == "":
        return callee.path in (("fetch",), ("$fetch",))
    return callee.module in _FETCHES and callee.path[-1:] in (("default",), ("fetch",), ("ofetch",))


def _by_client(evaluator: Evaluator, callee: Foreign | Made, of: Foreign, args: tuple[Closure, ...]) -> Sent | None:
    """`axios(…)`, `axios.get(…)`, `instance.request({…})`; the path of a made client ends in the member called."""
    own = of.path[1:] if of.path[:1] == ("default",) else of.path
    if isinstance(callee, Made) and own[:1] not in (("create",), ("extend",)):
        return None
    called = own[1:] if isinstance(callee, Made) else own
    verb = called[0].lstrip(".").lower() if called else ""
    if len(called) > 1 or (verb and verb not in (*_VERBS, "request")):
        return None
    settings = callee.args if isinstance(callee, Made) else ()
    bases = _bases(evaluator, settings)
    first = _options(evaluator, args, 0)
    if verb in ("", "request") and any(isinstance(value, Obj) for value in first):
        urls = tuple(text for option in first for text in _as_texts(evaluator.member(option, "url")))
        options = first
    else:
        urls = _texts(evaluator, args, 0)
        has_body = of.module == "axios" and verb in ("post", "put", "patch")
        options = _options(evaluator, args, 2 if has_body else 1)
    addresses = tuple(joined(base, url) for base in bases for url in urls) if bases else urls
    if interceptors_change_address(evaluator):
        addresses = (Str((Hole("unknown"),)),)
    sent = _sent(evaluator, callee, addresses, options, verb if verb in _VERBS else None)
    defaults = _headers(evaluator, _options(evaluator, settings, 0))
    if interceptors_add_token(evaluator):
        defaults = "yes"
    return sent._replace(
        authorization=_either(sent.authorization, defaults),
        credentials=_either(sent.credentials, _credentials(evaluator, _options(evaluator, settings, 0))),
    )


def _sent(
    evaluator: Evaluator,
    client: Foreign | Made,
    addresses: tuple[Str, ...],
    options: tuple[Value, ...],
    verb: str | None,
) -> Sent:
    methods = (verb.upper(),) if verb is not None else tuple(dict.fromkeys(_methods(evaluator, options)))
    return Sent(addresses, methods, _headers(evaluator, options), _credentials(evaluator, options), client)


def _bases(evaluator: Evaluator, settings: tuple[Closure, ...]) -> tuple[Str, ...]:
    found = [
        text
        for option in _options(evaluator, settings, 0)
        for name in _BASES
        for text in _as_texts(value for value in evaluator.member(option, name) if value != ABSENT)
    ]
    return tuple(dict.fromkeys(found))


def _methods(evaluator: Evaluator, options: tuple[Value, ...]) -> Iterator[str | Hole | Blank]:
    for option in options:
        if option == ABSENT:
            yield "GET"
            continue
        for value in evaluator.member(option, "method"):
            match value:
                case Str(parts=(str(text),)):
                    yield text.upper()
                case Blank(absent=True):
                    yield "GET"
                case Hole():
                    yield value
                case _:
                    yield UNKNOWN


def _headers(evaluator: Evaluator, options: tuple[Value, ...]) -> Presence:
    """Is an Authorization header (or one that carries a token under another name) among the options?"""
    found: list[Presence] = []
    for option in options:
        if option == ABSENT:
            found.append("no")
        elif not isinstance(option, Obj):
            found.append("unknown")
        else:
            found += [_names_token(evaluator, value) for value in evaluator.member(option, "headers")]
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _names_token(evaluator: Evaluator, headers: Value) -> Presence:
    if headers == ABSENT:
        return "no"
    if not isinstance(headers, Obj):
        return "unknown"
    if mentions_token(evaluator, headers.frame.file, headers.frame.function):
        return "yes"
    found: list[Presence] = ["no"]
    for entry in headers.entries:
        if carries_token(entry.key):
            return "yes"
        if entry.key == "":
            found.append("unknown")
        elif entry.key == "...":
            found += [_names_token(evaluator, value) for value in evaluator.values(entry.value, headers.frame)]
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _credentials(evaluator: Evaluator, options: tuple[Value, ...]) -> Presence:
    """Are cookies sent to another origin (`credentials: "include"`, `withCredentials: true`)?"""
    found: list[Presence] = []
    for option in options:
        if option == ABSENT:
            found.append("no")
            continue
        for name in ("credentials", "withCredentials"):
            for value in evaluator.member(option, name):
                said = value.text if isinstance(value, Plain) else value.parts[0] if isinstance(value, Str) else ""
                if value == ABSENT or said in ("omit", "false"):
                    found.append("no")
                else:
                    found.append("yes" if said in ("include", "true", "same-origin") else "unknown")
    return _either(*found) if found else "no"


def _either(*found: Presence) -> Presence:
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _texts(evaluator: Evaluator, args: tuple[Closure, ...], at: int) -> tuple[Str, ...]:
    return tuple(dict.fromkeys(_as_texts(_options(evaluator, args, at))))


def _as_texts(values: Iterable[Value]) -> Iterator[Str]:
    for value in values:
        if isinstance(value, Str):
            yield value
        elif isinstance(value, Hole):
            yield Str((value,))
        elif value != ABSENT and not isinstance(value, Plain):
            yield Str((Hole("unknown"),))


def _options(evaluator: Evaluator, args: tuple[Closure, ...], at: int) -> tuple[Value, ...]:
    return evaluator.values(args[at].expr, args[at].frame) if at < len(args) else (ABSENT,)
