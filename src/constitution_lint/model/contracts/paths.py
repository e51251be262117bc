"""For the matching of contract and code: brings the paths of both sides to one form."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from constitution_lint.facts.contract import Server

Key: TypeAlias = tuple[str, ...]
"""A path's segments, "{}" for each parameter; a trailing slash counts for nothing."""

_PARAMETER = re.compile(r"\{[^{}]*\}|^:\w+$|^\[[^\]]+\]$|^<[^>]+>$")
_PREFIX = re.compile(r"api|rest|v\d+(?:\.\d+)?")
_LOCAL = re.compile(r"^https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|backend|api)(?::\d+)?(?:/|$)")


@lru_cache(maxsize=65_536)
def key_of(path: str) -> Key:
    """The key of `/api/tasks/{task_id}/`: ("api", "tasks", "{}")."""
    return tuple(_PARAMETER.sub("{}", segment) for segment in path.split("/") if segment)


@lru_cache(maxsize=65_536)
def core_of(key: Key) -> Key:
    """A key without the leading `api` and version segments that contracts leave out or write at will."""
    index = 0
    while index < len(key) and _PREFIX.fullmatch(key[index]):
        index += 1
    return key[index:]


def base_of(server: Server) -> Key:
    """The path of a server's address."""
    path = re.sub(r"^[a-z]+://[^/]*", "", server.url)
    return key_of(path.partition("?")[0])


def candidates(path: str, servers: tuple[Server, ...]) -> Iterator[Key]:
    """The keys a contract's path may mean: below each server's base, and as it stands."""
    own = key_of(path)
    for server in servers:
        base = base_of(server)
        if base and own[: len(base)] != base:
            yield (*base, *own)
    yield own


@lru_cache(maxsize=65_536)
def distance(left: Key, right: Key) -> int:
    """Edit distance in segments."""
    row = list(range(len(right) + 1))
    for index, one in enumerate(left, 1):
        previous, row[0] = row[0], index
        for at, other in enumerate(right, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (one != other))
    return row[-1]


@lru_cache(maxsize=65_536)
def words(key: Key) -> frozenset[str]:
    """The fixed segments, in the singular and without separators, so that `/todo_items` and `/todo-item` meet."""
    return frozenset(singular(re.sub(r"[-_]", "", segment.lower())) for segment in core_of(key) if segment != "{}")


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
